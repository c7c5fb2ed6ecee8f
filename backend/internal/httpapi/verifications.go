package httpapi

import (
	"context"

	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/handoff"
	"realname.example/shared/verification"
)

func (s *Server) begin(ctx context.Context, c *call, in api.NewVerification) (verification.View, error) {
	r := verify.Request{Method: in.Method, Affiliate: in.Affiliate}
	switch {
	case in.Method == verification.Affiliate && in.Affiliate == "":
		return verification.View{}, invalid("affiliate", "missing", "The method affiliate takes an affiliate.")
	case in.Method == verification.Affiliate && in.Identity != nil:
		return verification.View{}, invalid("identity", "unknown", "The method affiliate takes no identity.")
	case in.Method != verification.Affiliate && in.Identity == nil:
		return verification.View{}, invalid("identity", "missing", "The methods mobile and face take an identity.")
	case in.Method != verification.Affiliate && in.Affiliate != "":
		return verification.View{}, invalid("affiliate", "unknown", "The methods mobile and face take no affiliate.")
	case in.Method == verification.Face && in.Identity.Mobile != "":
		return verification.View{}, invalid("identity.mobile", "unknown", "The method face takes no mobile number.")
	case in.Method != verification.Mobile && in.Consent != nil:
		return verification.View{}, invalid("consent", "unknown", "The method mobile alone takes a consent.")
	}
	if in.Consent != nil {
		given := agreed(*in.Consent)
		r.Consent = &given
	}
	if in.Identity != nil {
		r.CertificateType, r.Name, r.Number, r.Mobile = in.Identity.CertificateType, in.Identity.Name, in.Identity.Number, in.Identity.Mobile
	}
	return s.Verify.Begin(ctx, c.caller.verify(), r)
}

func (s *Server) view(ctx context.Context, c *call, _ none) (verification.View, error) {
	return s.Verify.View(ctx, c.caller.account.ID, c.id)
}

func (s *Server) sendCode(ctx context.Context, c *call, _ api.Empty) (verification.View, error) {
	return s.Verify.SendCode(ctx, c.caller.verify(), c.id)
}

func (s *Server) checkCode(ctx context.Context, c *call, in api.CodeCheck) (verification.View, error) {
	return s.Verify.CheckCode(ctx, c.caller.verify(), c.id, in.Code)
}

func (s *Server) handoff(ctx context.Context, c *call, in api.NewHandoff) (api.Handoff, error) {
	h, err := s.Verify.Handoff(ctx, c.caller.verify(), c.id, in.Replace)
	if err != nil {
		return api.Handoff{}, err
	}
	return api.Handoff{
		URL:       handoff.Format(handoff.Text{Server: s.cfg.PublicURL, Ticket: h.Ticket, KeyHash: s.cfg.QRKeyHash}),
		ExpiresAt: h.ExpiresAt, ExpiresIn: verification.SecondsUntil(h.ExpiresAt, s.Now()),
		TypedCode: h.TypedCode, TypedCodeExpiresAt: h.TypedCodeExpiresAt,
		TypedCodeExpiresIn: verification.SecondsUntil(h.TypedCodeExpiresAt, s.Now()),
	}, nil
}

func (s *Server) askReview(ctx context.Context, c *call, _ api.Empty) (verification.View, error) {
	return s.Verify.AskReview(ctx, c.caller.verify(), c.id)
}

func (s *Server) askMove(ctx context.Context, c *call, _ api.Empty) (verification.View, error) {
	return s.Verify.AskMove(ctx, c.caller.verify(), c.id)
}

func (s *Server) objectToMove(ctx context.Context, c *call, _ none) (none, error) {
	return none{}, s.Verify.ObjectToMove(ctx, c.caller.account.ID)
}

func (s *Server) cancel(ctx context.Context, c *call, _ none) (verification.View, error) {
	return s.Verify.Cancel(ctx, c.caller.verify(), c.id)
}
