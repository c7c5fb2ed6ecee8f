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

// Evidence takes a capture. Signature, order, presence of one face and quality
// are checked before it answers; what fails there costs no attempt, leaves the
// case capturing, and voids the challenge. Liveness and match are judged after
// the answer. It returns *EvidenceError, ErrFaceNotFound, *QualityError,
// *BusyError and ErrProviderUnavailable (the last two leave the challenge).
func (s *Service) Evidence(ctx context.Context, token string, manifest []byte, jpegs [][]byte) (PhoneView, error) {
	c, err := s.held(ctx, token, func(c *Case, _ time.Time) error { return capturing(c) })
	if err != nil {
		return PhoneView{}, err
	}
	frames, err := checkManifest(c, manifest, jpegs, s.Now())
	if err == nil {
		err = s.Face.Inspect(ctx, jpegs)
	}
	if err != nil {
		return PhoneView{}, s.refuseEvidence(ctx, token, c, err)
	}
	asked := c.Challenge.ID
	c, err = s.held(ctx, token, func(c *Case, now time.Time) error {
		if err := capturing(c); err != nil {
			return err
		}
		if c.Challenge == nil || c.Challenge.ID != asked {
			return &EvidenceError{Cause: "challenge_used"}
		}
		s.seen(c, now, true)
		c.Phone.Step = verification.StepNone
		c.audit(now, ActorPhone, EventEvidence, "", "")
		return c.move(now, s.cfg, verification.Judging, "", ActorPhone)
	})
	if err != nil {
		return PhoneView{}, err
	}
	s.running.Add(1)
	go func() {
		defer s.running.Done()
		s.judge(context.WithoutCancel(ctx), c, frames)
	}()
	return s.phoneView(c), nil
}

// refuseEvidence voids the challenge where the evidence was at fault.
func (s *Service) refuseEvidence(ctx context.Context, token string, asked *Case, cause error) error {
	var busy *BusyError
	if errors.As(cause, &busy) || errors.Is(cause, ErrProviderUnavailable) || ctx.Err() != nil {
		return cause
	}
	_, err := s.held(context.WithoutCancel(ctx), token, func(c *Case, now time.Time) error {
		if c.Status != verification.Capturing {
			return nil
		}
		if asked.Challenge != nil && c.Challenge != nil && c.Challenge.ID == asked.Challenge.ID {
			c.newCapture()
		}
		c.audit(now, ActorServer, EventEvidenceBad, "", cause.Error())
		return nil
	})
	if err != nil {
		s.Logger.WarnContext(ctx, "refused evidence was not noted", "case", asked.ID, "err", err)
	}
	return cause
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
	seen := make(map[string]bool, len(jpegs))
	frames := make([]Frame, len(jpegs))
	for i, f := range m.Frames {
		hash := handoff.HashFrame(jpegs[i])
		switch {
		case len(jpegs[i]) == 0:
			return refuse("frame_empty")
		case f.SHA256 != hash:
			return refuse("frame_hash")
		case seen[hash]:
			return refuse("frame_duplicated")
		}
		seen[hash] = true
		frames[i] = Frame{JPEG: jpegs[i], At: time.Duration(f.Millis) * time.Millisecond}
	}
	if cause := checkTimes(frames, now.Sub(c.Challenge.IssuedAt)); cause != "" {
		return refuse(cause)
	}
	return frames, nil
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
