package issuer

import (
	"errors"
	"fmt"
)

// Errors of the package. One map in httpapi turns each into a problem; a call
// that returns one has changed nothing.
var (
	ErrUnknown     = errors.New("no such issuer for this use")
	ErrRedirect    = errors.New("the redirect address is not a loopback address of the caller's own")
	ErrNotFound    = errors.New("no such attempt or link")
	ErrSpent       = errors.New("the attempt was used, or has ended")
	ErrLinkTaken   = errors.New("the person there is linked to another account here")
	ErrUnavailable = errors.New("the issuer does not answer")
	// ErrOff is a way to sign in that the operator turned off.
	ErrOff = errors.New("people do not sign in by issuer here")
)

// Cause says what of an issuer's answer was wrong. It is a word for clients and
// logs; it holds nothing of the answer.
type Cause string

// The causes of a refusal.
const (
	CauseDeclined Cause = "declined" // the person said no there
	CauseExpired  Cause = "expired"  // the attempt was used, or is older than ten minutes
	CauseState    Cause = "state"
	CauseIssuer   Cause = "iss"
	CauseCode     Cause = "code" // the issuer does not take it
	CauseToken    Cause = "token"
	CauseNonce    Cause = "nonce"
	CauseAudience Cause = "audience"
	CauseTime     Cause = "time"
	CauseSubject  Cause = "subject"
)

// RefusedError is an answer that is not taken.
type RefusedError struct {
	Issuer string
	Cause  Cause
	// Err is the finer cause, for the log.
	Err error
}

// Error implements error.
func (e *RefusedError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("answer of %s refused: %s", e.Issuer, e.Cause)
	}
	return fmt.Sprintf("answer of %s refused: %s: %v", e.Issuer, e.Cause, e.Err)
}

// Unwrap returns the finer cause.
func (e *RefusedError) Unwrap() error { return e.Err }

// errRevoked is a token that the issuer takes no more.
var errRevoked = errors.New("the issuer ended this link")
