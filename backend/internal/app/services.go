package app

import (
	"context"
	"errors"
	"slices"

	"realname.example/backend/internal/oidc"
	"realname.example/backend/internal/service"
	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
)

// services is what the API knows of services.
type services struct{ app *App }

// Caller implements httpapi.Services.
func (s services) Caller(ctx context.Context, token string) (string, error) {
	t, err := s.app.Store.Token(ctx, service.KindAccess, service.Hash(token), s.app.now())
	if errors.Is(err, service.ErrGone) || err == nil && !slices.Contains(t.Session.Scopes, oidc.ScopeStatus) {
		return "", verify.ErrUnauthorized
	}
	return t.ServiceID, err
}

// Person implements httpapi.Services.
func (s services) Person(ctx context.Context, serviceID, subject string) (api.ServicePerson, error) {
	g, err := s.app.Store.GrantBySubject(ctx, serviceID, subject)
	if errors.Is(err, service.ErrNotFound) || err == nil && !g.Status {
		return api.ServicePerson{}, verify.ErrNotFound
	}
	if err != nil {
		return api.ServicePerson{}, err
	}
	standing, err := residents(s).Standing(ctx, g.AccountID)
	if err != nil {
		return api.ServicePerson{}, err
	}
	told, err := s.app.Store.LastTold(ctx, serviceID, subject)
	if err != nil {
		return api.ServicePerson{}, err
	}
	out := api.ServicePerson{Sub: subject, Verified: standing.Verified(), UpdatedAt: g.At}
	if told.After(g.At) {
		out.UpdatedAt = told
	}
	if out.Verified {
		out.VerifiedAt, out.Method = &standing.Facts.At, standing.Facts.Method
	}
	return out, nil
}

// Events implements httpapi.Services.
func (s services) Events(ctx context.Context, serviceID string, after int64, limit int) ([]api.ServiceEvent, error) {
	events, err := s.app.Store.Events(ctx, serviceID, after, limit)
	out := make([]api.ServiceEvent, len(events))
	for i, e := range events {
		out[i] = api.ServiceEvent{
			Number: e.Number, ID: e.ID, Type: string(e.Type), Timestamp: e.At, Data: api.ServiceEventData{Sub: e.Subject},
		}
	}
	return out, err
}

// Grants implements httpapi.Services.
func (s services) Grants(ctx context.Context, accountID string) ([]api.Grant, error) {
	all, err := s.app.Store.GrantsOf(ctx, "", accountID)
	out := make([]api.Grant, len(all))
	for i, g := range all {
		out[i] = api.Grant{
			ID: g.Service.ID, Name: g.Service.Name, Purpose: g.Service.Purpose, Status: g.Grant.Status,
			Claims: append([]string{}, g.Grant.Claims...), Since: g.Grant.Since, At: g.Grant.At,
		}
	}
	return out, err
}

// Revoke implements httpapi.Services.
func (s services) Revoke(ctx context.Context, accountID, serviceID string) error {
	err := s.app.Store.Revoke(ctx, serviceID, accountID)
	if errors.Is(err, service.ErrNotFound) {
		return verify.ErrNotFound
	}
	return err
}
