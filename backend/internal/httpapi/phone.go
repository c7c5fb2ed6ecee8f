package httpapi

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"

	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/verification"
)

// purpose is why the face is asked for; the apps have their own sentence for
// this key.
const purpose = "realname_verification"

func (s *Server) claim(ctx context.Context, c *call, in api.Claim) (api.Claimed, error) {
	key, err := base64.StdEncoding.DecodeString(in.Device.PublicKey)
	switch {
	case err != nil:
		return api.Claimed{}, invalid("device.public_key", "characters", "The key is not base64.")
	case len(key) != ed25519.PublicKeySize:
		return api.Claimed{}, invalid("device.public_key", "value", "The key is not an Ed25519 public key.")
	case in.Ticket == "" && in.TypedCode == "":
		return api.Claimed{}, invalid("ticket", "missing", "Send the ticket of the QR code, or the typed code.")
	case in.Ticket != "" && in.TypedCode != "":
		return api.Claimed{}, invalid("typed_code", "unknown", "Send either the ticket or the typed code.")
	}
	claimed, err := s.Verify.Claim(ctx, verify.ClaimRequest{
		Ticket: in.Ticket, TypedCode: in.TypedCode, Device: in.Device.Name, PublicKey: key,
		Origin:  verify.Origin{Device: in.Device.Name, Network: c.caller.network},
		Address: c.caller.address, Trusted: c.caller.trusted, AccountID: c.caller.account.ID,
	})
	if err != nil {
		return api.Claimed{}, err
	}
	return api.Claimed{Token: claimed.Token, Ask: s.ask(claimed.Ask)}, nil
}

func (s *Server) ask(a verify.Ask) api.Ask {
	return api.Ask{
		Server: s.cfg.Name, Account: a.Account, PC: a.PC, Network: a.Network, Name: a.Name, Purpose: purpose,
	}
}

func (s *Server) phoneView(v verify.PhoneView, err error) (api.PhoneView, error) {
	if err != nil {
		return api.PhoneView{}, err
	}
	return api.PhoneView{
		View: v.View, Ask: s.ask(v.Ask), Confirmed: v.Confirmed, Consented: v.Consented, ConsentVersion: s.Consents.Current(verify.PurposeFace),
	}, nil
}

func (s *Server) phone(ctx context.Context, c *call, _ none) (api.PhoneView, error) {
	return s.phoneView(s.Verify.Phone(ctx, c.caller.token))
}

func (s *Server) confirm(ctx context.Context, c *call, in api.Confirm) (api.PhoneView, error) {
	return s.phoneView(s.Verify.Confirm(ctx, c.caller.token, in.Number))
}

func (s *Server) consent(ctx context.Context, c *call, in api.Consent) (api.PhoneView, error) {
	return s.phoneView(s.Verify.Consent(ctx, c.caller.token, agreed(in)))
}

func (s *Server) decline(ctx context.Context, c *call, _ api.Empty) (api.PhoneView, error) {
	return s.phoneView(s.Verify.Decline(ctx, c.caller.token))
}

func (s *Server) challenge(ctx context.Context, c *call, in api.ChallengeRequest) (api.Challenge, error) {
	ch, err := s.Verify.Challenge(ctx, c.caller.token, in.FramesPerSecond, in.Light)
	if err != nil {
		return api.Challenge{}, err
	}
	return api.Challenge{
		ID: ch.ID, Actions: ch.Actions, Light: ch.Light, Nonce: ch.Nonce,
		ExpiresAt: ch.ExpiresAt, ExpiresIn: verification.SecondsUntil(ch.ExpiresAt, s.Now()),
	}, nil
}

func (s *Server) progress(ctx context.Context, c *call, in api.Progress) (none, error) {
	return none{}, s.Verify.Progress(ctx, c.caller.token, in.Step, in.Action, in.ActionsDone)
}
