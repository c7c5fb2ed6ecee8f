package verify

import (
	"slices"
	"time"

	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// view is what the PC may see of a case.
func (s *Service) view(c *Case) verification.View {
	now := s.deps.Now()
	v := verification.View{
		ID: c.ID, Version: c.Version, Status: c.Status, Method: c.Method, Reason: c.Reason,
		AttemptsLeft: c.AttemptsLeft,
		Identity: verification.Identity{
			CertificateType: string(c.Identity.CertificateType),
			Name:            identity.MaskName(c.Identity.Name.Reveal()),
			Number:          identity.MaskNumber(c.Identity.Number.Reveal()),
		},
		Handoff: handoffView(c), Reviewable: reviewable(c),
	}
	if c.Status == verification.CodeRequired && c.Code != nil {
		resend := c.Code.SentAt.Add(s.cfg.SMSInterval)
		if c.Code.NextAt.After(resend) {
			resend = c.Code.NextAt
		}
		v.Code = &verification.Code{
			Mobile: identity.MaskMobile(c.Identity.Mobile.Reveal()), SentAt: c.Code.SentAt,
			ExpiresAt: c.Code.ExpiresAt, ExpiresIn: verification.SecondsUntil(c.Code.ExpiresAt, now),
			ResendAt: resend, ResendIn: verification.SecondsUntil(resend, now),
			GuessesLeft: c.Code.GuessesLeft, Undelivered: c.Code.Undelivered,
		}
	}
	if v.Movable = movable(c); v.Movable {
		v.MoveWait = int64(s.cfg.MoveWait / time.Second)
	}
	if c.Move != nil {
		v.Move = moveView(*c.Move, now)
	}
	if c.Status == verification.InReview && c.Review != nil {
		v.Pictures = picturesView(c)
	}
	if c.Status.Final() {
		v.FinishedAt = &c.FinishedAt
	} else {
		end, left := c.EndsAt, verification.SecondsUntil(c.EndsAt, now)
		v.ExpiresAt, v.ExpiresIn = &end, &left
	}
	switch left := c.TriesLeft; {
	case !c.Status.Final() || c.Status == verification.Verified:
	case !c.RetryAt.IsZero():
		wait := verification.SecondsUntil(c.RetryAt, now)
		v.TriesLeft, v.RetryAt, v.RetryIn = &left, &c.RetryAt, &wait
	case left > 0:
		v.TriesLeft = &left
	}
	return v
}

// onPhone reports whether a phone holds the case, or may take pictures for its
// review.
func (c *Case) onPhone() bool {
	if c.Phone == nil || c.Status != verification.InReview {
		return c.Phone != nil && c.Status.OnPhone()
	}
	return slices.ContainsFunc(c.Keys, func(k Key) bool { return k.Kind == KeyPhone && !k.Void })
}

// handoffView is nil where no phone holds the case.
func handoffView(c *Case) *verification.Handoff {
	if !c.onPhone() {
		return nil
	}
	h := &verification.Handoff{
		Device: c.Phone.Device, Network: c.Phone.Network, Online: c.Phone.Online,
		Step: c.Phone.Step, Action: string(c.Phone.Action), ActionsDone: c.Phone.ActionsDone,
	}
	if c.Challenge != nil {
		h.ActionsTotal = len(c.Challenge.Actions)
	}
	if !c.Phone.Confirmed && (c.Status == verification.Confirming || c.Status == verification.InReview) {
		h.Number = c.Phone.Number
	}
	return h
}

// phoneView is what the phone may see: never the number.
func (s *Service) phoneView(c *Case) PhoneView {
	v := PhoneView{View: s.view(c), Ask: ask(c)}
	if v.Handoff != nil {
		v.Handoff.Number = ""
	}
	v.Code, v.TriesLeft, v.RetryAt, v.RetryIn, v.Reviewable = nil, nil, nil, nil, false
	if c.Phone != nil {
		v.Confirmed, v.Consented = c.Phone.Confirmed, !c.Phone.ConsentAt.IsZero()
	}
	return v
}

// ask is who asks for the face scan.
func ask(c *Case) Ask {
	return Ask{
		Account: c.Account, PC: c.PC.Device, Network: c.PC.Network,
		Name: identity.MaskName(c.Identity.Name.Reveal()),
	}
}
