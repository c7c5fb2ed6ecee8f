// Package api holds the requests and answers of the HTTP API and its paths.
// The backend's httpapi package serves them; shared/client calls them. The
// struct tags beyond json describe the OpenAPI document.
package api

import (
	"time"

	"realname.example/shared/handoff"
	"realname.example/shared/verification"
)

// Credentials create an account or a session.
type Credentials struct {
	Username string `json:"username" minLength:"1" maxLength:"64" doc:"3 to 32 letters, digits, dots, hyphens or underscores."`
	Password string `json:"password" minLength:"1" maxLength:"256" doc:"8 characters or more."`
}

// Session is the answer to new credentials. Token is shown once.
type Session struct {
	Token   string  `json:"token" doc:"Opaque bearer token."`
	Account Account `json:"account"`
}

// Account is the caller's own account.
type Account struct {
	ID       string `json:"id"`
	Username string `json:"username"`
	// Verification is the verified or the open case, nil where there is
	// neither.
	Verification *AccountVerification `json:"verification"`
	// Move says that somebody who proved to be this person asks for the ID.
	Move *AccountMove `json:"move,omitempty"`
	// Moving is the rejected case whose ID may move to this account, is about to, or did
	// not: where the account is not verified and has no open case.
	Moving *AccountVerification `json:"moving,omitempty" doc:"The rejected case whose ID may move here, is about to, or did not; its view says which. Only where verification is null."`
	// Password is false for who signs in by an issuer alone.
	Password bool `json:"password" doc:"Whether the account has a password, which an export asks for."`
}

// AccountMove is the move of the account's ID to another account, to which its holder
// may object.
type AccountMove struct {
	verification.Move
	To string `json:"to" doc:"The other account, masked: zh***u."`
}

// AccountVerification is the short form of a case that Account carries.
type AccountVerification struct {
	ID         verification.ID     `json:"id"`
	Status     verification.Status `json:"status"`
	Method     verification.Method `json:"method"`
	VerifiedAt *time.Time          `json:"verified_at,omitempty"`
}

// PasswordChange replaces the password and ends every session and hand-off.
type PasswordChange struct {
	Old string `json:"old" minLength:"1" maxLength:"256"`
	New string `json:"new" minLength:"1" maxLength:"256"`
}

// NewReset asks for a new password by a code: to the mobile number that verified the
// account, or to the e-mail address that came with the affiliate who vouched for it.
type NewReset struct {
	Username string `json:"username" minLength:"1" maxLength:"64"`
	Mobile   string `json:"mobile,omitempty" maxLength:"100" doc:"One of the two, mobile or email."`
	Email    string `json:"email,omitempty" maxLength:"254" doc:"Only where the sign-in options say reset_by_email."`
}

// Reset answers in the same way whether there is such an account or not.
type Reset struct {
	ID        string    `json:"id"`
	ExpiresAt time.Time `json:"expires_at"`
	ExpiresIn int64     `json:"expires_in" doc:"Whole seconds to expires_at at the time of this answer."`
}

// ResetPassword sets the new password by a code. Blanks alone are none, and no guess.
type ResetPassword struct {
	Code string `json:"code" maxLength:"64" pattern:"[^\\s\\v\u0085\u00a0\u00ad\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufe00-\ufe0f\ufeff]"`
	New  string `json:"new" minLength:"1" maxLength:"256"`
}

// Options says how this account can verify itself.
type Options struct {
	Methods          []verification.Method `json:"methods"`
	CertificateTypes []string              `json:"certificate_types" doc:"The types of certificates, in the order in which they are offered."`
	Certificates     []Certificate         `json:"certificates"`
	// Affiliates are those at which this account is verified already, and those
	// that it could be linked to.
	Affiliates []Affiliate `json:"affiliates"`
	// Sandbox is true where nothing is real.
	Sandbox bool `json:"sandbox"`
}

// Certificate says how a person with a certificate of a type can verify.
type Certificate struct {
	Type string `json:"type"`
	// Methods are those that are offered. By face, a type that nobody can check
	// ends in a review.
	Methods    []verification.Method `json:"methods"`
	NameScript string                `json:"name_script" enum:"han,latin" doc:"How names stand on it; latin takes both."`
}

// Affiliate is a site that can hand over a verified identity.
type Affiliate struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Claims  []string `json:"claims" doc:"Which data would be taken over: name, number, certificate_type."`
	Purpose string   `json:"purpose"`
	// RedirectPort is the one on which the caller has to listen to link there.
	RedirectPort int `json:"redirect_port,omitempty" doc:"The port on which the caller has to listen to link there; none for any."`
	// Device is true where it can be linked by a code that another device scans.
	Device bool `json:"device,omitempty" doc:"Whether the site can be linked by a code that another device scans."`
	Linked bool `json:"linked" doc:"False for a site that the account has to be linked to before it can say anything."`
}

// Identity is what a person states about themselves.
type Identity struct {
	CertificateType string `json:"certificate_type" maxLength:"32"`
	Name            string `json:"name" maxLength:"400"`
	Number          string `json:"number" maxLength:"100"`
	Mobile          string `json:"mobile,omitempty" maxLength:"100"`
}

// NewVerification begins a case.
type NewVerification struct {
	Method    verification.Method `json:"method" enum:"mobile,face,affiliate"`
	Identity  *Identity           `json:"identity,omitempty"`
	Affiliate string              `json:"affiliate,omitempty" maxLength:"64"`
	// Consent is the one to the check at a carrier, of the method mobile.
	Consent *Consent `json:"consent,omitempty"`
}

// Empty is the body {} of a call without parameters.
type Empty struct{}

// CodeCheck carries the SMS code.
type CodeCheck struct {
	Code string `json:"code" maxLength:"32"`
}

// NewHandoff asks for a ticket. Replace revokes the phone that holds the case.
type NewHandoff struct {
	Replace bool `json:"replace,omitempty"`
}

// Handoff is a fresh ticket for a phone.
type Handoff struct {
	URL                string    `json:"url" doc:"What the QR code says."`
	ExpiresAt          time.Time `json:"expires_at"`
	ExpiresIn          int64     `json:"expires_in" doc:"Whole seconds to expires_at at the time of this answer."`
	TypedCode          string    `json:"typed_code" doc:"8 letters for who cannot scan."`
	TypedCodeExpiresAt time.Time `json:"typed_code_expires_at"`
	TypedCodeExpiresIn int64     `json:"typed_code_expires_in" doc:"Whole seconds to typed_code_expires_at at the time of this answer."`
}

// Device is how a phone introduces itself.
type Device struct {
	Name      string `json:"name" maxLength:"200"`
	PublicKey string `json:"public_key" maxLength:"200" doc:"Base64 Ed25519 public key."`
}

// Claim takes a hand-off by ticket or by typed code.
type Claim struct {
	Ticket    string `json:"ticket,omitempty" maxLength:"200"`
	TypedCode string `json:"typed_code,omitempty" maxLength:"40"`
	Device    Device `json:"device"`
}

// Claimed answers a claim: the phone's token and who asks.
type Claimed struct {
	Token string `json:"token"`
	Ask   Ask    `json:"ask"`
}

// Ask is what the phone shows before the person agrees to anything.
type Ask struct {
	Server  string `json:"server"`
	Account string `json:"account" doc:"Masked: zh***u."`
	PC      string `json:"pc"`
	Network string `json:"network"`
	Name    string `json:"name" doc:"Masked: 张*."`
	Purpose string `json:"purpose"`
}

// Confirm carries the number that the PC shows. Blanks alone are none, and no guess.
type Confirm struct {
	Number string `json:"number" maxLength:"16" pattern:"[^\\s\\v\u0085\u00a0\u00ad\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufe00-\ufe0f\ufeff]"`
}

// Consent names the text that the person read and agreed to.
type Consent struct {
	Version string `json:"version" maxLength:"64"`
	// Language is the one in which it was shown.
	Language string `json:"language,omitempty" enum:"zh,en"`
}

// ConsentText is a text that a person reads before they agree. Its paragraphs
// have an empty line between.
type ConsentText struct {
	Version  string `json:"version"`
	Language string `json:"language" enum:"zh,en"`
	Text     string `json:"text"`
}

// ChallengeRequest says how fast the phone's camera is.
type ChallengeRequest struct {
	FramesPerSecond float64 `json:"frames_per_second"`
	Light           bool    `json:"light,omitempty" doc:"The screen can light the face with colours, and the person has not turned that off."`
}

// Challenge is what the person has to do, in this order.
type Challenge struct {
	ID        string                `json:"id"`
	Actions   []verification.Action `json:"actions"`
	Light     []handoff.Colour      `json:"light,omitempty" doc:"Colours to light the face with after the actions, in this order; none where the server asks for none."`
	Nonce     string                `json:"nonce" doc:"Base64, to be signed with the manifest."`
	ExpiresAt time.Time             `json:"expires_at"`
	ExpiresIn int64                 `json:"expires_in" doc:"Whole seconds to expires_at at the time of this answer."`
}

// Progress is for display on the PC, never evidence.
type Progress struct {
	Step        verification.Step   `json:"step" enum:"camera_blocked,action,sending"`
	Action      verification.Action `json:"action,omitempty"`
	ActionsDone int                 `json:"actions_done,omitempty"`
}

// PhoneView is what a phone sees: the View without the number, and who asks.
type PhoneView struct {
	verification.View
	Ask Ask `json:"ask"`
	// Confirmed is true once the number was right.
	Confirmed bool `json:"confirmed"`
	// Consented is true once consent was given.
	Consented bool `json:"consented"`
	// ConsentVersion is the sentence that consent is asked for.
	ConsentVersion string `json:"consent_version"`
}

// Records is the account's data ledger.
type Records struct {
	Stored []StoredDatum `json:"stored"`
	Events []Record      `json:"events"`
	Grants []Grant       `json:"grants" doc:"Services that the person let know of them."`
}

// ExportRequest proves once more who asks.
type ExportRequest struct {
	Password string `json:"password" minLength:"1" maxLength:"256"`
}

// Export is all that is kept of a person, their own data in clear.
type Export struct {
	Server  string    `json:"server"`
	MadeAt  time.Time `json:"made_at"`
	Account struct {
		ID        string    `json:"id"`
		Username  string    `json:"username"`
		CreatedAt time.Time `json:"created_at"`
		Sessions  int       `json:"sessions" doc:"Where the account is signed in."`
		Email     string    `json:"email,omitempty" doc:"What the site where the person signs in has verified."`
	} `json:"account"`
	// Verified is who the account is; nil where it is not verified.
	Verified *ExportIdentity `json:"verified,omitempty"`
	// Joined are further numbers of the person, which operators joined to it.
	Joined []ExportNumber `json:"joined"`
	// Verifications are those of the account, newest first.
	Verifications []ExportVerification `json:"verifications"`
	// Frames counts the fingerprints of pictures of face scans, from which no picture can
	// be made.
	Frames int      `json:"frames"`
	Links  []Link   `json:"links"`
	Grants []Grant  `json:"grants"`
	Events []Record `json:"events" doc:"Oldest first."`
}

// ExportNumber is the number of a document, in clear.
type ExportNumber struct {
	CertificateType string    `json:"certificate_type"`
	Number          string    `json:"number"`
	JoinedAt        time.Time `json:"joined_at"`
}

// ExportIdentity is who somebody is, in clear.
type ExportIdentity struct {
	CertificateType string `json:"certificate_type"`
	Name            string `json:"name"`
	Number          string `json:"number"`
	Mobile          string `json:"mobile,omitempty"`
	Email           string `json:"email,omitempty"`
}

// ExportVerification is one verification with what was stated in it; what was deleted
// since is empty.
type ExportVerification struct {
	ID         verification.ID     `json:"id"`
	Method     verification.Method `json:"method"`
	Status     verification.Status `json:"status"`
	Reason     verification.Reason `json:"reason,omitempty"`
	BegunAt    time.Time           `json:"begun_at"`
	FinishedAt *time.Time          `json:"finished_at,omitempty"`
	Stated     *ExportIdentity     `json:"stated,omitempty"`
	PC         string              `json:"pc,omitempty"`
	Phone      string              `json:"phone,omitempty"`
	Pictures   []ExportPicture     `json:"pictures"`
}

// ExportPicture is a picture that was handed in for a review.
type ExportPicture struct {
	Picture verification.Picture `json:"picture" enum:"front,back,selfie"`
	At      time.Time            `json:"at"`
	JPEG    []byte               `json:"jpeg" doc:"Base64."`
}

// Grant is what a person agreed to tell a service.
type Grant struct {
	ID      string    `json:"id" doc:"The service's; DELETE revokes."`
	Name    string    `json:"name"`
	Purpose string    `json:"purpose,omitempty" doc:"What the service says it is for."`
	Status  bool      `json:"status" doc:"Whether it is told if the account is verified."`
	Claims  []string  `json:"claims" doc:"name, number."`
	Since   time.Time `json:"since"`
	At      time.Time `json:"at" doc:"When the person last agreed."`
}

// ServicePerson is what a service may ask about a person who agreed.
type ServicePerson struct {
	Sub        string     `json:"sub" doc:"What this service alone calls the person."`
	Verified   bool       `json:"verified"`
	VerifiedAt *time.Time `json:"verified_at,omitempty"`
	Method     string     `json:"method,omitempty" doc:"mobile, face, affiliate."`
	UpdatedAt  time.Time  `json:"updated_at"`
}

// ServiceEvents is a page of what changed.
type ServiceEvents struct {
	Events []ServiceEvent `json:"events" doc:"Oldest first."`
	Next   int64          `json:"next" doc:"Ask with after=next for what comes later."`
	More   bool           `json:"more" doc:"Whether there is more now."`
}

// ServiceEvent tells a service that something changed about a person. The
// webhook sends the same, under the same id.
type ServiceEvent struct {
	Number    int64            `json:"number" doc:"Grows by one with each event of the service."`
	ID        string           `json:"id"`
	Type      string           `json:"type" doc:"verification.verified, verification.rejected, identity.erased, grant.revoked."`
	Timestamp time.Time        `json:"timestamp"`
	Data      ServiceEventData `json:"data"`
}

// ServiceEventData says whom an event is about; it holds nothing personal.
type ServiceEventData struct {
	Sub string `json:"sub"`
}

// StoredDatum is one thing that is kept, masked, and until when.
type StoredDatum struct {
	Kind  string     `json:"kind" doc:"name, number, mobile, verification, consent, device, frames, picture."`
	Value string     `json:"value" doc:"Masked."`
	Since time.Time  `json:"since"`
	Until *time.Time `json:"until,omitempty"`
}

// Record is one entry of who was asked or told what, and when.
type Record struct {
	At           time.Time       `json:"at"`
	Event        string          `json:"event"`
	Party        string          `json:"party,omitempty" doc:"Who was asked: carrier, sms, affiliate:mall, operator."`
	Verification verification.ID `json:"verification,omitempty"`
	Reason       string          `json:"reason,omitempty"`
}

// SandboxSMS is one message of the sandbox's inbox.
type SandboxSMS struct {
	Mobile string    `json:"mobile"`
	Code   string    `json:"code"`
	Text   string    `json:"text"`
	At     time.Time `json:"at"`
}

// Person is one row of the sandbox registry, for the people-to-try panel.
type Person struct {
	CertificateType string `json:"certificate_type"`
	Name            string `json:"name"`
	Number          string `json:"number"`
	Mobile          string `json:"mobile"`
	Account         string `json:"account,omitempty"`
	Password        string `json:"password,omitempty"`
	Outcome         string `json:"outcome" doc:"Key of a sentence: sandbox.outcome.OUTCOME."`
	Portrait        bool   `json:"portrait"`
	Own             bool   `json:"own" doc:"Added by the user of this sandbox."`
}

// NewPerson adds one's own person to the sandbox.
type NewPerson struct {
	Name     string `json:"name" maxLength:"400"`
	Number   string `json:"number" maxLength:"100"`
	Mobile   string `json:"mobile,omitempty" maxLength:"100" doc:"Without one the person verifies by face alone."`
	Portrait string `json:"portrait,omitempty" doc:"Base64 of a JPEG or PNG."`
}

// The modes of a server.
const (
	ModeSandbox    = "sandbox"
	ModeProduction = "production"
)

// SandboxName is what a sandbox calls itself where its operator says nothing
// else; apps say it in their own language.
const SandboxName = "Realname sandbox"

// Server describes the backend to a client that has not signed in.
type Server struct {
	Name    string `json:"name"`
	Mode    string `json:"mode" enum:"sandbox,production"`
	Version string `json:"version"`
	// KeyHash is the SHA-256 of the TLS key (SPKI), base64url; empty on
	// loopback without TLS.
	KeyHash string `json:"key_hash"`
}

// OperatorSelf is the operator who asks.
type OperatorSelf struct {
	Name   string   `json:"name"`
	Roles  []string `json:"roles"`
	Rights []string `json:"rights"`
}

// ReviewItem is one case that waits for an operator.
type ReviewItem struct {
	View    verification.View `json:"view"`
	Account string            `json:"account"`
	// Name, Number and Mobile are in full: an operator decides by them.
	// They are filled by show, masked in list.
	Name   string `json:"name"`
	Number string `json:"number"`
	Mobile string `json:"mobile"`
	// Email is filled by show.
	Email string `json:"email,omitempty" doc:"The address that the site which vouched for the person, or where they sign in, has verified; to ask them at."`
	// Zone is filled by show for a passport alone.
	Zone string `json:"zone,omitempty" doc:"How line 2 of the passport's machine-readable zone has to begin: the number that was stated, filled up with <, and its check digit (ICAO 9303). Compare it with the picture."`
	// Asked is why it came to review.
	Asked verification.Reason `json:"asked"`
	Since time.Time           `json:"since"`
	// Pictures are those that the console shows; Declined is true where the person
	// chose to send none.
	Pictures []ReviewPicture `json:"pictures"`
	Declined bool            `json:"declined"`
	// Likeness is help and no verdict.
	Likeness float64 `json:"likeness,omitempty" doc:"How alike the face engine finds the faces on the card and in the selfie: about 0 for strangers, 1 for the same picture; none where it cannot tell."`
}

// ReviewPicture is a picture that the person handed in. The console alone shows it.
type ReviewPicture struct {
	Picture verification.Picture `json:"picture" enum:"front,back,selfie"`
	// At is when it came; nil in lists.
	At *time.Time `json:"at,omitempty"`
}

// MaxPicture is how large the file of a picture for a review may be, in bytes.
const MaxPicture = 12 << 20

// ReviewDecision approves or rejects a case; Reason is required and audited.
type ReviewDecision struct {
	Reason string `json:"reason" minLength:"1" maxLength:"1000"`
}
