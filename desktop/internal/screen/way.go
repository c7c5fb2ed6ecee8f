package screen

import (
	"slices"

	"realname.example/desktop/internal/flow"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
	"realname.example/shared/verification"
)

// leg is one part of the way to being verified, named by the key of its words.
type leg string

// The legs.
const (
	legSignIn    leg = "pc.rail.signin"
	legMethod    leg = "pc.rail.method"
	legAuthorize leg = "pc.rail.authorize"
	legDetails   leg = "pc.rail.details"
	legCode      leg = "pc.rail.code"
	legFace      leg = "pc.rail.face"
	legReview    leg = "pc.rail.review"
	legResult    leg = "pc.rail.result"
)

// railOf says where the person is on the whole way.
func railOf(s flow.State) []ui.Step {
	way := wayOf(s)
	at := len(way) // past the end: verified
	if !verifiedIn(s) {
		at = max(slices.Index(way, legOf(s)), 0)
	}
	steps := make([]ui.Step, len(way))
	for i, l := range way {
		steps[i].Text = sentences.T(string(l))
		switch {
		case i < at:
			steps[i].Mark = ui.Done
		case i == at:
			steps[i].Mark = ui.Now
		}
	}
	if at == len(way)-1 && s.Page == flow.PageCase {
		steps[at].Mark = ui.Stopped
		if s.View.Status == verification.Rejected {
			steps[at].Mark = ui.Failed
		}
	}
	return steps
}

// wayOf lists the legs of the way that was taken; of one that is not chosen
// yet, those that every way has.
func wayOf(s flow.State) []leg {
	way := []leg{legSignIn}
	switch method, scanned := takenBy(s); method {
	case verification.Affiliate:
		way = append(way, legAuthorize)
		if scanned {
			way = append(way, legFace)
		}
	case verification.Mobile:
		way = append(way, legMethod, legDetails, legCode)
		if scanned {
			way = append(way, legFace)
		}
	case verification.Face:
		way = append(way, legMethod, legDetails, legFace)
	default:
		way = append(way, legMethod, legDetails)
	}
	if reviewedIn(s) {
		way = append(way, legReview)
	}
	return append(way, legResult)
}

// takenBy returns the method of the way that is shown, "" for none yet, and
// whether a face scan was asked for.
func takenBy(s flow.State) (method verification.Method, scanned bool) {
	switch s.Page {
	case flow.PageMobile:
		return verification.Mobile, false
	case flow.PageFace:
		return verification.Face, false
	case flow.PageCase:
		if v := s.View; v != nil {
			return v.Method, scannedIn(*v)
		}
	case flow.PageHome:
		if v := s.Account.Verification; v != nil && (v.Status == verification.Verified || !v.Status.Final()) {
			return v.Method, group(v.Status) == "handoff" || s.View != nil && scannedIn(*s.View)
		}
	case flow.PageConnect, flow.PageSignIn, flow.PageReset, flow.PageMethods:
	}
	return "", false
}

// scannedIn reports whether a case was led to a face scan.
func scannedIn(v verification.View) bool {
	return v.Handoff != nil || v.Reason == verification.Risk || group(v.Status) == "handoff"
}

// reviewedIn reports whether a person looks, or looked, at the case.
func reviewedIn(s flow.State) bool {
	switch s.Page {
	case flow.PageCase:
		return s.View != nil && (s.View.Status == verification.InReview || s.View.Reason == verification.Reviewed)
	case flow.PageHome:
		return s.Account.Verification != nil && s.Account.Verification.Status == verification.InReview
	case flow.PageConnect, flow.PageSignIn, flow.PageReset, flow.PageMethods, flow.PageMobile, flow.PageFace:
	}
	return false
}

// verifiedIn reports whether what is shown is the end that everybody wants.
func verifiedIn(s flow.State) bool {
	switch s.Page {
	case flow.PageHome:
		return s.Account.Verification != nil && s.Account.Verification.Status == verification.Verified
	case flow.PageCase:
		return s.View != nil && s.View.Status == verification.Verified
	case flow.PageConnect, flow.PageSignIn, flow.PageReset, flow.PageMethods, flow.PageMobile, flow.PageFace:
	}
	return false
}

// legOf returns the leg on which the person is.
func legOf(s flow.State) leg {
	switch s.Page {
	case flow.PageConnect, flow.PageSignIn, flow.PageReset:
		return legSignIn
	case flow.PageMethods:
		return legMethod
	case flow.PageMobile, flow.PageFace:
		if s.CaseOpen() {
			return legCode
		}
		return legDetails
	case flow.PageHome:
		if v := s.Account.Verification; v != nil && !v.Status.Final() {
			return legOfStatus(v.Status)
		}
		return legMethod
	case flow.PageCase:
		if s.View != nil {
			return legOfStatus(s.View.Status)
		}
	}
	return legSignIn
}

// legOfStatus returns the leg on which a case is.
func legOfStatus(status verification.Status) leg {
	switch {
	case status.Final():
		return legResult
	case status == verification.InReview:
		return legReview
	case group(status) == "handoff":
		return legFace
	}
	return legCode
}
