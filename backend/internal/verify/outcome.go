package verify

import (
	"context"
	"errors"
	"time"

	"realname.example/shared/verification"
)

// outcome is what a case comes to by what a carrier, an affiliate, the face engine or
// an operator said.
type outcome struct {
	to     verification.Status
	why    verification.Reason
	risks  []RiskRule
	detail string
	// attempt is true where the face failed and an attempt is spent.
	attempt bool
	// prints are what is remembered of the frames.
	prints []Print
	// asked is true where a picture went to the Comparer.
	asked bool
}

// unlessBound applies an outcome. Where the ID turns out to verify another account,
// that is the outcome instead.
func unlessBound(out outcome, apply func(outcome) (*Case, error)) (*Case, error) {
	c, err := apply(out)
	if !errors.Is(err, ErrIdentityBound) {
		return c, err
	}
	out.to, out.why = verification.Rejected, verification.IdentityAlreadyBound
	return apply(out)
}

// settle moves a case that is still in the same checking or judging; a late outcome is
// dropped.
func (s *Service) settle(ctx context.Context, asked *Case, out outcome) (*Case, error) {
	return unlessBound(out, func(out outcome) (*Case, error) {
		var past standing
		if out.attempt || out.to == verification.Rejected {
			var err error
			if past, err = s.standing(ctx, asked); err != nil {
				return nil, err
			}
		}
		return s.update(ctx, asked.ID, ActorServer, func(c step) error {
			if c.Status != asked.Status || !c.StatusSince.Equal(asked.StatusSince) {
				return nil
			}
			return c.conclude(out, past)
		})
	})
}

// conclude is the step out of checking or judging.
func (c step) conclude(out outcome, past standing) error {
	if c.Status == verification.Judging {
		c.noteJudged(out)
	} else if out.to == verification.CodeRequired {
		c.noteWith(EventCarrierAway, "carrier", "")
	}
	c.noteRisks(out.risks)
	if out.attempt {
		c.refused(out.why)
	}
	if out.attempt && c.spendAttempt(past) || out.to == verification.Rejected {
		return c.reject(out.why, past)
	}
	return c.move(out.to, out.why)
}

// A carrier and the face engine are not asked twice because the database was away
// when they had answered: what they said is written as soon as it is back, as long as
// the step lasts (CheckingLife and JudgingLife). A try is longer than writing takes over a
// slow database.
const (
	persistTry   = 10 * time.Second
	persistAgain = 500 * time.Millisecond
)

// try writes within the time of one try.
func try(ctx context.Context, write func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, persistTry)
	defer cancel()
	return write(ctx)
}

// persist writes until it succeeds, trying again cannot help, or the time is over.
func persist(ctx context.Context, within time.Duration, write func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		err := try(ctx, write)
		if err == nil || errors.Is(err, ErrNotFound) {
			return err
		}
		pause := time.NewTimer(persistAgain)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return err
		}
	}
}
