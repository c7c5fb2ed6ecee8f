package httpapi

import (
	"context"

	"golang.org/x/text/language"

	"realname.example/backend/internal/issuer"
	"realname.example/shared/api"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// errPasswordsOff is sign-in by password where the operator turned it off.
var errPasswordsOff = refuse(problem.Forbidden, "People sign in here by an issuer alone; /v1/sign-in-options lists them.")

func (s *Server) signInOptions(_ context.Context, c *call, _ none) (api.SignInOptions, error) {
	out := api.SignInOptions{Password: !s.cfg.PasswordsOff, Issuers: []api.Issuer{}, ResetByEmail: s.cfg.ResetByEmail}
	for _, i := range s.Issuers.SignInIssuers() {
		out.Issuers = append(out.Issuers, api.Issuer{ID: i.ID, Name: c.named(i.Name), RedirectPort: i.RedirectPort})
	}
	return out, nil
}

func (s *Server) beginSignIn(ctx context.Context, c *call, in api.IssuerStart) (api.IssuerStarted, error) {
	begun, err := s.Issuers.BeginSignIn(ctx, in.Issuer, in.RedirectURI, c.caller.origin())
	return s.started(begun), err
}

func (s *Server) started(b issuer.Beginning) api.IssuerStarted {
	return api.IssuerStarted{
		ID: b.ID, AuthorizationURL: b.AuthorizationURL,
		ExpiresAt: b.ExpiresAt, ExpiresIn: verification.SecondsUntil(b.ExpiresAt, s.Now()),
	}
}

func (s *Server) finishSignIn(ctx context.Context, c *call, in api.IssuerAnswer) (api.Session, error) {
	token, a, err := s.Issuers.SignIn(ctx, string(c.id), answerOf(in), c.caller.origin())
	if err != nil {
		return api.Session{}, err
	}
	return s.session(ctx, token, a)
}

func answerOf(in api.IssuerAnswer) issuer.Answer {
	return issuer.Answer{Code: in.Code, State: in.State, Issuer: in.Iss, Error: in.Error}
}

func (s *Server) links(ctx context.Context, c *call, _ none) ([]api.Link, error) {
	all, err := s.Issuers.Links(ctx, c.caller.account.ID)
	out := make([]api.Link, len(all))
	for i, l := range all {
		out[i] = c.link(l)
	}
	return out, err
}

func (s *Server) beginLink(ctx context.Context, c *call, in api.LinkStart) (api.LinkStarted, error) {
	if in.Device && in.RedirectURI != "" {
		return api.LinkStarted{}, invalid("redirect_uri", "value", "What is answered on another device brings nothing to an address; leave redirect_uri or device out.")
	}
	if in.Device {
		begun, err := s.Issuers.BeginDevice(ctx, c.caller.account.ID, in.Issuer, c.caller.origin())
		return api.LinkStarted{
			ID: begun.ID, VerificationURI: begun.VerificationURI, VerificationURIComplete: begun.Complete, UserCode: begun.UserCode,
			Interval: int64(begun.Interval.Seconds()), ExpiresAt: begun.ExpiresAt, ExpiresIn: verification.SecondsUntil(begun.ExpiresAt, s.Now()),
		}, err
	}
	begun, err := s.Issuers.BeginLink(ctx, c.caller.account.ID, in.Issuer, in.RedirectURI, c.caller.origin())
	started := s.started(begun)
	return api.LinkStarted{
		ID: started.ID, AuthorizationURL: started.AuthorizationURL, ExpiresAt: started.ExpiresAt, ExpiresIn: started.ExpiresIn,
	}, err
}

func (s *Server) finishLink(ctx context.Context, c *call, in api.IssuerAnswer) (api.Link, error) {
	l, err := s.Issuers.Link(ctx, c.caller.account.ID, string(c.id), answerOf(in))
	if err != nil {
		return api.Link{}, err
	}
	return c.link(l), nil
}

func (s *Server) unlink(ctx context.Context, c *call, _ none) (none, error) {
	return none{}, s.Issuers.Unlink(ctx, c.caller.account.ID, string(c.id))
}

func (c *call) link(l issuer.Linked) api.Link {
	out := api.Link{Issuer: l.ID, Name: c.named(l.Name), LinkedAt: l.LinkedAt, Verified: l.Verified}
	if l.ByDevice {
		out.LinkedBy = api.LinkedByDevice
	}
	if !l.CheckedAt.IsZero() {
		out.CheckedAt = &l.CheckedAt
	}
	return out
}

// spoken are the languages of names; the first is for who asks for neither.
var spoken = language.NewMatcher([]language.Tag{language.English, language.Chinese})

// named returns a name in the language that the caller asks for.
func (c *call) named(n issuer.Name) string {
	c.gin.Header("Vary", "Accept-Language")
	if _, i := language.MatchStrings(spoken, c.gin.GetHeader("Accept-Language")); i == 1 {
		return n.ZH
	}
	return n.EN
}
