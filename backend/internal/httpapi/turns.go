package httpapi

import (
	"context"
	"math"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"realname.example/shared/problem"
)

// turnWithin is how long an open stream waits for its turn to read anew.
const turnWithin = 10 * time.Second

// turns lets those who wait for a case look after it in the order in which they came.
// Were all of them to ask at once, each would get one statement done after another among
// those of all others, and most would be out of time before their last.
type turns struct{ free *semaphore.Weighted }

// newTurns gives so many turns at once; 0 is no limit.
func newTurns(most int) turns {
	if most <= 0 {
		return turns{semaphore.NewWeighted(math.MaxInt64)}
	}
	return turns{semaphore.NewWeighted(int64(most))}
}

// take waits for a turn, for so long at most, 0 being without end; done gives it back,
// once however often it is called. The error is busy, or that of ctx.
func (t turns) take(ctx context.Context, most time.Duration) (done func(), err error) {
	waiting, cancel := ctx, func() {}
	if most > 0 {
		waiting, cancel = context.WithTimeout(ctx, most)
	}
	defer cancel()
	if err := t.free.Acquire(waiting, 1); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		busy := refuse(problem.Busy, "Too many look after their verifications at once; nothing was changed. Ask again after Retry-After.")
		busy.retryAfter = retrySoon
		return nil, busy
	}
	return sync.OnceFunc(func() { t.free.Release(1) }), nil
}
