package account

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Deps are what a Service hangs on. All are required.
type Deps struct {
	Store    Store
	Throttle Throttle
	// EndHandoffs revokes the phones of an account's open cases.
	EndHandoffs func(ctx context.Context, accountID string) error
	Recovery    Recovery
	// MAC is a keyed hash of a short secret under a label.
	MAC    func(label, value string) []byte
	Now    func() time.Time
	Random io.Reader
}

// Config holds the lifetimes and caps. Zero caps are off.
type Config struct {
	SessionLife time.Duration
	// PerAccount caps wrong passwords for one name from one address, PerAddress
	// those for all names, both within wrongWindow.
	PerAccount int
	PerAddress int
	// SignUpsPerAddress caps new accounts a day.
	SignUpsPerAddress int
	// TrustedPerAddress and TrustedSignUps take their place for an address of a
	// trusted network, where those are not off.
	TrustedPerAddress int
	TrustedSignUps    int
}

// perAddress returns the cap that counts where a call comes from.
func perAddress(from Origin, most, ofTrusted int) int {
	if from.Trusted && most > 0 {
		return ofTrusted
	}
	return most
}

// wrongWindow is how long a wrong password counts.
const wrongWindow = 15 * time.Minute

// day is how long a new account counts.
const day = 24 * time.Hour

// Service signs people up, in and out.
type Service struct {
	Deps
	cfg    Config
	hasher *hasher
}

// New returns a Service.
func New(cfg Config, deps Deps) (*Service, error) {
	h, err := newHasher()
	if err != nil {
		return nil, err
	}
	return &Service{Deps: deps, cfg: cfg, hasher: h}, nil
}

// Origin is where a sign-in comes from.
type Origin struct {
	// Device is the name that the client gave itself.
	Device string
	// Network is the address without its last part; Address is what caps count
	// it as (peer.Group).
	Network string
	Address string
	// Trusted is true for a network whose people share their addresses.
	Trusted bool
}

// InvalidError is a username or password that is not acceptable.
type InvalidError struct {
	// Field is username, password or new.
	Field string
	// Cause is too_short, too_long or characters; of a password also blank,
	// username or common.
	Cause string
}

// Error implements error.
func (e *InvalidError) Error() string { return e.Field + ": " + e.Cause }

// LimitError is a cap on sign-ins or sign-ups that is reached.
type LimitError struct{ RetryAt time.Time }

// Error implements error.
func (e *LimitError) Error() string { return "too many attempts" }

// SignUp makes an account and a session. Each try counts against the cap of its
// address, before the slow hash. It returns *InvalidError,
// ErrUsernameTaken or *LimitError. The token is given out once and never
// stored in clear.
func (s *Service) SignUp(ctx context.Context, username, password string, from Origin) (token string, a Account, err error) {
	if err := checkUsername(username); err != nil {
		return "", Account{}, err
	}
	password, ok := enforce(password)
	if err := checkPassword("password", username, password, ok); err != nil {
		return "", Account{}, err
	}
	switch _, err := s.Store.AccountByUsername(ctx, username); {
	case err == nil:
		return "", Account{}, ErrUsernameTaken
	case !errors.Is(err, ErrNotFound):
		return "", Account{}, fmt.Errorf("find account: %w", err)
	}
	// Counted before the slow hash, and in one statement: however many sign up at
	// once, no more than the cap do.
	if most := perAddress(from, s.cfg.SignUpsPerAddress, s.cfg.TrustedSignUps); most > 0 {
		if err := s.Throttle.Take(ctx, "sign-up:"+from.Address, s.Now(), most, day); err != nil {
			return "", Account{}, err
		}
	}
	a, err = s.create(ctx, username, password, from.Address)
	if err != nil {
		return "", Account{}, err
	}
	token, err = s.open(ctx, a, from, s.cfg.SessionLife)
	return token, a, err
}

// SignIn makes a session. It returns ErrCredentialsWrong for an unknown user
// and a wrong password alike, after the same work, or *LimitError.
func (s *Service) SignIn(ctx context.Context, username, password string, from Origin) (token string, a Account, err error) {
	a, err = s.Store.AccountByUsername(ctx, username)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return "", Account{}, fmt.Errorf("find account: %w", err)
	}
	// Who is unknown, or signs in by an issuer alone, costs the same work.
	hash := cmp.Or(a.PasswordHash, s.hasher.dummy)
	known, err := s.knownNetwork(ctx, a.ID, from)
	if err != nil {
		return "", Account{}, err
	}
	if err := s.prove(ctx, username, password, hash, from, known); err != nil {
		return "", Account{}, err
	}
	token, err = s.open(ctx, a, from, s.cfg.SessionLife)
	return token, a, err
}

// SignOut ends the session of a token.
func (s *Service) SignOut(ctx context.Context, token string) error {
	if err := s.Store.EndSession(ctx, HashToken(token)); err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// New draws an account without a password, whose person another party vouches
// for. It stores nothing.
func (s *Service) New(username string) (Account, error) { return s.newAccount(username, "") }

// Enter opens a session for a person whom another party vouches for. It lives no
// longer than life, where that is not zero.
func (s *Service) Enter(ctx context.Context, a Account, from Origin, life time.Duration) (string, error) {
	if life == 0 || life > s.cfg.SessionLife {
		life = s.cfg.SessionLife
	}
	return s.open(ctx, a, from, life)
}

// CountBeginning counts a sign-in that an address begins elsewhere, and returns
// *LimitError once there are too many. Each is stored until it ends.
func (s *Service) CountBeginning(ctx context.Context, from Origin) error {
	return s.CountAct(ctx, "sign-in-elsewhere", from)
}

// CountAct counts what an address does before anybody is signed in, and returns
// *LimitError once it was done as often as sign-ins may be.
func (s *Service) CountAct(ctx context.Context, act string, from Origin) error {
	most := perAddress(from, s.cfg.PerAddress, s.cfg.TrustedPerAddress)
	if most == 0 {
		return nil
	}
	return s.Throttle.Take(ctx, act+":"+from.Address, s.Now(), most, wrongWindow)
}

// Authenticate returns the account and session of a token, or ErrNotFound.
func (s *Service) Authenticate(ctx context.Context, token string) (Account, Session, error) {
	session, a, err := s.Store.SessionByHash(ctx, HashToken(token), s.Now())
	return a, session, err
}

// Account returns an account by its id, or ErrNotFound.
func (s *Service) Account(ctx context.Context, id string) (Account, error) {
	return s.Store.AccountByID(ctx, id)
}

// ByUsername returns an account by its exact name, or ErrNotFound.
func (s *Service) ByUsername(ctx context.Context, username string) (Account, error) {
	return s.Store.AccountByUsername(ctx, username)
}

// Sessions counts where an account is signed in.
func (s *Service) Sessions(ctx context.Context, accountID string) (int, error) {
	return s.Store.CountSessions(ctx, accountID, s.Now())
}

// EndSessions signs an account out everywhere and revokes the phones of its
// cases. It says how many sessions there were.
func (s *Service) EndSessions(ctx context.Context, accountID string) (int, error) {
	n, err := s.Store.EndSessions(ctx, accountID, s.Now())
	if err != nil {
		return 0, err
	}
	return n, s.EndHandoffs(ctx, accountID)
}

// Check returns ErrNotFound once a token's session has ended. Streams ask it
// with each event; it costs one look-up.
func (s *Service) Check(ctx context.Context, token string) error {
	_, _, err := s.Store.SessionByHash(ctx, HashToken(token), s.Now())
	return err
}

// Live returns those of some sessions, by HashToken, that have not ended.
func (s *Service) Live(ctx context.Context, tokenHashes []string) ([]string, error) {
	return s.Store.LiveSessions(ctx, tokenHashes, s.Now())
}

// Prove asks an account's person for their password once more. It returns
// ErrCredentialsWrong, for one without a password too, or *LimitError.
func (s *Service) Prove(ctx context.Context, a Account, password string, from Origin) error {
	return s.prove(ctx, a.Username, password, cmp.Or(a.PasswordHash, s.hasher.dummy), from, true)
}

// ChangePassword replaces the password, ends every session of the account and
// revokes the phones of its cases. It returns ErrCredentialsWrong,
// *InvalidError or *LimitError.
func (s *Service) ChangePassword(ctx context.Context, a Account, old, replacement string, from Origin) error {
	replacement, ok := enforce(replacement)
	if err := checkPassword("new", a.Username, replacement, ok); err != nil {
		return err
	}
	if err := s.prove(ctx, a.Username, old, a.PasswordHash, from, true); err != nil {
		return err
	}
	hash, err := s.hash(ctx, replacement, from.Address)
	if err != nil {
		return err
	}
	if err := s.Store.SetPassword(ctx, a.ID, hash); err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	if err := s.EndHandoffs(ctx, a.ID); err != nil {
		return fmt.Errorf("end hand-offs: %w", err)
	}
	return nil
}

func (s *Service) fits(ctx context.Context, password, hash string) bool {
	if s.hasher.places.acquire(ctx, "") != nil {
		return false
	}
	defer s.hasher.places.release()
	return fits(password, hash)
}

func (s *Service) hash(ctx context.Context, password, address string) (string, error) {
	if err := s.hasher.places.acquire(ctx, address); err != nil {
		return "", err
	}
	defer s.hasher.places.release()
	password, _ = enforce(password)
	return hash(password)
}

func (s *Service) create(ctx context.Context, username, password, address string) (Account, error) {
	hash, err := s.hash(ctx, password, address)
	if err != nil {
		return Account{}, err
	}
	a, err := s.newAccount(username, hash)
	if err != nil {
		return Account{}, err
	}
	return a, s.Store.CreateAccount(ctx, a)
}

func (s *Service) newAccount(username, hash string) (Account, error) {
	raw := make([]byte, 12)
	if _, err := io.ReadFull(s.Random, raw); err != nil {
		return Account{}, fmt.Errorf("draw account id: %w", err)
	}
	return Account{ID: "a_" + hex.EncodeToString(raw), Username: username, PasswordHash: hash, CreatedAt: s.Now()}, nil
}

// open makes a session and returns its token.
func (s *Service) open(ctx context.Context, a Account, from Origin, life time.Duration) (string, error) {
	raw := make([]byte, 32)
	if _, err := io.ReadFull(s.Random, raw); err != nil {
		return "", fmt.Errorf("draw token: %w", err)
	}
	token := base64.RawURLEncoding.EncodeToString(raw)
	known, sameDevice, sameNetwork, err := s.Store.Places(ctx, a.ID, from.Device, from.Network)
	if err != nil {
		return "", fmt.Errorf("look up places: %w", err)
	}
	now := s.Now()
	err = s.Store.CreateSession(ctx, Session{
		TokenHash: HashToken(token), AccountID: a.ID,
		CreatedAt: now, ExpiresAt: now.Add(life),
		Device: from.Device, Network: from.Network,
		NewDevice: known && !sameDevice, NewNetwork: known && !sameNetwork,
	})
	if err != nil {
		return "", fmt.Errorf("store session: %w", err)
	}
	return token, nil
}

// HashToken is what is stored of a token. The token has 256 random bits, so a
// plain hash cannot be searched.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Limits of usernames in characters.
const minUsername, maxUsername = 3, 32

func checkUsername(u string) error {
	letters := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_'
	}
	switch {
	case len(u) < minUsername:
		return &InvalidError{Field: "username", Cause: "too_short"}
	case len(u) > maxUsername:
		return &InvalidError{Field: "username", Cause: "too_long"}
	case strings.ContainsFunc(u, func(r rune) bool { return !letters(r) }):
		return &InvalidError{Field: "username", Cause: "characters"}
	}
	return nil
}
