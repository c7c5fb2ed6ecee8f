package app

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"realname.example/backend/internal/account"
	"realname.example/backend/internal/oidc"
	"realname.example/backend/internal/peer"
	"realname.example/backend/internal/service"
	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// newProvider is Realname as services ask it, at the address that phones reach.
func (a *App) newProvider() *oidc.Provider {
	issuer := strings.TrimSuffix(a.URL(), "/")
	return oidc.New(oidc.Config{
		Issuer: issuer, Framework: a.Config.TrustFramework, Sandbox: a.Config.IsSandbox(), Name: a.providerName,
	}, oidc.Deps{
		Store: a.Store, People: residents{app: a}, From: a.from, Count: a.countAct, Now: a.now, MAC: a.Store.MAC, Logger: a.logger,
	})
}

// pruneServices forgets codes, tokens and requests that are over.
func (a *App) pruneServices(ctx context.Context) error { return a.Store.PruneServices(ctx, a.now()) }

// providerName is the server's name as its pages say it.
func (a *App) providerName(language string) string {
	if a.Config.Name == api.SandboxName && language == "zh" {
		return "实名认证演示环境"
	}
	return a.Config.Name
}

// from tells where a request to a provider comes from.
func (a *App) from(r *http.Request) oidc.Origin {
	address := peer.Address(r, a.Config.TrustedProxies)
	return oidc.Origin{
		Device: verify.DeviceName(r.Header.Get("User-Agent")), Network: peer.Network(address),
		Address: peer.Group(address), Trusted: peer.Within(address, a.Config.TrustedNetworks),
	}
}

// residents are the people with an account here.
type residents struct{ app *App }

// SignIn implements oidc.People.
func (p residents) SignIn(ctx context.Context, username, password string, from oidc.Origin) (string, error) {
	if !p.app.Config.Passwords() { // no door is forgotten: /v1/sessions refuses as well
		return "", oidc.ErrPasswordsOff
	}
	token, _, err := p.app.accounts.SignIn(ctx, username, password, account.Origin(from))
	var limit *account.LimitError
	switch {
	case errors.Is(err, account.ErrCredentialsWrong):
		return "", oidc.ErrCredentials
	case errors.As(err, &limit):
		p.app.Store.Capped(verify.BucketSignIn)
		return "", &oidc.WaitError{Until: limit.RetryAt}
	}
	return token, err
}

// Session implements oidc.People.
func (p residents) Session(ctx context.Context, token string) (oidc.Person, error) {
	found, session, err := p.app.accounts.Authenticate(ctx, token)
	if errors.Is(err, account.ErrNotFound) {
		return oidc.Person{}, oidc.ErrNobody
	}
	return oidc.Person{
		AccountID: found.ID, Account: identity.MaskUsername(found.Username), SignedInAt: session.CreatedAt,
	}, err
}

// SignOut implements oidc.People.
func (p residents) SignOut(ctx context.Context, token string) error {
	return p.app.accounts.SignOut(ctx, token)
}

// Standing implements oidc.People.
func (p residents) Standing(ctx context.Context, accountID string) (oidc.Standing, error) {
	bound, err := p.app.Store.Bound(ctx, accountID)
	if errors.Is(err, verify.ErrNotFound) {
		return p.meanwhile(ctx, accountID)
	}
	if err != nil {
		return oidc.Standing{}, err
	}
	return oidc.Standing{Status: string(verification.Verified), Facts: service.Facts{
		Framework: p.app.Config.TrustFramework, At: bound.At, Method: string(bound.Method), Process: string(bound.CaseID),
		Name: bound.Identity.Name, Number: bound.Identity.Number,
	}}, nil
}

// meanwhile is how it stands with somebody who is not verified. One whose
// identity was erased has not begun again.
func (p residents) meanwhile(ctx context.Context, accountID string) (oidc.Standing, error) {
	cases, err := p.app.Store.Cases(ctx, accountID)
	if err != nil || len(cases) == 0 || cases[0].Status == verification.Verified {
		return oidc.Standing{}, err
	}
	return oidc.Standing{Status: string(cases[0].Status)}, nil
}

// countAct counts what an address does at a provider before anybody is signed in.
func (a *App) countAct(ctx context.Context, act string, from oidc.Origin) error {
	err := a.accounts.CountAct(ctx, act, account.Origin(from))
	var limit *account.LimitError
	if errors.As(err, &limit) {
		a.Store.Capped(verify.BucketSignIn)
		return &oidc.WaitError{Until: limit.RetryAt}
	}
	return err
}
