package face

import (
	"errors"
	"fmt"
	"time"

	"realname.example/backend/internal/face/raster"
	"realname.example/shared/handoff"
)

// Action is one thing a person is asked to do. Left and right are the
// person's own.
type Action string

// The actions that can be asked.
const (
	TurnLeft   Action = "turn_left"
	TurnRight  Action = "turn_right"
	Nod        Action = "nod"
	OpenMouth  Action = "open_mouth"
	Blink      Action = "blink"
	ComeCloser Action = "come_closer"
)

// Actions lists every action that can be asked.
var Actions = []Action{TurnLeft, TurnRight, Nod, OpenMouth, Blink, ComeCloser}

// ParseAction accepts the exact name of an action.
func ParseAction(s string) (Action, error) {
	for _, a := range Actions {
		if string(a) == s {
			return a, nil
		}
	}
	return "", fmt.Errorf("%q is not an action", s)
}

// Turn says whether the action is one of the two turns of the head.
func (a Action) Turn() bool { return a == TurnLeft || a == TurnRight }

// Frame is one picture of a capture.
type Frame struct {
	JPEG []byte        // as the phone sent it: at most handoff.MaxFrameBytes, not mirrored
	At   time.Duration // since the first frame; strictly rising

	// Light is the colour that the phone's screen showed to light the face; "" for none.
	// Frames with one come after all others.
	Light handoff.Colour
}

// Capture is all that a verdict looks at.
type Capture struct {
	Portrait []byte   // JPEG or PNG; empty where there is none: liveness alone is judged
	Frames   []Frame  // handoff.MinFrames to MaxFrames, in the order they were taken
	Actions  []Action // in the order they were asked

	// DemandLight refuses where the face does not answer the colours of its lit frames,
	// or has none; else what comes of them is only told.
	DemandLight bool
}

// Limits of what no phone sends; those of its frames are handoff's.
const (
	MaxPortrait = raster.MaxFile
	MaxActions  = 6
)

// pictures are the frames without their times.
func (c Capture) pictures() [][]byte {
	out := make([][]byte, len(c.Frames))
	for i, f := range c.Frames {
		out[i] = f.JPEG
	}
	return out
}

// Hint is the one piece of advice that helps the person most. The caller turns
// it into a sentence.
type Hint string

// The hints.
const (
	NoHint        Hint = ""
	HintOneFace   Hint = "one_face"     // exactly one face must be seen
	HintCloser    Hint = "closer"       // the face is too small
	HintFarther   Hint = "farther"      // the face fills or leaves the picture
	HintMoreLight Hint = "more_light"   // too dark
	HintLessLight Hint = "less_light"   // too bright
	HintHoldStill Hint = "hold_still"   // blurred
	HintLookAhead Hint = "look_ahead"   // no frontal look at the start or the end
	HintTurnMore  Hint = "turn_further" // a turn was too small
	HintNodMore   Hint = "nod_further"
	HintOpenMore  Hint = "open_wider"
	HintBlink     Hint = "blink_clearly"
	HintNearer    Hint = "come_nearer" // the approach was too small
	HintInOrder   Hint = "follow_order"
	HintUncover   Hint = "uncover_face" // something hides the face
	HintLessGlare Hint = "less_glare"   // a reflection lies on a printed portrait
	HintRetry     Hint = "try_again"
)

// Kinds of trouble with what was sent; all are errors of the input, cost the
// person no attempt, and are never a verdict.
var (
	ErrCapture  = errors.New("the capture is not usable")       // frames, times or actions out of bounds
	ErrForm     = errors.New("the picture's form is not taken") // not an image, another kind, too large or small
	ErrImage    = errors.New("the picture cannot be read")      // damaged
	ErrNoFace   = errors.New("no face is seen")                 //
	ErrManyFace = errors.New("more than one face is seen")      //
	ErrQuality  = errors.New("the picture is not good enough")  // size, light, sharpness, pose
)

// InputError is one of the errors above with where it happened and what helps.
type InputError struct {
	Kind  error // ErrCapture, ErrForm, ErrImage, ErrNoFace, ErrManyFace or ErrQuality
	Hint  Hint
	Frame int // number of the frame, or -1 for the portrait or the whole
	Cause error
}

// Error says what is wrong, for logs; it holds no personal data.
func (e *InputError) Error() string {
	s := e.Kind.Error()
	if e.Frame >= 0 {
		s = fmt.Sprintf("frame %d: %s", e.Frame, s)
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap gives the kind and the cause to errors.Is.
func (e *InputError) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

// ErrUnavailable means that the engine has no models or no runtime: the backend
// goes on, and face methods answer provider_unavailable.
var ErrUnavailable = errors.New("the face engine is not available")

// BusyError means that all places are taken; nothing was looked at.
type BusyError struct{ RetryAfter time.Duration }

// Error says when to come back.
func (e *BusyError) Error() string {
	return fmt.Sprintf("the face engine is busy: try again in %s", e.RetryAfter)
}

// ErrBusy is what errors.Is finds in a BusyError.
var ErrBusy = errors.New("the face engine is busy")

// Is makes every BusyError an ErrBusy.
func (e *BusyError) Is(target error) bool { return target == ErrBusy }

// checkCapture refuses what needs no decoding to be refused: counts, sizes,
// times and actions.
func checkCapture(c Capture) error {
	bad := func(frame int, hint Hint, format string, args ...any) error {
		return &InputError{ErrCapture, hint, frame, fmt.Errorf(format, args...)}
	}
	if len(c.Actions) == 0 || len(c.Actions) > MaxActions {
		return bad(-1, NoHint, "%d actions were asked", len(c.Actions))
	}
	for _, a := range c.Actions {
		if _, err := ParseAction(string(a)); err != nil {
			return bad(-1, NoHint, "%w", err)
		}
	}
	if err := checkCount(len(c.Frames)); err != nil {
		return err
	}
	for i, f := range c.Frames {
		if len(f.JPEG) == 0 || len(f.JPEG) > handoff.MaxFrameBytes {
			return bad(i, NoHint, "the frame has %d bytes", len(f.JPEG))
		}
		if i == 0 {
			continue
		}
		switch gap := f.At - c.Frames[i-1].At; {
		case gap <= 0:
			return bad(i, HintRetry, "its time is not after the one before")
		case gap > handoff.MaxFrameGap:
			return bad(i, HintRetry, "there is a gap of %s before it", gap)
		}
	}
	if d := c.Frames[len(c.Frames)-1].At - c.Frames[0].At; d < handoff.MinCapture || d > handoff.MaxCapture {
		return bad(-1, HintRetry, "the capture lasts %s", d)
	}
	return nil
}

func checkCount(n int) error {
	if n < handoff.MinFrames || n > handoff.MaxFrames {
		return &InputError{ErrCapture, HintRetry, -1, fmt.Errorf("%d frames, not %d to %d", n, handoff.MinFrames, handoff.MaxFrames)}
	}
	return nil
}
