package verification

import "time"

// View is everything that a client may see of a verification. Name and number
// are masked by the server; there is no other personal data in it.
type View struct {
	ID      ID     `json:"id"`
	Version int64  `json:"version" doc:"Grows by one with each change; a watcher keeps the newest."`
	Status  Status `json:"status"`
	Method  Method `json:"method" enum:"mobile,face,affiliate"`
	Reason  Reason `json:"reason" doc:"Why it has this status; empty where there is nothing to explain."`
	// AttemptsLeft counts face attempts, from 5.
	AttemptsLeft int `json:"attempts_left" doc:"Face attempts that are left, from 5."`
	// ExpiresAt is the end of the present status; a final one has none.
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"End of the present status; a final one has none."`
	// ExpiresIn is how far off that was at the time of the answer.
	ExpiresIn *int64   `json:"expires_in,omitempty" doc:"Whole seconds to expires_at at the time of this answer; count from its arrival, whatever your clock says."`
	Identity  Identity `json:"identity"`
	// Handoff is detail beside Status and has no state of its own; nil
	// before a phone has claimed.
	Handoff *Handoff `json:"handoff,omitempty"`
	// Code is detail of code_required; nil before a code was sent.
	Code *Code `json:"code,omitempty"`
	// Pictures is detail of in_review; nil in every other status.
	Pictures *Pictures `json:"pictures,omitempty"`
	// FinishedAt is when a final status was reached; nil before.
	FinishedAt *time.Time `json:"finished_at,omitempty"`
	// Movable is true where the ID verifies another account and its move here may be
	// asked for; Move is what became of it.
	Movable bool `json:"movable" doc:"The ID verifies another account, and its move to this one may be asked for now."`
	// MoveWait is how long its holder may object to a move; 0 where none may be asked for.
	MoveWait   int64 `json:"move_wait,omitempty" doc:"Whole seconds for which the holder may object to a move that is asked for now; only where movable."`
	Move       *Move `json:"move,omitempty"`
	Reviewable bool  `json:"reviewable" doc:"A review by a person may be asked for now; false in what the phone sees."`
	// TriesLeft is how many more verifications the account may begin today
	// after a rejection; RetryAt is when it may again once there are none.
	TriesLeft *int       `json:"tries_left,omitempty"`
	RetryAt   *time.Time `json:"retry_at,omitempty" doc:"A new verification may begin from then on; only where it has to wait."`
	RetryIn   *int64     `json:"retry_in,omitempty" doc:"Whole seconds until retry_at, at the time of the answer."`
}

// SecondsUntil returns how many whole seconds lie between now and an end, never
// below zero. It stands beside each end in an answer: a client counts from the
// arrival and needs no clock that agrees with the server's.
func SecondsUntil(end, now time.Time) int64 { return max(int64(end.Sub(now)/time.Second), 0) }

// Move is an ID's way from one account to another.
type Move struct {
	AskedAt time.Time `json:"asked_at"`
	DueAt   time.Time `json:"due_at" doc:"The ID moves then, unless its holder objects."`
	DueIn   int64     `json:"due_in" doc:"Whole seconds to due_at at the time of this answer."`
	End     string    `json:"end,omitempty" enum:"objected,done,failed" doc:"What became of it; empty while it waits."`
}

// Identity is the masked identity of a verification, such as 张* and
// 110***********0111.
type Identity struct {
	CertificateType string `json:"certificate_type"`
	Name            string `json:"name"`
	Number          string `json:"number"`
}

// Code says where the present SMS code went and when another may be sent.
type Code struct {
	Mobile    string    `json:"mobile" doc:"Masked: 138****0001."`
	SentAt    time.Time `json:"sent_at"`
	ExpiresAt time.Time `json:"expires_at"`
	ExpiresIn int64     `json:"expires_in" doc:"Whole seconds to expires_at at the time of this answer."`
	ResendAt  time.Time `json:"resend_at" doc:"Another code can be asked for from then on."`
	ResendIn  int64     `json:"resend_in" doc:"Whole seconds to resend_at at the time of this answer."`
	// GuessesLeft counts wrong codes that may still be typed.
	GuessesLeft int `json:"guesses_left"`
	// Undelivered is why the code did not arrive; empty where nobody says so.
	Undelivered Undelivered `json:"undelivered,omitempty" enum:"phone,number,blocked,limit,unknown" doc:"The provider took the message on and says now that it did not arrive, and why; missing where nobody says so. The code stays good."`
}

// Undelivered is why a message that a provider took on did not arrive; the apps
// have a sentence for each.
type Undelivered string

// The reasons.
const (
	UndeliveredPhone   Undelivered = "phone"   // off, without signal, full, out of service, or nobody's
	UndeliveredNumber  Undelivered = "number"  // in a form that the carrier does not take
	UndeliveredBlocked Undelivered = "blocked" // by the person's own wish or a carrier's list
	UndeliveredLimit   Undelivered = "limit"   // it got too many messages
	UndeliveredUnknown Undelivered = "unknown" // between provider and carrier
)

// UndeliveredReasons lists every reason once.
func UndeliveredReasons() []Undelivered {
	return []Undelivered{UndeliveredPhone, UndeliveredNumber, UndeliveredBlocked, UndeliveredLimit, UndeliveredUnknown}
}

// Handoff describes the phone that holds the verification.
type Handoff struct {
	Device  string `json:"device" doc:"The name that the phone gave itself."`
	Network string `json:"network" doc:"The phone's network as the server sees it."`
	Online  bool   `json:"online"`
	// Number is drawn after the claim, two digits, and stands only in what
	// the PC sees.
	Number       string `json:"number,omitempty" doc:"Two digits to type on the phone; only in what the PC sees, while confirming."`
	Step         Step   `json:"step,omitempty"`
	Action       string `json:"action,omitempty"`
	ActionsDone  int    `json:"actions_done"`
	ActionsTotal int    `json:"actions_total"`
}

// Step is what the phone says it is doing. It is for display, never evidence.
type Step string

// The steps that a phone reports.
const (
	StepNone          Step = ""
	StepNumber        Step = "number"         // server: the number is to be typed
	StepConsent       Step = "consent"        // server: the number was right, consent is to be given
	StepCamera        Step = "camera"         // server: consent given, no challenge yet
	StepCameraBlocked Step = "camera_blocked" // phone
	StepAction        Step = "action"         // phone
	StepSending       Step = "sending"        // phone
)

// Action is one movement of an active face challenge. Left and right are the
// person's own.
type Action string

// The actions that a challenge is drawn from.
const (
	TurnLeft   Action = "turn_left"
	TurnRight  Action = "turn_right"
	Nod        Action = "nod"
	OpenMouth  Action = "open_mouth"
	Blink      Action = "blink"
	ComeCloser Action = "come_closer"
)

// Actions lists every action once.
func Actions() []Action {
	return []Action{TurnLeft, TurnRight, Nod, OpenMouth, Blink, ComeCloser}
}

// Turn reports whether the action turns the head, which a flat picture cannot.
func (a Action) Turn() bool { return a == TurnLeft || a == TurnRight }
