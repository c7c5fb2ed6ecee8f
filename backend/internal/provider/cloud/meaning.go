package cloud

import (
	"fmt"
	"regexp"
	"time"

	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// Meaning is what a result code says about a person. The zero value is that of
// a code which nobody has a meaning for: the provider is unavailable, and never
// has decided anything.
type Meaning struct {
	kind     kind
	mismatch verification.Reason
	field    identity.Field
}

type kind int

const (
	away kind = iota
	decided
	unregistered
	badInput
	tooOften
)

// The meanings without a detail.
var (
	// Away is a provider that is busy, or closed for a while.
	Away = Meaning{}
	// Agrees is a person about whom all agrees.
	Agrees = Meaning{kind: decided}
	// Unregistered is a mobile number that the carriers have no record of: a
	// second question tells whether the person exists.
	Unregistered = Meaning{kind: unregistered}
	// TooOften is an ID number that was asked about too often today.
	TooOften = Meaning{kind: tooOften}
)

// Differs is a verdict against the person.
func Differs(why verification.Reason) Meaning { return Meaning{kind: decided, mismatch: why} }

// BadInput is a value that the provider does not take.
func BadInput(field identity.Field) Meaning { return Meaning{kind: badInput, field: field} }

// Answer is the meaning in the words of the domain. call and code name the
// question and the result code for the log.
func (m Meaning) Answer(call, code string, now time.Time) (verify.CarrierAnswer, error) {
	switch m.kind {
	case decided:
		return verify.CarrierAnswer{Mismatch: m.mismatch}, nil
	case badInput:
		return verify.CarrierAnswer{}, &verify.InputError{Fields: []*identity.Error{{Field: m.field, Cause: identity.CauseUnsupported}}}
	case tooOften:
		return verify.CarrierAnswer{}, &verify.LimitError{Bucket: verify.BucketFailsID, RetryAt: NextDay(now)}
	case unregistered, away:
	}
	return verify.CarrierAnswer{}, Unavailable(call, Code(code))
}

// Comparing is what a code says about a face and a portrait. The zero value is that of
// a code which nobody has a meaning for: the provider is unavailable.
type Comparing struct {
	kind     kind
	mismatch verification.Reason
}

// The meanings without a detail.
var (
	// Same is the person of the portrait.
	Same = Comparing{kind: decided}
	// Retake is a picture that the provider cannot use: another may do.
	Retake = Comparing{kind: badInput}
	// NotNow is a person about whom the provider does not answer any more today.
	NotNow = Comparing{kind: tooOften}
)

// Not is a verdict against the person or the picture, or that there is no portrait.
func Not(why verification.Reason) Comparing { return Comparing{kind: decided, mismatch: why} }

// Comparison is the meaning in the words of the domain.
func (c Comparing) Comparison(call, code string, now time.Time) (verify.Comparison, error) {
	switch c.kind {
	case decided:
		return verify.Comparison{Mismatch: c.mismatch}, nil
	case badInput:
		return verify.Comparison{}, &verify.QualityError{Hint: verify.HintFaceCamera}
	case tooOften:
		return verify.Comparison{}, &verify.LimitError{Bucket: verify.BucketFailsID, RetryAt: NextDay(now)}
	case unregistered, away:
	}
	return verify.Comparison{}, Unavailable(call, Code(code))
}

// Sending is what a code says about one message. The zero value is that of a code
// which nobody has a meaning for: the provider is unavailable.
type Sending struct {
	sent  bool
	cause identity.Cause
	until func(now time.Time) time.Time
}

// Sent is a message that is on its way.
var Sent = Sending{sent: true}

// Refuses is a number that takes no messages: the person's answer, and nothing is
// wrong with the provider.
func Refuses(cause identity.Cause) Sending { return Sending{cause: cause} }

// Capped is the provider's own cap on one number, with when it is over at the
// latest.
func Capped(until func(now time.Time) time.Time) Sending { return Sending{until: until} }

// After is the moment that comes so long from now.
func After(d time.Duration) func(time.Time) time.Time {
	return func(now time.Time) time.Time { return now.Add(d) }
}

// Err is the meaning in the words of the domain; nil for Sent.
func (s Sending) Err(call, code string, now time.Time) error {
	switch {
	case s.sent:
		return nil
	case s.cause != "":
		return NumberRefused(s.cause)
	case s.until != nil:
		return TooFast(s.until(now))
	}
	return Unavailable(call, Code(code))
}

// NumberRefused is a mobile number that takes no messages.
func NumberRefused(cause identity.Cause) error {
	return &verify.InputError{Fields: []*identity.Error{{Field: identity.FieldMobile, Cause: cause}}}
}

// TooFast is the provider's own cap on messages to one number.
func TooFast(until time.Time) error {
	return &verify.LimitError{Bucket: verify.BucketSMSNumber, RetryAt: until}
}

// beijing is the zone whose days the providers count.
var beijing = time.FixedZone("UTC+8", 8*60*60)

// NextDay returns the next midnight in Beijing.
func NextDay(now time.Time) time.Time {
	y, m, d := now.In(beijing).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, beijing).UTC()
}

// Day is the day in Beijing of a moment, such as 20261125.
func Day(at time.Time) string { return at.In(beijing).Format("20060102") }

// Unavailable is verify.ErrProviderUnavailable with the question and the cause
// for the log.
func Unavailable(call string, cause error) error {
	return fmt.Errorf("%w: %s: %w", verify.ErrProviderUnavailable, call, cause)
}

// codeForm is the form of the codes that the documents have: a short number, or
// words with dots. No name, ID number or mobile number has it.
var codeForm = regexp.MustCompile(`^(-?[0-9]{1,3}( [0-9]{1,3})?|(-?[0-9]{1,3} )?[A-Za-z][A-Za-z._]*)$`)

// Code is a result code as the cause of a failure. A code in another form than
// the documents' is not repeated: it may hold anything.
func Code(code string) error {
	if len(code) > 80 || !codeForm.MatchString(code) {
		return failure("a code that is none")
	}
	return failure("code " + code)
}

// Causes of a failure that a provider sees for itself.
var (
	// ErrRequest is a question that could not be put into a request.
	ErrRequest error = failure("the request could not be made")
	// ErrShape is an answer without what the documents promise.
	ErrShape error = failure("the answer lacks its result")
)
