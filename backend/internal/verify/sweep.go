package verify

import (
	"context"
	"errors"
	"time"

	"realname.example/shared/verification"
)

// sweepBatch bounds the work of one sweep.
const sweepBatch = 200

// Sweep applies what has ended by time, so that those who watch learn of it,
// marks phones that went silent, and now and then deletes old data. The app
// calls it every second or so.
func (s *Service) Sweep(ctx context.Context) error {
	ids, err := s.deps.Store.Overdue(ctx, s.deps.Now(), sweepBatch)
	if err != nil {
		return err
	}
	var failed error
	for _, id := range ids {
		_, err := s.update(ctx, id, ActorServer, func(step) error { return nil })
		failed = errors.Join(failed, err)
	}
	return errors.Join(failed, s.sweepPhones(ctx), s.sweepMoves(ctx), s.prune(ctx))
}

// sweepPhones marks phones that have not been heard of for OnlineLife.
func (s *Service) sweepPhones(ctx context.Context) error {
	var failed error
	for _, status := range []verification.Status{verification.Confirming, verification.Capturing} {
		cases, err := s.deps.Store.InStatus(ctx, status, "", 0)
		if err != nil {
			return err
		}
		for _, c := range cases {
			if !s.silent(c, s.deps.Now()) {
				continue
			}
			_, err := s.update(ctx, c.ID, ActorServer, func(c step) error {
				if s.silent(c.Case, c.now) {
					c.Phone.Online = false
				}
				return nil
			})
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

func (s *Service) silent(c *Case, now time.Time) bool {
	return c.Phone != nil && c.Phone.Online && now.Sub(c.Phone.SeenAt) >= s.cfg.OnlineLife
}

// pruneEvery is how often old data is deleted.
const pruneEvery = time.Hour

func (s *Service) prune(ctx context.Context) error {
	now, last := s.deps.Now(), s.pruned.Load()
	if now.Unix()-last < int64(pruneEvery/time.Second) || !s.pruned.CompareAndSwap(last, now.Unix()) {
		return nil
	}
	return s.deps.Store.Prune(ctx, now, Lives{
		Cases: s.cfg.Retention, Pictures: s.picturesKept(), Accounts: s.cfg.UnverifiedLife, Audit: s.cfg.AuditLife,
	})
}

// picturesKept is how long Prune leaves the pictures of a review that has ended:
// it comes once an hour, and what verified nobody is gone with the rest of its
// case.
func (s *Service) picturesKept() time.Duration {
	return max(0, min(s.cfg.PicturesLife, s.cfg.Retention)-pruneEvery)
}

// Recover gives back what the server was at when it died: checking is
// code_required again with the code proven, judging is capturing, and nothing
// is counted. A single process calls it at its start; with several, the ends of
// those statuses do the same a little later.
func (s *Service) Recover(ctx context.Context) error {
	var failed error
	for _, status := range []verification.Status{verification.Checking, verification.Judging} {
		cases, err := s.deps.Store.InStatus(ctx, status, "", 0)
		if err != nil {
			return err
		}
		for _, left := range cases {
			_, err := s.update(ctx, left.ID, ActorServer, func(c step) error {
				if c.Status != status {
					return nil
				}
				return c.lapse()
			})
			failed = errors.Join(failed, err)
		}
	}
	return failed
}
