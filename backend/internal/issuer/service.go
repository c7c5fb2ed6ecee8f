package issuer

import (
	"context"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"realname.example/backend/internal/account"
)

// Accounts is what sign-in needs of package account.
type Accounts interface {
	// Account returns an account, or account.ErrNotFound.
	Account(ctx context.Context, id string) (account.Account, error)
	// New draws an account that has no password. It stores nothing.
	New(username string) (account.Account, error)
	// Enter opens a session that lives no longer than life, where that is not zero.
	Enter(ctx context.Context, a account.Account, from account.Origin, life time.Duration) (token string, err error)
	// CountBeginning returns *account.LimitError once an address has begun too many
	// sign-ins.
	CountBeginning(ctx context.Context, from account.Origin) error
}

// Deps are what a Service hangs on. All are required but Transport, Audit and Logger.
type Deps struct {
	Store    Store
	Accounts Accounts
	Now      func() time.Time
	Random   io.Reader
	// Transport is the network.
	Transport http.RoundTripper
	// Audit notes an answer that was refused in the server's own trail; nil for
	// nowhere. AccountID is empty for a sign-in.
	Audit  func(ctx context.Context, accountID, issuer, cause string) error
	Logger *slog.Logger
}

// Settings are what the operator chose.
type Settings struct {
	Issuers []Config
	// SignIn is true where people may sign in by issuer.
	SignIn bool
	// Email is true where an address that an affiliate has verified is of use. Who signs
	// in has theirs asked for in any case, for a reviewer to write to.
	Email bool
}

// Service asks issuers. Its methods are safe for concurrent use; several Services
// over one Store work together.
type Service struct {
	deps      Deps
	signIn    bool
	client    *http.Client
	providers []*provider
	email     bool
}

// Lives of what the service makes.
const (
	attemptLife = 10 * time.Minute
	// refreshEvery is how often the issuer is asked whether a session goes on.
	refreshEvery = 5 * time.Minute
	// refreshLease is how long one process has for it.
	refreshLease = time.Minute
	// unrefreshedLife is that of a session which cannot be asked about, since its
	// issuer gave no refresh token: a working day.
	unrefreshedLife = 12 * time.Hour
)

// New returns a Service. It connects to nothing.
func New(s Settings, deps Deps) *Service {
	if deps.Logger == nil {
		deps.Logger = slog.New(slog.DiscardHandler)
	}
	clock := deps.Now
	deps.Now = func() time.Time { return clock().UTC().Truncate(time.Microsecond) } // as stores keep it
	out := &Service{deps: deps, signIn: s.SignIn, email: s.Email, client: newClient(deps.Transport)}
	for _, c := range s.Issuers {
		out.Add(c)
	}
	return out
}

// Add has one more issuer asked, beside those of the settings. It belongs before
// the first call: an issuer in this process, such as the sandbox's, has its address
// once the listener has.
func (s *Service) Add(c Config) {
	s.providers = append(s.providers, &provider{Config: c, client: s.client, now: s.deps.Now, email: s.email})
}

// Probe asks every issuer for its metadata and logs a sentence for each that is
// away or says something wrong. It takes none of them away: the next call asks
// again.
func (s *Service) Probe(ctx context.Context) {
	for _, p := range s.providers {
		d, err := p.discover(ctx)
		if err == nil && p.Device && d.Endpoint().DeviceAuthURL == "" {
			err = errNoDevice
		}
		if err != nil {
			s.deps.Logger.WarnContext(ctx, "REALNAME_ISSUERS: an issuer cannot be used now; it is asked again with the next call",
				"issuer", p.ID, "address", p.Issuer, "err", err)
		}
	}
}

// SignInIssuers lists those by which people may sign in.
func (s *Service) SignInIssuers() []Config {
	if !s.signIn {
		return nil
	}
	return s.issuersFor(UseSignIn)
}

func (s *Service) issuersFor(u Use) []Config {
	var all []Config
	for _, p := range s.providers {
		if p.For(u) {
			all = append(all, p.Config)
		}
	}
	return all
}

// provider finds an issuer by its id, or returns ErrUnknown.
func (s *Service) provider(id string, u Use) (*provider, error) {
	for _, p := range s.providers {
		if p.ID == id && p.For(u) {
			return p, nil
		}
	}
	return nil, ErrUnknown
}

// providerAt finds the issuer of an address, or returns ErrUnknown.
func (s *Service) providerAt(address string, u Use) (*provider, error) {
	for _, p := range s.providers {
		if p.Issuer == address && p.For(u) {
			return p, nil
		}
	}
	return nil, ErrUnknown
}

// Beginning is where the person has to answer, and until when.
type Beginning struct {
	ID               string
	AuthorizationURL string
	ExpiresAt        time.Time
}

// BeginSignIn begins a sign-in. It returns ErrOff, ErrUnknown, ErrRedirect,
// *account.LimitError, *RefusedError or ErrUnavailable.
func (s *Service) BeginSignIn(ctx context.Context, issuer, redirect string, from account.Origin) (Beginning, error) {
	if !s.signIn {
		return Beginning{}, ErrOff
	}
	p, err := s.provider(issuer, UseSignIn)
	if err != nil {
		return Beginning{}, err
	}
	if err := p.checkRedirect(redirect); err != nil {
		return Beginning{}, err
	}
	if err := s.deps.Accounts.CountBeginning(ctx, from); err != nil {
		return Beginning{}, err
	}
	return s.begin(ctx, p, Attempt{RedirectURI: redirect})
}

// begin stores an attempt and returns where it leads.
func (s *Service) begin(ctx context.Context, p *provider, a Attempt) (Beginning, error) {
	d, err := p.discover(ctx)
	if err != nil {
		return Beginning{}, s.noted(ctx, a.AccountID, err)
	}
	claims, err := p.request(a.AccountID != "")
	if err != nil {
		return Beginning{}, err
	}
	a.ExpiresAt = s.deps.Now().Add(attemptLife)
	if err := s.keep(ctx, p, &a); err != nil {
		return Beginning{}, err
	}
	return Beginning{ID: a.ID, AuthorizationURL: p.address(d, a, claims), ExpiresAt: a.ExpiresAt}, nil
}

// keep draws an attempt's secrets and stores it.
func (s *Service) keep(ctx context.Context, p *provider, a *Attempt) (err error) {
	a.Issuer = p.ID
	for _, secret := range []*string{&a.ID, &a.State, &a.Nonce, &a.Verifier} {
		if *secret, err = s.draw(); err != nil {
			return err
		}
	}
	if err := s.deps.Store.CreateAttempt(ctx, *a); err != nil {
		return fmt.Errorf("store attempt: %w", err)
	}
	return nil
}

// draw returns 256 random bits in characters that a path, a PKCE verifier and an
// id may have.
func (s *Service) draw() (string, error) {
	raw := make([]byte, 32)
	if _, err := io.ReadFull(s.deps.Random, raw); err != nil {
		return "", fmt.Errorf("read randomness: %w", err)
	}
	return hex.EncodeToString(raw), nil
}

// checkRedirect takes a loopback address of the person's own machine and no other
// (RFC 8252, 7.3): a literal, since a name can be made to lead elsewhere.
func (p *provider) checkRedirect(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.User != nil || u.RawQuery != "" || u.ForceQuery || strings.Contains(address, "#") {
		return ErrRedirect
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	host := u.Hostname()
	if err != nil || port == 0 || host != "127.0.0.1" && host != "::1" || !strings.HasPrefix(u.Path, "/") {
		return ErrRedirect
	}
	if p.RedirectPort != 0 && int(port) != p.RedirectPort {
		return fmt.Errorf("%w: %s takes port %d alone", ErrRedirect, p.ID, p.RedirectPort)
	}
	return nil
}

// Answer is what came back to the desktop's listener.
type Answer struct {
	Code  string
	State string
	// Issuer is the parameter iss (RFC 9207); empty where there was none.
	Issuer string
	// Error is the parameter error, such as access_denied; empty where there was a
	// code.
	Error string
}

// SignIn ends a sign-in: it finds or makes the account of whoever answered, and
// opens a session. It returns ErrOff, ErrNotFound, ErrSpent, *RefusedError or
// ErrUnavailable.
func (s *Service) SignIn(ctx context.Context, id string, in Answer, from account.Origin) (token string, a account.Account, err error) {
	if !s.signIn {
		return "", a, ErrOff
	}
	p, who, err := s.finish(ctx, id, "", UseSignIn, in)
	if err != nil {
		return "", a, err
	}
	if a, err = s.accountOf(ctx, Key{p.Issuer, who.subject}, who.username); err != nil {
		return "", a, err
	}
	if err := s.keepAddress(ctx, p, a.ID, who); err != nil {
		return "", a, err
	}
	life := time.Duration(0)
	if who.tokens.Refresh == "" {
		life = unrefreshedLife
	}
	if token, err = s.deps.Accounts.Enter(ctx, a, from, life); err != nil || who.tokens.Refresh == "" {
		return token, a, err
	}
	return token, a, s.deps.Store.KeepSession(ctx, Session{
		TokenHash: account.HashToken(token), AccountID: a.ID, Issuer: p.Issuer,
		Refresh: who.tokens.Refresh, RefreshAt: s.deps.Now().Add(refreshEvery),
	})
}

// keepAddress keeps the address that the issuer has verified of who signed in: most say it
// at userinfo alone. One that has it and cannot be asked there now changes nothing.
func (s *Service) keepAddress(ctx context.Context, p *provider, accountID string, who person) error {
	email := who.email
	d, err := p.discover(ctx)
	if err != nil {
		return nil //nolint:nilerr // the sign-in is good without
	}
	if email == "" && d.UserInfoEndpoint() != "" && slices.Contains(p.scopes(d, false), scopeEmail) {
		subject, claims, err := p.userinfo(ctx, who.tokens.Access)
		if err != nil || subject != who.subject {
			s.deps.Logger.InfoContext(ctx, "userinfo did not say the address of who signed in", "issuer", p.ID, "account", accountID, "err", err)
			return nil
		}
		email = emailOf(claims)
	}
	return s.deps.Store.SaveAddress(ctx, accountID, p.Issuer, Address{Email: email, At: s.deps.Now()})
}

// Address is what an issuer has verified of who signs in to an account, or the zero value.
func (s *Service) Address(ctx context.Context, accountID string) (Address, error) {
	return s.deps.Store.Address(ctx, accountID)
}

// finish takes an attempt, once, and asks its issuer who answered.
func (s *Service) finish(ctx context.Context, id, accountID string, u Use, in Answer) (*provider, person, error) {
	a, err := s.deps.Store.TakeAttempt(ctx, id, accountID, s.deps.Now())
	if err != nil {
		return nil, person{}, err
	}
	p, err := s.provider(a.Issuer, u)
	if err != nil {
		return nil, person{}, err
	}
	who, err := p.answered(ctx, a, in)
	return p, who, s.noted(ctx, accountID, err)
}

// answered checks what came back, and takes the code to the issuer.
func (p *provider) answered(ctx context.Context, a Attempt, in Answer) (person, error) {
	if a.Device != "" || subtle.ConstantTimeCompare([]byte(in.State), []byte(a.State)) != 1 {
		return person{}, &RefusedError{p.ID, CauseState, nil}
	}
	d, err := p.discover(ctx)
	if err != nil {
		return person{}, err
	}
	if in.Issuer != p.Issuer && (in.Issuer != "" || d.SaysIssuer) {
		return person{}, &RefusedError{p.ID, CauseIssuer, errors.New("the answer names another issuer, or none")}
	}
	switch {
	case in.Error == "access_denied":
		return person{}, &RefusedError{p.ID, CauseDeclined, nil}
	case in.Error != "" || in.Code == "":
		return person{}, &RefusedError{p.ID, CauseCode, fmt.Errorf("the issuer answers %.64q", in.Error)}
	}
	return p.exchange(ctx, a, in.Code)
}

// noted writes a refused answer to the log and to the trail, and returns the error.
func (s *Service) noted(ctx context.Context, accountID string, err error) error {
	var refused *RefusedError
	if errors.As(err, &refused) && refused.Cause != CauseDeclined {
		s.deps.Logger.WarnContext(ctx, "an issuer's answer was refused; nothing was changed",
			"issuer", refused.Issuer, "cause", string(refused.Cause), "account", accountID, "err", refused.Err)
		if s.deps.Audit != nil {
			err = errors.Join(err, s.deps.Audit(context.WithoutCancel(ctx), accountID, refused.Issuer, string(refused.Cause)))
		}
	}
	return err
}

// usernameTries is how many usernames a new account tries.
const usernameTries = 20

// accountOf returns the account of a person at an issuer, and makes it where there
// is none. The username is for display: where another account has it, a number is
// put behind it.
func (s *Service) accountOf(ctx context.Context, k Key, username string) (account.Account, error) {
	if username == "" {
		username = "user"
	}
	wanted := username
	for try := range usernameTries {
		id, err := s.deps.Store.LinkedAccount(ctx, k)
		if err == nil {
			return s.deps.Accounts.Account(ctx, id)
		}
		if !errors.Is(err, ErrNotFound) {
			return account.Account{}, err
		}
		a, err := s.deps.Accounts.New(wanted)
		if err != nil {
			return account.Account{}, err
		}
		err = s.deps.Store.CreateLinkedAccount(ctx, a, k)
		switch {
		case err == nil:
			return a, nil
		case errors.Is(err, account.ErrUsernameTaken):
			number, err := s.draw()
			if err != nil {
				return account.Account{}, err
			}
			wanted = username + "-" + number[:3+try/4]
		case errors.Is(err, ErrLinkTaken):
			// Another call made the account, or the person is linked to one as an
			// affiliate's: that does not sign in.
			if id, err := s.deps.Store.LinkedAccount(ctx, k); err == nil {
				return s.deps.Accounts.Account(ctx, id)
			}
			return account.Account{}, ErrLinkTaken
		default:
			return account.Account{}, err
		}
	}
	return account.Account{}, fmt.Errorf("make account: %w", account.ErrUsernameTaken)
}
