package verify

import (
	"context"
	"strings"

	"realname.example/shared/verification"
)

// Reviews lists the cases that wait for an operator by their begin, those after
// the named one, and at most limit, where that is not 0. Identities in it are in
// full.
func (s *Service) Reviews(ctx context.Context, after verification.ID, limit int) ([]ReviewItem, error) {
	cases, err := s.deps.Store.InStatus(ctx, verification.InReview, after, limit)
	if err != nil {
		return nil, err
	}
	items := make([]ReviewItem, len(cases))
	for i, c := range cases {
		items[i] = s.listedReview(c)
	}
	return items, nil
}

// listedReview is a case in review with the names of its pictures.
func (s *Service) listedReview(c *Case) ReviewItem {
	item := s.reviewItem(c)
	for _, p := range c.Review.Pictures {
		item.Pictures = append(item.Pictures, PictureRecord{CaseID: c.ID, Picture: p})
	}
	return item
}

// ReviewOf returns the account's case that waits for an operator, as Reviews lists it,
// or ErrNotFound.
func (s *Service) ReviewOf(ctx context.Context, accountID string) (ReviewItem, error) {
	c, err := s.deps.Store.OpenCase(ctx, accountID)
	if err != nil {
		return ReviewItem{}, err
	}
	if c.Status != verification.InReview {
		return ReviewItem{}, ErrNotFound
	}
	return s.listedReview(c), nil
}

// Review returns one case that a person looks at, or looked at, for an operator;
// ErrNotFound of any other: an operator has no business with it.
func (s *Service) Review(ctx context.Context, id verification.ID) (ReviewItem, error) {
	c, err := s.deps.Store.Case(ctx, id)
	if err != nil {
		return ReviewItem{}, err
	}
	if c.Review == nil {
		return ReviewItem{}, ErrNotFound
	}
	item := s.reviewItem(c)
	kept, err := s.deps.Store.PicturesOf(ctx, c.AccountID)
	for _, p := range kept {
		if p.CaseID == c.ID {
			item.Pictures = append(item.Pictures, p)
		}
	}
	return item, err
}

func (s *Service) reviewItem(c *Case) ReviewItem {
	item := ReviewItem{View: s.view(c), AccountID: c.AccountID, Account: c.Account, Identity: c.Identity, Since: c.StatusSince}
	if c.Review != nil {
		item.Asked, item.Since = c.Review.Asked, c.Review.AskedAt
		item.Declined, item.Likeness = c.Review.PicturesDeclined, c.Review.Likeness
	}
	return item
}

// Decide is an operator's verdict; the note is required and audited. An
// approval of an ID that verifies another account becomes a rejection.
func (s *Service) Decide(ctx context.Context, operator string, id verification.ID, approve bool, note string) (verification.View, error) {
	note = strings.TrimSpace(note)
	if note == "" || operator == "" {
		return verification.View{}, &RequestError{Field: "reason", Missing: true}
	}
	out := outcome{to: verification.Rejected, why: verification.Reviewed, detail: note}
	if approve {
		out.to = verification.Verified
	}
	c, err := unlessBound(out, func(out outcome) (*Case, error) { return s.decide(ctx, operator, id, out) })
	return s.answerView(c, err)
}

func (s *Service) decide(ctx context.Context, operator string, id verification.ID, out outcome) (*Case, error) {
	return s.update(ctx, id, ActorOperator, func(c step) error {
		if err := c.require(verification.InReview); err != nil {
			return err
		}
		c.Proven = out.why == verification.IdentityAlreadyBound
		c.Review.DecidedAt, c.Review.Operator, c.Review.Note = c.now, operator, out.detail
		c.noteWith(EventReviewed, operator, out.detail)
		if out.why == verification.Reviewed && out.to == verification.Rejected {
			c.traceRefusal()
		}
		return c.move(out.to, out.why)
	})
}
