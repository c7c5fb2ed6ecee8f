package verify

import (
	"context"
	"errors"
	"time"
)

// A carrier and the face engine are not asked twice because the database was away
// when they had answered: what they said is written as soon as it is back, before
// CheckingLife and JudgingLife end the step.
const (
	settleTries = 30
	settleAgain = 500 * time.Millisecond
)

// settle writes until it succeeds, or until trying again cannot help.
func settle(ctx context.Context, write func() error) (err error) {
	for range settleTries {
		err = write()
		if err == nil || errors.Is(err, ErrIdentityBound) || errors.Is(err, ErrNotFound) {
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
	return err
}
