package operator

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// Place is where the console is served. A passkey belongs to its host, and the
// standard lets no IP address be one.
type Place struct {
	// Name is the server's, shown by the authenticator.
	Name string
	// Origin is scheme, host and port as the browser has them.
	Origin string
}

// ErrPlace is a console at an IP address, where no passkey works.
var ErrPlace = errors.New("passkeys need a name and not an IP address: set REALNAME_PUBLIC_URL to https:// and the server's name")

// ceremonyLife is how long a person has between the question and their finger.
const ceremonyLife = 5 * time.Minute

// Check returns ErrPlace where no passkey works.
func (p Place) Check() error {
	host := p.host()
	if _, err := netip.ParseAddr(host); err == nil || host == "" {
		return ErrPlace
	}
	return nil
}

// host is the name that a passkey belongs to.
func (p Place) host() string {
	u, err := url.Parse(p.Origin)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func (s *Service) relyingParty() (*webauthn.WebAuthn, error) {
	if err := s.place.Check(); err != nil {
		return nil, err
	}
	return webauthn.New(&webauthn.Config{
		RPID: s.place.host(), RPDisplayName: s.place.Name, RPOrigins: []string{s.place.Origin},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
	})
}

// user is an operator as package webauthn knows one.
type user struct {
	operator    Operator
	credentials []webauthn.Credential
}

func (u user) WebAuthnID() []byte                         { return u.operator.Handle }
func (u user) WebAuthnName() string                       { return u.operator.Name }
func (u user) WebAuthnDisplayName() string                { return u.operator.Name }
func (u user) WebAuthnCredentials() []webauthn.Credential { return u.credentials }

// Ceremony is the server's question to an authenticator.
type Ceremony struct {
	// ID comes back with the answer; the server knows it once.
	ID string `json:"id"`
	// Options go to navigator.credentials as they are.
	Options any `json:"options"`
}

// Enrolling returns whose enrolment a secret is, or ErrEnrolment.
func (s *Service) Enrolling(ctx context.Context, secret string) (Operator, error) {
	return s.deps.Store.Enrolment(ctx, hashOf(secret), s.now())
}

// BeginEnrolment asks an authenticator for a new passkey. It returns
// ErrEnrolment or ErrPlace; the enrolment is not used up.
func (s *Service) BeginEnrolment(ctx context.Context, secret string) (Ceremony, error) {
	o, err := s.Enrolling(ctx, secret)
	if err != nil {
		return Ceremony{}, err
	}
	party, err := s.relyingParty()
	if err != nil {
		return Ceremony{}, err
	}
	_, known, err := s.user(ctx, o.Handle)
	if err != nil {
		return Ceremony{}, err
	}
	options, half, err := party.BeginRegistration(known, webauthn.WithExclusions(webauthn.Credentials(known.credentials).CredentialDescriptors()))
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin registration: %w", err)
	}
	return s.keep(ctx, options, half)
}

// FinishEnrolment keeps the passkey, uses the enrolment up, and signs in. It
// returns ErrEnrolment or ErrPasskey.
func (s *Service) FinishEnrolment(ctx context.Context, secret, ceremony string, answer []byte) (session string, err error) {
	o, err := s.Enrolling(ctx, secret)
	if err != nil {
		return "", err
	}
	party, half, err := s.take(ctx, ceremony)
	if err != nil {
		return "", err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return "", ErrPasskey
	}
	made, err := party.CreateCredential(user{operator: o}, half, parsed)
	if err != nil {
		return "", ErrPasskey
	}
	p, err := passkey(o.Name, s.now(), made)
	if err != nil {
		return "", err
	}
	session, n, err := s.newSession(o.Name)
	if err != nil {
		return "", err
	}
	return session, s.deps.Store.AddPasskey(ctx, hashOf(secret), p, n, s.entry(o.Name, ActPasskeyMade, o.Name, ""))
}

// BeginSignIn asks for any passkey of this server; who it is, the authenticator
// says.
func (s *Service) BeginSignIn(ctx context.Context) (Ceremony, error) {
	party, err := s.relyingParty()
	if err != nil {
		return Ceremony{}, err
	}
	options, half, err := party.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin sign-in: %w", err)
	}
	return s.keep(ctx, options, half)
}

// FinishSignIn opens a session, or returns ErrPasskey.
func (s *Service) FinishSignIn(ctx context.Context, ceremony string, answer []byte) (session string, err error) {
	party, half, err := s.take(ctx, ceremony)
	if err != nil {
		return "", err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return "", ErrPasskey
	}
	var keys []Passkey
	var outage error
	who, used, err := party.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		var u user
		keys, u, outage = s.user(ctx, handle)
		return u, outage
	}, half, parsed)
	if outage != nil && !errors.Is(outage, ErrNotFound) {
		return "", outage
	}
	if err != nil || used.Authenticator.CloneWarning {
		return "", ErrPasskey
	}
	name := who.WebAuthnName()
	if err := s.noteUse(ctx, name, keys, used); err != nil {
		return "", err
	}
	session, n, err := s.newSession(name)
	if err != nil {
		return "", err
	}
	return session, s.deps.Store.AddOperatorSession(ctx, n, s.entry(name, ActSignedIn, name, ""))
}

// noteUse keeps the counter of a passkey that was used.
func (s *Service) noteUse(ctx context.Context, name string, keys []Passkey, used *webauthn.Credential) error {
	p, err := passkey(name, s.now(), used)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.ID == p.ID {
			p.MadeAt = k.MadeAt
		}
	}
	p.UsedAt = s.now()
	return s.deps.Store.UsePasskey(ctx, p)
}

// user reads the operator of a handle with their passkeys.
func (s *Service) user(ctx context.Context, handle []byte) ([]Passkey, user, error) {
	o, keys, err := s.deps.Store.Passkeys(ctx, handle)
	if err != nil {
		return nil, user{}, err
	}
	u := user{operator: o}
	for _, k := range keys {
		var c webauthn.Credential
		if err := json.Unmarshal(k.Credential, &c); err != nil {
			return nil, user{}, fmt.Errorf("read passkey: %w", err)
		}
		u.credentials = append(u.credentials, c)
	}
	return keys, u, nil
}

func passkey(name string, at time.Time, c *webauthn.Credential) (Passkey, error) {
	body, err := json.Marshal(c)
	if err != nil {
		return Passkey{}, fmt.Errorf("encode passkey: %w", err)
	}
	return Passkey{ID: base64.RawURLEncoding.EncodeToString(c.ID), Name: name, MadeAt: at, Credential: body}, nil
}

// keep stores the server's half of a ceremony.
func (s *Service) keep(ctx context.Context, options any, half *webauthn.SessionData) (Ceremony, error) {
	id, err := s.secret()
	if err != nil {
		return Ceremony{}, err
	}
	body, err := json.Marshal(half)
	if err != nil {
		return Ceremony{}, fmt.Errorf("encode ceremony: %w", err)
	}
	return Ceremony{ID: id, Options: options}, s.deps.Store.KeepCeremony(ctx, hashOf(id), body, s.now().Add(ceremonyLife))
}

// take returns the half of a ceremony, once.
func (s *Service) take(ctx context.Context, id string) (*webauthn.WebAuthn, webauthn.SessionData, error) {
	var half webauthn.SessionData
	party, err := s.relyingParty()
	if err != nil {
		return nil, half, err
	}
	body, err := s.deps.Store.TakeCeremony(ctx, hashOf(id), s.now())
	if err != nil {
		return nil, half, err
	}
	if err := json.Unmarshal(body, &half); err != nil {
		return nil, half, fmt.Errorf("read ceremony: %w", err)
	}
	return party, half, nil
}

func (s *Service) newSession(name string) (token string, n Session, err error) {
	token, err = s.secret()
	now := s.now()
	return token, Session{Hash: hashOf(token), Name: name, MadeAt: now, SeenAt: now}, err
}
