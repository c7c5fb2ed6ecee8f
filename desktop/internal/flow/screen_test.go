package flow_test

import (
	"testing"

	"realname.example/desktop/internal/flow"
	"realname.example/shared/api"
	"realname.example/shared/verification"
)

func TestEveryStateHasItsScreen(t *testing.T) {
	for page, want := range map[flow.Page]flow.Screen{
		flow.PageConnect: flow.ScreenConnect, flow.PageSignIn: flow.ScreenSignIn, flow.PageReset: flow.ScreenReset,
		flow.PageHome: flow.ScreenHome, flow.PageMethods: flow.ScreenMethods, flow.PageMobile: flow.ScreenMobile,
		flow.PageFace: flow.ScreenFace, flow.PageCase: flow.ScreenHome, // a case that is not there
	} {
		if got := flow.ScreenOf(flow.State{Page: page}); got != want {
			t.Errorf("page %d: %s, want %s", page, got, want)
		}
	}
	ofCase := map[verification.Status]flow.Screen{
		verification.CodeRequired: flow.ScreenMobile, verification.Checking: flow.ScreenWait,
		verification.FaceRequired: flow.ScreenHandoff, verification.Confirming: flow.ScreenHandoff,
		verification.Capturing: flow.ScreenHandoff, verification.Judging: flow.ScreenHandoff,
		verification.InReview: flow.ScreenReview, verification.Verified: flow.ScreenResult,
		verification.Rejected: flow.ScreenResult, verification.Expired: flow.ScreenResult, verification.Cancelled: flow.ScreenResult,
	}
	for _, status := range verification.Statuses() {
		s := flow.State{Page: flow.PageCase, View: &verification.View{Status: status}}
		if got := flow.ScreenOf(s); got != ofCase[status] {
			t.Errorf("%s: %s, want %s", status, got, ofCase[status])
		}
		s.Page = flow.PageHome
		if got := flow.ScreenOf(s); got != flow.ScreenHome {
			t.Errorf("%s, at home: %s", status, got)
		}
	}
}

func TestAPhoneThatIsBroughtToAReviewHasTheScreenOfTheHandOff(t *testing.T) {
	for name, s := range map[string]flow.State{
		"its code is shown":        {View: &verification.View{Status: verification.InReview}, Handoff: &api.Handoff{}},
		"it is to type its number": {View: &verification.View{Status: verification.InReview, Handoff: &verification.Handoff{Number: "42"}}},
	} {
		s.Page = flow.PageCase
		if got := flow.ScreenOf(s); got != flow.ScreenHandoff {
			t.Errorf("%s: %s", name, got)
		}
	}
}
