package httpapi

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"realname.example/backend/internal/account"
	"realname.example/backend/internal/issuer"
	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

func (s *Server) server(context.Context, *call, none) (api.Server, error) {
	return api.Server{Name: s.cfg.Name, Mode: s.cfg.Mode, Version: s.cfg.Version, KeyHash: s.cfg.KeyHash()}, nil
}

func (s *Server) signUp(ctx context.Context, c *call, in api.Credentials) (api.Session, error) {
	if s.cfg.PasswordsOff {
		return api.Session{}, errPasswordsOff
	}
	token, a, err := s.Accounts.SignUp(ctx, in.Username, in.Password, c.caller.origin())
	if err != nil {
		return api.Session{}, err
	}
	return s.session(ctx, token, a)
}

func (s *Server) signIn(ctx context.Context, c *call, in api.Credentials) (api.Session, error) {
	if s.cfg.PasswordsOff {
		return api.Session{}, errPasswordsOff
	}
	token, a, err := s.Accounts.SignIn(ctx, in.Username, in.Password, c.caller.origin())
	if err != nil {
		return api.Session{}, err
	}
	return s.session(ctx, token, a)
}

func (s *Server) session(ctx context.Context, token string, a account.Account) (api.Session, error) {
	answer, err := s.accountAnswer(ctx, a)
	return api.Session{Token: token, Account: answer}, err
}

func (s *Server) signOut(ctx context.Context, c *call, _ none) (none, error) {
	if err := s.Issuers.SignOut(ctx, c.caller.token); err != nil {
		return none{}, err
	}
	return none{}, s.Accounts.SignOut(ctx, c.caller.token)
}

func (s *Server) account(ctx context.Context, c *call, _ none) (api.Account, error) {
	return s.accountAnswer(ctx, c.caller.account)
}

func (s *Server) accountAnswer(ctx context.Context, a account.Account) (api.Account, error) {
	out := api.Account{ID: a.ID, Username: a.Username, Password: a.PasswordHash != ""}
	move, to, err := s.Verify.MoveAsked(ctx, a.ID)
	switch {
	case err == nil:
		out.Move = &api.AccountMove{Move: *move, To: to}
	case !errors.Is(err, verify.ErrNotFound):
		return out, err
	}
	v, err := s.Verify.Current(ctx, a.ID)
	if err != nil {
		return out, err
	}
	if v == nil {
		v, err = s.Verify.Moving(ctx, a.ID)
		out.Moving = brief(v)
		return out, err
	}
	out.Verification = brief(v)
	return out, nil
}

// brief is the short form of a case; nil of none.
func brief(v *verification.View) *api.AccountVerification {
	if v == nil {
		return nil
	}
	out := &api.AccountVerification{ID: v.ID, Status: v.Status, Method: v.Method}
	if v.Status == verification.Verified {
		out.VerifiedAt = v.FinishedAt
	}
	return out
}

func (s *Server) changePassword(ctx context.Context, c *call, in api.PasswordChange) (none, error) {
	return none{}, s.Accounts.ChangePassword(ctx, c.caller.account, in.Old, in.New, c.caller.origin())
}

func (s *Server) erase(ctx context.Context, c *call, _ none) (none, error) {
	return none{}, s.Verify.Erase(ctx, c.caller.verify())
}

func (s *Server) options(ctx context.Context, c *call, _ none) (api.Options, error) {
	offers, err := s.Verify.Offers(ctx, c.caller.verify())
	if err != nil {
		return api.Options{}, err
	}
	out := api.Options{
		Methods:    []verification.Method{verification.Mobile, verification.Face},
		Affiliates: []api.Affiliate{}, Sandbox: s.Sandbox != nil,
	}
	for _, t := range identity.CertificateTypes() {
		out.CertificateTypes = append(out.CertificateTypes, string(t))
		out.Certificates = append(out.Certificates, api.Certificate{
			Type: string(t), Methods: verify.MethodsOf(t), NameScript: string(t.Script()),
		})
	}
	for _, o := range offers {
		out.Affiliates = append(out.Affiliates, api.Affiliate{
			ID: o.ID, Name: c.named(issuer.Name{ZH: o.NameZH, EN: o.Name}), Claims: o.Claims, Purpose: o.Purpose,
			Linked: o.Linked, RedirectPort: o.RedirectPort, Device: o.Device,
		})
	}
	if slices.ContainsFunc(offers, func(o verify.Offer) bool { return o.Linked }) {
		out.Methods = append(out.Methods, verification.Affiliate)
	}
	return out, nil
}

// records turns the ledger into what a person reads: everything masked.
func (s *Server) records(ctx context.Context, c *call, _ none) (api.Records, error) {
	ledger, err := s.Verify.Ledger(ctx, c.caller.account.ID)
	if err != nil {
		return api.Records{}, err
	}
	out := api.Records{Stored: storedData(ledger, s.cfg.Retention, s.cfg.PicturesLife), Events: make([]api.Record, len(ledger.Entries))}
	address, err := s.Issuers.Address(ctx, c.caller.account.ID)
	if err != nil {
		return api.Records{}, err
	}
	out.Stored = append(out.Stored, stored(verify.Identity{Email: identity.NewPII(address.Email)}, api.StoredDatum{Since: address.At})...)
	if out.Grants, err = s.Services.Grants(ctx, c.caller.account.ID); err != nil {
		return api.Records{}, err
	}
	for i, e := range ledger.Entries {
		party := e.Party
		if e.Actor == verify.ActorOperator { // who reviewed is the operator's own business
			party = string(verify.ActorOperator)
		}
		out.Events[i] = api.Record{
			At: e.At, Event: string(e.Event), Party: party, Verification: e.CaseID, Reason: string(e.Reason),
		}
	}
	return out, nil
}

// storedData lists what is kept: the bound identity, else what the open or
// past cases still hold, until their retention ends.
func storedData(l verify.Ledger, retention, picturesLife time.Duration) []api.StoredDatum {
	out := []api.StoredDatum{}
	if b := l.Bound; b != nil {
		out = append(out, api.StoredDatum{Kind: "verification", Value: string(b.Method), Since: b.At})
		out = append(out, stored(b.Identity, api.StoredDatum{Since: b.At})...)
	}
	for _, j := range l.Joined {
		out = append(out, stored(j.Identity, api.StoredDatum{Since: j.At})...)
	}
	for _, c := range l.Cases {
		if l.Bound == nil || l.Bound.CaseID != c.ID {
			datum := api.StoredDatum{Since: c.CreatedAt}
			if !c.FinishedAt.IsZero() {
				until := c.FinishedAt.Add(retention)
				datum.Until = &until
			}
			out = append(out, stored(c.Identity, datum)...)
		}
		if p := c.Phone; p != nil {
			if p.Device != "" { // an erasure takes it, and leaves the consent
				out = append(out, api.StoredDatum{Kind: "device", Value: p.Device, Since: p.ClaimedAt})
			}
			if !p.ConsentAt.IsZero() {
				out = append(out, api.StoredDatum{Kind: "consent", Value: p.ConsentVersion, Since: p.ConsentAt})
			}
		}
	}
	for _, p := range l.Pictures {
		datum := api.StoredDatum{Kind: "picture", Value: string(p.Picture), Since: p.At}
		if i := slices.IndexFunc(l.Cases, func(c *verify.Case) bool { return c.ID == p.CaseID && !c.FinishedAt.IsZero() }); i >= 0 {
			until := l.Cases[i].FinishedAt.Add(picturesLife)
			datum.Until = &until
		}
		out = append(out, datum)
	}
	if f := l.Frames; f.Frames > 0 {
		until := f.Last.Add(verify.FrameLife)
		out = append(out, api.StoredDatum{Kind: "frames", Value: strconv.Itoa(f.Frames), Since: f.First, Until: &until})
	}
	return out
}

// stored lists the parts of an identity that are kept.
func stored(who verify.Identity, like api.StoredDatum) []api.StoredDatum {
	var out []api.StoredDatum
	for _, part := range []struct {
		kind  string
		value identity.PII
		mask  func(string) string
	}{
		{"name", who.Name, identity.MaskName},
		{"number", who.Number, identity.MaskNumber},
		{"mobile", who.Mobile, identity.MaskMobile},
		{"email", who.Email, identity.MaskEmail},
	} {
		if part.value.Empty() {
			continue
		}
		datum := like
		datum.Kind, datum.Value = part.kind, part.mask(part.value.Reveal())
		out = append(out, datum)
	}
	return out
}
