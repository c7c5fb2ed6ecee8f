package client

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"realname.example/shared/api"
)

// SignInOptions says how people sign in at this server.
func (c *Client) SignInOptions(ctx context.Context) (api.SignInOptions, error) {
	return send[api.SignInOptions](ctx, c, http.MethodGet, api.PathSignInOptions, "", nil)
}

// BeginSignIn begins a sign-in at an issuer.
func (c *Client) BeginSignIn(ctx context.Context, in api.IssuerStart) (api.IssuerStarted, error) {
	return send[api.IssuerStarted](ctx, c, http.MethodPost, api.PathSignIns, "", in)
}

// FinishSignIn hands in what came back from the issuer, once, and returns the
// session.
func (c *Client) FinishSignIn(ctx context.Context, id string, in api.IssuerAnswer) (api.Session, error) {
	return send[api.Session](ctx, c, http.MethodPost, withID(api.PathSignIn, id), "", in)
}

// Links lists the affiliated sites that the account is linked to.
func (a *Account) Links(ctx context.Context) ([]api.Link, error) {
	return sendAs[[]api.Link](ctx, a, http.MethodGet, api.PathLinks, nil)
}

// BeginLink begins to link the account at an issuer.
func (a *Account) BeginLink(ctx context.Context, in api.IssuerStart) (api.IssuerStarted, error) {
	return sendAs[api.IssuerStarted](ctx, a, http.MethodPost, api.PathLinks, in)
}

// BeginLinkByDevice begins to link the account by a code that another device scans.
func (a *Account) BeginLinkByDevice(ctx context.Context, issuer string) (api.LinkStarted, error) {
	return sendAs[api.LinkStarted](ctx, a, http.MethodPost, api.PathLinks, api.LinkStart{Issuer: issuer, Device: true})
}

// PollLink asks whether the person has answered on another device. It returns a
// *problem.Problem with problem.Conflict until they have.
func (a *Account) PollLink(ctx context.Context, id string) (api.Link, error) {
	return a.FinishLink(ctx, id, api.IssuerAnswer{})
}

// FinishLink hands in what came back from the issuer, once, and returns the link.
func (a *Account) FinishLink(ctx context.Context, id string, in api.IssuerAnswer) (api.Link, error) {
	return sendAs[api.Link](ctx, a, http.MethodPost, withID(api.PathLink, id), in)
}

// Unlink forgets a link here and ends it at the issuer.
func (a *Account) Unlink(ctx context.Context, issuer string) error {
	_, err := sendAs[api.Empty](ctx, a, http.MethodDelete, withID(api.PathLink, issuer), nil)
	return err
}

func withID(path, id string) string { return strings.Replace(path, "{id}", url.PathEscape(id), 1) }
