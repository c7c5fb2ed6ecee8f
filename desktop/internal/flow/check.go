package flow

import (
	"time"
	"unicode/utf8"

	"realname.example/shared/identity"
)

// Check is what there is to say about an input: a cause that refuses it, or a
// hint.
type Check struct {
	Cause identity.Cause
	// Hint is the key of a sentence.
	Hint string
}

// CheckName checks a name. Unfinished input, which is still being typed, is
// not told that something is missing.
func CheckName(text string, finished bool) Check {
	_, err := identity.ParseName(text)
	return settle(identity.CauseOf(err), finished)
}

// CheckNumber checks an ID number at a moment.
func CheckNumber(text string, now time.Time, finished bool) Check {
	number, err := identity.ParseNumber(text)
	if err != nil {
		c := settle(identity.CauseOf(err), finished)
		if c.Cause == identity.CauseOldForm && !finished {
			return Check{}
		}
		return c
	}
	if err := number.CheckAge(now); err != nil {
		return Check{Cause: identity.CauseOf(err)}
	}
	if !number.RegionKnown() {
		return Check{Hint: "hint.region"}
	}
	return Check{}
}

// CheckMobile checks a mobile number.
func CheckMobile(text string, finished bool) Check {
	mobile, err := identity.ParseMobile(text)
	if err != nil {
		c := settle(identity.CauseOf(err), finished)
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

// Valid reports whether the details can be sent.
func (d Details) Valid(now time.Time, mobile bool) bool {
	return CheckName(d.Name, true).Cause == "" && CheckNumber(d.Number, now, true).Cause == "" &&
		(!mobile || CheckMobile(d.Mobile, true).Cause == "")
}

func settle(cause identity.Cause, finished bool) Check {
	if !finished && (cause == identity.CauseMissing || cause == identity.CauseTooShort) {
		return Check{}
	}
	return Check{Cause: cause}
}
