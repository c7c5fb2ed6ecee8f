package verify

import (
	"errors"
	"slices"
	"time"

	"realname.example/shared/verification"
)

// Config holds every lifetime and cap of the domain. DefaultConfig has the
// values of the product; zero caps are off.
type Config struct {
	CaseLife       time.Duration // without activity
	CodeLife       time.Duration
	ProvenLife     time.Duration // how long a right code retries the carrier
	TicketLife     time.Duration
	TicketGrace    time.Duration // how long the ticket before stays good
	TypedLife      time.Duration
	ConfirmingLife time.Duration
	CapturingLife  time.Duration
	ReviewLife     time.Duration
	// CheckingLife and JudgingLife end a step whose server died.
	CheckingLife time.Duration
	JudgingLife  time.Duration
	// OnlineLife is how long after its last call a phone counts as online.
	OnlineLife time.Duration
	// Retention is how long personal data of cases that verified nobody is
	// kept.
	Retention time.Duration

	CarrierTimeout time.Duration
	CarrierTries   int
	SMSTimeout     time.Duration
	JudgeTimeout   time.Duration

	CodeGuesses  int
	FaceAttempts int

	SMSInterval   time.Duration // between two sends to one number
	SMSHourly     int           // per number
	SMSDaily      int           // per number
	SMSAccount    int           // per account and day
	SMSAddress    int           // per source address and day
	SMSAll        int           // all numbers, a day: the spend cap
	IDsPerAccount int           // different IDs in 30 days
	FailsPerDay   int           // refused cases per account and per ID
	ClaimsPerHour int           // typed codes tried per source address
	TrustedSMS    int           // as SMSAddress, of an address of a trusted network
	TrustedClaims int           // as ClaimsPerHour, of such an address
	// HandoffsPerHour caps the tickets of one case; the PC asks for one a minute.
	HandoffsPerHour int

	Risk RiskConfig

	// FaceActions are those that a challenge is drawn from.
	FaceActions []verification.Action
	// FaceActionCount is how many a challenge asks for.
	FaceActionCount int
	// ChallengesPerCapture stops a phone from asking until a challenge suits
	// a recording that it holds.
	ChallengesPerCapture int
	// ConsentVersion is the face consent's sentence that is shown now.
	ConsentVersion string
}

// FrameLife is how long frames are remembered: as keyed hashes and prints, told
// in the consent and in the data ledger, and gone with an erasure.
const FrameLife = 30 * day

// WaitingLife is how long actions that were drawn wait to be judged.
const WaitingLife = day

// freeRefusals is how many uploads a case may have refused before each further
// one counts as an attempt.
const freeRefusals = 3

// capturesPerAttempt is how many captures of an ID are judged a day for each
// face attempt that it has: more than one, for verdicts that an engine which
// went away never gave.
const capturesPerAttempt = 3

// reviewsAgain is how often a review may be asked for again after a refusal.
const reviewsAgain = 2

// RiskConfig has a threshold for each counting risk rule; zero turns it off.
type RiskConfig struct {
	AccountsPerID int // several accounts tried this ID within 30 days
	IDsPerPhone   int // this phone served several IDs within 30 days
	Failures      int // refused cases of the account within a day
	// NewPlace demands a face scan from a new device on a new network.
	NewPlace bool
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
		OnlineLife: 25 * time.Second, Retention: month,
		CarrierTimeout: 5 * time.Second, CarrierTries: 2, SMSTimeout: 5 * time.Second, JudgeTimeout: 30 * time.Second,
		CodeGuesses: 5, FaceAttempts: 5,
		SMSInterval: time.Minute, SMSHourly: 5, SMSDaily: 10,
		SMSAccount: 20, SMSAddress: 50, SMSAll: 10000,
		IDsPerAccount: 3, FailsPerDay: 10, ClaimsPerHour: 30, TrustedSMS: 2000, TrustedClaims: 2000,
		HandoffsPerHour: 200,
		Risk:            RiskConfig{AccountsPerID: 3, IDsPerPhone: 3, Failures: 3, NewPlace: true},
		FaceActions:     verification.Actions(),
		FaceActionCount: 3, ChallengesPerCapture: 10,
		ConsentVersion: "face-2",
	}
}

// errChallengeWeak is returned by CheckChallenge.
var errChallengeWeak = errors.New("face.actions needs three actions or more, a turn among them")

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
