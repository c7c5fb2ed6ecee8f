package issuer

import (
	"context"
	"time"

	"realname.example/backend/internal/account"
)

// Attempt is one way to an issuer and back. State, Nonce and Verifier are secrets:
// they are sealed at rest.
type Attempt struct {
	ID     string
	Issuer string // Config.ID
	// AccountID is the account that links; empty for a sign-in.
	AccountID   string
	RedirectURI string
	ExpiresAt   time.Time

	State    string
	Nonce    string
	Verifier string // of PKCE
	// Device is the code by which we ask whether the person has answered on another
	// device; empty where their browser brings the answer. Interval is the time
	// between two such questions.
	Device   string
	Interval time.Duration
}

// Key names a person at an issuer: its address, not our id for it, since the same
// id may later lead elsewhere. Subject is kept as a keyed hash.
type Key struct {
	Issuer  string
	Subject string
}

// Link is what is kept of a person at an issuer.
type Link struct {
	AccountID string
	Issuer    string // its address
	// SignsIn is true where the account signs in by it.
	SignsIn bool
	// LinkedAt is when the person linked it as an affiliate; zero where they did
	// not, or unlinked it.
	LinkedAt time.Time
	// ByDevice is true where they answered on another device than the PC that asked.
	ByDevice bool
	// Verified says whether verified claims were there at CheckedAt, nil where
	// nobody asked yet.
	Verified  *bool
	CheckedAt time.Time
	Tokens    Tokens
	// Version grows with each change of Tokens.
	Version int64
}

// NewLink is what is kept of a link that is made.
type NewLink struct {
	At       time.Time
	ByDevice bool
	// Verified says whether verified claims were there, nil where the issuer could
	// not be asked.
	Verified *bool
	Tokens   Tokens
}

// Address is an e-mail address that an issuer has verified, and when it said so.
type Address struct {
	Email string
	At    time.Time
}

// Session is a session that an issuer vouched for.
type Session struct {
	TokenHash string
	AccountID string
	Issuer    string // its address
	Refresh   string
	// RefreshAt is when the issuer is asked again.
	RefreshAt time.Time
}

// Revocation is a refresh token that is forgotten here but for its revocation.
type Revocation struct {
	ID      string
	Issuer  string // its address
	Refresh string
	Tries   int
	At      time.Time // of the next try
}

// Store keeps attempts, links and what sessions hang on. Every method that writes
// does so in one transaction.
type Store interface {
	CreateAttempt(ctx context.Context, a Attempt) error
	// TakeAttempt returns an attempt once: a second call, and one after its end,
	// returns ErrSpent, and one of another account ErrNotFound.
	TakeAttempt(ctx context.Context, id, accountID string, now time.Time) (Attempt, error)
	// PollAttempt gives the right to ask once about an attempt by device; due is when
	// the next one may, where it is too early. It returns ErrSpent or ErrNotFound.
	PollAttempt(ctx context.Context, id, accountID string, now time.Time) (a Attempt, due time.Time, err error)
	// SlowAttempt notes an attempt's Interval, and when it may be asked about next.
	SlowAttempt(ctx context.Context, a Attempt, due time.Time) error

	// LinkedAccount returns the account that a person at an issuer signs in to, or
	// ErrNotFound. A link to an affiliate does not sign in: who borrowed a session
	// for a minute would have a key to the account for good.
	LinkedAccount(ctx context.Context, k Key) (accountID string, err error)
	// CreateLinkedAccount makes an account whose person signs in by k. It returns
	// account.ErrUsernameTaken, or ErrLinkTaken where k has an account.
	CreateLinkedAccount(ctx context.Context, a account.Account, k Key) error
	// SaveAddress keeps the address of who signs in to an account by an issuer, in place
	// of the one before; none for the zero value.
	SaveAddress(ctx context.Context, accountID, issuer string, a Address) error
	// Address returns that of who signs in, or the zero value.
	Address(ctx context.Context, accountID string) (Address, error)
	// SaveLink links a person at an issuer to an account, in place of whom the
	// account was linked to there: replaced are the tokens of that one, where it was
	// another person. It returns ErrLinkTaken where another account has that person,
	// or the account signs in as another one.
	SaveLink(ctx context.Context, accountID string, k Key, n NewLink) (replaced Tokens, err error)
	// Links returns an account's links in the order of their issuers' addresses.
	Links(ctx context.Context, accountID string) ([]Link, error)
	// Link returns one, or ErrNotFound.
	Link(ctx context.Context, accountID, issuer string) (Link, error)
	// LinkIs reports whether a link is to this person.
	LinkIs(ctx context.Context, accountID string, k Key) (bool, error)
	// LeaseLink gives the right to refresh a link's tokens to one caller until a
	// moment, and returns the link; ok is false while another has it. SaveTokens
	// ends the lease.
	LeaseLink(ctx context.Context, accountID, issuer string, now, until time.Time) (l Link, ok bool, err error)
	// SaveTokens replaces a link's tokens, where the version is still the one that
	// was read.
	SaveTokens(ctx context.Context, l Link, t Tokens) error
	// SaveVerified notes whether verified claims were there.
	SaveVerified(ctx context.Context, accountID, issuer string, verified bool, at time.Time) error
	// Unlink forgets an affiliate's link and its tokens, and returns it as it was,
	// or ErrNotFound. What an account signs in by stays, without tokens.
	Unlink(ctx context.Context, accountID, issuer string) (Link, error)

	// KeepSession notes what a session hangs on.
	KeepSession(ctx context.Context, s Session) error
	// DueSessions returns sessions whose RefreshAt is not after now and puts it off
	// to again, so that nobody else refreshes them meanwhile.
	DueSessions(ctx context.Context, now, again time.Time, limit int) ([]Session, error)
	// SaveSession replaces Refresh and RefreshAt.
	SaveSession(ctx context.Context, s Session) error
	// EndSession ends a session here, as a sign-out does.
	EndSession(ctx context.Context, tokenHash string) error
	// ForgetSession deletes what a session hangs on and returns it, or ErrNotFound.
	ForgetSession(ctx context.Context, tokenHash string) (Session, error)

	// KeepRevocation notes a refresh token of which its issuer has yet to hear, new
	// or tried again.
	KeepRevocation(ctx context.Context, r Revocation) error
	// DueRevocations returns those whose At is not after now, and puts it off to
	// again, so that nobody else tries them meanwhile.
	DueRevocations(ctx context.Context, now, again time.Time, limit int) ([]Revocation, error)
	DeleteRevocation(ctx context.Context, id string) error
}
