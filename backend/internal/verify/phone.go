package verify

import (
	"context"
	"crypto/subtle"
	"errors"
	"slices"

	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// maxRate is the highest frame rate that a phone can claim.
const maxRate = 240

// updateByPhone is update for the phone that holds the case; a revoked token is
// ErrUnauthorized.
func (s *Service) updateByPhone(ctx context.Context, token string, change func(c step) error) (*Case, error) {
	hash := hashKey(token)
	id, err := s.deps.Store.CaseByKey(ctx, KeyPhone, hash)
	if errors.Is(err, ErrNotFound) {
		return nil, ErrUnauthorized
	}
	if err != nil {
		return nil, err
	}
	return s.update(ctx, id, ActorPhone, func(c step) error {
		if k := c.key(KeyPhone, hash); k == nil || k.Void || !c.now.Before(k.ExpiresAt) {
			return ErrUnauthorized
		}
		return change(c)
	})
}

// seen notes that the phone is there; act tells a person's act from a mere
// look, which is noted at most twice in an online life.
func (c step) seen(act bool) {
	if c.Phone == nil || !act && c.Phone.Online && c.now.Sub(c.Phone.SeenAt) < c.cfg.OnlineLife/4 {
		return
	}
	if act || c.Status.OnPhone() {
		c.Phone.SeenAt, c.Phone.Online = c.now, true
	}
	if act {
		c.touch()
	}
}

// Phone returns what the phone may see, and notes that it is online.
func (s *Service) Phone(ctx context.Context, token string) (PhoneView, error) {
	c, err := s.updateByPhone(ctx, token, func(c step) error {
		c.seen(false)
		return nil
	})
	return s.answerPhone(c, err)
}

func (s *Service) answerPhone(c *Case, err error) (PhoneView, error) {
	if err != nil {
		return PhoneView{}, err
	}
	return s.phoneView(c), nil
}

// Confirm compares the number that the person typed with the one that the PC
// shows. A wrong one ends the hand-off, a second sends the case to review; in a
// review it ends the hand-off alone.
func (s *Service) Confirm(ctx context.Context, token, number string) (PhoneView, error) {
	st, err := s.standingByPhone(ctx, token)
	if err != nil {
		return PhoneView{}, err
	}
	c, err := s.updateByPhone(ctx, token, func(c step) error {
		if err := c.require(verification.Confirming, verification.InReview); err != nil {
			return err
		}
		if c.Phone.Confirmed {
			return c.conflict()
		}
		c.seen(true)
		if subtle.ConstantTimeCompare([]byte(identity.Narrow(number)), []byte(c.Phone.Number)) == 1 {
			c.Phone.Confirmed, c.Phone.Step = true, verification.StepConsent
			if c.Review != nil && c.Review.PicturesConsent != "" {
				c.Phone.Step = verification.StepNone
			}
			c.note(EventNumberRight)
			return nil
		}
		if c.Status == verification.InReview {
			c.revokePhone()
			c.as(ActorPC).note(EventPhoneRevoked)
			return nil
		}
		c.NumberMismatches++
		return c.endHandoff(verification.NumberMismatch, c.NumberMismatches, st)
	})
	return s.answerPhone(c, err)
}

// standingByPhone is standing for the phone that holds a case.
func (s *Service) standingByPhone(ctx context.Context, token string) (standing, error) {
	c, err := s.updateByPhone(ctx, token, func(step) error { return nil })
	if err != nil {
		return standing{}, err
	}
	return s.standing(ctx, c)
}

// endHandoff takes the case from the phone: to the PC the first time, to an
// operator the second, which counts as an attempt. Where operators have refused
// reviews already and nothing is new, that is the end of it.
func (c step) endHandoff(why verification.Reason, times int, st standing) error {
	if times > 1 {
		c.spendAttempt(st)
	}
	c.revokePhone()
	switch {
	case times <= 1:
		return c.move(verification.FaceRequired, why)
	case mayAsk(c.Case):
		return c.move(verification.InReview, why)
	}
	return c.reject(why, st)
}

// Decline is the person's no: to the scan, or in a review to the pictures, which
// are deleted; one who has not typed the number only lets the phone go.
func (s *Service) Decline(ctx context.Context, token string) (PhoneView, error) {
	st, err := s.standingByPhone(ctx, token)
	if err != nil {
		return PhoneView{}, err
	}
	c, err := s.updateByPhone(ctx, token, func(c step) error {
		if err := c.require(verification.Confirming, verification.Capturing, verification.InReview); err != nil {
			return err
		}
		c.seen(true)
		if c.Status == verification.InReview {
			if c.Phone.Confirmed {
				c.refusePictures()
			}
			c.revokePhone()
			return nil
		}
		c.Declines++
		c.note(EventDeclined)
		return c.endHandoff(verification.Declined, c.Declines, st)
	})
	return s.answerPhone(c, err)
}

// Consent records the face consent and lets the capture begin. Where the
// mobile path led here and the registry has no portrait, the camera stays
// closed and an operator decides. It returns ErrRequest without a version, and
// ErrConsentUnknown for one that is not the present text's.
func (s *Service) Consent(ctx context.Context, token string, given Consent) (PhoneView, error) {
	if given.Version == "" {
		return PhoneView{}, &RequestError{Field: "version", Missing: true}
	}
	if given.Version != s.deps.Consent(PurposeFace) {
		return PhoneView{}, ErrConsentUnknown
	}
	c, err := s.updateByPhone(ctx, token, func(c step) error { return mayConsent(c.Case) })
	if err != nil {
		return PhoneView{}, err
	}
	missing := false
	if c.Method == verification.Mobile {
		_, mismatch, err := s.portrait(ctx, c.Identity)
		if err != nil {
			return PhoneView{}, err
		}
		missing = mismatch != ""
	}
	c, err = s.updateByPhone(ctx, token, func(c step) error {
		if err := mayConsent(c.Case); err != nil {
			return err
		}
		c.seen(true)
		c.Phone.ConsentVersion, c.Phone.ConsentLanguage, c.Phone.ConsentAt = given.Version, given.Language, c.now
		c.noteWith(EventConsented, string(PurposeFace), given.String())
		if missing {
			return c.as(ActorServer).move(verification.InReview, verification.PortraitMissing)
		}
		c.Phone.Step = verification.StepCamera
		return c.move(verification.Capturing, "")
	})
	return s.answerPhone(c, err)
}

func mayConsent(c *Case) error {
	if err := c.require(verification.Confirming); err != nil {
		return err
	}
	if !c.Phone.Confirmed {
		return c.conflict()
	}
	return nil
}

// Progress shows on the PC what the phone says it is doing.
func (s *Service) Progress(ctx context.Context, token string, at verification.Step, action verification.Action, done int) error {
	switch {
	case at != verification.StepCameraBlocked && at != verification.StepAction && at != verification.StepSending:
		return &RequestError{Field: "step"}
	case action != "" && !slices.Contains(verification.Actions(), action):
		return &RequestError{Field: "action"}
	case done < 0 || done > len(verification.Actions()):
		return &RequestError{Field: "actions_done"}
	}
	_, err := s.updateByPhone(ctx, token, func(c step) error {
		if err := capturing(c.Case); err != nil {
			return err
		}
		c.seen(true)
		c.Phone.Step, c.Phone.Action, c.Phone.ActionsDone = at, action, done
		return nil
	})
	return err
}
