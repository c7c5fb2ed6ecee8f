package screen

import (
	"slices"
	"testing"

	"realname.example/desktop/internal/flow"
	"realname.example/shared/api"
	"realname.example/shared/ui"
	"realname.example/shared/verification"
)

func TestTheRailShowsTheWayThatWasTaken(t *testing.T) {
	at := func(m verification.Method, s verification.Status, r verification.Reason) flow.State {
		return flow.State{Page: flow.PageCase, View: &verification.View{Method: m, Status: s, Reason: r}}
	}
	home := func(m verification.Method, s verification.Status) flow.State {
		return flow.State{Page: flow.PageHome, Account: api.Account{Verification: &api.AccountVerification{Method: m, Status: s}}}
	}
	scanned := at(verification.Mobile, verification.Verified, "")
	scanned.View.Handoff = &verification.Handoff{}
	for name, test := range map[string]struct {
		state flow.State
		way   []leg
		now   leg // "" past the end
	}{
		"nothing chosen":        {flow.State{Page: flow.PageMethods}, []leg{legSignIn, legMethod, legDetails, legResult}, legMethod},
		"a refused case before": {home(verification.Affiliate, verification.Rejected), []leg{legSignIn, legMethod, legDetails, legResult}, legMethod},
		"mobile, typing":        {flow.State{Page: flow.PageMobile}, []leg{legSignIn, legMethod, legDetails, legCode, legResult}, legDetails},
		"mobile, the code":      {at(verification.Mobile, verification.CodeRequired, ""), []leg{legSignIn, legMethod, legDetails, legCode, legResult}, legCode},
		"mobile, at risk":       {at(verification.Mobile, verification.Capturing, ""), []leg{legSignIn, legMethod, legDetails, legCode, legFace, legResult}, legFace},
		"mobile, scanned":       {scanned, []leg{legSignIn, legMethod, legDetails, legCode, legFace, legResult}, ""},
		"mobile, refused":       {at(verification.Mobile, verification.Rejected, verification.NameMismatch), []leg{legSignIn, legMethod, legDetails, legCode, legResult}, legResult},
		"face":                  {at(verification.Face, verification.Verified, ""), []leg{legSignIn, legMethod, legDetails, legFace, legResult}, ""},
		"face, in review":       {at(verification.Face, verification.InReview, ""), []leg{legSignIn, legMethod, legDetails, legFace, legReview, legResult}, legReview},
		"authorized":            {at(verification.Affiliate, verification.Verified, ""), []leg{legSignIn, legAuthorize, legResult}, ""},
		"refused there":         {at(verification.Affiliate, verification.Rejected, ""), []leg{legSignIn, legAuthorize, legResult}, legResult},
		"at home, authorized":   {home(verification.Affiliate, verification.Verified), []leg{legSignIn, legAuthorize, legResult}, ""},
		"at home, in review":    {home(verification.Mobile, verification.InReview), []leg{legSignIn, legMethod, legDetails, legCode, legReview, legResult}, legReview},
	} {
		if got := wayOf(test.state); !slices.Equal(got, test.way) {
			t.Errorf("%s: %v", name, got)
		}
		for i, step := range railOf(test.state) {
			now := step.Mark != ui.Done && step.Mark != ui.Later
			if want := test.way[i] == test.now; now != want || test.now == "" && step.Mark != ui.Done {
				t.Errorf("%s: %s is marked %v", name, test.way[i], step.Mark)
			}
		}
	}
}
