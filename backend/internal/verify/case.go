package verify

import (
	"time"

	"realname.example/shared/handoff"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// Case is one verification. The store keeps it whole; personal data in it is
// encrypted at rest and masks itself everywhere else.
type Case struct {
	ID        verification.ID
	AccountID string
	// Account is the masked username, for the phone to show.
	Account string
	// Version grows by one with each committed change; Store.Update sets it.
	Version int64

	Status verification.Status
	Method verification.Method
	Reason verification.Reason

	CreatedAt time.Time
	// StatusSince is when the present status began.
	StatusSince time.Time
	// ActiveAt is the last act of a person; the case's life counts from it.
	ActiveAt time.Time
	// EndsAt is the end of the present status; zero when final.
	EndsAt time.Time
	// FinishedAt is when a final status was reached; zero before.
	FinishedAt time.Time

	Identity  Identity
	Affiliate string
	PC        Origin

	Code         *Code
	Risks        []RiskRule
	AttemptsLeft int
	Keys         []Key
	Phone        *Phone
	Challenge    *Challenge
	// Challenges counts those asked for since the capture began.
	Challenges int
	// Actions are those of the present attempt: drawn once, and kept until it
	// is judged, whatever is sent, refused, replaced or resumed meanwhile.
	Actions []verification.Action
	// Light are the colours of the present attempt, which are kept as long.
	Light []handoff.Colour
	// Refused counts the uploads that were refused before they were judged, and those
	// whose light was not seen.
	Refused int
	// JudgedAt is when a capture was last judged; zero before.
	JudgedAt time.Time

	NumberMismatches int
	Declines         int
	// TriesLeft counts the further cases that the account may begin today;
	// RetryAt is when it may again once there are none. Set on a rejection that
	// counts, where there is a cap; else both are zero.
	TriesLeft int
	RetryAt   time.Time
	// Review is why the case went to an operator; nil before.
	Review *Review
	// ReviewsRefused counts, when the case began, the reviews of its account
	// that an operator refused lately; Restated is true where one of them was
	// about what this case states again.
	ReviewsRefused int
	Restated       bool
	// Proven is true where a living face or an operator said who the person is,
	// though the ID verifies another account: it may move.
	Proven bool
	// Move is the ID's way from that account to this one; nil before it was asked for.
	Move *Move
	// Stages are those that were counted; FaceRefused is why the last attempt was
	// refused, empty where none was.
	Stages      []Stage
	FaceRefused verification.Reason
	// ReviewedAnew is true once a new case in review came of this rejected one.
	ReviewedAnew bool
}

// Identity is what the person stated, parsed and in the form that the registry
// uses. Mobile is empty but for the mobile method.
type Identity struct {
	CertificateType identity.CertificateType
	Name            identity.PII
	Number          identity.PII
	Mobile          identity.PII
	// Email is the address that the affiliate who vouched has verified; empty where
	// it gave none, and where the person stated themselves.
	Email identity.PII
}

// Key is what is unique of the person: see identity.KeyOf.
func (i Identity) Key() string { return identity.KeyOf(i.CertificateType, i.Number.Reveal()) }

// Origin is where a call came from, for the other side to show and for the
// risk rules.
type Origin struct {
	// Device is the name that the client gave itself.
	Device string
	// Network is the client's address without its last part, such as
	// 203.0.113.x.
	Network string
	// NewDevice and NewNetwork are true where the account's session is the
	// first from there and not the account's first at all.
	NewDevice  bool
	NewNetwork bool
}

// Code is the newest SMS code of a case.
type Code struct {
	// MAC of the code under its case and number; the code itself is not kept.
	MAC         []byte
	SentAt      time.Time
	ExpiresAt   time.Time
	GuessesLeft int
	// ProvenAt is when the code was typed right; zero before. For ten minutes
	// the same code retries the carrier.
	ProvenAt time.Time
	// NextAt is when the caps of codes let another one follow.
	NextAt time.Time
	// Undelivered is why the message did not arrive; empty where nobody says so.
	Undelivered verification.Undelivered
}

// KeyKind says what a Key opens.
type KeyKind string

// The kinds of Key.
const (
	KeyTicket KeyKind = "ticket"
	KeyTyped  KeyKind = "typed"
	KeyPhone  KeyKind = "phone"
)

// Key is a secret that leads to the case, stored as its SHA-256. The store
// keeps an index over all of them; hashes are unique.
type Key struct {
	Kind      KeyKind
	Hash      string
	ExpiresAt time.Time
	// Void is true once the key was used, rotated out or revoked.
	Void bool
	// Used is true once a phone claimed by this key, or by another of its
	// time. It is kept for an hour, so that a second use can be told from a
	// key that has ended.
	Used bool
}

// Phone is the device that claimed the hand-off.
type Phone struct {
	Device    string
	Network   string
	PublicKey []byte // Ed25519
	ClaimedAt time.Time
	SeenAt    time.Time
	Online    bool
	// Number is typed on the phone, shown on the PC.
	Number          string
	Confirmed       bool
	ConsentVersion  string
	ConsentLanguage string
	ConsentAt       time.Time
	Step            verification.Step
	Action          verification.Action
	ActionsDone     int
}

// Challenge is what the phone was asked to record.
type Challenge struct {
	ID        string
	Actions   []verification.Action
	Nonce     string
	IssuedAt  time.Time
	ExpiresAt time.Time
	// Light are the colours to light the face with; none where the phone lights nothing.
	Light []handoff.Colour
}

// Move is an ID that goes from the account that it verifies to the one of the case,
// unless the holder objects in time.
type Move struct {
	From    string // the holder's account
	AskedAt time.Time
	DueAt   time.Time
	// Begun is true from when the ID is on its way: an objection comes too late.
	Begun bool
	End   MoveEnd
}

// MoveEnd is what became of a move; empty while it waits.
type MoveEnd string

// The ends of a move.
const (
	MoveObjected MoveEnd = "objected"
	MoveDone     MoveEnd = "done"
	// MoveFailed is one whose ID or account was not as asked for any more.
	MoveFailed MoveEnd = "failed"
)

// Review is an operator's part in a case.
type Review struct {
	AskedAt   time.Time
	Asked     verification.Reason
	DecidedAt time.Time
	Operator  string
	// Note is the operator's reason, required and audited.
	Note string
	// PicturesConsent is the text that the person agreed to before they handed in
	// pictures, as Consent.String has it; empty before.
	PicturesConsent string
	// Pictures are those that were handed in.
	Pictures []verification.Picture
	// PicturesDeclined is true where the person chose to send none.
	PicturesDeclined bool
	// CornersTold are the pictures of which the person was told that the card leaves
	// them: the next one is taken as it is.
	CornersTold []verification.Picture
	// Likeness is how alike the faces on the card and in the selfie are, as the face
	// engine sees it: help for the reviewer, never a verdict. 0 is unknown.
	Likeness float64
}

// Effects are what a change writes beside the case, in the same transaction. Only a
// change makes them: a Case has none of its own.
type Effects struct {
	Audit  []Entry
	Bind   bool    // bind Case.Identity to Case.AccountID; unique by number
	Traces []Trace // counted and limited
	// Counts are for the operator's numbers, in which nobody is named.
	Counts []Count
	// Drawn are actions that wait for the case's account and ID number.
	Drawn *Draw
	// Judged are actions that wait no longer: an attempt at them was judged.
	Judged []verification.Action
	// Frames are the SHA-256 of frames, in hexadecimal, and Prints what they
	// look like, both to be remembered for FrameLife.
	Frames []string
	Prints []Print
	// Pictures are to be kept for the case's review, each in the place of an earlier
	// one of its name; DropPictures deletes all of them instead.
	Pictures     []KeptPicture
	DropPictures bool
	// MoveFrom begins Case.Move of that account's ID; MoveEnds ends the case's. An
	// account has one at a time: *ConflictError.
	MoveFrom string
	MoveEnds bool
}

// Draw is a set of actions that a person has still to do.
type Draw struct {
	Actions []verification.Action
	At      time.Time
	// Fresh is true where they were drawn just now: others that wait already
	// come before them. Else they are handed on, and others stay.
	Fresh bool
}

// Entry is one line of the audit trail. It holds no personal data.
type Entry struct {
	At     time.Time
	Actor  Actor
	Event  Event
	Status verification.Status
	Reason verification.Reason
	// Party is who was asked or told, such as carrier or affiliate:mall.
	Party string
	// Detail is a short text such as a risk rule or an operator's note.
	Detail string
}

// Actor is who caused an Entry.
type Actor string

// The actors.
const (
	ActorPC       Actor = "pc"
	ActorPhone    Actor = "phone"
	ActorServer   Actor = "server"
	ActorOperator Actor = "operator"
)

// Event names what happened; the apps have a sentence for each.
type Event string

// The events of the audit trail and of "My data".
const (
	EventBegun          Event = "begun"
	EventCodeSent       Event = "code_sent"
	EventUndelivered    Event = "code_undelivered"
	EventCodeWrong      Event = "code_wrong"
	EventCodeRight      Event = "code_right"
	EventCarrierAsked   Event = "carrier_asked"
	EventCarrierAway    Event = "carrier_away"
	EventRisk           Event = "risk"
	EventTicketMade     Event = "ticket_made"
	EventClaimed        Event = "claimed"
	EventClaimForbidden Event = "claim_forbidden"
	EventNumberRight    Event = "number_right"
	EventConsented      Event = "consented"
	EventDeclined       Event = "declined"
	EventPhoneRevoked   Event = "phone_revoked"
	EventChallenged     Event = "challenged"
	EventEvidence       Event = "evidence"
	EventEvidenceBad    Event = "evidence_refused"
	EventPortraitAsked  Event = "portrait_asked"
	EventJudged         Event = "judged"
	EventEngineAway     Event = "engine_away"
	EventReviewAsked    Event = "review_asked"
	EventPicture        Event = "picture_received"
	EventPicturesGone   Event = "pictures_declined"
	EventReviewed       Event = "reviewed"
	EventAffiliateAsked Event = "affiliate_asked"
	EventAnswerRefused  Event = "answer_refused"
	EventVerified       Event = "verified"
	EventRejected       Event = "rejected"
	EventExpired        Event = "expired"
	EventCancelled      Event = "cancelled"
	EventErased         Event = "erased"
	EventReleased       Event = "released"
	EventJoined         Event = "number_joined"
	EventExported       Event = "exported"
	EventGranted        Event = "granted"
	EventGrantRevoked   Event = "grant_revoked"
	EventMoveAsked      Event = "move_asked"
	EventMoveObjected   Event = "move_objected"
	EventMoved          Event = "moved"
	EventMoveFailed     Event = "move_failed"
	EventResetSent      Event = "password_code_sent"
	EventPasswordReset  Event = "password_reset"
)

// Events lists every event once.
func Events() []Event {
	return []Event{
		EventBegun, EventCodeSent, EventUndelivered, EventCodeWrong, EventCodeRight, EventCarrierAsked, EventCarrierAway, EventRisk,
		EventTicketMade, EventClaimed, EventClaimForbidden, EventNumberRight, EventConsented, EventDeclined,
		EventPhoneRevoked, EventChallenged, EventEvidence, EventEvidenceBad, EventPortraitAsked, EventJudged, EventEngineAway,
		EventReviewAsked, EventPicture, EventPicturesGone, EventReviewed, EventAffiliateAsked, EventAnswerRefused,
		EventVerified, EventRejected, EventExpired, EventCancelled, EventErased, EventReleased, EventJoined, EventExported,
		EventGranted, EventGrantRevoked, EventMoveAsked, EventMoveObjected, EventMoved, EventMoveFailed,
		EventResetSent, EventPasswordReset,
	}
}

// Bound is the identity that verifies an account.
type Bound struct {
	AccountID string
	CaseID    verification.ID
	Method    verification.Method
	Identity  Identity
	At        time.Time
}
