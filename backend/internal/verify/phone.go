package verify

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// blinkRate is the frame rate from which a blink can be seen (face.md).
const blinkRate = 15

// maxRate is the highest frame rate that a phone can claim.
const maxRate = 240

// held is update for the phone that holds the case; a revoked token is
// ErrUnauthorized.
func (s *Service) held(ctx context.Context, token string, change func(c *Case, now time.Time) error) (*Case, error) {
	hash := hashKey(token)
	id, err := s.Store.CaseByKey(ctx, KeyPhone, hash)
	if errors.Is(err, ErrNotFound) {
		return nil, ErrUnauthorized
	}
	if err != nil {
		return nil, err
	}
	return s.update(ctx, id, func(c *Case, now time.Time) error {
		if k := c.key(KeyPhone, hash); k == nil || k.Void || !now.Before(k.ExpiresAt) {
			return ErrUnauthorized
		}
		return change(c, now)
	})
}

// seen notes that the phone is there; act tells a person's act from a mere
// look, which is noted at most twice in an online life.
func (s *Service) seen(c *Case, now time.Time, act bool) {
	if c.Phone == nil || !act && c.Phone.Online && now.Sub(c.Phone.SeenAt) < s.cfg.OnlineLife/4 {
		return
	}
	if act || c.Status.OnPhone() {
		c.Phone.SeenAt, c.Phone.Online = now, true
	}
	if act {
		c.touch(now, s.cfg)
	}
}

// Phone returns what the phone may see, and notes that it is online.
func (s *Service) Phone(ctx context.Context, token string) (PhoneView, error) {
	c, err := s.held(ctx, token, func(c *Case, now time.Time) error {
		s.seen(c, now, false)
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
// shows. A wrong one ends the hand-off, a second sends the case to review.
func (s *Service) Confirm(ctx context.Context, token, number string) (PhoneView, error) {
	c, err := s.held(ctx, token, func(c *Case, now time.Time) error {
		if err := c.require(verification.Confirming); err != nil {
			return err
		}
		if c.Phone.Confirmed {
			return c.conflict()
		}
		s.seen(c, now, true)
		if subtle.ConstantTimeCompare([]byte(identity.Narrow(number)), []byte(c.Phone.Number)) == 1 {
			c.Phone.Confirmed, c.Phone.Step = true, verification.StepConsent
			c.audit(now, ActorPhone, EventNumberRight, "", "")
			return nil
		}
		c.NumberMismatches++
		return s.endHandoff(c, now, verification.NumberMismatch, c.NumberMismatches)
	})
	return s.answerPhone(c, err)
}

// endHandoff takes the case from the phone: to the PC the first time, to an
// operator the second.
func (s *Service) endHandoff(c *Case, now time.Time, why verification.Reason, times int) error {
	c.revokePhone()
	to := verification.FaceRequired
	if times > 1 {
		to = verification.InReview
	}
	return c.move(now, s.cfg, to, why, ActorPhone)
}

// Decline is the person's no.
func (s *Service) Decline(ctx context.Context, token string) (PhoneView, error) {
	c, err := s.held(ctx, token, func(c *Case, now time.Time) error {
		if err := c.require(verification.Confirming, verification.Capturing); err != nil {
			return err
		}
		s.seen(c, now, true)
		c.Declines++
		c.audit(now, ActorPhone, EventDeclined, "", "")
		return s.endHandoff(c, now, verification.Declined, c.Declines)
	})
	return s.answerPhone(c, err)
}

// Consent records the face consent and lets the capture begin. Where the
// mobile path led here and the registry has no portrait, the camera stays
// closed and an operator decides. Version is that of the sentence which the
// phone showed, and is recorded as it came: only the phone knows it. It returns
// ErrRequest without one.
func (s *Service) Consent(ctx context.Context, token, version string) (PhoneView, error) {
	if version = strings.TrimSpace(version); version == "" {
		return PhoneView{}, ErrRequest
	}
	c, err := s.held(ctx, token, func(c *Case, _ time.Time) error { return mayConsent(c) })
	if err != nil {
		return PhoneView{}, err
	}
	missing := false
	if c.Method == verification.Mobile {
		_, mismatch, err := s.Portraits.Portrait(ctx, c.Identity)
		if err != nil {
			return PhoneView{}, err
		}
		missing = mismatch != ""
	}
	c, err = s.held(ctx, token, func(c *Case, now time.Time) error {
		if err := mayConsent(c); err != nil {
			return err
		}
		s.seen(c, now, true)
		c.Phone.ConsentVersion, c.Phone.ConsentAt = version, now
		c.audit(now, ActorPhone, EventConsented, "face", version)
		if missing {
			return c.move(now, s.cfg, verification.InReview, verification.PortraitMissing, ActorServer)
		}
		c.Phone.Step = verification.StepCamera
		return c.move(now, s.cfg, verification.Capturing, "", ActorPhone)
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

// Challenge draws what the person has to do. Asked again before evidence came,
// it keeps the actions and changes nonce and id. It returns ErrConsentRequired
// before the consent, ErrRequest for a rate that no camera has, and *LimitError
// for a phone that keeps asking.
func (s *Service) Challenge(ctx context.Context, token string, framesPerSecond float64) (Challenge, error) {
	if math.IsNaN(framesPerSecond) || framesPerSecond <= 0 || framesPerSecond > maxRate {
		return Challenge{}, ErrRequest
	}
	drawn, err := s.draw(framesPerSecond)
	if err != nil {
		return Challenge{}, err
	}
	c, err := s.held(ctx, token, func(c *Case, now time.Time) error {
		if err := capturing(c); err != nil {
			return err
		}
		if c.Challenges >= s.cfg.ChallengesPerCapture {
			return &LimitError{Bucket: BucketChallenge, RetryAt: c.EndsAt}
		}
		s.seen(c, now, true)
		next := drawn
		next.IssuedAt, next.ExpiresAt = now, c.EndsAt
		if c.Challenge != nil {
			next.Actions = c.Challenge.Actions
		}
		c.Challenge = &next
		c.Challenges++
		c.Phone.Step, c.Phone.Action, c.Phone.ActionsDone = verification.StepCamera, "", 0
		c.audit(now, ActorServer, EventChallenged, "", joinActions(next.Actions))
		return nil
	})
	if err != nil {
		return Challenge{}, err
	}
	return *c.Challenge, nil
}

// capturing tells a phone that has no consent yet from one whose turn it is
// not.
func capturing(c *Case) error {
	if c.Status == verification.Confirming {
		return ErrConsentRequired
	}
	return c.require(verification.Capturing)
}

// draw picks the actions at random, a turn among them where there is one.
func (s *Service) draw(framesPerSecond float64) (Challenge, error) {
	pool := slices.Clone(s.cfg.FaceActions)
	if framesPerSecond < blinkRate {
		pool = slices.DeleteFunc(pool, func(a verification.Action) bool { return a == verification.Blink })
	}
	id, err := s.newID()
	if err != nil {
		return Challenge{}, err
	}
	nonce, err := s.secret(16)
	if err != nil {
		return Challenge{}, err
	}
	ch := Challenge{ID: id, Nonce: base64.StdEncoding.EncodeToString(nonce)}
	for {
		if err := s.shuffle(pool); err != nil {
			return Challenge{}, err
		}
		ch.Actions = slices.Clone(pool[:min(len(pool), s.cfg.FaceActionCount)])
		if slices.ContainsFunc(ch.Actions, verification.Action.Turn) || !slices.ContainsFunc(pool, verification.Action.Turn) {
			return ch, nil
		}
	}
}

// shuffle is Fisher and Yates's, over secret randomness.
func (s *Service) shuffle(a []verification.Action) error {
	for i := len(a) - 1; i > 0; i-- {
		j, err := s.number(uint64(i + 1))
		if err != nil {
			return err
		}
		a[i], a[j] = a[j], a[i]
	}
	return nil
}

func joinActions(actions []verification.Action) string {
	parts := make([]string, len(actions))
	for i, a := range actions {
		parts[i] = string(a)
	}
	return strings.Join(parts, " ")
}

// Progress shows on the PC what the phone says it is doing.
func (s *Service) Progress(ctx context.Context, token string, step verification.Step, action verification.Action, done int) error {
	known := step == verification.StepCameraBlocked || step == verification.StepAction || step == verification.StepSending
	if !known || done < 0 || done > len(verification.Actions()) ||
		action != "" && !slices.Contains(verification.Actions(), action) {
		return ErrRequest
	}
	_, err := s.held(ctx, token, func(c *Case, now time.Time) error {
		if err := capturing(c); err != nil {
			return err
		}
		s.seen(c, now, true)
		c.Phone.Step, c.Phone.Action, c.Phone.ActionsDone = step, action, done
		return nil
	})
	return err
}
