package issuer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// refresh takes a refresh token to the issuer. It returns errRevoked where the
// issuer has ended it, *RefusedError where it answers with somebody else's tokens,
// or ErrUnavailable. check is asked about the subject of an ID token that comes
// along; a refresh need not bring one. Where the tokens came and cannot be checked,
// they come with the error: the one that was used is of no use any more.
func (p *provider) refresh(ctx context.Context, refresh string, check func(subject string) bool) (Tokens, error) {
	d, err := p.discover(ctx)
	if err != nil {
		return Tokens{}, err
	}
	asked := p.now()
	token, err := p.oauth(d, "").TokenSource(p.context(ctx), &oauth2.Token{RefreshToken: refresh}).Token()
	switch {
	case refusedGrant(err):
		return Tokens{}, errRevoked
	case err != nil: // a proxy's page, our own secret that changed: no word about this person
		return Tokens{}, fmt.Errorf("%w: %w", ErrUnavailable, brief(err))
	}
	if raw, _ := token.Extra("id_token").(string); raw != "" {
		id, err := p.verify(ctx, d, raw, asked)
		if errors.Is(err, ErrUnavailable) {
			return p.tokens(token, asked), err
		}
		if err != nil {
			return Tokens{}, err
		}
		if !check(id.Subject) {
			return Tokens{}, &RefusedError{p.ID, CauseSubject, errors.New("the refresh brought somebody else's ID token")}
		}
	}
	return p.tokens(token, asked), nil
}

// userinfo asks who an access token is about. It returns errRevoked where the
// issuer takes the token no more, *RefusedError or ErrUnavailable.
func (p *provider) userinfo(ctx context.Context, access string) (subject string, claims map[string]json.RawMessage, err error) {
	d, err := p.discover(ctx)
	if err != nil {
		return "", nil, err
	}
	if d.UserInfoEndpoint() == "" {
		return "", nil, &RefusedError{p.ID, CauseToken, errors.New("its metadata names no userinfo_endpoint")}
	}
	ctx, status := withStatus(p.context(ctx))
	info, err := d.UserInfo(ctx, oauth2.StaticTokenSource(&oauth2.Token{AccessToken: access, TokenType: "Bearer"}))
	switch {
	case err != nil && (*status == http.StatusUnauthorized || *status == http.StatusForbidden):
		return "", nil, errRevoked
	case err != nil:
		return "", nil, p.refused(CauseToken, err)
	}
	if err := info.Claims(&claims); err != nil {
		return "", nil, &RefusedError{p.ID, CauseToken, errors.New("userinfo is no JSON object")}
	}
	return info.Subject, claims, nil
}

// revoke ends a refresh token at the issuer (RFC 7009). An issuer that has no
// endpoint for it is not asked.
func (p *provider) revoke(ctx context.Context, refresh string) error {
	d, err := p.discover(ctx)
	if err != nil || d.Revocation == "" {
		return err
	}
	answer, err := p.post(ctx, d, d.Revocation, url.Values{"token": {refresh}, "token_type_hint": {"refresh_token"}})
	if err != nil {
		return away(err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the issuer did not revoke: %w", &statusError{answer.StatusCode})
	}
	return nil
}

// post sends a form to an endpoint of the issuer, and proves who we are as at its
// token endpoint. The caller closes the answer.
func (p *provider) post(ctx context.Context, d *discovered, endpoint string, form url.Values) (*http.Response, error) {
	config := p.oauth(d, "")
	if config.Endpoint.AuthStyle == oauth2.AuthStyleInParams {
		form.Set("client_id", p.ClientID)
		if !p.Secret.Empty() {
			form.Set("client_secret", p.Secret.Reveal())
		}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if config.Endpoint.AuthStyle == oauth2.AuthStyleInHeader { // RFC 6749, 2.3.1: each half is form-encoded
		request.SetBasicAuth(url.QueryEscape(p.ClientID), url.QueryEscape(p.Secret.Reveal()))
	}
	return p.client.Do(request)
}

// usernameOf is a name for display that the ID token says, or "".
func usernameOf(id *oidc.IDToken) string {
	var claims struct {
		Preferred string `json:"preferred_username"`
		Nickname  string `json:"nickname"`
		Email     string `json:"email"`
	}
	if id.Claims(&claims) != nil {
		return ""
	}
	mailbox, _, _ := strings.Cut(claims.Email, "@")
	for _, name := range []string{claims.Preferred, claims.Nickname, mailbox} {
		if fit := fitUsername(name); fit != "" {
			return fit
		}
	}
	return ""
}

// emailIn is the verified address that an ID token has, or "".
func emailIn(id *oidc.IDToken) string {
	var claims map[string]json.RawMessage
	if id.Claims(&claims) != nil {
		return ""
	}
	return emailOf(claims)
}

// Limits of a username for display, as account has them.
const minUsername, maxUsername = 3, 24 // leaves room for a number behind it

// fitUsername keeps what a username may have, or returns "" where that is no name.
func fitUsername(name string) string {
	fit := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_' {
			return r
		}
		return -1
	}, name)
	if len(fit) > maxUsername {
		fit = fit[:maxUsername]
	}
	if len(fit) < minUsername || len(fit) < len([]rune(name))/2 {
		return ""
	}
	return fit
}
