package oidc

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	wire "github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"realname.example/backend/internal/service"
)

// assertionAlgorithms are those of private_key_jwt: none that a shared secret
// could sign.
var assertionAlgorithms = []jose.SignatureAlgorithm{jose.ES256, jose.ES384, jose.PS256, jose.RS256, jose.EdDSA}

func assertionNames() []string {
	names := make([]string, len(assertionAlgorithms))
	for i, a := range assertionAlgorithms {
		names[i] = string(a)
	}
	return names
}

// errClient is answered with 401 to whoever is not the service that they say.
func errClient(description string) error {
	return op.NewStatusError(wire.ErrInvalidClient().WithDescription("%s", description), http.StatusUnauthorized)
}

// VerifyClient finds out which service calls. Each has one way to prove itself,
// and no other is taken.
func (s *server) VerifyClient(ctx context.Context, r *op.Request[op.ClientCredentials]) (op.Client, error) {
	id := r.Data.ClientID
	if r.Data.ClientAssertion != "" {
		issuer, err := assertionIssuer(r.Data.ClientAssertion)
		if err != nil || id != "" && id != issuer {
			return nil, errClient("the assertion cannot be read, or is of another client")
		}
		id = issuer
	}
	found, err := s.Store.Service(ctx, s.cfg.Realm, id)
	if errors.Is(err, service.ErrNotFound) {
		return nil, errClient("no such client")
	}
	if err != nil {
		return nil, wire.ErrServerError().WithParent(err)
	}
	if err := s.prove(ctx, found, r); err != nil {
		return nil, err
	}
	return client{found}, nil
}

func (s *server) prove(ctx context.Context, found service.Service, r *op.Request[op.ClientCredentials]) error {
	_, _, basic := (&http.Request{Header: r.Header}).BasicAuth()
	given := r.Data.ClientSecret != "" || basic
	switch found.Auth {
	case service.AuthBasic:
		if !basic || r.Data.ClientAssertion != "" {
			return errClient("this client proves itself by client_secret_basic")
		}
		if !secretFits(found, r.Data.ClientSecret, s.now()) {
			return errClient("the secret is wrong")
		}
	case service.AuthKey:
		if given || r.Data.ClientAssertion == "" {
			return errClient("this client proves itself by private_key_jwt")
		}
		return s.proveByKey(ctx, found, r.Data.ClientAssertion)
	case service.AuthNone:
		if given || r.Data.ClientAssertion != "" {
			return errClient("this client has nothing to prove itself with")
		}
	}
	return nil
}

// secretFits looks at each secret that has not ended.
func secretFits(s service.Service, secret string, now time.Time) bool {
	hash := []byte(service.Hash(secret))
	return slices.ContainsFunc(s.Secrets, func(kept service.Secret) bool {
		good := kept.EndsAt.IsZero() || now.Before(kept.EndsAt)
		return good && subtle.ConstantTimeCompare(hash, []byte(kept.Hash)) == 1
	})
}

func assertionIssuer(assertion string) (string, error) {
	parsed, err := jwt.ParseSigned(assertion, assertionAlgorithms)
	if err != nil {
		return "", err
	}
	var claims jwt.Claims
	err = parsed.UnsafeClaimsWithoutVerification(&claims)
	return claims.Issuer, err
}

// Limits of an assertion.
const (
	assertionLife   = 10 * time.Minute
	assertionLeeway = 30 * time.Second
)

// proveByKey checks a signed assertion (RFC 7523). Its audience is the issuer, or
// the token endpoint as older clients have it, and nobody else beside; it is
// taken once.
func (s *server) proveByKey(ctx context.Context, found service.Service, assertion string) error {
	parsed, err := jwt.ParseSigned(assertion, assertionAlgorithms)
	if err != nil {
		return errClient("the assertion cannot be read")
	}
	keys, err := service.KeySet(found.Keys)
	if err != nil {
		return wire.ErrServerError().WithParent(err)
	}
	claims, ok := verifiedBy(parsed, keys)
	if !ok {
		return errClient("no key of the client signed the assertion")
	}
	now := s.now()
	if err := claims.ValidateWithLeeway(jwt.Expected{Issuer: found.ID, Subject: found.ID, Time: now}, assertionLeeway); err != nil {
		return errClient("iss, sub, exp, nbf or iat of the assertion is not right")
	}
	ours := func(aud string) bool { return aud == s.cfg.Issuer || aud == s.at(pathToken) }
	if len(claims.Audience) == 0 || slices.ContainsFunc(claims.Audience, func(aud string) bool { return !ours(aud) }) {
		return errClient("the assertion is for somebody else; its aud is " + s.cfg.Issuer)
	}
	if claims.Expiry == nil || claims.Expiry.Time().Sub(now) > assertionLife || claims.ID == "" {
		return errClient("the assertion needs exp within ten minutes, and jti")
	}
	err = s.Store.Once(ctx, service.Hash(found.ID+"|"+claims.ID), claims.Expiry.Time().Add(assertionLeeway))
	if errors.Is(err, service.ErrReused) {
		return errClient("the assertion was used before")
	}
	if err != nil {
		return wire.ErrServerError().WithParent(err)
	}
	return nil
}

// verifiedBy returns the claims where one of the keys signed them.
func verifiedBy(parsed *jwt.JSONWebToken, keys []jose.JSONWebKey) (jwt.Claims, bool) {
	for _, key := range keys {
		if key.Algorithm != "" && key.Algorithm != parsed.Headers[0].Algorithm {
			continue
		}
		var claims jwt.Claims
		if parsed.Claims(key, &claims) == nil {
			return claims, true
		}
	}
	return jwt.Claims{}, false
}

// client is a service as the library knows it.
type client struct{ service.Service }

var _ op.Client = client{}

// GetID implements op.Client; so do the others.
func (c client) GetID() string                                              { return c.ID }
func (c client) RedirectURIs() []string                                     { return c.Redirects }
func (client) PostLogoutRedirectURIs() []string                             { return nil }
func (client) ResponseTypes() []wire.ResponseType                           { return []wire.ResponseType{wire.ResponseTypeCode} }
func (client) LoginURL(string) string                                       { return "" }
func (client) AccessTokenType() op.AccessTokenType                          { return op.AccessTokenTypeBearer }
func (client) IDTokenLifetime() time.Duration                               { return idLife }
func (client) DevMode() bool                                                { return false }
func (client) IsScopeAllowed(string) bool                                   { return true }
func (client) IDTokenUserinfoClaimsAssertion() bool                         { return false }
func (client) ClockSkew() time.Duration                                     { return 0 }
func (client) RestrictAdditionalIdTokenScopes() func([]string) []string     { return unchanged }
func (client) RestrictAdditionalAccessTokenScopes() func([]string) []string { return unchanged }

func unchanged(scopes []string) []string { return scopes }

// ApplicationType implements op.Client.
func (c client) ApplicationType() op.ApplicationType {
	if c.Native() {
		return op.ApplicationTypeNative
	}
	return op.ApplicationTypeWeb
}

// AuthMethod implements op.Client.
func (c client) AuthMethod() wire.AuthMethod { return wire.AuthMethod(c.Auth) }

// GrantTypes implements op.Client. An app on a person's own device does nothing
// in its own name.
func (c client) GrantTypes() []wire.GrantType {
	types := []wire.GrantType{wire.GrantTypeCode, wire.GrantTypeRefreshToken, wire.GrantTypeDeviceCode}
	if !c.Native() {
		types = append(types, wire.GrantTypeClientCredentials)
	}
	return types
}

// servicesOn is a store in which services that an operator turned off are not there.
type servicesOn struct{ service.Store }

// Service implements service.Catalog.
func (s servicesOn) Service(ctx context.Context, realm, id string) (service.Service, error) {
	n, err := s.Store.Service(ctx, realm, id)
	if err == nil && n.Off() {
		err = service.ErrNotFound
	}
	return n, err
}
