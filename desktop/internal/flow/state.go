package flow

import (
	"cmp"
	"time"

	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// Page is where the person wants to be. ScreenOf says what is shown there.
type Page int

// The pages.
const (
	PageConnect Page = iota // looking for the server, or asking for its address
	PageSignIn
	PageHome
	PageMethods
	PageMobile // details for a case that is not open yet
	PageFace   // the same
	PageCase
	PageReset // a new password for one that was forgotten
)

// Doing is what the app waits for.
type Doing int

// What the app may wait for.
const (
	DoingNothing Doing = iota
	DoingConnect
	DoingSignIn
	DoingLoad
	DoingBegin
	DoingSendCode
	DoingCheckCode
	DoingHandoff
	DoingReview
	DoingCancel
	DoingErase
	DoingRevoke
	DoingSandbox
	DoingBrowser // the person answers at an issuer
	DoingPicture
	DoingReset
)

// Purpose is what the person agrees to, as the server names it.
type Purpose string

// The purposes of this app.
const (
	ForMobile Purpose = "mobile"
	ForReview Purpose = "review"
)

// Details are what the person types of themselves. They stay until the
// verification is through, whatever goes wrong.
type Details struct {
	// Certificate is the type that was picked; "" for the mainland ID card.
	Certificate          identity.CertificateType
	Name, Number, Mobile string
}

// Kind is the certificate type that counts.
func (d Details) Kind() identity.CertificateType { return cmp.Or(d.Certificate, identity.CNID) }

// KeyQuestion asks whether a server's key is trusted. Pinned is "" for a first
// meeting.
type KeyQuestion struct {
	Address           string
	Presented, Pinned client.Pin
}

// Browser is an issuer at which the person answers in the system's browser.
type Browser struct {
	Name    string
	Address string
	// Lost is true where no browser could be opened: the person opens the address.
	Lost bool
}

// Device is a site at which the person answers on another device.
type Device struct {
	Name string
	// Scan is the address that stands in the QR code, Page the one to open by hand,
	// and Code what the site's page shows or asks for.
	Scan, Page, Code string
}

// State is everything that there is to show. It is a value: who has one may
// read it at leisure.
type State struct {
	// Turn grows with each change.
	Turn       int64
	Page       Page
	Doing      Doing
	DoingSince time.Time
	// Err is what went wrong last, nil when nothing did.
	Err error
	// Offline is true while the server does not answer; it is tried again
	// by itself.
	Offline bool

	// Address, Fingerprint and Server are those of the server in use, once
	// Connected; Wanted is the address that is asked for or looked for, the
	// same most of the time. Before is the page to go back to from
	// PageConnect.
	Connected   bool
	Address     string
	Fingerprint string
	Server      api.Server
	Wanted      string
	Before      Page
	Key         *KeyQuestion

	// SignIn says how people sign in to the server; Browser is where one answers
	// now, nil while nobody does.
	SignIn  api.SignInOptions
	Browser *Browser
	// Device is where the person answers on another device now, nil while nobody does.
	Device *Device

	// Reset is the new password that was asked for, nil before; PasswordSet is true
	// once it was set, until the person signs in.
	Reset       *api.Reset
	PasswordSet bool

	Credentials api.Credentials // for the form: what was typed, or the sandbox's
	Account     api.Account
	Options     api.Options
	// AskAffiliate is true while Authorize Now is to be offered.
	AskAffiliate bool

	Details Details
	// ConsentText is what the person agrees to by what they do next, for ConsentFor:
	// asking for a code, or sending pictures. Empty until it was asked for.
	ConsentText api.ConsentText
	ConsentFor  Purpose
	// View is the newest of the case, nil for none; ViewAt is when it arrived,
	// from which its seconds count.
	View   *verification.View
	ViewAt time.Time
	// Handoff is the ticket that is shown, nil for none; HandoffAt is when it
	// arrived, from which its seconds count, HandoffSince when the first of this
	// showing did.
	Handoff      *api.Handoff
	HandoffAt    time.Time
	HandoffSince time.Time
	// HandoffOver is true once the code was shown for its ten minutes.
	HandoffOver bool

	Records *api.Records
	Links   []api.Link
	People  []api.Person
	SMS     []api.SandboxSMS // newest first, those of the typed mobile
}

// HandoffUntil is when the ticket that is shown ends, by this PC's own count.
func (s State) HandoffUntil() time.Time { return after(s.HandoffAt, s.Handoff.ExpiresIn) }

// ResendFrom is when another code may be asked for, by this PC's own count.
func (s State) ResendFrom() time.Time { return after(s.ViewAt, s.View.Code.ResendIn) }

// RetryFrom is when a new try may begin, by this PC's own count; the arrival of a
// view that names no wait.
func (s State) RetryFrom() time.Time {
	if s.View.RetryIn == nil {
		return s.ViewAt
	}
	return after(s.ViewAt, *s.View.RetryIn)
}

func after(arrived time.Time, seconds int64) time.Time {
	return arrived.Add(time.Duration(seconds) * time.Second)
}

// Sandbox reports whether nothing is real.
func (s State) Sandbox() bool { return s.Server.Mode == api.ModeSandbox }

// CaseOpen reports whether there is a case that is not final.
func (s State) CaseOpen() bool { return s.View != nil && !s.View.Status.Final() }

// Editable reports whether the details may be typed: not while a case holds
// them.
func (s State) Editable() bool { return !s.CaseOpen() }

// PhoneAsked reports whether a phone that has claimed is still to type its number.
func (s State) PhoneAsked() bool {
	return s.View != nil && s.View.Handoff != nil && s.View.Handoff.Number != ""
}
