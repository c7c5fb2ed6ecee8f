package screen_test

import (
	"context"
	"testing"

	"fyne.io/fyne/v2/test"

	"realname.example/desktop/internal/flow"
	"realname.example/desktop/internal/screen"
	"realname.example/shared/client"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
	"realname.example/shared/verification"
)

// stands leads an app that is signed in to a case of a status, as after a restart.
func (a *app) stands(s verification.Status, r verification.Reason) {
	v := a.backend.Stand(s, verification.Mobile, r)
	if s.OnPhone() {
		v.Handoff = &verification.Handoff{Device: "Pixel 9", Network: "203.0.113.7", Online: true, Number: "27", Step: verification.StepNumber}
		a.backend.Case = v
	}
	a.memory.Token = "kept"
	a.flow.Connect(context.Background())
	if s.Final() {
		a.flow.Go(flow.PageCase)
	}
}

// undelivered leads to a code of which the provider says that it did not arrive.
func (a *app) undelivered() {
	a.stands(verification.CodeRequired, "")
	a.flow.GetCode(context.Background(), sentences.Code())
	v := a.backend.Case
	code := *v.Code
	code.Undelivered = verification.UndeliveredPhone
	v.Version, v.Code = v.Version+1, &code
	a.backend.Updates = []client.Update[verification.View]{{View: v, Online: true}}
	a.flow.Follow(context.Background(), v.ID)
}

// looks leads to each screen that there is, some of them in more than one state.
var looks = map[string]struct {
	screen flow.Screen
	lead   func(*app)
}{
	"connect": {flow.ScreenConnect, func(a *app) { a.flow.AskServer() }},
	"sign_in": {flow.ScreenSignIn, func(a *app) { a.flow.Connect(context.Background()) }},
	"reset": {flow.ScreenReset, func(a *app) {
		a.flow.Connect(context.Background())
		a.flow.Forgot()
	}},
	"home":        {flow.ScreenHome, (*app).enter},
	"methods":     {flow.ScreenMethods, func(a *app) { a.enter(); a.flow.VerifyNow(context.Background()) }},
	"mobile":      {flow.ScreenMobile, func(a *app) { a.enter(); a.flow.Choose(verification.Mobile) }},
	"code":        {flow.ScreenMobile, func(a *app) { a.stands(verification.CodeRequired, "") }},
	"undelivered": {flow.ScreenMobile, (*app).undelivered},
	"face":        {flow.ScreenFace, func(a *app) { a.enter(); a.flow.Choose(verification.Face) }},
	"wait":        {flow.ScreenWait, func(a *app) { a.stands(verification.Checking, "") }},
	"scan":        {flow.ScreenHandoff, func(a *app) { a.stands(verification.FaceRequired, verification.Risk) }},
	"number":      {flow.ScreenHandoff, func(a *app) { a.stands(verification.Confirming, verification.Risk) }},
	"review":      {flow.ScreenReview, func(a *app) { a.stands(verification.InReview, verification.PortraitMissing) }},
	"verified":    {flow.ScreenResult, func(a *app) { a.stands(verification.Verified, "") }},
	"rejected":    {flow.ScreenResult, func(a *app) { a.stands(verification.Rejected, verification.MobileMismatch) }},
}

// TestEveryScreenIsAsItWas holds what each screen draws against testdata: a change
// that is wanted is looked at (PC_SHOTS=folder keeps pictures of each, in both
// languages and themes) and taken over from testdata/failed.
func TestEveryScreenIsAsItWas(t *testing.T) {
	met := map[flow.Screen]bool{}
	for name, look := range looks {
		t.Run(name, func(t *testing.T) { drawsAsBefore(t, name, look.screen, look.lead) })
		met[look.screen] = true
	}
	for _, s := range screen.Screens() {
		if !met[s] {
			t.Errorf("no look leads to %s", s)
		}
	}
}

func drawsAsBefore(t *testing.T, name string, want flow.Screen, lead func(*app)) {
	t.Helper()
	for _, l := range sentences.Languages() {
		for _, scheme := range []ui.Scheme{ui.LightScheme, ui.DarkScheme} {
			a := open(t, l, scheme, wide)
			lead(a)
			if got := flow.ScreenOf(a.flow.State()); got != want {
				t.Errorf("leads to %s, not %s", got, want)
			}
			a.shot(name + "-" + string(l) + "-" + string(scheme))
			a.sees(sentences.T("pc.settings"))
			if l == sentences.English && scheme == ui.LightScheme {
				test.AssertRendersToMarkup(t, name+".xml", a.window.Canvas())
			}
		}
	}
}
