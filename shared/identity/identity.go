// Package identity parses and masks what a person states about themselves:
// certificate type, ID number, name and mobile number. Both apps check with it
// as one types, the backend decides with it. The rules are those of
// GB 11643-1999 (ID number) and of the mainland numbering plan; it asks nobody
// whether a person exists.
package identity

import (
	"errors"
	"fmt"
)

// Field names one input, as the API's errors[] does.
type Field string

// The fields of a stated identity.
const (
	FieldCertificateType Field = "identity.certificate_type"
	FieldName            Field = "identity.name"
	FieldNumber          Field = "identity.number"
	FieldMobile          Field = "identity.mobile"
)

// Cause is the finer cause of a refusal; the apps have a sentence for each.
type Cause string

// The closed list of causes.
const (
	CauseUnsupported    Cause = "unsupported"
	CauseMissing        Cause = "missing"
	CauseTooShort       Cause = "too_short"
	CauseTooLong        Cause = "too_long"
	CauseCharacters     Cause = "characters"      // a character that does not belong there
	CauseOldForm        Cause = "old_form"        // the 15-digit number, which has no check
	CauseCheckCharacter Cause = "check_character" // the last character does not fit
	CauseSpreadsheet    Cause = "spreadsheet"     // a spreadsheet has cut the last digits
	CauseOtherType      Cause = "other_type"      // a number of another certificate type
	CauseBirthDate      Cause = "birth_date"      // a date that does not exist
	CauseBirthFuture    Cause = "birth_future"
	CauseUnderage       Cause = "underage"     // under 14: a guardian's consent is demanded by law
	CauseInterpunct     Cause = "interpunct"   // first, last or doubled
	CauseNotMainland    Cause = "not_mainland" // not 1[3-9] and nine digits
	CauseBlocked        Cause = "blocked"      // a mobile number that takes no messages
)

// Causes lists every cause once.
func Causes() []Cause {
	return []Cause{
		CauseUnsupported, CauseMissing, CauseTooShort, CauseTooLong, CauseCharacters,
		CauseOldForm, CauseCheckCharacter, CauseSpreadsheet, CauseOtherType, CauseBirthDate,
		CauseBirthFuture, CauseUnderage, CauseInterpunct, CauseNotMainland, CauseBlocked,
	}
}

// Error says which field was refused and why. It never holds the value.
type Error struct {
	Field Field
	Cause Cause
	// Detail is the code point of a private character in a name, such as
	// U+E000, which one font or system alone can read; the certificate type that
	// a number of CauseOtherType looks like, or whose form a number does not
	// have where that is not the one of 18 characters; else empty.
	Detail string
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("%s: %s", e.Field, e.Cause) }

// CauseOf returns the cause of an error of this package, or "".
func CauseOf(err error) Cause {
	var e *Error
	if errors.As(err, &e) {
		return e.Cause
	}
	return ""
}
