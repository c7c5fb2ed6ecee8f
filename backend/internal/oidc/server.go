package oidc

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	wire "github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"realname.example/backend/internal/service"
)

// server answers what programs call; the library reads the requests and writes
// the answers.
type server struct {
	op.UnimplementedServer
	*Provider
}

const (
	// bearer is the type of every access token.
	bearer = "Bearer"
	// basic is how clients with a secret prove themselves.
	basic = "Basic"
)

// grantError turns what the store says of a code or token into what a service is
// told.
func grantError(err error) error {
	var known *wire.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.Is(err, service.ErrGone), errors.Is(err, service.ErrReused):
		return wire.ErrInvalidGrant().WithDescription("%s", err.Error())
	}
	return wire.ErrServerError().WithParent(err)
}

// CodeExchange gives tokens for a code: once, to the service that asked, with
// the verifier that fits.
func (s *server) CodeExchange(ctx context.Context, r *op.ClientRequest[wire.AccessTokenRequest]) (*op.Response, error) {
	return s.redeem(ctx, service.KindCode, r.Data.Code, r.Client.GetID(), nil, func(t service.Token) error {
		if r.Data.RedirectURI != t.Session.RedirectURI {
			return wire.ErrInvalidGrant().WithDescription("redirect_uri is not the one of the request")
		}
		if !fitsChallenge(r.Data.CodeVerifier, t.Session.Challenge) {
			return wire.ErrInvalidGrant().WithDescription("code_verifier does not fit")
		}
		return nil
	})
}

// fitsChallenge compares by PKCE's S256 (RFC 7636, 4.6).
func fitsChallenge(verifier, challenge string) bool {
	sum := sha256.Sum256([]byte(verifier))
	return challenge != "" && subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(challenge)) == 1
}

// RefreshToken gives new tokens for a refresh token, which is used up by that.
func (s *server) RefreshToken(ctx context.Context, r *op.ClientRequest[wire.RefreshTokenRequest]) (*op.Response, error) {
	return s.redeem(ctx, service.KindRefresh, r.Data.RefreshToken, r.Client.GetID(), r.Data.Scopes, func(t service.Token) error {
		if slices.ContainsFunc(r.Data.Scopes, func(scope string) bool { return !slices.Contains(t.Session.Scopes, scope) }) {
			return wire.ErrInvalidScope().WithDescription("more than was agreed to")
		}
		return nil
	})
}

// redeem takes a code or refresh token once. Whose it is not is told no more than
// that it is not good.
func (s *server) redeem(ctx context.Context, kind service.TokenKind, secret, clientID string, scopes []string, check func(service.Token) error) (*op.Response, error) {
	var fresh issued
	var session service.Session
	err := s.Store.Redeem(ctx, clientID, kind, service.Hash(secret), s.now(), func(t service.Token) ([]service.Token, error) {
		if err := check(t); err != nil {
			return nil, err
		}
		session = t.Session
		if len(scopes) > 0 { // less than was agreed to, this time
			session.Scopes = scopes
		}
		fresh = s.issue(t, session.Scopes)
		if kind == service.KindRefresh {
			session.Nonce = "" // it was answered once
		}
		return fresh.tokens, nil
	})
	if err != nil {
		if errors.Is(err, service.ErrReused) {
			s.Logger.WarnContext(ctx, "a code or refresh token came twice; all that came of it is void", "service", clientID)
		}
		return nil, grantError(err)
	}
	return s.respond(ctx, fresh, session)
}

// issued is what a token request brings.
type issued struct {
	tokens          []service.Token
	access, refresh string
	of              service.Token
}

// issue draws an access token of these scopes, and a refresh token of all that was
// agreed to where one was asked for (RFC 6749, 6).
func (s *server) issue(of service.Token, scopes []string) issued {
	now := s.now()
	out := issued{access: rand.Text(), of: of}
	next := func(kind service.TokenKind, secret string, life time.Duration) {
		t := of
		t.Kind, t.Hash, t.ExpiresAt = kind, service.Hash(secret), now.Add(life)
		t.Session.RedirectURI, t.Session.Challenge = "", ""
		out.tokens = append(out.tokens, t)
	}
	next(service.KindAccess, out.access, accessLife)
	out.tokens[0].Session.Scopes = scopes
	if slices.Contains(of.Session.Scopes, scopeOffline) {
		out.refresh = rand.Text()
		next(service.KindRefresh, out.refresh, refreshLife)
	}
	return out
}

// respond makes the answer of the token endpoint.
func (s *server) respond(ctx context.Context, fresh issued, session service.Session) (*op.Response, error) {
	id, err := s.idToken(ctx, fresh, session)
	if err != nil {
		return nil, wire.ErrServerError().WithParent(err)
	}
	return noStore(&wire.AccessTokenResponse{
		AccessToken: fresh.access, TokenType: bearer, RefreshToken: fresh.refresh, IDToken: id,
		ExpiresIn: uint64(accessLife.Seconds()), Scope: session.Scopes,
	}), nil
}

func noStore(data any) *op.Response {
	response := op.NewResponse(data)
	response.Header.Set("Cache-Control", "no-store")
	return response
}

// idToken says who signed in (OpenID Connect Core 2), with verified_claims where
// they were asked for there.
func (s *server) idToken(ctx context.Context, fresh issued, session service.Session) (string, error) {
	now := s.now()
	sum := sha256.Sum256([]byte(fresh.access))
	claims := map[string]any{
		"iss": s.cfg.Issuer, "sub": session.Subject, "aud": fresh.of.ServiceID, "azp": fresh.of.ServiceID,
		"iat": now.Unix(), "exp": now.Add(idLife).Unix(), "auth_time": session.SignedInAt.Unix(),
		"at_hash": base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2]),
	}
	if session.Nonce != "" {
		claims["nonce"] = session.Nonce
	}
	told, err := s.disclose(ctx, fresh.of, session.Asked.IDToken, s.standingOf(ctx, fresh.of))
	if err != nil {
		return "", err
	}
	if told != nil {
		claims["verified_claims"] = told
	}
	return s.sign(ctx, claims)
}

// ClientCredentialsExchange gives a service a token of its own, to ask about
// people who agreed.
func (s *server) ClientCredentialsExchange(ctx context.Context, r *op.ClientRequest[wire.ClientCredentialsRequest]) (*op.Response, error) {
	scopes := []string{ScopeStatus}
	if slices.ContainsFunc(r.Data.Scope, func(scope string) bool { return scope != ScopeStatus }) {
		return nil, wire.ErrInvalidScope().WithDescription("a service has the scope %s alone", ScopeStatus)
	}
	access := rand.Text()
	err := s.Store.AddToken(ctx, service.Token{
		Kind: service.KindAccess, Hash: service.Hash(access), ServiceID: r.Client.GetID(), Family: rand.Text(),
		ExpiresAt: s.now().Add(accessLife), Session: service.Session{Scopes: scopes},
	})
	if err != nil {
		return nil, wire.ErrServerError().WithParent(err)
	}
	return noStore(&wire.AccessTokenResponse{
		AccessToken: access, TokenType: bearer, ExpiresIn: uint64(accessLife.Seconds()), Scope: scopes,
	}), nil
}

// Revocation voids a token with all that came of the same consent. One that is
// not known, or not the service's, is as good as void (RFC 7009, 2.2).
func (s *server) Revocation(ctx context.Context, r *op.ClientRequest[wire.RevocationRequest]) (*op.Response, error) {
	err := s.Store.RevokeFamily(ctx, r.Client.GetID(), service.Hash(r.Data.Token))
	if err != nil && !errors.Is(err, service.ErrGone) {
		return nil, wire.ErrServerError().WithParent(err)
	}
	return noStore(struct{}{}), nil
}

// DeviceAuthorization begins a request of a device without a browser.
func (s *server) DeviceAuthorization(ctx context.Context, r *op.ClientRequest[wire.DeviceAuthorizationRequest]) (*op.Response, error) {
	scopes, err := readScopes(strings.Join(r.Data.Scopes, " "))
	if err != nil {
		return nil, wire.ErrInvalidScope().WithDescription("scope must have openid")
	}
	asked, err := service.ParseAsked(r.Form.Get("claims"))
	if err != nil {
		return nil, wire.ErrInvalidRequest().WithDescription("claims is no JSON object")
	}
	secret, typed := rand.Text(), newUserCode()
	err = s.Store.AddDevice(ctx, service.Device{
		Hash: service.Hash(secret), UserHash: userHash(typed), ServiceID: r.Client.GetID(),
		ExpiresAt: s.now().Add(deviceLife), Interval: deviceInterval, Session: service.Session{Scopes: scopes, Asked: asked},
	})
	if err != nil {
		return nil, wire.ErrServerError().WithParent(err)
	}
	return noStore(&wire.DeviceAuthorizationResponse{
		DeviceCode: secret, UserCode: typed, VerificationURI: s.at("/oidc/device"),
		VerificationURIComplete: s.at("/oidc/device?user_code=" + typed),
		ExpiresIn:               int(deviceLife.Seconds()), Interval: int(deviceInterval.Seconds()),
	}), nil
}

// DeviceToken answers a device that asks whether its person agreed.
func (s *server) DeviceToken(ctx context.Context, r *op.ClientRequest[wire.DeviceAccessTokenRequest]) (*op.Response, error) {
	var fresh issued
	d, early, err := s.Store.PollDevice(ctx, service.Hash(r.Data.DeviceCode), s.now(), func(d service.Device) ([]service.Token, error) {
		if d.ServiceID != r.Client.GetID() {
			return nil, service.ErrGone
		}
		fresh = s.issue(service.Token{
			ServiceID: d.ServiceID, AccountID: d.AccountID, Family: rand.Text(), Session: d.Session,
		}, d.Session.Scopes)
		return fresh.tokens, nil
	})
	switch {
	case errors.Is(err, service.ErrGone) || err == nil && d.ServiceID != r.Client.GetID():
		return nil, wire.ErrExpiredDeviceCode()
	case err != nil:
		return nil, wire.ErrServerError().WithParent(err)
	case early:
		return nil, wire.ErrSlowDown()
	case d.Status == service.DeviceWaiting:
		return nil, wire.ErrAuthorizationPending()
	case d.Status == service.DeviceDeclined:
		return nil, wire.ErrAccessDenied()
	}
	return s.respond(ctx, fresh, d.Session)
}

// UserInfo tells what the token is good for.
func (s *server) UserInfo(ctx context.Context, r *op.Request[wire.UserInfoRequest]) (*op.Response, error) {
	t, err := s.Store.Token(ctx, service.KindAccess, service.Hash(r.Data.AccessToken), s.now())
	if errors.Is(err, service.ErrGone) || err == nil && t.AccountID == "" {
		return nil, op.NewStatusError((&wire.Error{ErrorType: invalidToken}).WithDescription("the token is not good here, or not any more"), http.StatusUnauthorized)
	}
	if err != nil {
		return nil, wire.ErrServerError().WithParent(err)
	}
	claims, err := s.userinfo(ctx, t)
	if err != nil {
		return nil, wire.ErrServerError().WithParent(err)
	}
	return noStore(claims), nil
}
