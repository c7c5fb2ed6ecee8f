package flow

import (
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"realname.example/shared/identity"
)

// Check is what there is to say about an input: a cause that refuses it, or a
// hint.
type Check struct {
	Cause identity.Cause
	// Detail is that of the identity.Error with Cause.
	Detail string
	// Hint is the key of a sentence.
	Hint string
}

// CheckName checks a name. Unfinished input, which is still being typed, is
// not told that something is missing.
func CheckName(kind identity.CertificateType, text string, finished bool) Check {
	_, err := identity.ParseNameOf(kind, text)
	return settle(err, finished)
}

// CheckNumber checks the number of a certificate at a moment.
func CheckNumber(kind identity.CertificateType, text string, now time.Time, finished bool) Check {
	number, err := identity.ParseNumberOf(kind, text)
	if err != nil {
		c := settle(err, finished)
		if (c.Cause == identity.CauseOldForm || c.Cause == identity.CauseOtherType) && !finished {
			return Check{}
		}
		return c
	}
	if err := number.CheckAge(now); err != nil {
		return Check{Cause: identity.CauseOf(err)}
	}
	if !kind.Checkable() {
		return Check{Hint: "hint.reviewed"}
	}
	if kind == identity.CNID && !number.RegionKnown() {
		return Check{Hint: "hint.region"}
	}
	return Check{}
}

// CheckMobile checks a mobile number.
func CheckMobile(text string, finished bool) Check {
	mobile, err := identity.ParseMobile(text)
	if err != nil {
		c := settle(err, finished)
		if c.Cause == identity.CauseNotMainland && !finished && utf8.RuneCountInString(text) < 2 {
			return Check{}
		}
		return c
	}
	if identity.VirtualOperator(mobile) {
		return Check{Hint: "hint.virtual"}
	}
	return Check{Hint: "hint.new_sim"}
}

// ReadCode returns the six digits of a code as it was typed or pasted: in any
// width, with spaces or hyphens between them.
func ReadCode(text string) (code string, ok bool) {
	code = strings.ReplaceAll(identity.Narrow(text), "-", "")
	return code, len(code) == 6 && strings.Trim(code, "0123456789") == ""
}

// settle makes a check of a parser's error, or of none.
func settle(err error, finished bool) Check {
	var refused *identity.Error
	if !errors.As(err, &refused) {
		return Check{}
	}
	if !finished && (refused.Cause == identity.CauseMissing || refused.Cause == identity.CauseTooShort) {
		return Check{}
	}
	return Check{Cause: refused.Cause, Detail: refused.Detail}
}
