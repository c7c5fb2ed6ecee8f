package service

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Manager adds and changes the services of a provider, for an operator.
type Manager struct {
	Catalog Catalog
	Realm   string
	Now     func() time.Time
	// Loopback lets events be sent to this machine, as in a sandbox; elsewhere they
	// would not arrive.
	Loopback bool
}

// Draft is a service as an operator describes it.
type Draft struct {
	// ID is the client_id; one is drawn where it is empty.
	ID        string
	Name      string
	Purpose   string
	Redirects []string
	Claims    []string
	Webhook   string
	// Keys is a JWK set: the service signs assertions, and has no secret.
	Keys []byte
	// Native says that the service is an app on people's own devices.
	Native bool
}

// Secrets are what a service needs to know, in clear. They are told once.
type Secrets struct {
	// Client is the client secret; empty where the service has none.
	Client string
	// Webhook signs what is sent to it; empty where nothing is.
	Webhook string
}

// InvalidError is what is wrong with a Draft, as a sentence for the operator.
type InvalidError struct {
	// Field is name, purpose, redirect, claims, webhook or keys.
	Field    string
	Sentence string
}

// Error implements error.
func (e *InvalidError) Error() string { return e.Sentence }

func invalid(field, format string, args ...any) error {
	return &InvalidError{Field: field, Sentence: fmt.Sprintf(format, args...)}
}

// Overlap is how long an old secret stays good once there is a new one.
const Overlap = 24 * time.Hour

// Add makes a service and keeps it. It returns *InvalidError.
func (m Manager) Add(ctx context.Context, d Draft) (Service, Secrets, error) {
	s, secrets, err := m.Make(d)
	if err != nil {
		return Service{}, Secrets{}, err
	}
	return s, secrets, m.Catalog.AddService(ctx, s)
}

// Make makes a service that nobody keeps yet. It returns *InvalidError.
func (m Manager) Make(d Draft) (Service, Secrets, error) {
	s, err := d.service()
	if err == nil {
		err = m.reaches(s)
	}
	if err != nil {
		return Service{}, Secrets{}, err
	}
	s.Realm, s.MadeAt, s.ID = m.Realm, m.Now().UTC(), cmp.Or(d.ID, "svc_"+randomText(12))
	secrets := s.renew(time.Time{})
	return s, secrets, nil
}

// List returns all services, by name.
func (m Manager) List(ctx context.Context) ([]Service, error) {
	return m.Catalog.Services(ctx, m.Realm)
}

// Show returns one, or ErrNotFound.
func (m Manager) Show(ctx context.Context, id string) (Service, error) {
	return m.Catalog.Service(ctx, m.Realm, id)
}

// Rotate makes new secrets. The ones before stay good for Overlap, so that the
// service can change over without a gap. It returns ErrNotFound.
func (m Manager) Rotate(ctx context.Context, id string) (s Service, secrets Secrets, err error) {
	s, err = m.Catalog.UpdateService(ctx, m.Realm, id, func(s *Service) error {
		secrets = s.renew(m.Now().UTC().Add(Overlap))
		return nil
	})
	return s, secrets, err
}

// Remove deletes a service with what people agreed to tell it. It returns
// ErrNotFound.
func (m Manager) Remove(ctx context.Context, id string) error {
	return m.Catalog.RemoveService(ctx, m.Realm, id)
}

// HasSecret reports whether there is a secret that Rotate makes anew: it signs in by one,
// or what its webhook is sent is signed.
func (s Service) HasSecret() bool { return s.Auth == AuthBasic || s.Webhook != "" }

// renew gives a service new secrets, and the newest of the old ones an end.
func (s *Service) renew(oldUntil time.Time) Secrets {
	var fresh Secrets
	if s.Auth == AuthBasic {
		fresh.Client = randomText(32)
		kept := s.Secrets[:min(1, len(s.Secrets))]
		for i := range kept {
			kept[i].EndsAt = oldUntil
		}
		s.Secrets = append([]Secret{{Hash: Hash(fresh.Client)}}, kept...)
	}
	if s.Webhook != "" {
		fresh.Webhook = s.renewWebhook(oldUntil)
	}
	return fresh
}

func (s *Service) renewWebhook(oldUntil time.Time) string {
	fresh := "whsec_" + base64.StdEncoding.EncodeToString(randomBytes(32))
	kept := s.WebhookSecrets[:min(1, len(s.WebhookSecrets))]
	for i := range kept {
		kept[i].EndsAt = oldUntil
	}
	s.WebhookSecrets = append([]WebhookSecret{{Secret: fresh}}, kept...)
	return fresh
}

// Hash is what is kept of a secret, code or token. Each has 128 random bits or
// more, so a plain hash cannot be searched.
func Hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// randomBytes draws secret bytes; crypto/rand.Read never fails (Go 1.24).
func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

func randomText(n int) string { return hex.EncodeToString(randomBytes(n)) }

// Limits of what an operator can state.
const (
	maxName      = 60
	maxPurpose   = 200
	maxRedirects = 20
)

// service checks a draft.
func (d Draft) service() (Service, error) {
	s := Service{
		Name: strings.TrimSpace(d.Name), Purpose: strings.TrimSpace(d.Purpose), Auth: AuthBasic,
		Redirects: d.Redirects, Claims: d.Claims, Webhook: d.Webhook,
	}
	switch {
	case d.Native && len(d.Keys) > 0:
		return s, invalid("keys", "An app on people's own devices can keep no key; leave out the key or --native.")
	case d.Native:
		s.Auth = AuthNone
	case len(d.Keys) > 0:
		s.Auth, s.Keys = AuthKey, d.Keys
	}
	for _, check := range []func() error{s.checkWords, s.checkRedirects, s.checkClaims, s.checkWebhook, s.checkKeys} {
		if err := check(); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (s Service) checkWords() error {
	n := utf8.RuneCountInString(s.Name)
	if n == 0 || n > maxName || !printable(s.Name) {
		return invalid("name", "The name has 1 to %d characters, without line breaks; people read it before they agree.", maxName)
	}
	if utf8.RuneCountInString(s.Purpose) > maxPurpose || !printable(s.Purpose) {
		return invalid("purpose", "The purpose has up to %d characters, without line breaks.", maxPurpose)
	}
	return nil
}

func printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return r < ' ' || r == 0x7f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x2028 || r == 0x2029
	})
}

// checkRedirects takes https addresses, and of loopback those with an address in
// digits: "localhost" can be made to lead elsewhere (RFC 8252, 8.3).
func (s Service) checkRedirects() error {
	if len(s.Redirects) == 0 || len(s.Redirects) > maxRedirects {
		return invalid("redirects", "A service needs 1 to %d redirect addresses.", maxRedirects)
	}
	for i, r := range s.Redirects {
		if slices.Contains(s.Redirects[:i], r) {
			return invalid("redirects", "%q stands twice.", r)
		}
		u, err := url.Parse(r)
		if err != nil || u.Host == "" || u.Fragment != "" || u.User != nil || !printable(r) {
			return invalid("redirects", "%q is no complete redirect address without a fragment.", r)
		}
		if u.Scheme != "https" && !Loopback(u) {
			return invalid("redirects", "%q must begin with https://, or with http://127.0.0.1 or http://[::1] on the same machine.", r)
		}
	}
	return nil
}

// Loopback reports whether an address is plain HTTP to this machine, in digits.
func Loopback(u *url.URL) bool {
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && u.Scheme == "http" && (ip == netip.IPv6Loopback() || ip == netip.AddrFrom4([4]byte{127, 0, 0, 1}))
}

func (s Service) checkClaims() error {
	for i, c := range s.Claims {
		if !slices.Contains(Claims(), c) || slices.Contains(s.Claims[:i], c) {
			return invalid("claims", "%q is no claim, or stands twice; the claims are %s.", c, strings.Join(Claims(), " and "))
		}
	}
	return nil
}

func (s Service) checkWebhook() error {
	if s.Webhook == "" {
		return nil
	}
	u, err := url.Parse(s.Webhook)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && !Loopback(u) {
		return invalid("webhook", "%q must be an https:// address.", s.Webhook)
	}
	return nil
}

// checkKeys takes public keys of algorithms that sign, none shared with anybody.
func (s Service) checkKeys() error {
	if s.Auth != AuthKey {
		return nil
	}
	_, err := KeySet(s.Keys)
	switch {
	case errors.Is(err, errPrivateKey):
		return invalid("keys", "The key file must hold public keys alone; make a new pair where a private one left its place.")
	case errors.Is(err, errDamagedKey):
		return invalid("keys", "A key in the key file cannot be read; export the public keys anew.")
	case err != nil:
		return invalid("keys", "The key file is no JWK set with a key in it that is known here.")
	}
	return nil
}
