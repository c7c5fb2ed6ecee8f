package client

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"realname.example/shared/api"
)

// Info describes the server. Apps ask it first, before anyone signs in. What
// answers without saying its mode is no backend: ErrNotBackend.
func (c *Client) Info(ctx context.Context) (api.Server, error) {
	info, err := send[api.Server](ctx, c, http.MethodGet, api.PathServer, "", nil)
	if err == nil && info.Mode != api.ModeSandbox && info.Mode != api.ModeProduction {
		return api.Server{}, foreign(http.StatusOK)
	}
	return info, err
}

// CreateAccount makes an account and signs in.
func (c *Client) CreateAccount(ctx context.Context, in api.Credentials) (api.Session, error) {
	return send[api.Session](ctx, c, http.MethodPost, api.PathAccounts, "", in)
}

// SignIn makes a session of an account.
func (c *Client) SignIn(ctx context.Context, in api.Credentials) (api.Session, error) {
	return send[api.Session](ctx, c, http.MethodPost, api.PathSessions, "", in)
}

// Claim takes a hand-off for a phone. Bearer is the account that is signed in
// on the phone, or "" for none; another account's is refused. It is sent once:
// a second arrival would find the ticket used.
func (c *Client) Claim(ctx context.Context, bearer AccountToken, in api.Claim) (api.Claimed, error) {
	return send[api.Claimed](ctx, c, http.MethodPost, api.PathClaim, string(bearer), in)
}

// ConsentText returns what a person is asked to agree to for a purpose (face,
// mobile), in the language zh or en.
func (c *Client) ConsentText(ctx context.Context, purpose, language string) (api.ConsentText, error) {
	path := strings.Replace(api.PathConsentText, "{purpose}", url.PathEscape(purpose), 1)
	return send[api.ConsentText](ctx, c, http.MethodGet, path+"?language="+url.QueryEscape(language), "", nil)
}

// BeginReset asks for a new password by a code to the mobile number that verified the
// account. It succeeds whether there is such an account or not.
func (c *Client) BeginReset(ctx context.Context, in api.NewReset) (api.Reset, error) {
	return send[api.Reset](ctx, c, http.MethodPost, api.PathResets, "", in)
}

// FinishReset sets the new password by the code; with an empty id by one from support.
func (c *Client) FinishReset(ctx context.Context, id string, in api.ResetPassword) error {
	path := api.PathSupportReset
	if id != "" {
		path = strings.Replace(api.PathReset, "{id}", url.PathEscape(id), 1)
	}
	_, err := send[api.Empty](ctx, c, http.MethodPost, path, "", in)
	return err
}

// SandboxSMS lists the sandbox's messages to a mobile number, newest first;
// to all of them when mobile is "". Production answers not_found.
func (c *Client) SandboxSMS(ctx context.Context, mobile string) ([]api.SandboxSMS, error) {
	path := api.PathSandboxSMS
	if mobile != "" {
		path += "?mobile=" + url.QueryEscape(mobile)
	}
	return send[[]api.SandboxSMS](ctx, c, http.MethodGet, path, "", nil)
}

// SandboxPeople lists the sandbox's people to try.
func (c *Client) SandboxPeople(ctx context.Context) ([]api.Person, error) {
	return send[[]api.Person](ctx, c, http.MethodGet, api.PathSandboxPeople, "", nil)
}

// AddSandboxPerson adds one's own person.
func (c *Client) AddSandboxPerson(ctx context.Context, in api.NewPerson) (api.Person, error) {
	return send[api.Person](ctx, c, http.MethodPost, api.PathSandboxPeople, "", in)
}

// ResetSandbox brings the sandbox back to its first state. Sessions end.
func (c *Client) ResetSandbox(ctx context.Context) error {
	_, err := send[api.Empty](ctx, c, http.MethodPost, api.PathSandboxReset, "", api.Empty{})
	return err
}
