package screen_test

import (
	"context"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"realname.example/desktop/internal/flow/flowtest"
	"realname.example/shared/api"
	"realname.example/shared/problem"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
	"realname.example/shared/verification"
)

func TestSignInOffersBothWays(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := open(t, l, ui.LightScheme, wide)
		a.backend.Ways.Issuers = []api.Issuer{{ID: "corp", Name: "某公司"}}
		a.flow.Connect(context.Background())
		a.sees(sentences.T("pc.signin.go"))
		during := ""
		a.backend.During["wait"] = func(context.Context) { during = a.texts() }
		a.tap(sentences.T("pc.signin.issuer", sentences.Data{"Name": "某公司"}))
		if a.backend.Started.Issuer != "corp" {
			t.Errorf("began %+v", a.backend.Started)
		}
		if want := sentences.T("pc.browser.wait", sentences.Data{"Name": "某公司"}); !strings.Contains(during, want) {
			t.Errorf("while it waits, %q is missing in:\n%s", want, during)
		}
		if want := sentences.T("pc.browser.again"); !strings.Contains(during, want) {
			t.Errorf("while it waits, %q is missing in:\n%s", want, during)
		}
		if want := sentences.T("pc.browser.stop"); !strings.Contains(during, want) {
			t.Errorf("while it waits, %q is missing in:\n%s", want, during)
		}
		a.sees(sentences.T("pc.home.verify"))
	})
}

func TestSignInByIssuersAloneHasNoForm(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := open(t, l, ui.LightScheme, wide)
		a.backend.Ways = api.SignInOptions{Issuers: []api.Issuer{{ID: "corp", Name: "某公司"}, {ID: "other", Name: "另一家"}}}
		a.flow.Connect(context.Background())
		if a.shows(sentences.T("pc.signin.go")) || a.shows(sentences.T("pc.signin.create")) || strings.Contains(a.texts(), sentences.T("pc.signin.password")) {
			t.Errorf("the form is there:\n%s", a.texts())
		}
		a.sees(sentences.T("pc.signin.why.issuer"))
		a.press(fyne.KeyReturn) // the first issuer has the focus
		if a.backend.Started.Issuer != "corp" {
			t.Errorf("began %+v", a.backend.Started)
		}
	})
}

func TestEscapeStopsWaitingForTheBrowser(t *testing.T) {
	a := open(t, sentences.English, ui.LightScheme, wide)
	a.backend.Ways.Issuers = []api.Issuer{{ID: "corp", Name: "Company"}}
	a.flow.Connect(context.Background())
	a.backend.During["wait"] = func(context.Context) { a.flow.GiveUpBrowser() }
	a.tap(sentences.T("pc.signin.issuer", sentences.Data{"Name": "Company"}))
	a.sees(sentences.T("pc.signin.go"))
}

func TestRefusalsOfSitesHaveTheirSentences(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		said := map[string]bool{}
		for _, cause := range []string{"", "declined", "expired"} {
			a := open(t, l, ui.LightScheme, wide)
			a.backend.Ways.Issuers = []api.Issuer{{ID: "corp", Name: "Company"}}
			a.flow.Connect(context.Background())
			p := &problem.Problem{Code: problem.SignInRefused, Errors: []problem.FieldError{{Field: "issuer", Cause: cause}}}
			a.backend.Fail["finish-signin"] = p
			a.tap(sentences.T("pc.signin.issuer", sentences.Data{"Name": "Company"}))
			text := sentences.Error(p)
			a.sees(text)
			said[text] = true
		}
		if len(said) != 3 {
			t.Errorf("%d sentences for three refusals", len(said))
		}
	})
}

func TestSiteThatIsNotLinkedIsOfferedToBe(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := signedIn(t, l)
		a.backend.Choices.Affiliates = []api.Affiliate{{ID: "shop", Name: "Shop", Claims: []string{"name", "number"}}}
		a.flow.VerifyNow(context.Background())
		a.sees(sentences.T("pc.affiliate.maybe", sentences.Data{"Site": "Shop"}))
		if a.shows(sentences.T("pc.affiliate.authorize")) {
			t.Error("it is offered to authorize at once")
		}
		a.tap(sentences.T("pc.affiliate.link"))
		if a.backend.Started.Issuer != "shop" || a.backend.Stated.Affiliate != "shop" {
			t.Errorf("began %+v, %+v", a.backend.Started, a.backend.Stated)
		}
	})
}

func TestSiteIsLinkedByPhone(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := signedIn(t, l)
		a.backend.Choices.Affiliates = []api.Affiliate{{ID: "shop", Name: "Shop", Claims: []string{"name", "number"}, Device: true}}
		a.flow.VerifyNow(context.Background())
		a.backend.During["pause 5s"] = func(context.Context) {
			a.sees(sentences.T("pc.device.scan", sentences.Data{"Name": "Shop"}))
			a.sees(sentences.T("pc.device.code", sentences.Data{"Code": "WDJB-MJHT"}))
			a.sees(sentences.T("pc.device.face"))
		}
		a.tap(sentences.T("pc.device.link"))
		if a.backend.Started.Issuer != "shop" || a.backend.Stated.Affiliate != "shop" || a.shows(sentences.T("pc.device.face")) {
			t.Errorf("began %+v, %+v: %s", a.backend.Started, a.backend.Stated, a.texts())
		}
	})
}

func TestALinkByPhoneCanBeGivenUp(t *testing.T) {
	a := signedIn(t, sentences.English)
	a.backend.Choices.Affiliates = []api.Affiliate{{ID: "shop", Name: "Shop", Device: true}}
	a.flow.VerifyNow(context.Background())
	a.backend.During["pause 5s"] = func(context.Context) { a.press(fyne.KeyEscape) }
	a.tap(sentences.T("pc.device.link"))
	if a.shows(sentences.T("pc.device.face")) || a.backend.Stated.Affiliate != "" {
		t.Errorf("stated %+v: %s", a.backend.Stated, a.texts())
	}
}

func TestMyDataListsLinksAndEndsThem(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := signedIn(t, l)
		a.backend.Linked = []api.Link{{Issuer: "shop", Name: "Shop", LinkedAt: flowtest.Start(), Verified: new(true)}}
		a.tap(sentences.T("pc.data"))
		a.sees(sentences.T("pc.data.links"))
		a.tap(sentences.T("pc.data.unlink"))
		a.sees(sentences.T("pc.data.unlink.ask"))
		a.tap(sentences.T("pc.data.unlink"))
		if len(a.backend.Linked) != 0 || strings.Contains(a.texts(), sentences.T("pc.data.links")) {
			t.Error("the link is still there")
		}
	})
}

// drawIssuers draws the windows of sign-in at issuers and of links.
func drawIssuers(ctx context.Context, a *app, draw func(string)) {
	a.flow.SignOut(ctx)
	a.backend.Ways.Issuers = []api.Issuer{{ID: "corp", Name: sentences.T("party.mall")}}
	a.flow.Connect(ctx)
	draw("20-both-ways")
	a.backend.During["wait"] = func(context.Context) { draw("21-browser") }
	a.flow.SignInAt(ctx, a.backend.Ways.Issuers[0])
	a.backend.User.Verification = nil
	a.backend.Linked = []api.Link{{Issuer: "mall", Name: sentences.T("party.mall"), LinkedAt: flowtest.Start(), Verified: new(true)}}
	a.backend.Ledger = api.Records{Stored: []api.StoredDatum{{Kind: "name", Value: "张*", Since: flowtest.Start()}}}
	a.flow.Home(ctx)
	a.tap(sentences.T("pc.data"))
	draw("22-links")
	a.tap(sentences.T("pc.home.personal"))
	a.backend.Choices.Affiliates = []api.Affiliate{
		{ID: "mall", Name: "Mall", Claims: []string{"name", "number"}, Linked: true},
		{ID: "finance", Name: "Finance", Claims: []string{"name", "number"}},
	}
	a.backend.Case = verification.View{}
	a.flow.VerifyNow(ctx)
	draw("23-affiliates")
	a.press(fyne.KeyEscape)
	a.backend.Choices.Affiliates = a.backend.Choices.Affiliates[1:]
	a.backend.Choices.Affiliates[0].Device = true
	a.flow.VerifyNow(ctx)
	draw("24-to-link")
	a.backend.During["pause 5s"] = func(context.Context) {
		draw("27-link-by-phone")
		a.press(fyne.KeyEscape)
	}
	a.tap(sentences.T("pc.device.link"))
	a.backend.Ways = api.SignInOptions{Issuers: a.backend.Ways.Issuers}
	a.flow.SignOut(ctx)
	a.flow.Connect(ctx)
	draw("25-issuers-alone")
	a.backend.Fail["browse"] = context.Canceled
	a.backend.During["wait"] = func(context.Context) { draw("26-lost") }
	a.flow.SignInAt(ctx, a.backend.Ways.Issuers[0])
}
