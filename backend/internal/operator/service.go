package operator

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Deps are what a Service hangs on. All are required.
type Deps struct {
	Store  Store
	Now    func() time.Time
	Random io.Reader
}

// Service adds and removes operators and finds out who calls.
type Service struct {
	deps  Deps
	place Place
}

// New returns a Service. Place is where the console is; commands that open
// nothing there need none.
func New(place Place, deps Deps) *Service { return &Service{deps: deps, place: place} }

// Add makes an operator and returns the secret of their first enrolment. by is
// who does it, account the operator's own here, if they have one. It returns
// *InputError or ErrNameUsed.
func (s *Service) Add(ctx context.Context, by, name, account string, roles []Role) (secret string, err error) {
	if err := checkName(name); err != nil {
		return "", err
	}
	if len(roles) == 0 {
		return "", &InputError{Sentence: "an operator has a role: support, reviewer, admin or auditor"}
	}
	handle := make([]byte, 32)
	if _, err := io.ReadFull(s.deps.Random, handle); err != nil {
		return "", fmt.Errorf("draw handle: %w", err)
	}
	secret, enrolment, err := s.newEnrolment(name)
	if err != nil {
		return "", err
	}
	o := Operator{Name: name, Account: account, Roles: roles, MadeAt: s.now(), Handle: handle}
	return secret, s.deps.Store.AddOperator(ctx, o, enrolment, s.entry(by, ActAdded, name, joined(roles)))
}

// Enrol returns the secret of another enrolment, which voids the earlier ones:
// for a second passkey, or, with replace, in place of all that there are, which
// end at once with the sessions that they opened.
func (s *Service) Enrol(ctx context.Context, by, name string, replace bool) (secret string, err error) {
	secret, enrolment, err := s.newEnrolment(name)
	if err != nil {
		return "", err
	}
	act := ActEnrolmentMade
	if replace {
		act = ActPasskeysEnded
	}
	return secret, s.deps.Store.AddEnrolment(ctx, enrolment, replace, s.entry(by, act, name, ""))
}

// Remove ends an operator, with their sessions, passkeys and keys, at once.
func (s *Service) Remove(ctx context.Context, by, name string) error {
	return s.deps.Store.RemoveOperator(ctx, name, s.now(), s.entry(by, ActRemoved, name, ""))
}

// List returns every operator, the removed ones too, by name.
func (s *Service) List(ctx context.Context) ([]Operator, error) { return s.deps.Store.Operators(ctx) }

// NewKey makes a key of an operator with some of their roles, or with all for
// none, and returns it in clear, once. It returns *InputError or ErrNotFound.
func (s *Service) NewKey(ctx context.Context, by, name string, roles []Role, life time.Duration) (token string, k Key, err error) {
	owner, err := s.deps.Store.Operator(ctx, name)
	if err != nil {
		return "", k, err
	}
	if len(roles) == 0 {
		roles = owner.Roles
	}
	for _, r := range roles {
		if !slices.Contains(owner.Roles, r) {
			return "", k, &InputError{Sentence: name + " has not the role " + string(r) + ", so their key cannot have it"}
		}
	}
	if life <= 0 || life > LongestKeyLife {
		return "", k, &InputError{Sentence: "a key lives a year at most; say how long, such as 2160h"}
	}
	secret, err := s.secret()
	if err != nil {
		return "", k, err
	}
	token = keyPrefix + secret
	now := s.now()
	k = Key{Hash: hashOf(token), Name: name, Roles: roles, MadeAt: now, ExpiresAt: now.Add(life)}
	return token, k, s.deps.Store.AddKey(ctx, k, s.entry(by, ActKeyMade, name, joined(roles)))
}

// EndKeys ends every key of an operator and says how many there were.
func (s *Service) EndKeys(ctx context.Context, by, name string) (int, error) {
	return s.deps.Store.EndKeys(ctx, name, s.entry(by, ActKeysEnded, name, ""))
}

// ByKey returns the owner of a key with the key's roles, or ErrNotFound.
func (s *Service) ByKey(ctx context.Context, token string) (Caller, error) {
	if !strings.HasPrefix(token, keyPrefix) {
		return Caller{}, ErrNotFound
	}
	k, owner, err := s.deps.Store.Key(ctx, hashOf(token), s.now())
	if err != nil {
		return Caller{}, err
	}
	return Caller{Name: k.Name, Roles: k.Roles, Account: owner.Account}, nil
}

// seeEvery is how exactly a session knows when it was last used.
const seeEvery = time.Minute

// BySession returns who is signed in at the console, or ErrNotFound where the
// session has ended.
func (s *Service) BySession(ctx context.Context, token string) (Caller, error) {
	now, hash := s.now(), hashOf(token)
	n, o, err := s.deps.Store.OperatorSession(ctx, hash, now.Add(-IdleLife))
	if err != nil {
		return Caller{}, err
	}
	if now.Sub(n.MadeAt) >= SessionLife {
		return Caller{}, ErrNotFound
	}
	if now.Sub(n.SeenAt) >= seeEvery {
		if err := s.deps.Store.SeeOperatorSession(ctx, hash, now); err != nil {
			return Caller{}, err
		}
	}
	return Caller{Name: o.Name, Roles: o.Roles, Account: o.Account}, nil
}

// SignOut ends a session.
func (s *Service) SignOut(ctx context.Context, c Caller, token string) error {
	err := s.deps.Store.EndOperatorSession(ctx, hashOf(token), s.entry(c.Name, ActSignedOut, c.Name, ""))
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// Note writes what an operator did to the trail.
func (s *Service) Note(ctx context.Context, c Caller, a Act, subject, detail string) error {
	return s.deps.Store.Note(ctx, s.EntryOf(c, a, subject, detail))
}

// EntryOf is what Note writes, for a store that writes it together with the act.
func (s *Service) EntryOf(c Caller, a Act, subject, detail string) Entry {
	return s.entry(c.Name, a, subject, detail)
}

func (s *Service) entry(by string, a Act, subject, detail string) Entry {
	return Entry{At: s.now(), Operator: by, Act: a, Subject: subject, Detail: detail}
}

func (s *Service) newEnrolment(name string) (secret string, e Enrolment, err error) {
	secret, err = s.secret()
	return secret, Enrolment{Hash: hashOf(secret), Name: name, ExpiresAt: s.now().Add(EnrolmentLife)}, err
}

// now is the clock, as exact as stores are.
func (s *Service) now() time.Time { return s.deps.Now().UTC().Truncate(time.Microsecond) }

// keyPrefix tells a key from other secrets, for people and for scanners of
// leaked secrets.
const keyPrefix = "rnk_"

// secret draws 256 random bits.
func (s *Service) secret() (string, error) {
	raw := make([]byte, 32)
	if _, err := io.ReadFull(s.deps.Random, raw); err != nil {
		return "", fmt.Errorf("draw secret: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

// hashOf is what is stored of a secret, which has 256 random bits: a plain hash
// cannot be searched.
func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

func joined(roles []Role) string {
	texts := make([]string, len(roles))
	for i, r := range roles {
		texts[i] = string(r)
	}
	return strings.Join(texts, ",")
}

// FormOf is the value that a form of a session carries, so that no other site
// can send one: nobody makes it without the session's token.
func FormOf(session string) string {
	sum := sha256.Sum256([]byte("form of session|" + session))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// SameForm reports whether a form was made for a session.
func SameForm(session, value string) bool {
	return subtle.ConstantTimeCompare([]byte(FormOf(session)), []byte(value)) == 1
}
