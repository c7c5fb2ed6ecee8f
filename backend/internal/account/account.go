// Package account keeps who may sign in: accounts, passwords, sessions. It
// knows nothing of verifications; the verify package knows an account by its
// id alone.
package account

import (
	"context"
	"errors"
	"time"
)

// Account is a person who can sign in.
type Account struct {
	ID           string
	Username     string
	PasswordHash string // argon2id in PHC form; empty for who signs in by an issuer alone
	CreatedAt    time.Time
}

// Session is a bearer token, stored as its SHA-256.
type Session struct {
	TokenHash string
	AccountID string
	CreatedAt time.Time
	ExpiresAt time.Time
	Device    string
	Network   string
	// NewDevice and NewNetwork are true where no earlier session of the
	// account came from there and it had earlier sessions.
	NewDevice  bool
	NewNetwork bool
}

// Reset is a new password that somebody asked for.
type Reset struct {
	ID string
	// AccountID is empty where nobody fits what was stated, so far.
	AccountID string
	// MAC of the code that was sent; empty of one from support, whose id is the hash
	// of its code.
	MAC         []byte
	ExpiresAt   time.Time
	GuessesLeft int
}

// ResetTo is where a code for a new password is wanted: a mobile number, or an e-mail
// address.
type ResetTo struct{ Mobile, Email string }

// Recovery is what a reset asks of whoever knows which mobile number verified an
// account.
type Recovery interface {
	// SendCode sends a code to the number or address, in the background, where it is the
	// account's and the caps of messages allow it. Matched is called before the message
	// goes out. Nobody who waits learns which.
	SendCode(ctx context.Context, accountID string, to ResetTo, code string, from Origin, matched func(context.Context) error)
	// Note writes to the account's trail that its password was set anew, and how.
	Note(ctx context.Context, accountID, how string) error
}

// WrongCodeError is a wrong code of a reset.
type WrongCodeError struct{ GuessesLeft int }

// Error implements error.
func (e *WrongCodeError) Error() string { return "the code is wrong" }

// Errors of the package.
var (
	// ErrCodeExpired is a reset that has ended, was used, or never was.
	ErrCodeExpired = errors.New("the code has expired or was used")
	// ErrNoPassword is an account whose person signs in elsewhere.
	ErrNoPassword       = errors.New("the account has no password")
	ErrNotFound         = errors.New("no such account or session")
	ErrUsernameTaken    = errors.New("username is taken")
	ErrCredentialsWrong = errors.New("username or password is wrong")
)

// Store keeps accounts and sessions.
type Store interface {
	// CreateAccount returns ErrUsernameTaken; usernames are unique without
	// regard to case.
	CreateAccount(ctx context.Context, a Account) error
	// AccountByUsername and AccountByID return ErrNotFound.
	AccountByUsername(ctx context.Context, username string) (Account, error)
	AccountByID(ctx context.Context, id string) (Account, error)
	// SetPassword replaces the hash and deletes every session of the account
	// in one transaction.
	SetPassword(ctx context.Context, accountID, hash string) error
	// KeepReset stores a reset, in the place of one of the same id. One of support
	// voids those that support made before.
	KeepReset(ctx context.Context, r Reset) error
	// GuessReset spends a guess of a reset that has not ended at now, and returns it
	// with the guesses that are left then; ErrNotFound where there is none.
	GuessReset(ctx context.Context, id string, now time.Time) (Reset, error)
	// FinishReset is SetPassword which also deletes every reset of the account; it
	// returns ErrNotFound where the reset is gone.
	FinishReset(ctx context.Context, id, accountID, hash string) error
	CreateSession(ctx context.Context, s Session) error
	// SessionByHash returns a session and its account at once, or ErrNotFound for a
	// token that is unknown or expired at now.
	SessionByHash(ctx context.Context, tokenHash string, now time.Time) (Session, Account, error)
	// LiveSessions returns those of some sessions that have not ended at now.
	LiveSessions(ctx context.Context, tokenHashes []string, now time.Time) ([]string, error)
	// EndSession ends a session; of one that there is not it returns no error.
	EndSession(ctx context.Context, tokenHash string) error
	// CountSessions counts those of an account that have not ended at now, and
	// EndSessions ends them, and every code for a new password, and says how many
	// sessions there were.
	CountSessions(ctx context.Context, accountID string, now time.Time) (int, error)
	EndSessions(ctx context.Context, accountID string, now time.Time) (int, error)
	// Places reports whether the account has had sessions at all, from this
	// device, and from this network. Signed-out sessions count.
	Places(ctx context.Context, accountID, device, network string) (known, sameDevice, sameNetwork bool, err error)
}
