package screen_test

import (
	"context"
	"errors"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"realname.example/desktop/internal/flow"
	"realname.example/shared/client"
	"realname.example/shared/handoff"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
)

const elsewhere = "https://server.example:8443"

// tap presses the button with a text, in the dialog on top or else on the
// screen.
func (a *app) tap(text string) {
	a.t.Helper()
	for _, o := range a.objects() {
		if b, ok := o.(*ui.Button); ok && b.Text == text {
			test.Tap(b)
			return
		}
	}
	a.t.Fatalf("no button %q in:\n%s", text, a.texts())
}

func TestTheSignInScreenNamesTheServerAndItsKey(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		pin := client.PinOf([]byte("key"))
		for address, key := range map[string]string{
			flow.Local: "pc.server.loopback",
			elsewhere:  "pc.server.vouched",
		} {
			a := open(t, l, ui.LightScheme, wide)
			a.flow.UseServer(context.Background(), address)
			a.sees(address)
			a.sees(sentences.T(key))
		}
		a := open(t, l, ui.LightScheme, wide)
		a.backend.Fail["info"] = &client.KeyUnknownError{Presented: pin}
		a.flow.UseServer(context.Background(), elsewhere)
		a.sees(sentences.T("pc.key.new"))
		a.sees(pin.Fingerprint())
		a.tap(sentences.T("pc.key.trust"))
		a.sees(sentences.T("pc.signin.title"))
		a.sees(pin.Fingerprint())
	})
}

func TestTheServerCanBeChangedOnTheSignInScreenAndKept(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := open(t, l, ui.LightScheme, wide)
		a.flow.Connect(context.Background())
		a.tap(sentences.T("pc.server.change"))
		a.sees(sentences.T("pc.server.title"))
		a.press(fyne.KeyEscape)
		a.sees(sentences.T("pc.signin.title"))
		a.tap(sentences.T("pc.server.change"))
		a.backend.Fail["info"] = &client.UnreachableError{Err: errors.New("down")}
		a.flow.UseServer(context.Background(), elsewhere)
		a.sees(sentences.T("pc.server.none", sentences.Data{"Address": elsewhere}))
		a.tap(sentences.T("pc.server.keep", sentences.Data{"Address": flow.Local}))
		a.sees(sentences.T("pc.signin.title"))
		a.sees(flow.Local)
	})
}

func TestEachWrongAddressHasItsSentence(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		for key, err := range map[string]error{
			"pc.server.none":       &client.UnreachableError{Err: errors.New("down")},
			"error.not_backend":    &client.UnreachableError{Err: client.ErrNotBackend},
			"error.server_address": handoff.ErrServer,
		} {
			a := open(t, l, ui.LightScheme, wide)
			a.backend.Fail["info"] = err
			a.flow.UseServer(context.Background(), elsewhere)
			a.sees(sentences.T(key, sentences.Data{"Address": elsewhere}))
			a.sees(elsewhere)
		}
	})
}

func TestAChangedKeyIsShownBesideTheOneOfBefore(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		before, now := client.PinOf([]byte("before")), client.PinOf([]byte("now"))
		a := signedIn(t, l)
		a.backend.Fail["info"] = &client.KeyChangedError{Pinned: before, Presented: now}
		a.flow.UseServer(context.Background(), elsewhere)
		a.sees(sentences.T("pc.key.changed"))
		a.sees(before.Fingerprint())
		a.sees(now.Fingerprint())
		a.press(fyne.KeyEscape) // no answer is a no
		a.sees(sentences.T("pc.home.not_yet"))
		if a.memory.Address != flow.Local || a.memory.Token == "" {
			t.Errorf("remembered %+v", a.memory)
		}
	})
}
