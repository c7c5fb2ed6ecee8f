package live

import (
	"realname.example/backend/internal/face/look"
	"realname.example/shared/verification"
)

// Reason is why a judgement came out as it did. Only Passed is a pass;
// FaceMismatch and PortraitUnusable are said of a live person, LightFaint of nobody
// knows whom, and all the others are one kind or another of failed liveness.
type Reason string

// The reasons.
const (
	Passed Reason = "passed"

	FaceMismatch Reason = "face_mismatch" // a live person, but not the one of the portrait

	PortraitUnusable Reason = "portrait_unusable" // a live person, but the portrait cannot be read, shows nobody, or is too poor for a mismatch to count

	ActionMissing    Reason = "action_missing"    // an asked action was not seen
	ActionOrder      Reason = "action_order"      // actions were seen, but in another order, or others
	NoFrontal        Reason = "no_frontal"        // no frontal look at the start or at the end
	PersonChanged    Reason = "person_changed"    // not the same person in all frames
	FaceLost         Reason = "face_lost"         // no face, or several, in too many frames
	PositionJump     Reason = "position_jump"     // the face jumps as no head can
	FramesRepeated   Reason = "frames_repeated"   // the same picture more than once
	FlatSurface      Reason = "flat_surface"      // all movement is that of a plane
	SpoofSuspected   Reason = "spoof_suspected"   // the passive score says print or screen
	LightMissing     Reason = "light_missing"     // the face does not shine as the phone's screen lit it
	LightFaint       Reason = "light_faint"       // whether it does cannot be told, as before a window
	TimesImplausible Reason = "times_implausible" // the frames' times do not fit a camera
)

// Reasons lists all of them.
func Reasons() []Reason {
	return []Reason{
		Passed, FaceMismatch, PortraitUnusable, ActionMissing, ActionOrder, NoFrontal, PersonChanged, FaceLost,
		PositionJump, FramesRepeated, FlatSurface, SpoofSuspected, LightMissing, LightFaint, TimesImplausible,
	}
}

// Liveness says whether the reason is a kind of failed liveness.
func (r Reason) Liveness() bool {
	return r != Passed && r != FaceMismatch && r != PortraitUnusable && r != LightFaint
}

// Step is one asked action and the frames in which it was found.
type Step struct {
	Action     verification.Action
	Found      bool
	Start, End int // numbers of the first and the last frame, if found
	Peak       float64

	top int // the frame of it
}

// Refusal is why a trial ends; the zero value refuses nothing.
type Refusal struct {
	Reason Reason
	Hint   look.Hint
	Action verification.Action
}
