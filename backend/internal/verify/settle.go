package verify

import (
	"context"
	"errors"
	"time"
)

// A carrier and the face engine are not asked twice because the database was away
// when they had answered: what they said is written as soon as it is back, as long as
// the step lasts (CheckingLife and JudgingLife). A try is longer than writing takes over a
// slow database.
const (
	settleTry   = 10 * time.Second
	settleAgain = 500 * time.Millisecond
)

// try writes within the time of one try.
func try(ctx context.Context, write func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, settleTry)
	defer cancel()
	return write(ctx)
}

// settle writes until it succeeds, trying again cannot help, or the time is over.
func settle(ctx context.Context, within time.Duration, write func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		err := try(ctx, write)
		if err == nil || errors.Is(err, ErrNotFound) {
			return err
		}
		pause := time.NewTimer(settleAgain)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return err
		}
	}
}
