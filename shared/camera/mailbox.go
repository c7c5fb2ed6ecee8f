package camera

import (
	"context"
	"sync"
)

// Mailbox holds the newest frame for one reader. A frame that was not taken is
// replaced, so that a slow reader sees fewer frames but never old ones. Three
// buffers go round: one is written, one waits, one is the reader's.
type Mailbox struct {
	mu                   sync.Mutex
	write, wait, reading *Frame
	full                 bool
	err                  error
	signal               chan struct{} // one token: something changed
}

// NewMailbox returns an empty mailbox.
func NewMailbox() *Mailbox {
	return &Mailbox{write: &Frame{}, wait: &Frame{}, reading: &Frame{}, signal: make(chan struct{}, 1)}
}

// put copies the frame in. Only one goroutine may put.
func (m *Mailbox) put(f *Frame) {
	f.CopyTo(m.write) // nobody else sees this buffer
	m.mu.Lock()
	m.write, m.wait = m.wait, m.write
	m.full = true
	m.mu.Unlock()
	m.wake()
}

// fail makes every further Take return err once the waiting frame is taken.
func (m *Mailbox) fail(err error) {
	m.mu.Lock()
	m.err = err
	m.mu.Unlock()
	m.wake()
}

func (m *Mailbox) wake() {
	select {
	case m.signal <- struct{}{}:
	default:
	}
}

// Take waits for a frame that it has not returned yet. The frame is the
// reader's until its next Take. Only one goroutine may take.
func (m *Mailbox) Take(ctx context.Context) (*Frame, error) {
	for {
		m.mu.Lock()
		if m.full {
			m.full = false
			m.wait, m.reading = m.reading, m.wait
			f := m.reading
			m.mu.Unlock()
			return f, nil
		}
		err := m.err
		m.mu.Unlock()
		if err != nil {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-m.signal:
		}
	}
}
