package verify

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// A review has something to look at: the person may hand in pictures of their
// card and of themselves, from the PC or from the phone, while the case waits.
// Nothing waits for them: a reviewer decides with what there is.

// picturesPerHour caps the pictures of one case, refused ones included: each is
// decoded and looked at.
const picturesPerHour = 60

// WantedPictures lists the pictures that a review of a certificate asks for. A
// passport has no back with anything on it.
func WantedPictures(t identity.CertificateType) []verification.Picture {
	if t == identity.Passport {
		return []verification.Picture{verification.CardFront, verification.Selfie}
	}
	return verification.AllPictures()
}

// changer applies a change to the one case that a caller may change.
type changer func(ctx context.Context, change func(c step) error) (*Case, error)

// ofAccount is the changer of the PC.
func (s *Service) ofAccount(caller Caller, id verification.ID) changer {
	return func(ctx context.Context, change func(step) error) (*Case, error) {
		return s.updateByOwner(ctx, caller.AccountID, id, change)
	}
}

// ofPhone is the changer of the phone that typed the PC's number.
func (s *Service) ofPhone(token string) changer {
	return func(ctx context.Context, change func(step) error) (*Case, error) {
		return s.updateByPhone(ctx, token, func(c step) error {
			if !c.Phone.Confirmed {
				return c.conflict()
			}
			c.seen(true)
			return change(c)
		})
	}
}

// AgreePicturesOnPhone is AgreePictures for the phone.
func (s *Service) AgreePicturesOnPhone(ctx context.Context, token string, given Consent) (PhoneView, error) {
	return s.answerPhone(s.agreePictures(ctx, s.ofPhone(token), given))
}

// HandPictureOnPhone is HandPicture for the phone.
func (s *Service) HandPictureOnPhone(ctx context.Context, token string, p verification.Picture, image []byte) (PhoneView, error) {
	return s.answerPhone(s.handPicture(ctx, s.ofPhone(token), p, image))
}

// AgreePictures records the consent to hand in pictures. It returns
// ErrConsentUnknown for a text that is not the present one, and *ConflictError
// outside of a review.
func (s *Service) AgreePictures(ctx context.Context, caller Caller, id verification.ID, given Consent) (verification.View, error) {
	c, err := s.agreePictures(ctx, s.ofAccount(caller, id), given)
	return s.answerView(c, err)
}

func (s *Service) agreePictures(ctx context.Context, by changer, given Consent) (*Case, error) {
	if given.Version != s.deps.Consent(PurposeReview) {
		return nil, ErrConsentUnknown
	}
	return by(ctx, func(c step) error {
		if err := c.require(verification.InReview); err != nil {
			return err
		}
		c.Review.PicturesConsent, c.Review.PicturesDeclined = given.String(), false
		if c.Phone != nil && c.Phone.Step == verification.StepConsent {
			c.Phone.Step = verification.StepNone
		}
		c.noteWith(EventConsented, string(PurposeReview), given.String())
		return nil
	})
}

// HandPicture takes one picture, in the place of an earlier one of its name. It
// returns ErrConsentRequired before AgreePictures, *ConflictError outside of a
// review, ErrRequest for a picture that is not asked for, *LimitError, and the
// errors of PictureJudge; then no picture has changed.
func (s *Service) HandPicture(ctx context.Context, caller Caller, id verification.ID, p verification.Picture, image []byte) (verification.View, error) {
	c, err := s.handPicture(ctx, s.ofAccount(caller, id), p, image)
	return s.answerView(c, err)
}

func (s *Service) handPicture(ctx context.Context, by changer, p verification.Picture, image []byte) (*Case, error) {
	c, err := by(ctx, func(c step) error { return mayHand(c.Case, p) })
	if err != nil {
		return nil, err
	}
	err = s.deps.Store.Trace(ctx, Trace{
		Bucket: BucketPictures, Subject: string(c.ID), At: s.deps.Now(), Limits: limits(Limit{picturesPerHour, time.Hour}),
	})
	if err != nil {
		return nil, err
	}
	jpeg, err := s.deps.Pictures.Prepare(ctx, p, image)
	if err = s.tellCorners(ctx, by, c, p, err); err != nil {
		return nil, err
	}
	likeness, err := s.likeness(ctx, c, p, jpeg)
	if err != nil {
		return nil, err
	}
	return by(ctx, func(c step) error {
		if err := mayHand(c.Case, p); err != nil {
			return err
		}
		if !slices.Contains(c.Review.Pictures, p) {
			c.Review.Pictures = append(slices.Clone(c.Review.Pictures), p)
		}
		if p != verification.CardBack {
			c.Review.Likeness = likeness
		}
		c.effects.Pictures = append(c.effects.Pictures, KeptPicture{Picture: p, JPEG: jpeg, At: c.now})
		c.noteWith(EventPicture, "", string(p))
		return nil
	})
}

// tellCorners is err, unless that says of a picture once more that its card leaves it:
// the first time the person is told, and then sends what they have, since a table can look
// like a card.
func (s *Service) tellCorners(ctx context.Context, by changer, c *Case, p verification.Picture, err error) error {
	var fault *PictureError
	if !errors.As(err, &fault) || fault.Cause != PictureCorners {
		return err
	}
	if slices.Contains(c.Review.CornersTold, p) {
		return nil
	}
	_, failed := by(ctx, func(c step) error {
		if err := mayHand(c.Case, p); err != nil {
			return err
		}
		c.Review.CornersTold = append(slices.Clone(c.Review.CornersTold), p)
		return nil
	})
	return cmp.Or(failed, err)
}

// mayHand says whether a picture would be taken now.
func mayHand(c *Case, p verification.Picture) error {
	switch err := c.require(verification.InReview); {
	case err != nil:
		return err
	case !slices.Contains(WantedPictures(c.Identity.CertificateType), p):
		return &RequestError{Field: "picture"}
	case c.Review.PicturesConsent == "":
		return ErrConsentRequired
	}
	return nil
}

// likeness compares a new picture with the kept one that shows the other face; 0
// where there is none yet, or the engine cannot tell. It returns only errors that
// a second try would not meet.
func (s *Service) likeness(ctx context.Context, c *Case, p verification.Picture, jpeg []byte) (float64, error) {
	other := verification.CardFront
	if p == verification.CardFront {
		other = verification.Selfie
	}
	if p == verification.CardBack || !slices.Contains(c.Review.Pictures, other) {
		return 0, nil
	}
	kept, err := s.deps.Store.Picture(ctx, c.ID, other)
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if p == verification.CardFront {
		return s.deps.Pictures.Likeness(ctx, jpeg, kept)
	}
	return s.deps.Pictures.Likeness(ctx, kept, jpeg)
}

// DeclinePictures is the person's no, at any time of the review: what they sent is
// deleted at once.
func (s *Service) DeclinePictures(ctx context.Context, caller Caller, id verification.ID) (verification.View, error) {
	c, err := s.ofAccount(caller, id)(ctx, func(c step) error {
		if err := c.require(verification.InReview); err != nil {
			return err
		}
		c.refusePictures()
		return nil
	})
	return s.answerView(c, err)
}

// refusePictures notes the person's no, and deletes what was handed in.
func (c step) refusePictures() {
	c.dropPictures()
	c.Review.PicturesConsent, c.Review.PicturesDeclined = "", true
	c.note(EventPicturesGone)
}

// dropPictures deletes what was handed in, if anything was.
func (c step) dropPictures() {
	if c.Review == nil || len(c.Review.Pictures) == 0 {
		return
	}
	c.Review.Pictures, c.Review.Likeness = nil, 0
	c.effects.Pictures, c.effects.DropPictures = nil, true
}

// ReviewPicture returns a picture as a reviewer sees it; ErrNotFound where none is
// kept, or its life is over.
func (s *Service) ReviewPicture(ctx context.Context, id verification.ID, p verification.Picture) ([]byte, error) {
	c, err := s.deps.Store.Case(ctx, id)
	if err != nil {
		return nil, err
	}
	if c.Review == nil || !c.FinishedAt.IsZero() && !s.deps.Now().Before(c.FinishedAt.Add(s.cfg.PicturesLife)) {
		return nil, ErrNotFound
	}
	return s.deps.Store.Picture(ctx, id, p)
}

// picturesView is what the person may know of their pictures.
func picturesView(c *Case) *verification.Pictures {
	v := &verification.Pictures{
		Wanted: []verification.Picture{}, Sent: []verification.Picture{},
		Agreed: c.Review.PicturesConsent != "", Declined: c.Review.PicturesDeclined,
	}
	for _, p := range WantedPictures(c.Identity.CertificateType) {
		if slices.Contains(c.Review.Pictures, p) {
			v.Sent = append(v.Sent, p)
		} else {
			v.Wanted = append(v.Wanted, p)
		}
	}
	return v
}

// answerView is the view of a changed case.
func (s *Service) answerView(c *Case, err error) (verification.View, error) {
	if err != nil {
		return verification.View{}, err
	}
	return s.view(c), nil
}
