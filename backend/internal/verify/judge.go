package verify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"

	"realname.example/shared/verification"
)

// judge decides a capture in the background and applies the verdict where the
// case still waits for this one.
func (s *Service) judge(ctx context.Context, judging *Case, footage Footage, frames []Frame) {
	out := s.verdict(ctx, judging, footage, frames)
	footage.Close() // the database may be away for long: no picture waits for it
	err := persist(ctx, judging.EndsAt.Sub(s.deps.Now()), func(ctx context.Context) error {
		_, err := s.settle(ctx, judging, out)
		return err
	})
	if err != nil {
		s.deps.Logger.ErrorContext(ctx, "verdict was not stored", "case", judging.ID, "err", err)
	}
}

// verdict asks the registry and the engine. Nothing about name or number is
// told before liveness has passed.
func (s *Service) verdict(ctx context.Context, c *Case, footage Footage, frames []Frame) outcome {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.JudgeTimeout)
	defer cancel()
	away := outcome{to: verification.Capturing}
	portrait, mismatch, err := s.portrait(ctx, c.Identity)
	if err != nil {
		s.deps.Logger.WarnContext(ctx, "registry gave no answer", "case", c.ID, "err", err)
		return away
	}
	judged, err := footage.Judge(ctx, Capture{
		Portrait: portrait, Frames: frames, Actions: c.Challenge.Actions,
		DemandLight: s.cfg.Light == LightEnforce && len(c.Challenge.Light) > 0,
	})
	if err != nil {
		s.deps.Logger.WarnContext(ctx, "face engine gave no verdict", "case", c.ID, "err", err)
		return away
	}
	asked := s.deps.Comparer != nil && mismatch == "" && judged.Failed == ""
	if asked {
		if mismatch, err = s.compare(ctx, c, &judged); err != nil {
			s.deps.Logger.WarnContext(ctx, "a face was not compared", "case", c.ID, "err", err)
			away.asked = true
			return away
		}
	}
	out := s.follows(ctx, c, judged, mismatch)
	out.detail, out.prints, out.asked = judged.Detail, judged.Prints, asked
	return out
}

// portrait is what the registry has of a person: nothing where somebody else has the
// portraits.
func (s *Service) portrait(ctx context.Context, who Identity) (image []byte, mismatch verification.Reason, err error) {
	if s.deps.Comparer != nil {
		if !who.CertificateType.Checkable() {
			mismatch = verification.PortraitMissing
		}
		return nil, mismatch, nil
	}
	image, mismatch, err = s.deps.Portraits.Portrait(ctx, who)
	if mismatch == verification.IdentityNotFound && !who.CertificateType.Checkable() {
		mismatch = verification.PortraitMissing // nobody has a list of all of them: a person looks
	}
	return image, mismatch, err
}

// compare asks who has the portraits about a face that was found to be alive, once a
// capture. It returns what the registry would have, and puts into judged what is about
// the face.
func (s *Service) compare(ctx context.Context, c *Case, judged *Judgement) (verification.Reason, error) {
	name := sha256.Sum256([]byte(string(c.ID) + "|" + c.Challenge.ID))
	got, err := s.deps.Comparer.Compare(ctx, Question{Who: c.Identity, JPEG: judged.Ahead, Capture: hex.EncodeToString(name[:16])})
	var limit *LimitError
	if errors.As(err, &limit) { // not today: a person looks
		return verification.PortraitPoor, nil
	}
	if err != nil {
		return "", err
	}
	judged.Detail = strings.TrimSpace(judged.Detail + " " + got.Detail)
	if got.Mismatch == verification.FaceMismatch || got.Mismatch == verification.LivenessFailed {
		judged.Failed = got.Mismatch
		return "", nil
	}
	return got.Mismatch, nil
}

// follows is what a judgement comes to, beside what the registry says.
func (s *Service) follows(ctx context.Context, c *Case, judged Judgement, mismatch verification.Reason) outcome {
	switch {
	case judged.Failed == verification.LivenessFailed, judged.Failed == verification.LightFaint && c.Refused >= freeRefusals:
		return outcome{to: verification.FaceRequired, why: judged.Failed, attempt: true}
	case judged.Failed == verification.LightFaint:
		return outcome{to: verification.Capturing, why: judged.Failed}
	case mismatch == verification.PortraitMissing, mismatch == verification.PortraitPoor:
		return outcome{to: verification.InReview, why: mismatch}
	case mismatch != "":
		return outcome{to: verification.Rejected, why: mismatch}
	case judged.Failed == verification.PortraitPoor:
		return outcome{to: verification.InReview, why: judged.Failed}
	case judged.Failed != "":
		return outcome{to: verification.FaceRequired, why: judged.Failed, attempt: true}
	}
	if s.phoneAtRisk(ctx, c) {
		return outcome{to: verification.InReview, why: verification.Risk, risks: []RiskRule{RiskIDsPerPhone}}
	}
	if s.unlit(c) {
		return outcome{to: verification.InReview, why: verification.Risk, risks: []RiskRule{RiskUnlit}}
	}
	return outcome{to: verification.Verified}
}

// phoneAtRisk applies RiskIDsPerPhone: a phone that served several IDs may not
// verify another without an operator.
func (s *Service) phoneAtRisk(ctx context.Context, c *Case) bool {
	if s.cfg.Risk.IDsPerPhone == 0 || c.Phone == nil {
		return false
	}
	n, err := s.deps.Store.Count(ctx, BucketIDsOfPhone, phoneSubject(c.Phone.PublicKey), s.deps.Now().Add(-month))
	if err != nil {
		s.deps.Logger.WarnContext(ctx, "phone's history could not be read", "case", c.ID, "err", err)
		return true
	}
	return n >= s.cfg.Risk.IDsPerPhone
}

// noteJudged keeps what a judgement leaves with the case; none where the engine was
// away, and the capture is taken again. It is taken again, too, where the light was not
// seen, and counted like an upload that was refused.
func (c step) noteJudged(out outcome) {
	c.newCapture()
	if out.asked {
		c.noteWith(EventPortraitAsked, "portraits", "")
	}
	if out.to == verification.Capturing {
		c.Phone.Step = verification.StepCamera
		if out.why == "" {
			c.note(EventEngineAway)
			return
		}
		c.noteWith(EventEvidenceBad, "", out.detail)
		c.effects.Prints = out.prints
		c.Refused++
		return
	}
	c.noteWith(EventJudged, "", out.detail)
	c.effects.Judged, c.effects.Prints = c.Actions, out.prints
	c.Actions, c.Light, c.JudgedAt = nil, nil, c.now
	c.Proven = out.why == verification.IdentityAlreadyBound
}
