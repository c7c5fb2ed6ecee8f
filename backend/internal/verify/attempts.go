package verify

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"realname.example/shared/verification"
)

// standing is what the last day says about the account and the ID of a case.
type standing struct {
	// fails counts the account's refused cases, failsOfID those of the ID.
	fails, failsOfID int
	// faces counts spent face attempts, of whichever has more.
	faces int
	// retryAt is when a new case may begin if one more attempt is spent now and
	// none is left.
	retryAt time.Time
}

// standing reads it before a change, since a change cannot.
func (s *Service) standing(ctx context.Context, c *Case) (standing, error) {
	var st standing
	now, number := s.deps.Now(), c.Identity.Number.Reveal()
	since := now.Add(-day)
	faces := facesOf(c, since)
	counts, err := s.deps.Store.Counts(ctx, append(faces, Counted{BucketFailsAccount, c.AccountID, since}, Counted{BucketFailsID, number, since})...)
	if err != nil {
		return st, err
	}
	st.faces, st.fails, st.failsOfID = max(counts[0], counts[1]), counts[2], counts[3]
	for _, f := range faces {
		if err := st.wait(ctx, s, f.Bucket, f.Subject, now); err != nil {
			return st, err
		}
	}
	return st, nil
}

// facesOf asks for the face attempts of all who share in a case's.
func facesOf(c *Case, since time.Time) []Counted {
	return []Counted{{BucketFacesAccount, c.AccountID, since}, {BucketFacesID, c.Identity.Number.Reveal(), since}}
}

// facesSpent is the faces of a case's standing alone.
func (s *Service) facesSpent(ctx context.Context, c *Case) (int, error) {
	counts, err := s.deps.Store.Counts(ctx, facesOf(c, s.deps.Now().Add(-day))...)
	if err != nil {
		return 0, err
	}
	return slices.Max(counts), nil
}

// wait finds the end of the wait after one more attempt of a subject.
func (st *standing) wait(ctx context.Context, s *Service, b Bucket, subject string, now time.Time) error {
	end := now.Add(day)
	if s.cfg.FaceAttempts > 1 {
		limit, err := s.allowed(ctx, Trace{Bucket: b, Subject: subject, At: now, Limits: []Limit{{s.cfg.FaceAttempts - 1, day}}})
		if err != nil || limit == nil {
			return err
		}
		end = limit.RetryAt
	}
	if end.After(st.retryAt) {
		st.retryAt = end
	}
	return nil
}

// allowed returns the limit that a trace would exceed, or nil.
func (s *Service) allowed(ctx context.Context, t Trace) (*LimitError, error) {
	err := s.deps.Store.Allows(ctx, t)
	var limit *LimitError
	if errors.As(err, &limit) {
		return limit, nil
	}
	return nil, err
}

// facesLeft returns *LimitError where a subject has spent its face attempts of
// the day.
func (s *Service) facesLeft(ctx context.Context, b Bucket, subject string) error {
	return s.deps.Store.Allows(ctx, s.faceAllowed(b, subject))
}

// faceAllowed is a face attempt of a subject with its limit, to ask about.
func (s *Service) faceAllowed(b Bucket, subject string) Trace {
	return Trace{Bucket: b, Subject: subject, At: s.deps.Now(), Limits: []Limit{{s.cfg.FaceAttempts, day}}}
}

// spendAttempt counts a face attempt, of the case and of all who share in it,
// and reports whether none is left.
func (c step) spendAttempt(st standing) (none bool) {
	c.traceAttempt()
	c.AttemptsLeft = max(0, min(c.AttemptsLeft, c.cfg.FaceAttempts-st.faces)-1)
	if c.AttemptsLeft == 0 {
		c.waitUntil(st.retryAt)
	}
	return c.AttemptsLeft == 0
}

// traceAttempt lowers what the next cases of the account, of the ID and of the
// phone have.
func (c step) traceAttempt() {
	of := Limit{c.cfg.FaceAttempts, day}
	c.trace(Trace{Bucket: BucketFacesAccount, Subject: c.AccountID, At: c.now, Of: of})
	c.trace(Trace{Bucket: BucketFacesID, Subject: c.Identity.Number.Reveal(), At: c.now, Of: of})
	if c.Phone != nil {
		c.trace(Trace{Bucket: BucketFacesPhone, Subject: phoneSubject(c.Phone.PublicKey), At: c.now, Of: of})
	}
}

// waitUntil notes that no new case may begin before a moment.
func (c *Case) waitUntil(t time.Time) {
	if c.TriesLeft = 0; t.After(c.RetryAt) {
		c.RetryAt = t
	}
}

// phoneSubject is by what a phone is counted: its key.
func phoneSubject(publicKey []byte) string { return hex.EncodeToString(publicKey) }

// reject ends a case that a check refused and counts it. Of an ID that many
// were refused with, which detail differs is not told any more: whoever does
// not hold it learns nothing, and who does is let through.
func (c step) reject(why verification.Reason, st standing) error {
	of := Limit{c.cfg.FailsPerDay, day}
	c.trace(Trace{Bucket: BucketFailsAccount, Subject: c.AccountID, At: c.now, Of: of})
	c.trace(Trace{Bucket: BucketFailsID, Subject: c.Identity.Number.Reveal(), At: c.now, Of: of})
	if c.cfg.FailsPerDay > 0 {
		if st.failsOfID >= c.cfg.FailsPerDay && tellsDetail(why) {
			why = verification.TooManyAttempts
		}
		if c.TriesLeft = max(0, c.cfg.FailsPerDay-st.fails-1); c.TriesLeft == 0 {
			c.waitUntil(c.now.Add(day))
		}
		if !c.RetryAt.IsZero() {
			c.TriesLeft = 0
		}
	}
	return c.as(ActorServer).move(verification.Rejected, why)
}

// tellsDetail reports whether a reason answers a question about the ID.
func tellsDetail(why verification.Reason) bool {
	return why == verification.MobileMismatch || why == verification.NameMismatch ||
		why == verification.IdentityNotFound || why == verification.NotYetKnown
}
