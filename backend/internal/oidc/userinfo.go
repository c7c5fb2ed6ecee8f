package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"realname.example/backend/internal/service"
)

// userinfo returns the claims of a token: the subject; by the scope realname
// whether the account is verified, since when and how; and what else was asked,
// is allowed and was agreed to.
func (p *Provider) userinfo(ctx context.Context, t service.Token) (map[string]any, error) {
	claims := map[string]any{"sub": t.Session.Subject}
	standingOf := p.standingOf(ctx, t)
	if slices.Contains(t.Session.Scopes, scopeRealname) {
		standing, err := standingOf()
		if err != nil {
			return nil, err
		}
		claims["verified"] = standing.Verified()
		if standing.Verified() {
			claims["verified_at"] = standing.Facts.At.UTC().Format(time.RFC3339)
			claims["method"] = standing.Facts.Method
		}
	}
	told, err := p.disclose(ctx, t, t.Session.Asked.Userinfo, standingOf)
	if told != nil {
		claims["verified_claims"] = told
	}
	return claims, err
}

// standingOf reads how the account of a token stands once, when it is first asked for.
func (p *Provider) standingOf(ctx context.Context, t service.Token) func() (Standing, error) {
	return sync.OnceValues(func() (Standing, error) { return p.People.Standing(ctx, t.AccountID) })
}

// disclose returns the verified_claims that a token brings now, nil for none.
func (p *Provider) disclose(ctx context.Context, t service.Token, asked json.RawMessage, standingOf func() (Standing, error)) (any, error) {
	if len(asked) == 0 {
		return nil, nil
	}
	g, err := p.Store.Granted(ctx, t.ServiceID, t.AccountID)
	if errors.Is(err, service.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if g.Service.Realm != p.cfg.Realm {
		return nil, nil
	}
	standing, err := standingOf()
	if err != nil {
		return nil, err
	}
	return service.Disclose(asked, standing.Facts, g.Service, g.Grant, p.now()), nil
}
