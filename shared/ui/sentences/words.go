package sentences

import (
	"errors"
	"strings"
	"time"

	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/handoff"
	"realname.example/shared/identity"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// Status says what a status is, as a title.
func Status(s verification.Status) string { return T("status." + string(s)) }

// Who says who acts in a status, and how.
func Who(s verification.Status) string { return T("status." + string(s) + ".who") }

// Explain says why a verification has its status and what to do: the reason's
// sentence, or who acts where there is no reason.
func Explain(s verification.Status, m verification.Method, r verification.Reason) string {
	if r == "" {
		return Who(s)
	}
	key := "reason." + string(r)
	for _, finer := range []string{key + "." + string(s) + "." + string(m), key + "." + string(s)} {
		if has(finer) {
			return T(finer)
		}
	}
	return T(key)
}

// ExplainOnPhone is Explain as the phone says it, where the PC's words would not
// fit: what is shown here and there changes places.
func ExplainOnPhone(s verification.Status, m verification.Method, r verification.Reason) string {
	if key := "phone.reason." + string(r) + "." + string(s); has(key) {
		return T(key)
	}
	return Explain(s, m, r)
}

// Error says what went wrong and what to do next, whatever err is.
func Error(err error) string {
	var p *problem.Problem
	var unreachable *client.UnreachableError
	var unknown *client.KeyUnknownError
	var changed *client.KeyChangedError
	var foreign *client.ForeignError
	var certificate *client.CertificateError
	switch {
	case errors.As(err, &p):
		return Problem(p)
	case errors.As(err, &foreign) && has("error.foreign."+string(foreign.Kind)):
		return T("error.foreign." + string(foreign.Kind))
	case errors.As(err, &certificate):
		return T("error.certificate." + string(certificate.Fault))
	case errors.Is(err, client.ErrNotBackend):
		return T("error.not_backend")
	case errors.As(err, &unreachable):
		return T("error.unreachable")
	case errors.Is(err, handoff.ErrServer):
		return T("error.server_address")
	case errors.As(err, &unknown):
		return T("error.key_unknown")
	case errors.As(err, &changed):
		return T("error.key_changed")
	}
	return T("error.unknown")
}

// Problem says what a problem means. A code of a newer server is worded like
// an unexpected error.
func Problem(p *problem.Problem) string {
	for _, e := range p.Errors {
		// A new password is a password.
		if key := "cause.account." + strings.Replace(e.Field, "new", "password", 1) + "." + e.Cause; has(key) {
			return T(key)
		}
	}
	key := "problem." + string(p.Code)
	if p.Code == problem.EvidenceInvalid && len(p.Errors) > 0 && has("evidence."+p.Errors[0].Cause) {
		key = "evidence." + p.Errors[0].Cause
	}
	if len(p.Errors) > 0 && has(key+"."+p.Errors[0].Cause) {
		key += "." + p.Errors[0].Cause
	}
	if !has(key) {
		return T("error.unknown")
	}
	return T(key, Data{"In": Duration(p.RetryAfter)})
}

// Cause says at its field why an input is refused. Detail is that of the
// identity.Error, which the server passes on as the message of the field.
func Cause(field identity.Field, cause identity.Cause, detail string) string {
	key := "cause." + string(field) + "." + string(cause)
	switch {
	case cause == identity.CauseCharacters && strings.HasPrefix(detail, "U+"):
		return T("cause.identity.name.private", Data{"CodePoint": detail})
	case field == identity.FieldNumber && cause != identity.CauseOtherType && has("certificate.form."+detail):
		return T("certificate.form." + detail)
	case cause == identity.CauseOtherType:
		return T(key, Data{"Type": Certificate(detail)})
	case !has(key):
		return T("cause.other")
	}
	return T(key)
}

// Action says what a movement of the face challenge is.
func Action(a verification.Action) string { return T("face." + string(a)) }

// Step says what a phone is doing.
func Step(s verification.Step) string { return T("step." + string(s)) }

// Method names a method.
func Method(m verification.Method) string { return T("method." + string(m)) }

// Picture names a picture for a review.
func Picture(p verification.Picture) string { return T("picture." + string(p)) }

// Certificate names a certificate type.
func Certificate(t string) string { return T("certificate." + t) }

// Outcome says what happens to a person of the sandbox. An outcome of a newer
// server has no words.
func Outcome(o string) string {
	if key := "sandbox.outcome." + o; has(key) {
		return T(key)
	}
	return ""
}

// Undelivered says why a code did not arrive and what to do; "" where it may have.
func Undelivered(why verification.Undelivered) string {
	if why == "" {
		return ""
	}
	if key := "undelivered." + string(why); has(key) {
		return T(key)
	}
	return T("undelivered." + string(verification.UndeliveredUnknown))
}

// Event says what happened, as My data lists it.
func Event(e string) string {
	if key := "event." + e; has(key) {
		return T(key)
	}
	return T("event.other")
}

// Server names a server: a sandbox without a name of its own in the language in
// use, any other as its operator does.
func Server(name string) string {
	if name == api.SandboxName {
		return T("server.sandbox")
	}
	return name
}

// Party names who was asked or told; "" where it has no name for a person.
func Party(p string) string {
	if key := "party." + strings.TrimPrefix(p, "affiliate:"); has(key) {
		return T(key)
	}
	return ""
}

// Duration says how long something takes in its largest unit, rounded up.
func Duration(d time.Duration) string {
	up := func(unit time.Duration) int64 { return int64((d + unit - 1) / unit) }
	switch {
	case d <= 0:
		return T("time.moment")
	case d <= 2*time.Minute:
		return T("time.seconds", Data{"N": up(time.Second)})
	case d <= 2*time.Hour:
		return T("time.minutes", Data{"N": up(time.Minute)})
	case d <= 48*time.Hour:
		return T("time.hours", Data{"N": up(time.Hour)})
	}
	return T("time.days", Data{"N": up(24 * time.Hour)})
}

// Date says a moment with its day, in the zone of t.
func Date(t time.Time) string { return t.Format(T("time.date")) }

// Moment says a moment of today as its time, another one with its day.
func Moment(t, now time.Time) string {
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04")
	}
	return Date(t)
}

// Place says what a place is called where a file is chosen: Fyne's name of it, or the
// name itself where it is none of Fyne's, such as a drive's letter.
func Place(name string) string {
	if key := "place." + name; has(key) {
		return T(key)
	}
	return name
}
