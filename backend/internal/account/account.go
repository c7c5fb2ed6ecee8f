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

// Errors of the package.
var (
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
	CreateSession(ctx context.Context, s Session) error
	// SessionByHash returns ErrNotFound for a token that is unknown or
	// expired at now.
	SessionByHash(ctx context.Context, tokenHash string, now time.Time) (Session, error)
	// EndSession ends a session; of one that there is not it returns no error.
	EndSession(ctx context.Context, tokenHash string) error
	// CountSessions counts those of an account that have not ended at now, and
	// EndSessions ends them and says how many there were.
	CountSessions(ctx context.Context, accountID string, now time.Time) (int, error)
	EndSessions(ctx context.Context, accountID string, now time.Time) (int, error)
	// Places reports whether the account has had sessions at all, from this
	// device, and from this network. Signed-out sessions count.
	Places(ctx context.Context, accountID, device, network string) (known, sameDevice, sameNetwork bool, err error)
}
