package service

import (
	"context"
	"time"
)

// Store keeps services and what belongs to them. Every method that writes does
// so in one transaction. Where there is nothing, the error is ErrNotFound; of
// requests, tokens and device codes it is ErrGone.
type Store interface {
	Catalog
	Grants
	Tokens
	Keys
	Events
}

// Catalog keeps services.
type Catalog interface {
	AddService(ctx context.Context, s Service) error
	// Services lists those of a realm, by name.
	Services(ctx context.Context, realm string) ([]Service, error)
	Service(ctx context.Context, realm, id string) (Service, error)
	// UpdateService loads the service, calls change, and writes it. An error of
	// change is returned as it is and nothing is written.
	UpdateService(ctx context.Context, realm, id string, change func(*Service) error) (Service, error)
	// RemoveService deletes it with its grants, tokens and events.
	RemoveService(ctx context.Context, realm, id string) error
}

// Grants keeps what people agreed to.
type Grants interface {
	// Grant returns what a person agreed to tell a service.
	Grant(ctx context.Context, serviceID, accountID string) (Grant, error)
	// Granted is Grant with the service, without the secrets of its webhook.
	Granted(ctx context.Context, serviceID, accountID string) (Granted, error)
	// GrantBySubject finds it by what the service calls the person.
	GrantBySubject(ctx context.Context, serviceID, subject string) (Grant, error)
	// GrantsOf lists a person's as Granted, by the services' names.
	GrantsOf(ctx context.Context, realm, accountID string) ([]Granted, error)
	// Agree writes the grant and ends the request of a page. The request answers
	// once: then it is ErrGone.
	Agree(ctx context.Context, requestHash string, g Grant, code Token) error
	// AgreeDevice writes the grant and lets the device have its tokens.
	AgreeDevice(ctx context.Context, userHash string, g Grant, d Device) error
	// Revoke ends a grant with its tokens, and tells the service.
	Revoke(ctx context.Context, serviceID, accountID string) error
}

// Granted is a grant and whom it was given to.
type Granted struct {
	Service Service
	Grant   Grant
}

// Tokens keeps requests, codes, tokens and device codes by their hashes.
type Tokens interface {
	AddRequest(ctx context.Context, hash string, r Request) error
	Request(ctx context.Context, hash string, now time.Time) (Request, error)
	EndRequest(ctx context.Context, hash string, now time.Time) error

	AddToken(ctx context.Context, t Token) error
	// Token returns one that is not over and was not used, of a service that is on.
	Token(ctx context.Context, kind TokenKind, hash string, now time.Time) (Token, error)
	// Redeem takes a code or refresh token once and puts what issue returns in its
	// place. A second time is ErrReused, and everything that came of it is void
	// then. An error of issue is returned as it is, and the token stays good.
	Redeem(ctx context.Context, serviceID string, kind TokenKind, hash string, now time.Time, issue func(Token) ([]Token, error)) error
	// RevokeFamily voids a token's family, where the service has it.
	RevokeFamily(ctx context.Context, serviceID, hash string) error

	AddDevice(ctx context.Context, d Device) error
	DeviceByUserCode(ctx context.Context, userHash string, now time.Time) (Device, error)
	// DeclineDevice ends a device's request by the person.
	DeclineDevice(ctx context.Context, userHash string) error
	// PollDevice says how a device's request stands. One that was agreed to is
	// taken once, and what issue returns is kept. Early tells of a poll that came
	// before the interval was over.
	PollDevice(ctx context.Context, hash string, now time.Time, issue func(Device) ([]Token, error)) (d Device, early bool, err error)
	// Once keeps the id of a signed assertion until it ends, or returns ErrReused.
	Once(ctx context.Context, hash string, until time.Time) error
	// PruneServices deletes what is over.
	PruneServices(ctx context.Context, now time.Time) error
}

// TokenKind tells codes and tokens apart.
type TokenKind string

// The kinds.
const (
	KindCode    TokenKind = "code"
	KindAccess  TokenKind = "access"
	KindRefresh TokenKind = "refresh"
)

// Token is a code, an access token or a refresh token. Of the token itself only
// the hash is kept.
type Token struct {
	Kind      TokenKind
	Hash      string
	ServiceID string
	// AccountID is empty for a token of the service itself.
	AccountID string
	// Family is shared by all that came of one consent.
	Family    string
	ExpiresAt time.Time
	Session   Session
}

// Session is what a code and the tokens that come of it carry along.
type Session struct {
	Subject string   `json:"sub,omitempty"`
	Scopes  []string `json:"scopes,omitempty"`
	Asked   Asked    `json:"asked,omitzero"`
	Nonce   string   `json:"nonce,omitempty"`
	// SignedInAt is auth_time.
	SignedInAt  time.Time `json:"auth_time,omitzero"`
	RedirectURI string    `json:"redirect_uri,omitempty"`
	Challenge   string    `json:"challenge,omitempty"`
}

// Request is an authorization request that waits for a person.
type Request struct {
	ServiceID string    `json:"-"`
	ExpiresAt time.Time `json:"-"`
	Session   Session   `json:"session"`
	State     string    `json:"state,omitempty"`
	// Browser is the hash of the cookie of the browser that began it.
	Browser string `json:"browser"`
	// Fresh asks for a sign-in after this moment; zero for any.
	Fresh time.Time `json:"fresh,omitzero"`
	// Ask shows the page even where the person agreed before.
	Ask bool `json:"ask,omitempty"`
	// Device is the hash of the user code of the device that asks, and UserCode
	// the code as it was typed; empty where a browser asks for itself.
	Device   string `json:"device,omitempty"`
	UserCode string `json:"user_code,omitempty"`
}

// Device is a request of a device without a browser (RFC 8628).
type Device struct {
	Hash      string
	UserHash  string
	ServiceID string
	ExpiresAt time.Time
	Interval  time.Duration
	Status    DeviceStatus
	AccountID string
	Session   Session
}

// DeviceStatus says who acts next.
type DeviceStatus string

// The statuses of a device's request.
const (
	DeviceWaiting  DeviceStatus = "waiting"  // the person
	DeviceAgreed   DeviceStatus = "agreed"   // the device, which may have its tokens
	DeviceDeclined DeviceStatus = "declined" // nobody
)

// Keys keeps signing keys, sealed.
type Keys interface {
	SigningKeys(ctx context.Context, realm string) ([]SigningKey, error)
	// AddSigningKey adds one where the newest is still the one with this id, empty
	// for none, and deletes those that ended. Another process may have been first:
	// then nothing is written.
	AddSigningKey(ctx context.Context, realm, newest string, k SigningKey, now time.Time) error
}

// SigningKey is a private key of a provider.
type SigningKey struct {
	ID string
	// Private is PKCS #8.
	Private []byte
	// SignsFrom is when it begins to sign: it is published before, so that nobody
	// meets it unprepared. EndsAt is when it is not published any more.
	SignsFrom time.Time
	EndsAt    time.Time
}

// Events tells services what changed.
type Events interface {
	// Events lists a service's after a number, at most limit.
	Events(ctx context.Context, serviceID string, after int64, limit int) ([]Event, error)
	// LastTold is when the service was last told of somebody; zero for never.
	LastTold(ctx context.Context, serviceID, subject string) (time.Time, error)
}

// EventType is what changed.
type EventType string

// The events.
const (
	EventVerified EventType = "verification.verified"
	EventRejected EventType = "verification.rejected"
	EventErased   EventType = "identity.erased"
	EventRevoked  EventType = "grant.revoked"
)

// EventTypes lists every type once.
func EventTypes() []EventType {
	return []EventType{EventVerified, EventRejected, EventErased, EventRevoked}
}

// Event tells a service that something changed about a person. It has no
// personal data.
type Event struct {
	// Number grows by one for each event of a service.
	Number int64
	// ID is that of the delivery, the same for each try.
	ID      string
	Type    EventType
	Subject string
	At      time.Time
}
