package verify

import (
	"context"
	"encoding/base64"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"realname.example/shared/verification"
)

// blinkRate is the frame rate from which a blink can be seen (face.md).
const blinkRate = 15

// drawTries bounds how often a draw gives way to one of another case.
const drawTries = 5

// Challenge says what the person has to do. The actions are drawn once an
// attempt: asked again, whatever was sent meanwhile, from whichever phone and
// at whichever rate, nonce and id change and the actions stay, and those which
// an earlier case of the account or of the ID left undone within WaitingLife
// come first. It returns ErrConsentRequired before the consent, ErrRequest for a
// rate that no camera has, and *LimitError for a phone that keeps asking. Light says that
// the phone can light the face, and that its person lets it; colours are drawn and kept
// like actions.
func (s *Service) Challenge(ctx context.Context, token string, framesPerSecond float64, light bool) (Challenge, error) {
	if math.IsNaN(framesPerSecond) || framesPerSecond <= 0 || framesPerSecond > maxRate {
		return Challenge{}, &RequestError{Field: "frames_per_second"}
	}
	for range drawTries {
		ch, err := s.challenge(ctx, token, framesPerSecond, light)
		if !errors.Is(err, ErrDrawn) {
			return ch, err
		}
	}
	return Challenge{}, &BusyError{RetryAfter: time.Second}
}

// challenge is one try of Challenge; ErrDrawn where another case of the same
// person drew at the same moment.
func (s *Service) challenge(ctx context.Context, token string, framesPerSecond float64, light bool) (Challenge, error) {
	before, err := s.updateByPhone(ctx, token, func(c step) error { return capturing(c.Case) })
	if err != nil {
		return Challenge{}, err
	}
	waiting, err := s.deps.Store.Waiting(ctx, before.AccountID, before.Identity.Number.Reveal(), s.deps.Now().Add(-WaitingLife))
	if err != nil {
		return Challenge{}, err
	}
	fresh, err := s.draw(framesPerSecond)
	if err != nil {
		return Challenge{}, err
	}
	colours, err := s.drawLight(light)
	if err != nil {
		return Challenge{}, err
	}
	next, err := s.freshChallenge()
	if err != nil {
		return Challenge{}, err
	}
	c, err := s.updateByPhone(ctx, token, func(c step) error {
		if err := capturing(c.Case); err != nil {
			return err
		}
		if c.Challenges >= s.cfg.ChallengesPerCapture {
			return &LimitError{Bucket: BucketChallenge, RetryAt: c.EndsAt}
		}
		c.seen(true)
		how := c.takeActions(waiting, fresh)
		ch := next
		ch.IssuedAt, ch.ExpiresAt, ch.Actions = c.now, c.EndsAt, slices.Clone(c.Actions)
		if len(c.Light) == 0 {
			c.Light = colours
		}
		if len(colours) > 0 {
			ch.Light = slices.Clone(c.Light)
		}
		c.Challenge = &ch
		c.Challenges++
		c.Phone.Step, c.Phone.Action, c.Phone.ActionsDone = verification.StepCamera, "", 0
		c.as(ActorServer).noteWith(EventChallenged, "", how+": "+joinActions(ch.Actions))
		return nil
	})
	if err != nil {
		return Challenge{}, err
	}
	return *c.Challenge, nil
}

// takeActions gives the case its actions, and says where they come from: kept
// from before, handed on by an earlier case, or drawn now.
func (c step) takeActions(waiting, fresh []verification.Action) string {
	if len(c.Actions) == 0 && c.Challenge != nil { // a case from before actions were kept
		c.Actions = c.Challenge.Actions
	}
	switch {
	case len(c.Actions) > 0:
		return "kept"
	case len(waiting) > 0:
		c.Actions = waiting
		c.effects.Drawn = &Draw{Actions: waiting, At: c.now}
		return "handed on"
	}
	c.Actions = fresh
	c.effects.Drawn = &Draw{Actions: fresh, At: c.now, Fresh: true}
	return "drawn"
}

// capturing tells a phone that has no consent yet from one whose turn it is
// not.
func capturing(c *Case) error {
	if c.Status == verification.Confirming {
		return ErrConsentRequired
	}
	return c.require(verification.Capturing)
}

// freshChallenge has an id and a nonce of its own, and no actions yet.
func (s *Service) freshChallenge() (Challenge, error) {
	id, err := s.newID()
	if err != nil {
		return Challenge{}, err
	}
	nonce, err := s.secret(16)
	return Challenge{ID: id, Nonce: base64.StdEncoding.EncodeToString(nonce)}, err
}

// draw picks the actions at random, a turn among them where there is one.
func (s *Service) draw(framesPerSecond float64) ([]verification.Action, error) {
	pool := slices.Clone(s.cfg.FaceActions)
	if framesPerSecond < blinkRate {
		pool = slices.DeleteFunc(pool, func(a verification.Action) bool { return a == verification.Blink })
	}
	for {
		if err := shuffle(s, pool); err != nil {
			return nil, err
		}
		drawn := slices.Clone(pool[:min(len(pool), s.cfg.FaceActionCount)])
		if slices.ContainsFunc(drawn, verification.Action.Turn) || !slices.ContainsFunc(pool, verification.Action.Turn) {
			return drawn, nil
		}
	}
}

// shuffle is Fisher and Yates's, over secret randomness.
func shuffle[T any](s *Service, a []T) error {
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
