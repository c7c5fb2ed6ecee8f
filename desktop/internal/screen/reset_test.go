package screen_test

import (
	"context"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"realname.example/shared/api"
	"realname.example/shared/problem"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
)

func TestAForgottenPasswordIsSetAnewByKeyboard(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := open(t, l, ui.LightScheme, wide)
		a.flow.Connect(context.Background())
		a.taps("pc.signin.forgot")
		a.sees(sentences.T("pc.reset.why"))
		a.window.Canvas().FocusNext()
		a.press(fyne.KeyReturn)
		a.sees(sentences.T("pc.reset.missing"))
		test.Type(a.window.Canvas().Focused(), "13800000001")
		a.press(fyne.KeyReturn)
		a.sees(sentences.T("pc.reset.sent"))
		a.shot("reset-" + string(l))
		a.types("pc.reset.code", "123456")
		a.types("pc.reset.new", "another-horse-battery")
		refused := &problem.Problem{Code: problem.CodeWrong}
		a.backend.Fail["reset-finish r1"] = refused
		a.press(fyne.KeyReturn)
		a.sees(sentences.Error(refused))
		a.press(fyne.KeyReturn)
		a.sees(sentences.T("pc.reset.done"))
	})
}

func TestAMistypedNumberOfAResetIsChanged(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := open(t, l, ui.LightScheme, wide)
		a.flow.Connect(context.Background())
		a.taps("pc.signin.forgot")
		a.types("pc.field.mobile", "13800000009")
		a.press(fyne.KeyReturn)
		a.types("pc.reset.code", "1")
		a.taps("pc.reset.again")
		a.sees(sentences.T("pc.reset.why"))
		a.types("pc.field.mobile", "1")
		a.press(fyne.KeyReturn)
		a.sees(sentences.T("pc.reset.sent"))
		asked := slices.DeleteFunc(slices.Clone(a.backend.Calls), func(c string) bool { return c != "reset-begin" })
		if len(asked) != 2 {
			t.Errorf("the calls are %v", a.backend.Calls)
		}
		a.types("pc.reset.code", "123456")
		a.types("pc.reset.new", "another-horse-battery")
		a.press(fyne.KeyReturn)
		a.sees(sentences.T("pc.reset.done"))
	})
}

func TestACodeFromSupportSetsANewPassword(t *testing.T) {
	a := open(t, sentences.English, ui.LightScheme, wide)
	a.flow.Connect(context.Background())
	a.taps("pc.signin.forgot")
	a.taps("pc.reset.support")
	a.types("pc.reset.code", "ABCD-EFGH-JKMN-PQRS")
	a.types("pc.reset.new", "another-horse-battery")
	a.press(fyne.KeyReturn)
	a.sees(sentences.T("pc.reset.done"))
	if !slices.Contains(a.backend.Calls, "reset-finish ") {
		t.Errorf("the calls are %v", a.backend.Calls)
	}
}

// types goes to an input by its name and types.
func (a *app) types(name, text string) {
	a.t.Helper()
	for _, o := range a.objects() {
		if e, ok := o.(*ui.Entry); ok && e.Name == name {
			a.window.Canvas().Focus(e)
			test.Type(e, text)
			return
		}
	}
	a.t.Fatalf("there is no input %s", name)
}

func TestANewPasswordByEmailIsOfferedWhereTheServerSendsThem(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := open(t, l, ui.LightScheme, wide)
		a.flow.Connect(context.Background())
		a.taps("pc.signin.forgot")
		if a.shows(sentences.T("pc.reset.by_email")) {
			t.Error("offered where the server sends none")
		}
		a.backend.Ways.ResetByEmail = true
		a.flow.Connect(context.Background())
		a.taps("pc.signin.forgot")
		a.taps("pc.reset.by_email")
		a.sees(sentences.T("pc.reset.email.why"))
		a.types("pc.field.email", "zhang@example.org")
		a.shot("reset-email-" + string(l))
		a.press(fyne.KeyReturn)
		a.sees(sentences.T("pc.reset.email.sent"))
		if want := (api.NewReset{Username: "demo", Email: "zhang@example.org"}); a.backend.Reset != want {
			t.Errorf("asked for %+v", a.backend.Reset)
		}
		a.taps("pc.reset.again")
		a.taps("pc.reset.by_sms")
		a.sees(sentences.T("pc.reset.why"))
		a.types("pc.field.mobile", "13800000001")
		a.press(fyne.KeyReturn)
		if want := (api.NewReset{Username: "demo", Mobile: "13800000001"}); a.backend.Reset != want {
			t.Errorf("asked for %+v", a.backend.Reset)
		}
		a.types("pc.reset.code", "123456")
		a.types("pc.reset.new", "another-horse-battery")
		a.press(fyne.KeyReturn)
		a.sees(sentences.T("pc.reset.done"))
	})
}
