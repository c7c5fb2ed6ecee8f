package verify

import (
	"errors"
	"slices"
	"time"

	"realname.example/shared/verification"
)

// Config holds every lifetime and cap of the domain. DefaultConfig has the
// values of the product; zero caps are off. The tags are for whoever reads
// settings: a field with help may be set by an operator, one with "-" may not.
type Config struct {
	CaseLife       time.Duration `help:"case without activity"`
	CodeLife       time.Duration `help:"SMS code"`
	ProvenLife     time.Duration `help:"how long a right code retries the carrier"`
	TicketLife     time.Duration `help:"ticket in the QR code"`
	TicketGrace    time.Duration `help:"how much longer the ticket before stays good"`
	TypedLife      time.Duration `help:"typed code"`
	ConfirmingLife time.Duration `help:"status confirming"`
	CapturingLife  time.Duration `help:"status capturing"`
	ReviewLife     time.Duration `help:"status in_review"`
	// CheckingLife and JudgingLife end a step whose server died.
	CheckingLife time.Duration `kong:"-"`
	JudgingLife  time.Duration `kong:"-"`
	// OnlineLife is how long after its last call a phone counts as online.
	OnlineLife time.Duration `kong:"-"`
	Retention  time.Duration `help:"personal data of cases that verified nobody"`
	// UnverifiedLife counts from the last sign-in.
	UnverifiedLife time.Duration `help:"accounts that never verified and that nobody signs in to, 0 to keep them" type:"interval"`
	// AuditLife is about the trail of cases; what operators did is kept for good.
	AuditLife time.Duration `help:"the trail of verifications that verify nobody any more, 0 to keep it" type:"interval"`
	// PicturesLife counts from the decision; the hour that Prune may be late is
	// taken off it.
	PicturesLife time.Duration `help:"pictures of a review after its decision"`

	// MoveWait is how long the holder of an ID may object to its move.
	MoveWait time.Duration `help:"how long the holder of an ID may object to its move"`

	CarrierTimeout time.Duration `help:"one try of the carrier"`
	CarrierTries   int           `kong:"-"`
	SMSTimeout     time.Duration `help:"sending one code"`
	JudgeTimeout   time.Duration `help:"one judgement of a face"`

	CodeGuesses  int `help:"wrong codes per SMS code"`
	FaceAttempts int `help:"face attempts per case, and a day per account, ID and phone"`

	SMSInterval   time.Duration `help:"time between two codes to one number, 0 for no cap" type:"interval"`
	SMSHourly     int           `help:"codes per number and hour, 0 for no cap"`
	SMSDaily      int           `help:"codes per number and day, 0 for no cap"`
	SMSAccount    int           `help:"codes per account and day, 0 for no cap"`
	SMSAddress    int           `help:"codes per address and day, 0 for no cap"`
	SMSAll        int           `help:"codes a day to all numbers, 0 for no cap"`
	IDsPerAccount int           `name:"ids-per-account" help:"different IDs per account in 30 days, 0 for no cap"`
	FailsPerDay   int           `help:"refused cases a day per account and per ID, 0 for no cap"`
	ClaimsPerHour int           `help:"typed codes tried per address and hour, 0 for no cap"`
	// TrustedSMS and TrustedClaims stand in for SMSAddress and ClaimsPerHour
	// where the address is one of a trusted network.
	TrustedSMS    int `help:"sms-address of trusted networks"`
	TrustedClaims int `help:"claims-per-hour of trusted networks"`
	// HandoffsPerHour: the PC asks for one a minute.
	HandoffsPerHour int `help:"tickets of one case an hour, 0 for no cap"`

	Risk RiskConfig `embed:"" prefix:"risk-"`

	// FaceActions are those that a challenge is drawn from.
	FaceActions     []verification.Action `help:"actions that a challenge is drawn from, by comma" type:"actions"`
	FaceActionCount int                   `help:"actions that a challenge asks for"`
	// Light is the mode of the light challenge; LightOptional accepts, where it is
	// enforced, who lights nothing: an older app, or a person whom flashes harm. Else an
	// operator decides about them.
	Light         LightMode `help:"off, observe or enforce: the phone's screen lights the face with colours, and what comes of it counts" type:"light"`
	LightOptional bool      `help:"1 accepts, with light=enforce, who has turned the light off or has an older app; else an operator decides"`
	// ChallengesPerCapture stops a phone from asking until a challenge suits
	// a recording that it holds.
	ChallengesPerCapture int `kong:"-"`
}

// FrameLife is how long frames are remembered: as keyed hashes and prints, told
// in the consent and in the data ledger, and gone with an erasure.
const FrameLife = 30 * day

// WaitingLife is how long actions that were drawn wait to be judged.
const WaitingLife = day

// freeRefusals is how many captures a case may have that cannot be used, refused uploads
// and those in which the light was not seen together, before each further one counts as
// an attempt.
const freeRefusals = 3

// capturesPerAttempt is how many captures of an ID are judged a day for each
// face attempt that it has: more than one, for verdicts that an engine which
// went away never gave.
const capturesPerAttempt = 3

// reviewsAgain is how often a review may be asked for again after a refusal.
const reviewsAgain = 2

// RiskConfig has a threshold for each counting risk rule; zero turns it off.
type RiskConfig struct {
	AccountsPerID int `help:"accounts that tried an ID in 30 days before a face scan, 0 for off"`
	IDsPerPhone   int `name:"ids-per-phone" help:"IDs that a phone served in 30 days before a face scan, 0 for off"`
	Failures      int `help:"refused cases of an account a day before a face scan, 0 for off"`
	// NewPlace is about a device and a network that are both new.
	NewPlace bool `help:"1 demands a face scan from a new device on a new network"`
}

// month is the window of the caps on identities.
const month = 30 * 24 * time.Hour

// DefaultConfig returns the product's values (docs/api.md).
func DefaultConfig() Config {
	return Config{
		CaseLife: 30 * time.Minute, CodeLife: 5 * time.Minute, ProvenLife: 10 * time.Minute,
		TicketLife: time.Minute, TicketGrace: 30 * time.Second, TypedLife: 5 * time.Minute,
		ConfirmingLife: 2 * time.Minute, CapturingLife: 5 * time.Minute, ReviewLife: 7 * 24 * time.Hour,
		CheckingLife: 20 * time.Second, JudgingLife: time.Minute,
		OnlineLife: 25 * time.Second, Retention: month, PicturesLife: 7 * day, MoveWait: 3 * day,
		UnverifiedLife: 365 * day, AuditLife: 3 * 365 * day,
		CarrierTimeout: 5 * time.Second, CarrierTries: 2, SMSTimeout: 5 * time.Second, JudgeTimeout: 30 * time.Second,
		CodeGuesses: 5, FaceAttempts: 5,
		SMSInterval: time.Minute, SMSHourly: 5, SMSDaily: 10,
		SMSAccount: 20, SMSAddress: 50, SMSAll: 10000,
		IDsPerAccount: 3, FailsPerDay: 10, ClaimsPerHour: 30, TrustedSMS: 2000, TrustedClaims: 2000,
		HandoffsPerHour: 200,
		Risk:            RiskConfig{AccountsPerID: 3, IDsPerPhone: 3, Failures: 3, NewPlace: true},
		FaceActions:     verification.Actions(),
		FaceActionCount: 3, ChallengesPerCapture: 10, Light: LightObserve,
	}
}

// errChallengeWeak is returned by CheckChallenge.
var errChallengeWeak = errors.New("a challenge needs three actions or more, a turn among them")

// CheckChallenge refuses a challenge that is weaker than face.md demands:
// three actions, at least one turn. Production does not start with one.
func (c Config) CheckChallenge() error {
	if c.FaceActionCount < 3 || len(c.FaceActions) < c.FaceActionCount ||
		!slices.ContainsFunc(c.FaceActions, verification.Action.Turn) {
		return errChallengeWeak
	}
	return nil
}

// perAddress returns the cap that counts for an address. One that is off is off
// for trusted ones too.
func (Config) perAddress(trusted bool, most, ofTrusted int) int {
	if trusted && most > 0 {
		return ofTrusted
	}
	return most
}
