package camera

import (
	"context"
	"sync"
)

// fed is the half of a session that every native backend shares: the system's
// frames arrive in one goroutine and wait in a mailbox for Next.
type fed struct {
	box    *Mailbox
	closed chan struct{} // closed by Close; the feeding goroutine looks at it
	ended  chan struct{} // closed when the feeding goroutine has let go
	once   sync.Once
}

// feed starts run on its own goroutine. run puts frames into the mailbox until
// stop closes or the camera fails, frees the camera, and returns why it ended.
func feed(run func(stop <-chan struct{}, put func(*Frame)) error) *fed {
	f := &fed{box: NewMailbox(), closed: make(chan struct{}), ended: make(chan struct{})}
	go func() {
		defer close(f.ended)
		if err := run(f.closed, f.box.put); err != nil {
			f.box.fail(err)
		}
	}()
	return f
}

// Next returns the newest frame.
func (f *fed) Next(ctx context.Context) (*Frame, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-f.closed:
		return nil, ErrClosed
	default:
	}
	return f.box.Take(ctx)
}

// Close stops the feeding goroutine and waits until the camera is free.
func (f *fed) Close() error {
	f.once.Do(func() {
		f.box.fail(ErrClosed)
		close(f.closed)
	})
	<-f.ended
	return nil
}
