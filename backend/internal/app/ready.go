package app

import (
	"context"
	"errors"
	"sync"
	"time"
)

// A disk that is full or folder that lost its rights takes no write while reads
// go on. Strangers ask for readiness as often as they like, so a write is tried
// this often, and sooner where the last one failed.
const (
	writeEvery = 5 * time.Second
	writeAgain = time.Second
)

// writable remembers the last try to write.
type writable struct {
	mu   sync.Mutex
	next time.Time
	err  error
}

// check tries a write where the last one is too old, and returns what came of
// the last.
func (w *writable) check(ctx context.Context, now time.Time, write func(context.Context, time.Time) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now.Before(w.next) {
		return w.err
	}
	w.err, w.next = write(ctx, now), now.Add(writeEvery)
	if w.err != nil {
		w.next = now.Add(writeAgain)
	}
	return w.err
}

// stopping is what a server says that is about to close its listener.
func stopping(leaving bool) error {
	if leaving {
		return errors.New("this server is stopping")
	}
	return nil
}

// leave says so on /readyz for as long as a balancer needs to see it. It
// returns why serving failed meanwhile, if it did.
func (a *App) leave(served <-chan error) error {
	a.leaving.Store(true)
	if a.Config.LeaveNotice == 0 {
		return nil
	}
	notice := time.NewTimer(a.Config.LeaveNotice)
	defer notice.Stop()
	select {
	case <-notice.C:
		return nil
	case err := <-served:
		return err
	}
}
