package service

import (
	"encoding/json"
	"errors"
	"slices"
	"time"
)

// Auth is how a service proves at the token endpoint that it is the service.
type Auth string

// The ways, by their names in OpenID Connect.
const (
	AuthBasic Auth = "client_secret_basic"
	AuthKey   Auth = "private_key_jwt"
	// AuthNone is a native app's, which can keep no secret; PKCE stands for it.
	AuthNone Auth = "none"
)

// What a service can be allowed to ask for beside the status.
const (
	ClaimName   = "name"
	ClaimNumber = "number"
)

// Claims lists what a service can be allowed to ask for.
func Claims() []string { return []string{ClaimName, ClaimNumber} }

// Service is a site, or an app, that relies on Realname.
type Service struct {
	ID string `json:"-"`
	// Realm is the provider that the service belongs to: empty for Realname's own,
	// else a provider of the sandbox.
	Realm string `json:"-"`
	// Name and Purpose are what a person reads before they agree.
	Name    string `json:"name"`
	Purpose string `json:"purpose,omitempty"`
	Auth    Auth   `json:"auth"`
	// Secrets of AuthBasic, the newest first; only their hashes are kept.
	Secrets []Secret `json:"secrets,omitempty"`
	// Keys is the JWK set of AuthKey.
	Keys      json.RawMessage `json:"keys,omitempty"`
	Redirects []string        `json:"redirects"`
	// Claims are of Claims(); without any the service learns the status alone.
	Claims []string `json:"claims,omitempty"`
	// Webhook is where events are sent; empty for nowhere.
	Webhook string `json:"webhook,omitempty"`
	// WebhookSecrets sign what is sent there, the newest first.
	WebhookSecrets []WebhookSecret `json:"-"`
	MadeAt         time.Time       `json:"made_at"`
	// OffAt is when an operator turned it off: it is as if it were not there, until
	// it is turned on again. Zero while it is on.
	OffAt time.Time `json:"-"`
}

// Secret is what is kept of a client secret.
type Secret struct {
	Hash string `json:"hash"`
	// EndsAt is zero for the newest one.
	EndsAt time.Time `json:"ends_at,omitzero"`
}

// WebhookSecret is one that signs events, in the form of Standard Webhooks:
// whsec_ and base 64.
type WebhookSecret struct {
	Secret string    `json:"secret"`
	EndsAt time.Time `json:"ends_at,omitzero"`
}

// Allows reports whether the service may ask for a claim.
func (s Service) Allows(claim string) bool { return slices.Contains(s.Claims, claim) }

// Native reports whether the service is an app on a person's own device.
func (s Service) Native() bool { return s.Auth == AuthNone }

// Grant is what a person agreed to tell a service.
type Grant struct {
	ServiceID string `json:"-"`
	AccountID string `json:"-"`
	// Subject is what the service calls the person.
	Subject string `json:"-"`
	// Status is whether the service is told if the account is verified.
	Status bool     `json:"status"`
	Claims []string `json:"claims,omitempty"`
	// Since is when the person first agreed, At when they last did.
	Since time.Time `json:"since"`
	At    time.Time `json:"at"`
}

// Covers reports whether the person already agreed to all that is wanted.
func (g Grant) Covers(w Wants) bool {
	if w.Status && !g.Status {
		return false
	}
	return !slices.ContainsFunc(w.Claims, func(c string) bool { return !slices.Contains(g.Claims, c) })
}

// Widen returns the grant with what is wanted added.
func (g Grant) Widen(w Wants) Grant {
	g.Status = g.Status || w.Status
	g.Claims = slices.Clone(g.Claims)
	for _, c := range w.Claims {
		if !slices.Contains(g.Claims, c) {
			g.Claims = append(g.Claims, c)
		}
	}
	return g
}

// Wants is what a request asks a person to agree to, in their own terms.
type Wants struct {
	Status bool
	// Claims are of Claims(), in that order.
	Claims []string
}

// Any reports whether anything is asked for beside the sign-in itself.
func (w Wants) Any() bool { return w.Status || len(w.Claims) > 0 }

// Errors of the package.
var (
	ErrNotFound = errors.New("there is no such service")
	// ErrGone is a request, code or token that is not known, was used, or is over.
	ErrGone = errors.New("it is over")
	// ErrReused is a code or refresh token that came a second time. All that came
	// of it is void.
	ErrReused = errors.New("it was used before")
)
