package look

import (
	"errors"
	"fmt"

	"realname.example/backend/internal/face/raster"
)

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
	HintCorners   Hint = "all_corners"  // a printed card leaves the picture
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

// Unreadable is the InputError of a picture that is refused; -1 is the portrait.
func Unreadable(err error, frame int) error {
	kind := ErrImage
	for _, form := range []error{raster.ErrFormat, raster.ErrForm, raster.ErrTooLarge, raster.ErrTooSmall} {
		if errors.Is(err, form) {
			kind = ErrForm
		}
	}
	return &InputError{kind, HintRetry, frame, err}
}

// AtFrame puts the number of the frame into an error of analyse.
func AtFrame(err error, frame int) error {
	var in *InputError
	if errors.As(err, &in) {
		in.Frame = frame
	}
	return err
}
