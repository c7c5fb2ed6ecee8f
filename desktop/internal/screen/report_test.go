package screen_test

import (
	"context"
	"testing"

	"fyne.io/fyne/v2"

	"realname.example/desktop/internal/flow"
	"realname.example/shared/api"
	"realname.example/shared/report"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
	"realname.example/shared/verification"
)

// shown is the line of a report.
func (a *app) shown() report.Line { return ui.Focused(a.window.Canvas(), a.shell.Shown()) }

// called goes once round by Tab and fails where an input has no name, or one
// that another has.
func (a *app) called(where string) {
	a.t.Helper()
	seen := map[fyne.Focusable]bool{}
	names := map[string]bool{}
	for range 60 {
		a.window.Canvas().FocusNext()
		focused := a.window.Canvas().Focused()
		if focused == nil || seen[focused] {
			break
		}
		seen[focused] = true
		name := a.shown().Focus
		if name == "?" || names[name] {
			a.t.Errorf("%s: an input is called %q (%T)", where, name, focused)
		}
		names[name] = true
	}
	if len(names) == 0 {
		a.t.Errorf("%s: Tab leads nowhere", where)
	}
}

func TestAReportNamesEachScreenAndEachInput(t *testing.T) {
	a := open(t, sentences.Chinese, ui.LightScheme, wide)
	ctx := context.Background()
	at := func(screen string) {
		t.Helper()
		if l := a.shown(); l.Screen != screen || l.Busy || l.Turn == 0 {
			t.Errorf("the report of %s is %+v", screen, l)
		}
		a.called(screen)
	}
	a.called("connect")
	a.flow.Connect(ctx)
	at("sign_in")
	a.enter()
	at("home")
	a.flow.VerifyNow(ctx)
	at("methods")
	a.flow.Choose(verification.Face)
	at("face")
	a.flow.Choose(verification.Mobile)
	at("mobile")
	for status, screen := range map[verification.Status]string{
		verification.CodeRequired: "mobile", verification.Checking: "wait", verification.FaceRequired: "handoff",
		verification.Confirming: "handoff", verification.Capturing: "handoff", verification.Judging: "handoff",
		verification.InReview: "review", verification.Verified: "result", verification.Rejected: "result",
		verification.Expired: "result", verification.Cancelled: "result",
	} {
		a.backend.Stand(status, verification.Face, "")
		a.memory.Token = "kept"
		a.flow.Connect(ctx)
		if status.Final() {
			a.flow.Go(flow.PageCase)
		}
		at(screen)
		if got := a.shown().Status; got != status {
			t.Errorf("the report says %q of %q", got, status)
		}
	}
}

func TestHomeIsDrawnAgainOnlyForWhatItShows(t *testing.T) {
	a := open(t, sentences.English, ui.LightScheme, wide)
	a.backend.Stand(verification.Verified, verification.Mobile, "")
	a.memory.Token = "kept"
	a.flow.Connect(context.Background())
	bar := func() fyne.CanvasObject {
		for _, o := range a.objects() {
			if text, ok := o.(*ui.Text); ok && text.String() == sentences.Status(verification.Verified) {
				return o
			}
		}
		return nil
	}
	before := bar()
	state := a.flow.State()
	view, account := *state.View, *state.Account.Verification
	state.View, state.Account.Verification = &view, &account
	state.Turn += 10
	a.shell.Render(state)
	if now := bar(); before == nil || now != before {
		t.Error("was drawn again for the same at another address")
	}
	changed := view
	changed.Identity.Name = "李*"
	state.View = &changed
	state.Turn++
	a.shell.Render(state)
	a.sees("李*")
}

func TestAReportNamesTheDialogThatIsOpen(t *testing.T) {
	a := signedIn(t, sentences.English)
	for _, title := range []string{"pc.settings", "pc.people"} {
		a.tap(sentences.T(title))
		if got := a.shown().Dialog; got != title {
			t.Errorf("the report says %q while %s is open", got, title)
		}
		a.press(fyne.KeyEscape)
		if got := a.shown().Dialog; got != "" {
			t.Errorf("the report says %q after %s was closed", got, title)
		}
	}
	a.backend.Choices.Affiliates = []api.Affiliate{{ID: "mall", Name: "Mall", Linked: true}}
	a.flow.VerifyNow(context.Background())
	if l := a.shown(); l.Dialog != "pc.affiliate.title" || l.Focus != "pc.affiliate.manual" {
		t.Errorf("the report is %+v", l)
	}
	a.called("pc.affiliate.title")
}
