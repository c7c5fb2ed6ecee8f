package verify

import (
	"context"
	"errors"
	"time"

	"realname.example/shared/verification"
)

// verdict is what a case in judging comes to.
type verdict struct {
	to     verification.Status
	why    verification.Reason
	detail string
	// attempt is true where the face failed and an attempt is spent.
	attempt bool
	// prints are what is remembered of the frames.
	prints []Print
}

// judge decides a capture in the background and applies the verdict where the
// case still waits for this one.
func (s *Service) judge(ctx context.Context, judging *Case, footage Footage, frames []Frame) {
	v := s.verdict(ctx, judging, footage, frames)
	footage.Close() // the database may be away for long: no picture waits for it
	err := settle(ctx, judging.EndsAt.Sub(s.Now()), func(ctx context.Context) error {
		err := s.applyVerdict(ctx, judging, v)
		if errors.Is(err, ErrIdentityBound) {
			v.to, v.why = verification.Rejected, verification.IdentityAlreadyBound
			err = s.applyVerdict(ctx, judging, v)
		}
		return err
	})
	if err != nil {
		s.Logger.ErrorContext(ctx, "verdict was not stored", "case", judging.ID, "err", err)
	}
}

// verdict asks the registry and the engine. Nothing about name or number is
// told before liveness has passed.
func (s *Service) verdict(ctx context.Context, c *Case, footage Footage, frames []Frame) verdict {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.JudgeTimeout)
	defer cancel()
	away := verdict{to: verification.Capturing}
	portrait, mismatch, err := s.Portraits.Portrait(ctx, c.Identity)
	if err != nil {
		s.Logger.WarnContext(ctx, "registry gave no answer", "case", c.ID, "err", err)
		return away
	}
	if mismatch == verification.IdentityNotFound && !c.Identity.CertificateType.Checkable() {
		mismatch = verification.PortraitMissing // nobody has a list of all of them: a person looks
	}
	judged, err := footage.Judge(ctx, Capture{Portrait: portrait, Frames: frames, Actions: c.Challenge.Actions})
	if err != nil {
		s.Logger.WarnContext(ctx, "face engine gave no verdict", "case", c.ID, "err", err)
		return away
	}
	v := s.follows(ctx, c, judged, mismatch)
	v.detail, v.prints = judged.Detail, judged.Prints
	return v
}

// follows is what a judgement comes to, beside what the registry says.
func (s *Service) follows(ctx context.Context, c *Case, judged Judgement, mismatch verification.Reason) verdict {
	switch {
	case judged.Failed == verification.LivenessFailed:
		return verdict{to: verification.FaceRequired, why: judged.Failed, attempt: true}
	case mismatch == verification.PortraitMissing:
		return verdict{to: verification.InReview, why: mismatch}
	case mismatch != "":
		return verdict{to: verification.Rejected, why: mismatch}
	case judged.Failed == verification.PortraitPoor:
		return verdict{to: verification.InReview, why: judged.Failed}
	case judged.Failed != "":
		return verdict{to: verification.FaceRequired, why: judged.Failed, attempt: true}
	}
	if s.phoneAtRisk(ctx, c) {
		return verdict{to: verification.InReview, why: verification.Risk}
	}
	return verdict{to: verification.Verified}
}

// phoneAtRisk applies RiskIDsPerPhone: a phone that served several IDs may not
// verify another without an operator.
func (s *Service) phoneAtRisk(ctx context.Context, c *Case) bool {
	if s.cfg.Risk.IDsPerPhone == 0 || c.Phone == nil {
		return false
	}
	n, err := s.Store.Count(ctx, BucketIDsOfPhone, phoneSubject(c.Phone.PublicKey), s.Now().Add(-month))
	if err != nil {
		s.Logger.WarnContext(ctx, "phone's history could not be read", "case", c.ID, "err", err)
		return true
	}
	return n >= s.cfg.Risk.IDsPerPhone
}

func (s *Service) applyVerdict(ctx context.Context, judging *Case, v verdict) error {
	st, err := s.standing(ctx, judging)
	if err != nil {
		return err
	}
	_, err = s.update(ctx, judging.ID, func(c *Case, now time.Time) error {
		if c.Status != verification.Judging || !c.StatusSince.Equal(judging.StatusSince) {
			return nil // cancelled, expired or judged again meanwhile
		}
		c.newCapture()
		if v.to == verification.Capturing {
			c.audit(now, ActorServer, EventEngineAway, "", "")
			c.Phone.Step = verification.StepCamera
			return c.move(now, s.cfg, v.to, "", ActorServer)
		}
		c.audit(now, ActorServer, EventJudged, "", v.detail)
		c.effects.Judged, c.effects.Prints = c.Actions, v.prints
		c.Actions, c.JudgedAt = nil, now
		c.Proven = v.why == verification.IdentityAlreadyBound
		return s.spend(c, now, v, st)
	})
	return err
}

// spend moves the case by the verdict and counts the attempt.
func (s *Service) spend(c *Case, now time.Time, v verdict, st standing) error {
	if v.attempt && s.spendAttempt(c, now, st) {
		v.to = verification.Rejected
	}
	if v.to == verification.Rejected {
		return s.reject(c, now, v.why, st)
	}
	if v.why == verification.Risk {
		c.Risks = append(c.Risks, RiskIDsPerPhone)
		c.audit(now, ActorServer, EventRisk, "", string(RiskIDsPerPhone))
	}
	return c.move(now, s.cfg, v.to, v.why, ActorServer)
}
