// Package verification holds the words that the backend and both apps share
// about one verification: its status, why it is there, and the View that a
// client may see. It carries no rule; the backend's verify package decides.
package verification

// ID names one verification. It is not a secret: every call that takes it is
// also authorised by a token.
type ID string

// Status is the one authority on where a verification stands. Each constant
// says who acts next.
type Status string

// The statuses. The last four are final.
const (
	CodeRequired Status = "code_required" // PC acts: ask for and type the SMS code
	Checking     Status = "checking"      // server acts: asks the carrier
	FaceRequired Status = "face_required" // PC shows the QR code, then the phone claims it
	Confirming   Status = "confirming"    // phone acts: the number, then consent
	Capturing    Status = "capturing"     // phone acts: challenge and evidence
	Judging      Status = "judging"       // server acts: liveness and match
	InReview     Status = "in_review"     // operator acts
	Verified     Status = "verified"      // final
	Rejected     Status = "rejected"      // final
	Expired      Status = "expired"       // final
	Cancelled    Status = "cancelled"     // final
)

// Statuses lists every status in the order in which a case can meet them.
func Statuses() []Status {
	return []Status{
		CodeRequired, Checking, FaceRequired, Confirming, Capturing, Judging,
		InReview, Verified, Rejected, Expired, Cancelled,
	}
}

// Final reports whether nobody can act on the verification any more.
func (s Status) Final() bool {
	switch s {
	case Verified, Rejected, Expired, Cancelled:
		return true
	case CodeRequired, Checking, FaceRequired, Confirming, Capturing, Judging, InReview:
		return false
	}
	return false
}

// OnPhone reports whether a phone holds the hand-off in this status.
func (s Status) OnPhone() bool {
	return s == Confirming || s == Capturing || s == Judging
}

// Method is the way by which a person proves who they are.
type Method string

// The methods, in the order in which they are offered.
const (
	Mobile    Method = "mobile"
	Face      Method = "face"
	Affiliate Method = "affiliate"
)

// Reason says why a verification has its status. Empty: nothing to explain.
type Reason string

// The closed list of reasons.
const (
	MobileMismatch       Reason = "mobile_mismatch"        // the number is registered under another ID card
	NameMismatch         Reason = "name_mismatch"          // the carrier has another name for it
	IdentityNotFound     Reason = "identity_not_found"     // nobody has this name and number
	NotYetKnown          Reason = "not_yet_known"          // the carrier does not know a new SIM yet
	IdentityAlreadyBound Reason = "identity_already_bound" // the ID card verifies another account
	Risk                 Reason = "risk"                   // a risk rule demands a face scan
	NumberMismatch       Reason = "number_mismatch"        // the phone typed another number than the PC shows
	LivenessFailed       Reason = "liveness_failed"
	LightFaint           Reason = "light_faint" // the screen's light is not seen, as before a window
	FaceMismatch         Reason = "face_mismatch"
	PortraitMissing      Reason = "portrait_missing" // there is no portrait to compare with
	PortraitPoor         Reason = "portrait_poor"    // there is one, but it shows nobody to compare with
	Declined             Reason = "declined"         // the person on the phone said no
	Reviewed             Reason = "reviewed"         // an operator decided
	TooSlow              Reason = "too_slow"
	TooManyAttempts      Reason = "too_many_attempts"
	ClaimsMissing        Reason = "claims_missing"      // the affiliate has not verified this person
	ClaimsOutdated       Reason = "claims_outdated"     // it has, but longer ago than counts here
	FrameworkUntrusted   Reason = "framework_untrusted" // it has, under rules that do not count here
	LinkRevoked          Reason = "link_revoked"        // the account is not linked there, or not any more
)

// Reasons lists every reason once.
func Reasons() []Reason {
	return []Reason{
		MobileMismatch, NameMismatch, IdentityNotFound, NotYetKnown,
		IdentityAlreadyBound, Risk, NumberMismatch, LivenessFailed, LightFaint, FaceMismatch,
		PortraitMissing, PortraitPoor, Declined, Reviewed, TooSlow, TooManyAttempts,
		ClaimsMissing, ClaimsOutdated, FrameworkUntrusted, LinkRevoked,
	}
}
