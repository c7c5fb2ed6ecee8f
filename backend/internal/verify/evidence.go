package verify

import (
	"context"
	"errors"
	"time"

	"realname.example/shared/handoff"
	"realname.example/shared/verification"
)

// Limits on the times of a capture beside those of handoff: one that lasts
// longer than the time since its challenge was drawn was not recorded for it.
const (
	clocksApart  = time.Second
	minFrameStep = time.Second / maxRate
)

// Awaited is what a case waits for.
type Awaited struct {
	Left time.Duration // how long it waits
	Lit  int           // how many frames, the last ones, are taken under the light challenge
}

// AwaitsEvidence says whether a capture of this phone would be taken now, for a
// caller who has not read it yet, and which. It returns the errors of Evidence about
// the token and the status.
func (s *Service) AwaitsEvidence(ctx context.Context, token string) (a Awaited, err error) {
	_, err = s.updateByPhone(ctx, token, func(c step) error {
		a.Left = c.EndsAt.Sub(c.now)
		if c.Challenge != nil {
			a.Lit = len(c.Challenge.Light) * handoff.ColourFrames
		}
		return capturing(c.Case)
	})
	if err != nil {
		return Awaited{}, err
	}
	return a, nil
}

// Footage begins a capture whose frames may still come. Whoever began it closes it,
// unless Evidence took it. Its arguments are as for FaceJudge.
func (s *Service) Footage(ctx context.Context, lit int, trouble func(error)) Footage {
	return s.deps.Face.Footage(ctx, lit, trouble)
}

// EvidenceTrouble ends an upload of which nothing can come, by what its footage
// told, and returns what the phone is told: as of Evidence.
func (s *Service) EvidenceTrouble(ctx context.Context, token string, cause error) error {
	c, err := s.updateByPhone(ctx, token, func(c step) error { return capturing(c.Case) })
	if err != nil {
		return err
	}
	return s.refuseEvidence(ctx, token, c, cause)
}

// Evidence takes a capture whose frames were added to footage. Signature, order, presence of one face and quality
// are checked, and that no frame was seen before, before it answers; what fails
// there leaves the case capturing and voids the challenge, not its actions.
// It costs no attempt the first freeRefusals times in a case; then the error is
// in an *AttemptError, and the case is rejected where none is left. Liveness and
// match are judged after the answer. It returns *EvidenceError, ErrFaceNotFound,
// *QualityError, *LimitError where others spent the attempts of this ID,
// *BusyError and ErrProviderUnavailable (the last three leave the challenge). Without
// an error the footage is closed once it was judged.
func (s *Service) Evidence(ctx context.Context, token string, manifest []byte, jpegs [][]byte, footage Footage) (PhoneView, error) {
	c, err := s.updateByPhone(ctx, token, func(c step) error { return capturing(c.Case) })
	if err != nil {
		return PhoneView{}, err
	}
	if err := s.facesLeft(ctx, BucketFacesID, c.Identity.Number.Reveal()); err != nil {
		return PhoneView{}, err
	}
	frames, err := s.inspect(ctx, c, manifest, jpegs, footage)
	if err != nil {
		return PhoneView{}, s.refuseEvidence(ctx, token, c, err)
	}
	asked := c
	c, err = s.updateByPhone(ctx, token, func(c step) error {
		if err := capturing(c.Case); err != nil {
			return err
		}
		if c.Challenge == nil || c.Challenge.ID != asked.Challenge.ID {
			return &EvidenceError{Cause: "challenge_used"}
		}
		c.seen(true)
		c.Phone.Step = verification.StepNone
		for _, f := range jpegs {
			c.effects.Frames = append(c.effects.Frames, handoff.HashFrame(f))
		}
		// Many accounts could capture for one ID at once, before any verdict counts.
		c.trace(Trace{
			Bucket: BucketCapturesID, Subject: c.Identity.Number.Reveal(), At: c.now,
			Limits: limits(Limit{capturesPerAttempt * s.cfg.FaceAttempts, day}),
		})
		c.note(EventEvidence)
		return c.move(verification.Judging, "")
	})
	if errors.Is(err, ErrFrameSeen) { // in another upload, at the same moment
		return PhoneView{}, s.refuseEvidence(ctx, token, asked, errFrameSeen())
	}
	if err != nil {
		return PhoneView{}, err
	}
	s.running.Add(1)
	go func() {
		defer s.running.Done()
		s.judge(context.WithoutCancel(ctx), c, footage, frames)
	}()
	return s.phoneView(c), nil
}

// inspect checks an upload as far as it can be before the answer, the cheap
// things first.
func (s *Service) inspect(ctx context.Context, c *Case, manifest []byte, jpegs [][]byte, footage Footage) ([]Frame, error) {
	frames, err := checkManifest(c, manifest, jpegs, s.deps.Now())
	if err != nil {
		return nil, err
	}
	if err := s.checkSeen(ctx, jpegs); err != nil {
		return nil, err
	}
	if err := footage.Inspect(ctx); err != nil {
		return nil, err
	}
	return frames, s.checkPrints(ctx, c, jpegs[:acted(frames)])
}

// refuseEvidence voids the challenge and counts the refusal where the evidence
// was at fault. A client that hangs up is counted all the same.
func (s *Service) refuseEvidence(ctx context.Context, token string, asked *Case, cause error) error {
	if !evidenceAtFault(cause) {
		return cause
	}
	ctx = context.WithoutCancel(ctx)
	st, err := s.standing(ctx, asked)
	counted := false
	if err == nil {
		asked, err = s.updateByPhone(ctx, token, func(c step) error {
			if counted = false; c.Status != verification.Capturing {
				return nil
			}
			if asked.Challenge != nil && c.Challenge != nil && c.Challenge.ID == asked.Challenge.ID {
				c.newCapture()
			}
			c.Refused++
			counted = c.Refused > freeRefusals
			return c.countRefusal(cause, st)
		})
	}
	if err != nil {
		s.deps.Logger.WarnContext(ctx, "refused evidence was not noted", "err", err)
		return cause
	}
	if counted {
		return &AttemptError{Err: cause, Left: asked.AttemptsLeft}
	}
	return cause
}

// countRefusal audits a refused upload and spends an attempt past the free
// ones.
func (c step) countRefusal(cause error, st standing) error {
	detail := cause.Error()
	if c.Refused <= freeRefusals {
		c.as(ActorServer).noteWith(EventEvidenceBad, "", detail)
		return nil
	}
	c.as(ActorServer).noteWith(EventEvidenceBad, "", detail+", counted as an attempt")
	if c.spendAttempt(st) {
		return c.reject(verification.TooManyAttempts, st)
	}
	return nil
}

// evidenceAtFault tells an upload that is refused for what is in it from one
// that could not be looked at.
func evidenceAtFault(cause error) bool {
	var evidence *EvidenceError
	var quality *QualityError
	return errors.As(cause, &evidence) || errors.As(cause, &quality) || errors.Is(cause, ErrFaceNotFound)
}

// checkManifest checks everything about a capture that needs no decoding, and
// pairs the frames with their times.
func checkManifest(c *Case, signed []byte, jpegs [][]byte, now time.Time) ([]Frame, error) {
	refuse := func(cause string) ([]Frame, error) { return nil, &EvidenceError{Cause: cause} }
	m, err := handoff.Open(c.Phone.PublicKey, signed)
	switch {
	case errors.Is(err, handoff.ErrSignature):
		return refuse("signature")
	case err != nil:
		return refuse("manifest")
	case c.Challenge == nil:
		return refuse("challenge_used")
	case m.Challenge != c.Challenge.ID || m.Nonce != c.Challenge.Nonce:
		return refuse("challenge")
	case !now.Before(c.Challenge.ExpiresAt):
		return refuse("challenge_expired")
	case len(m.Frames) < handoff.MinFrames || len(m.Frames) > handoff.MaxFrames:
		return refuse("frame_count")
	case len(m.Frames) != len(jpegs):
		return refuse("frame_missing")
	}
	frames, cause := framesOf(m, jpegs)
	if cause == "" {
		cause = checkLight(frames, c.Challenge.Light)
	}
	if cause == "" {
		cause = checkTimes(frames, now.Sub(c.Challenge.IssuedAt))
	}
	if cause != "" {
		return refuse(cause)
	}
	return frames, nil
}

// framesOf joins the pictures with what the manifest says of them, or says what is wrong
// with one.
func framesOf(m handoff.Manifest, jpegs [][]byte) (frames []Frame, cause string) {
	seen := make(map[string]bool, len(jpegs))
	frames = make([]Frame, len(jpegs))
	for i, f := range m.Frames {
		hash := handoff.HashFrame(jpegs[i])
		switch {
		case len(jpegs[i]) == 0:
			return nil, "frame_empty"
		case f.SHA256 != hash:
			return nil, "frame_hash"
		case seen[hash]:
			return nil, "frame_duplicated"
		}
		seen[hash] = true
		frames[i] = Frame{JPEG: jpegs[i], At: time.Duration(f.Millis) * time.Millisecond, Light: f.Light}
	}
	return frames, ""
}

// checkTimes returns why the frames' times cannot be those of a capture that
// was asked for that long ago, or "".
func checkTimes(frames []Frame, since time.Duration) string {
	if frames[0].At != 0 {
		return "frame_times"
	}
	for i := 1; i < len(frames); i++ {
		switch step := frames[i].At - frames[i-1].At; {
		case step < minFrameStep:
			return "frame_order"
		case step > handoff.MaxFrameGap:
			return "frame_times"
		}
	}
	switch total := frames[len(frames)-1].At; {
	case total < handoff.MinCapture:
		return "too_fast"
	case total > handoff.MaxCapture, total > since+clocksApart:
		return "frame_times"
	}
	return ""
}
