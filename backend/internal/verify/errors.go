package verify

import (
	"errors"
	"fmt"
	"time"

	"realname.example/shared/verification"
)

// Errors of the domain. One map in httpapi turns each into a problem; a call
// that returns one has changed no status.
var (
	ErrNotFound         = errors.New("no such verification")
	ErrUnauthorized     = errors.New("token is not valid")
	ErrForbidden        = errors.New("the hand-off belongs to another account")
	ErrAffiliateUnknown = errors.New("no such affiliate")
	ErrAlreadyVerified  = errors.New("account is verified")
	ErrRequest          = errors.New("request is not valid")
	ErrCodeExpired      = errors.New("code has expired or was never sent")
	ErrTicketExpired    = errors.New("ticket has expired or is unknown")
	ErrTicketUsed       = errors.New("ticket was used")
	ErrConsentRequired  = errors.New("consent was not given")
	// ErrConsentUnknown is a consent to a text that is not the present one.
	ErrConsentUnknown      = errors.New("consent was given to another text")
	ErrFaceNotFound        = errors.New("no single face in the frames")
	ErrProviderUnavailable = errors.New("provider is unavailable")
	// ErrAnswerRefused is an affiliate's answer that may be forged or another's. It
	// stands in the audit trail.
	ErrAnswerRefused = errors.New("the affiliate's answer is refused")
)

// ErrIdentityBound is returned by Store.Create and Store.Update where the
// change binds a number that verifies another account. It never leaves the
// domain: the service rejects the case for it.
var ErrIdentityBound = errors.New("identity verifies another account")

// ErrDrawn and ErrFrameSeen are returned by Store.Update where other actions
// wait already, or a frame is remembered. They never leave the domain.
var (
	ErrDrawn     = errors.New("other actions were drawn meanwhile")
	ErrFrameSeen = errors.New("a frame was seen before")
)

// RequestError is ErrRequest that names its field.
type RequestError struct {
	// Field is named as the API's errors[] does.
	Field string
	// Missing is a field without a value; else the call takes no such value.
	Missing bool
}

// Error implements error.
func (e *RequestError) Error() string { return fmt.Sprintf("%v: %s", ErrRequest, e.Field) }

// Unwrap returns ErrRequest.
func (e *RequestError) Unwrap() error { return ErrRequest }

// ConflictError is a call that the status does not allow, or a second open
// case.
type ConflictError struct {
	// ID is the case in question.
	ID verification.ID
	// Status is what the case has.
	Status verification.Status
}

// Error implements error.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("verification %s is %s", e.ID, e.Status)
}

// CodeWrongError is a wrong SMS code.
type CodeWrongError struct{ GuessesLeft int }

// Error implements error.
func (e *CodeWrongError) Error() string {
	return fmt.Sprintf("code is wrong, %d guesses left", e.GuessesLeft)
}

// LimitError is a cap that is reached.
type LimitError struct {
	Bucket Bucket
	// RetryAt is when the same trace would pass.
	RetryAt time.Time
}

// Error implements error.
func (e *LimitError) Error() string { return fmt.Sprintf("limit of %s is reached", e.Bucket) }

// Refused reports whether a provider answered, and will not decide about this
// person or number now: it is well, and asking again at once is of no use.
func Refused(err error) bool {
	var input *InputError
	var limit *LimitError
	var quality *QualityError
	return errors.As(err, &input) || errors.As(err, &limit) || errors.As(err, &quality)
}

// EvidenceError is evidence that proves nothing: a signature, a hash, an order
// or a time that does not fit. Cause is for the operator and the phone's
// sentence.
type EvidenceError struct{ Cause string }

// Error implements error.
func (e *EvidenceError) Error() string { return "evidence refused: " + e.Cause }

// AttemptError is an upload that was refused and, after too many of them in one
// case, counted as an attempt.
type AttemptError struct {
	// Err is why it was refused.
	Err error
	// Left is how many attempts are left.
	Left int
}

// Error implements error.
func (e *AttemptError) Error() string { return fmt.Sprintf("%v, %d attempts left", e.Err, e.Left) }

// Unwrap returns why the upload was refused.
func (e *AttemptError) Unwrap() error { return e.Err }

// QualityError is a capture that has to be taken again. Hint says how.
type QualityError struct{ Hint Hint }

// Error implements error.
func (e *QualityError) Error() string { return "capture refused: " + string(e.Hint) }

// PictureError is a picture for a review that has to be taken again, or another
// file.
type PictureError struct {
	Picture verification.Picture
	Cause   PictureCause
}

// Error implements error.
func (e *PictureError) Error() string { return string(e.Picture) + " refused: " + string(e.Cause) }

// PictureCause is what is wrong with a picture; the apps have a sentence for each.
type PictureCause string

// The causes.
const (
	PictureFormat    PictureCause = "format"     // no JPEG or PNG, whatever it is called
	PicturePixels    PictureCause = "pixels"     // more than 12 megapixels
	PictureSmall     PictureCause = "small"      // too few pixels to read
	PictureDamaged   PictureCause = "damaged"    // it ends early, or is not what its header says
	PictureNoFace    PictureCause = "no_face"    // no face, or no portrait on the card
	PictureManyFaces PictureCause = "many_faces" // a selfie shows more than one
	PictureCloser    PictureCause = "closer"
	PictureFarther   PictureCause = "farther"
	PictureMoreLight PictureCause = "more_light"
	PictureLessLight PictureCause = "less_light"
	PictureGlare     PictureCause = "glare" // a reflection lies on the portrait
	PictureBlurred   PictureCause = "blurred"
	PictureCorners   PictureCause = "corners" // the card leaves the picture; said once of each picture
	PictureTurned    PictureCause = "turned"  // a selfie looks away
	PictureCovered   PictureCause = "covered" // something hides the face
)

// Hint is the one thing that would help a capture.
type Hint string

// The hints; the apps have a sentence for each.
const (
	HintCloser      Hint = "closer"
	HintFarther     Hint = "farther"
	HintMoreLight   Hint = "more_light"
	HintLessLight   Hint = "less_light"
	HintHoldStill   Hint = "hold_still"
	HintTurnFurther Hint = "turn_further"
	HintOneFace     Hint = "one_face"
	HintFaceCamera  Hint = "face_camera"
)

// BusyError is capacity that is used up.
type BusyError struct{ RetryAfter time.Duration }

// Error implements error.
func (e *BusyError) Error() string { return "busy" }
