package screen_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"realname.example/desktop/internal/flow"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
	"realname.example/shared/verification"
)

// calls counts the calls of a name that the backend got.
func (a *app) calls(name string) int {
	n := 0
	for _, c := range a.backend.Calls {
		if c == name {
			n++
		}
	}
	return n
}

// to gives the focus to the next that fits, as Tab does.
func (a *app) to(fits func(fyne.Focusable) bool) {
	a.t.Helper()
	for range 40 {
		a.window.Canvas().FocusNext()
		if fits(a.window.Canvas().Focused()) {
			return
		}
	}
	a.t.Fatal("Tab does not reach it")
}

func named(text string) func(fyne.Focusable) bool {
	return func(f fyne.Focusable) bool {
		b, ok := f.(*ui.Button)
		return ok && b.Text == text
	}
}

func TestReturnGoesOnWithTheMethodThatHasTheFocus(t *testing.T) {
	for page, keys := range map[flow.Page][]fyne.KeyName{
		flow.PageMobile: {fyne.KeyReturn},
		flow.PageFace:   {fyne.KeyDown, fyne.KeyReturn},
	} {
		a := signedIn(t, sentences.English)
		a.flow.VerifyNow(context.Background())
		a.to(func(f fyne.Focusable) bool { _, button := f.(*ui.Button); return !button })
		for _, key := range keys {
			a.press(key)
		}
		if got := a.flow.State().Page; got != page {
			t.Errorf("%v lead to page %v, not %v", keys, got, page)
		}
	}
}

func TestMyDataIsReachedByKeyboardAndSaysTheMethodInWords(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := signedIn(t, l)
		a.backend.Ledger = api.Records{}
		a.to(named(sentences.T("pc.data")))
		a.press(fyne.KeyReturn)
		a.sees(sentences.T("pc.data.empty"))
		if a.shows(sentences.T("pc.data.erase")) {
			t.Error("offers to erase what is not there")
		}
		a.backend.Ledger = api.Records{Stored: []api.StoredDatum{{Kind: "verification", Value: "mobile"}}}
		a.press(fyne.KeyReturn)
		a.sees(sentences.Method(verification.Mobile))
		a.tap(sentences.T("pc.data.erase"))
		a.press(fyne.KeyEscape)
		a.tap(sentences.T("pc.data.erase"))
		a.press(fyne.KeyReturn) // the focus is on keeping it
		if a.calls("erase") != 0 {
			t.Fatal("erased without a yes")
		}
		a.tap(sentences.T("pc.data.erase"))
		a.tap(sentences.T("pc.data.erase"))
		if a.calls("erase") != 1 {
			t.Error("a yes erases nothing")
		}
	})
}

func TestMyDataListsServicesAndRevokes(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := signedIn(t, l)
		a.backend.Ledger = api.Records{Grants: []api.Grant{
			{ID: "svc_1", Name: "商城", Status: true, Claims: []string{"name"}, Since: time.Now()},
		}}
		a.tap(sentences.T("pc.data"))
		a.sees("商城")
		a.tap(sentences.T("pc.data.revoke"))
		a.press(fyne.KeyEscape)
		if a.calls("revoke svc_1") != 0 {
			t.Fatal("revoked without a yes")
		}
		a.tap(sentences.T("pc.data.revoke"))
		a.tap(sentences.T("pc.data.revoke"))
		if a.calls("revoke svc_1") != 1 || a.shows(sentences.T("pc.data.revoke")) {
			t.Error("a yes revokes nothing, or the list still has it")
		}
	})
}

// shows reports whether a visible button has a text.
func (a *app) shows(text string) bool {
	return slices.ContainsFunc(a.objects(), func(o fyne.CanvasObject) bool {
		b, ok := o.(*ui.Button)
		return ok && b.Text == text
	})
}

func TestEscapeClosesEveryDialog(t *testing.T) {
	a := signedIn(t, sentences.English)
	for _, name := range []string{"pc.settings", "pc.people"} {
		a.tap(sentences.T(name))
		if a.window.Canvas().Overlays().Top() == nil {
			t.Fatalf("%s opens nothing", name)
		}
		a.press(fyne.KeyEscape)
		if a.window.Canvas().Overlays().Top() != nil {
			t.Errorf("%s stays", name)
		}
	}
	a.tap(sentences.T("pc.people"))
	a.tap(sentences.T("pc.people.add"))
	a.press(fyne.KeyReturn)
	a.sees(sentences.T("cause.identity.name.missing"))
	a.press(fyne.KeyEscape)
	a.tap(sentences.T("pc.people"))
	a.tap(sentences.T("pc.people.reset"))
	a.press(fyne.KeyReturn)
	if a.calls("reset") != 0 || a.window.Canvas().Overlays().Top() != nil {
		t.Error("the sandbox is reset without a yes")
	}
}

func TestTheFirstWrongFieldGetsTheFocus(t *testing.T) {
	a := signedIn(t, sentences.English)
	a.flow.Choose(verification.Mobile)
	a.flow.Type(flow.Details{Name: "张伟", Number: "110100199003070112", Mobile: "1"})
	a.flow.Go(flow.PageMethods)
	a.flow.Choose(verification.Mobile)
	a.press(fyne.KeyReturn)
	a.sees(sentences.Cause("identity.number", "check_character", ""))
	if e, ok := a.window.Canvas().Focused().(*ui.Entry); !ok || e.Text != "110100199003070112" {
		t.Errorf("the focus is on %v", a.window.Canvas().Focused())
	}
	if a.calls("begin") != 0 {
		t.Error("was sent all the same")
	}
}

func TestACodeCostsAGuessOnlyWhereItIsOne(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := signedIn(t, l)
		a.flow.Choose(verification.Mobile)
		a.flow.Type(flow.Details{Name: "张伟", Number: "110100199003070111", Mobile: "13800000001"})
		a.flow.GetCode(context.Background(), "en")
		for i, typed := range []string{"12345", "1234567", "12a456"} {
			a.enterText(typed)
			a.press(fyne.KeyReturn)
			a.sees(sentences.T("pc.code.digits"))
			if a.calls("check") != 0 {
				t.Fatalf("code %d was sent", i)
			}
		}
		a.enterText(" １２３ 456 ")
		a.press(fyne.KeyReturn)
		if a.calls("check") != 1 || a.backend.Code != "123456" {
			t.Errorf("sent %q", a.backend.Code)
		}
	})
}

// enterText replaces what the focused input holds.
func (a *app) enterText(text string) {
	a.t.Helper()
	e, ok := a.window.Canvas().Focused().(*ui.Entry)
	if !ok {
		a.t.Fatal("no input has the focus")
	}
	e.SetText("")
	test.Type(e, text)
}

func TestAReviewIsAskedForOnlyAfterItsPriceWasSaid(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := open(t, l, ui.LightScheme, wide)
		a.backend.Stand(verification.FaceRequired, verification.Face, "")
		a.memory.Token = "kept"
		a.flow.Connect(context.Background())
		a.tap(sentences.T("pc.scan.other_way"))
		a.sees(sentences.T("pc.review.ask"))
		a.press(fyne.KeyReturn) // stays
		if a.calls("review") != 0 {
			t.Fatal("asked without a yes")
		}
		a.tap(sentences.T("pc.scan.other_way"))
		a.backend.Stand(verification.InReview, verification.Face, "")
		a.tap(sentences.T("pc.result.review"))
		if a.calls("review") != 1 {
			t.Error("a yes asks for nothing")
		}
		a.sees(sentences.Status(verification.InReview))
	})
}

func TestHomeSaysWhatIsOpenAndHandsOutTheReceipt(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := open(t, l, ui.LightScheme, wide)
		a.backend.Stand(verification.CodeRequired, verification.Mobile, "")
		a.memory.Token = "kept"
		a.flow.Connect(context.Background())
		a.press(fyne.KeyEscape)
		a.sees(sentences.T("pc.home.open"))
		a.press(fyne.KeyReturn)
		a.sees(sentences.T("pc.field.code"))

		a.backend.Stand(verification.Verified, verification.Mobile, "")
		a.flow.Connect(context.Background())
		a.sees(sentences.Status(verification.Verified))
		if a.shows(sentences.T("pc.home.verify")) {
			t.Error("offers to verify what is verified")
		}
		a.press(fyne.KeyReturn)
		if a.window.Canvas().Overlays().Top() == nil {
			t.Error("the receipt is not saved")
		}
	})
}

func TestTheSandboxsSitesHaveNamesOfTheLanguage(t *testing.T) {
	a := signedIn(t, sentences.Chinese)
	a.backend.Choices.Affiliates = []api.Affiliate{{ID: "mall", Name: "Mall", Claims: []string{"name"}, Linked: true}, {ID: "school", Name: "School", Linked: true}}
	a.flow.VerifyNow(context.Background())
	a.sees(sentences.T("pc.affiliate.site", sentences.Data{"Site": "商城"}))
	a.sees(sentences.T("pc.affiliate.site", sentences.Data{"Site": "School"}))
}

func TestWhatIsTypedBeforeAScreenTakesItArrives(t *testing.T) {
	a := open(t, sentences.English, ui.LightScheme, wide)
	canvas := a.window.Canvas()
	typed := func(text string) { test.TypeOnCanvas(canvas, text) }
	username := func() string {
		entry, ok := canvas.Focused().(*ui.Entry)
		if !ok || entry.Password {
			t.Fatalf("the keyboard is at %v", canvas.Focused())
		}
		return entry.Text
	}
	typed("张x")
	canvas.OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyBackspace})
	a.backend.During["info"] = func(context.Context) { typed("wei") } // the server is still looked for
	a.flow.Connect(context.Background())
	filled := a.flow.State().Credentials.Username
	if got := username(); got != "张wei"+filled {
		t.Errorf("the first input holds %q", got)
	}
	test.Type(canvas.Focused(), "7")
	a.flow.LoadPeople(context.Background())
	if got := username(); got != "张wei7"+filled {
		t.Errorf("then it holds %q", got)
	}
}

// What is typed while the carrier is asked is meant for nothing.
func TestWhatIsTypedOnAScreenThatTakesNothingIsGone(t *testing.T) {
	a := open(t, sentences.English, ui.LightScheme, wide)
	a.stands(verification.Checking, "")
	test.TypeOnCanvas(a.window.Canvas(), "654321")
	v := a.backend.Case
	v.Version, v.Status = v.Version+1, verification.CodeRequired
	a.backend.Updates = []client.Update[verification.View]{{View: v, Online: true}}
	a.flow.Follow(context.Background(), v.ID)
	entry, ok := a.window.Canvas().Focused().(*ui.Entry)
	if !ok || entry.Text != "" {
		t.Errorf("the keyboard is at %v", a.window.Canvas().Focused())
	}
}

func TestACharacterThatTheFontLacksIsNamedAndTaken(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := signedIn(t, l)
		a.flow.VerifyNow(context.Background())
		a.flow.Go(flow.PageMobile)
		unseen := sentences.T("hint.unseen", sentences.Data{"Characters": "U+20BB7"})
		a.types("pc.field.name", "𠮷野")
		a.sees(unseen)
		if got := a.flow.State().Details.Name; got != "𠮷野" {
			t.Errorf("taken as %q", got)
		}
		if got := strings.Count(a.texts(), unseen); got != 1 {
			t.Errorf("said %d times in %s", got, a.texts())
		}
		a.press(fyne.KeyBackspace)
		a.press(fyne.KeyBackspace)
		a.types("pc.field.name", "\ufeff张\u200b野")
		if strings.Contains(a.texts(), unseen) {
			t.Error("still said of another name")
		}
	})
}
