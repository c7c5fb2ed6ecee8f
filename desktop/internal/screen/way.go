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
	// legVerified is past the end, and has no words.
	legVerified leg = ""
)

// railOf says where the person is on the whole way.
func railOf(s flow.State) []ui.Step {
	way, now := wayOf(s), legOf(s)
	at := len(way)
	if now != legVerified {
		at = max(slices.Index(way, now), 0)
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
	if c, ok := caseIn(s); ok && at == len(way)-1 {
		steps[at].Mark = ui.Stopped
		if c.status == verification.Rejected {
			steps[at].Mark = ui.Failed
		}
	}
	return steps
}

// inCase is what the rail needs of the case that a screen speaks of.
type inCase struct {
	method            verification.Method
	status            verification.Status
	scanned, reviewed bool
}

// caseIn returns the case that a screen speaks of: its own, or at home the one
// that verifies the account or is open.
func caseIn(s flow.State) (c inCase, ok bool) {
	v, last := s.View, s.Account.Verification
	switch {
	case s.Page == flow.PageCase && v != nil:
		c.method, c.status = v.Method, v.Status
	case s.Page == flow.PageHome && last != nil && (last.Status == verification.Verified || !last.Status.Final()):
		c.method, c.status = last.Method, last.Status
	default:
		return c, false
	}
	c.scanned = scans(c.status) || v != nil && (v.Handoff != nil || v.Reason == verification.Risk)
	c.reviewed = c.status == verification.InReview || s.Page == flow.PageCase && v.Reason == verification.Reviewed
	return c, true
}

// scans reports whether a face is asked for in this status.
func scans(status verification.Status) bool {
	return status == verification.FaceRequired || status.OnPhone()
}

// chosen is the method of a page before there is a case.
var chosen = map[flow.Page]verification.Method{flow.PageMobile: verification.Mobile, flow.PageFace: verification.Face}

// wayOf lists the legs of the way that was taken; of one that is not chosen
// yet, those that every way has.
func wayOf(s flow.State) []leg {
	c, ok := caseIn(s)
	if !ok {
		c.method = chosen[s.Page]
	}
	way := []leg{legSignIn}
	switch c.method {
	case verification.Affiliate:
		way = append(way, legAuthorize)
	case verification.Mobile:
		way = append(way, legMethod, legDetails, legCode)
	case verification.Face:
		way = append(way, legMethod, legDetails)
		c.scanned = true
	default:
		way = append(way, legMethod, legDetails)
	}
	if c.scanned {
		way = append(way, legFace)
	}
	if c.reviewed {
		way = append(way, legReview)
	}
	return append(way, legResult)
}

// before are the legs of the pages on which no case is shown.
var before = map[flow.Page]leg{
	flow.PageConnect: legSignIn, flow.PageSignIn: legSignIn, flow.PageReset: legSignIn, flow.PageHome: legMethod,
	flow.PageMethods: legMethod, flow.PageMobile: legDetails, flow.PageFace: legDetails,
}

// legOf returns the leg on which the person is.
func legOf(s flow.State) leg {
	c, ok := caseIn(s)
	switch {
	case !ok:
		return before[s.Page]
	case c.status == verification.Verified:
		return legVerified
	case c.status.Final():
		return legResult
	case c.status == verification.InReview:
		return legReview
	case scans(c.status):
		return legFace
	}
	return legCode
}
