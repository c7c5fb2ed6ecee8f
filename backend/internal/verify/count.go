package verify

import (
	"slices"
	"time"

	"realname.example/shared/verification"
)

// Stage is how far a verification came, as the operator's numbers count it: each
// once a case, but StageFaceRefused, which every refused attempt is.
type Stage string

// The stages.
const (
	StageBegun     Stage = "begun"
	StageCodeSent  Stage = "code_sent"
	StageCodeRight Stage = "code_right"
	// StageFace is a capture that was judged, StageFaceRefused one that was refused.
	StageFace        Stage = "face"
	StageFaceRefused Stage = "face_refused"
	StageReview      Stage = "review"
	StageVerified    Stage = "verified"
	StageRejected    Stage = "rejected"
	StageExpired     Stage = "expired"
	StageCancelled   Stage = "cancelled"
	// StageAgain is a verification of somebody who was refused before, in this case or
	// in one of the account within RefusalMemory: perhaps the refusal was false. Its
	// reason is that of the refusal.
	StageAgain Stage = "verified_after_refusal"
)

// Stages lists every stage once.
func Stages() []Stage {
	return []Stage{
		StageBegun, StageCodeSent, StageCodeRight, StageFace, StageFaceRefused, StageReview, StageVerified, StageRejected,
		StageExpired, StageCancelled, StageAgain,
	}
}

// RefusalMemory is how long after a refusal a verification is a sign that it was
// false.
const RefusalMemory = month

// Count is one case that came to a stage.
type Count struct {
	At     time.Time
	Stage  Stage
	Method verification.Method
	Reason verification.Reason
}

// stageOf says which events bring a case to a stage.
var stageOf = map[Event]Stage{
	EventBegun: StageBegun, EventCodeSent: StageCodeSent, EventCodeRight: StageCodeRight, EventJudged: StageFace,
	EventReviewAsked: StageReview, EventVerified: StageVerified, EventRejected: StageRejected, EventExpired: StageExpired,
	EventCancelled: StageCancelled,
}

// reached counts the stage that an event brings the case to for the first time.
func (c step) reached(e Event) {
	stage, ok := stageOf[e]
	if !ok || slices.Contains(c.Stages, stage) {
		return
	}
	c.Stages = append(c.Stages, stage)
	c.count(stage, c.Reason)
}

func (c step) count(s Stage, why verification.Reason) {
	c.effects.Counts = append(c.effects.Counts, Count{At: c.now, Stage: s, Method: c.Method, Reason: why})
}

// refused counts a face attempt that was refused.
func (c step) refused(why verification.Reason) {
	c.FaceRefused = why
	c.count(StageFaceRefused, why)
}
