package verify

import (
	"context"
	"time"

	"realname.example/shared/verification"
)

// AskReview sends the case to an operator. From a case that was rejected for
// its face it opens a new one in review. After a refusal it takes something new,
// and is a *ConflictError without.
func (s *Service) AskReview(ctx context.Context, caller Caller, id verification.ID) (verification.View, error) {
	var rejected *Case
	c, err := s.updateByOwner(ctx, caller.AccountID, id, func(c step) error {
		if rejected = nil; c.Status == verification.Rejected {
			rejected = c.Case
			return nil
		}
		if !reviewable(c.Case) {
			return c.conflict()
		}
		c.touch()
		return c.move(verification.InReview, c.Reason)
	})
	if err != nil {
		return verification.View{}, err
	}
	if rejected == nil {
		return s.view(c), nil
	}
	return s.reviewAnew(ctx, caller, c)
}

// reviewAnew opens a case in review for one that was rejected for its face.
func (s *Service) reviewAnew(ctx context.Context, caller Caller, rejected *Case) (verification.View, error) {
	if !reviewable(rejected) {
		return verification.View{}, rejected.conflict()
	}
	if err := s.refuseSecondCase(ctx, caller.AccountID); err != nil {
		return verification.View{}, err
	}
	next, err := s.newCase(ctx, caller, rejected.Method, rejected.Identity)
	if err != nil {
		return verification.View{}, err
	}
	since, err := s.deps.Store.Count(ctx, BucketReviewsAccount, caller.AccountID, rejected.JudgedAt)
	if err != nil {
		return verification.View{}, err
	}
	if next.JudgedAt = rejected.JudgedAt; since > 0 { // what was judged, an operator has seen
		next.JudgedAt = time.Time{}
	}
	if !mayAsk(next.Case) {
		return verification.View{}, rejected.conflict()
	}
	if err := next.move(verification.InReview, rejected.Reason); err != nil {
		return verification.View{}, err
	}
	v, err := s.create(ctx, next)
	if err != nil {
		return verification.View{}, err
	}
	_, err = s.update(ctx, rejected.ID, ActorServer, func(c step) error {
		c.ReviewedAnew = true
		return nil
	})
	return v, err
}

// reviewable reports whether a person may ask for a review of the case now.
func reviewable(c *Case) bool {
	switch c.Status {
	case verification.FaceRequired, verification.Confirming, verification.Capturing:
		return mayAsk(c)
	case verification.Rejected:
		return faceRejected(c) && !c.ReviewedAnew && mayAsk(c)
	case verification.CodeRequired, verification.Checking, verification.Judging, verification.InReview,
		verification.Verified, verification.Expired, verification.Cancelled:
	}
	return false
}

// mayAsk reports whether an operator has not refused this already: after a
// refusal it takes another statement or a capture that was judged since, and
// reviewsAgain times at most.
func mayAsk(c *Case) bool {
	switch {
	case c.ReviewsRefused == 0:
		return true
	case c.ReviewsRefused > reviewsAgain:
		return false
	}
	return !c.Restated || !c.JudgedAt.IsZero()
}

// faceRejected reports whether a person may look at a case again although it
// was rejected. Erased cases have no identity to look at.
func faceRejected(c *Case) bool {
	if c.Status != verification.Rejected || c.Identity.Number.Empty() {
		return false
	}
	return c.Reason == verification.LivenessFailed || c.Reason == verification.FaceMismatch ||
		c.Reason == verification.TooManyAttempts && c.AttemptsLeft == 0
}

// statement is what an operator is asked to believe: an account is a person.
func statement(c *Case) string {
	who := c.Identity
	return c.AccountID + "|" + who.Name.Reveal() + "|" + who.Number.Reveal() + "|" + who.Mobile.Reveal()
}

// traceRefusal counts a review that an operator refused.
func (c step) traceRefusal() {
	c.trace(Trace{Bucket: BucketReviewsAccount, Subject: c.AccountID, At: c.now, Of: Limit{1 + reviewsAgain, month}})
	c.trace(Trace{Bucket: BucketReviewsStatement, Subject: statement(c.Case), At: c.now})
}

// recallReviews notes at the begin of a case what was refused before.
func (s *Service) recallReviews(ctx context.Context, c *Case) error {
	since := c.CreatedAt.Add(-month)
	counts, err := s.deps.Store.Counts(ctx, Counted{BucketReviewsAccount, c.AccountID, since}, Counted{BucketReviewsStatement, statement(c), since})
	if err != nil {
		return err
	}
	c.ReviewsRefused, c.Restated = counts[0], counts[1] > 0
	return nil
}
