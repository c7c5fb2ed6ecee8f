package operator

import (
	"context"
	"time"
)

// Store keeps operators and their trail, the same for every process of a
// server. Every method that writes does so in one transaction, the entry
// included.
type Store interface {
	// AddOperator returns ErrNameUsed for a name that is or was used.
	AddOperator(ctx context.Context, o Operator, first Enrolment, e Entry) error
	// AddEnrolment takes the place of the operator's earlier ones; with replace their
	// passkeys, sessions and requests end too. It returns ErrNotFound for who is removed.
	AddEnrolment(ctx context.Context, n Enrolment, replace bool, e Entry) error
	// RemoveOperator deletes what the operator could sign in with, what is signed in,
	// and their requests. It returns ErrNotFound for who is removed already.
	RemoveOperator(ctx context.Context, name string, at time.Time, e Entry) error
	// Operators lists all, the removed ones too, by name.
	Operators(ctx context.Context) ([]Operator, error)
	// Operator returns ErrNotFound for who is removed.
	Operator(ctx context.Context, name string) (Operator, error)

	// AddKey returns ErrNotFound for an owner who is removed.
	AddKey(ctx context.Context, k Key, e Entry) error
	// EndKeys deletes every key of an operator with their requests, and says how many
	// keys there were.
	EndKeys(ctx context.Context, name string, e Entry) (int, error)
	// Key returns a key that has not expired at now with its owner, or
	// ErrNotFound.
	Key(ctx context.Context, hash string, now time.Time) (Key, Operator, error)

	// AddOperatorSession returns ErrNotFound for who is removed.
	AddOperatorSession(ctx context.Context, n Session, e Entry) error
	// OperatorSession returns ErrNotFound where it is not there, or was not seen since.
	OperatorSession(ctx context.Context, hash string, since time.Time) (Session, Operator, error)
	// SeeOperatorSession notes that a session is in use.
	SeeOperatorSession(ctx context.Context, hash string, at time.Time) error
	// EndOperatorSession returns ErrNotFound where there is none.
	EndOperatorSession(ctx context.Context, hash string, e Entry) error

	// Enrolment returns the operator of an enrolment, or ErrEnrolment.
	Enrolment(ctx context.Context, hash string, now time.Time) (Operator, error)
	// AddPasskey uses the enrolment up and keeps the passkey with the session
	// that it opens, or returns ErrEnrolment.
	AddPasskey(ctx context.Context, enrolment string, p Passkey, n Session, e Entry) error
	// Passkeys returns those of the operator with a handle, who is not removed,
	// or ErrNotFound.
	Passkeys(ctx context.Context, handle []byte) (Operator, []Passkey, error)
	// UsePasskey replaces what is kept of a passkey.
	UsePasskey(ctx context.Context, p Passkey) error
	// KeepCeremony keeps the server's half of a ceremony until it ends.
	KeepCeremony(ctx context.Context, id string, half []byte, ends time.Time) error
	// TakeCeremony returns the half once, or ErrPasskey.
	TakeCeremony(ctx context.Context, id string, now time.Time) ([]byte, error)

	// Note writes an entry beside no other change.
	Note(ctx context.Context, e Entry) error
	// Trail returns a page of the entries of cases and of operators.
	Trail(ctx context.Context, q TrailQuery) ([]Line, error)

	// Countersign keeps a request with its entry, or takes another operator's of the
	// same kind that is not older than RequestLife, and returns it. It returns
	// ErrAsked where the same operator asked already, ErrNotFound for who is removed.
	Countersign(ctx context.Context, r Request, asked Entry) (first *Request, err error)
	// Requests lists those about a subject, asked since.
	Requests(ctx context.Context, subject string, since time.Time) ([]Request, error)
}

// Passkey is a credential of an operator's authenticator.
type Passkey struct {
	// ID is the credential's id, base64url.
	ID     string
	Name   string
	MadeAt time.Time
	UsedAt time.Time
	// Credential is what package webauthn keeps of it, as JSON: a public key, a
	// counter, flags.
	Credential []byte
}
