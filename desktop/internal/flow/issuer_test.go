package flow_test

import (
	"context"
	"errors"
	"testing"

	"realname.example/desktop/internal/flow"
	"realname.example/shared/api"
	"realname.example/shared/handoff"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

var corp = api.Issuer{ID: "corp", Name: "Company"}

func TestSignInAtAnIssuer(t *testing.T) {
	d := start(t)
	d.backend.Ways = api.SignInOptions{Issuers: []api.Issuer{corp}}
	d.backend.Answer = api.IssuerAnswer{Code: "c", Iss: "https://issuer.example"}
	d.Connect(ctx)
	if s := d.State(); s.SignIn.Password || len(s.SignIn.Issuers) != 1 {
		t.Fatalf("ways: %+v", s.SignIn)
	}
	shown := flow.Browser{}
	d.backend.During["wait"] = func(context.Context) {
		if b := d.State().Browser; b != nil {
			shown = *b
		}
	}
	d.SignInAt(ctx, corp)
	d.is(flow.ScreenHome)
	if d.backend.Started != (api.IssuerStart{Issuer: "corp", RedirectURI: "http://127.0.0.1:7/callback"}) {
		t.Errorf("begun with %+v", d.backend.Started)
	}
	if d.backend.Brought != (api.IssuerAnswer{Code: "c", State: "st", Iss: "https://issuer.example"}) {
		t.Errorf("handed in %+v", d.backend.Brought)
	}
	if shown.Name != "Company" || shown.Address == "" || shown.Lost || d.State().Browser != nil || d.memory.Token != "t" {
		t.Errorf("shown %+v, after %+v, token %q", shown, d.State().Browser, d.memory.Token)
	}
}

func TestBrowserThatDoesNotOpenIsSaid(t *testing.T) {
	d := start(t)
	d.backend.Fail["browse"] = errors.New("no browser")
	lost := false
	d.backend.During["wait"] = func(context.Context) { lost = d.State().Browser.Lost }
	d.Connect(ctx)
	d.SignInAt(ctx, corp)
	d.is(flow.ScreenHome)
	if !lost {
		t.Error("the person was not told to open the address")
	}
}

func TestOnlyTheWebIsOpenedInTheBrowser(t *testing.T) {
	for address, opened := range map[string]bool{
		"https://issuer.example/a?state=st": true, "http://127.0.0.1:9/a?state=st": true,
		"http://issuer.example/a?state=st": false, "file:///tmp/a?state=st": false, "other-app:a?state=st": false,
	} {
		d := start(t)
		d.backend.Leads = address
		d.Connect(ctx)
		d.SignInAt(ctx, corp)
		if got := d.count("browse") == 1; got != opened || !opened && !errors.Is(d.State().Err, handoff.ErrServer) {
			t.Errorf("%s: opened %v, %v", address, got, d.State().Err)
		}
	}
}

func TestGivingUpInTheBrowserChangesNothing(t *testing.T) {
	d := start(t)
	d.Connect(ctx)
	d.backend.During["wait"] = func(context.Context) { d.GiveUpBrowser() }
	d.SignInAt(ctx, corp)
	d.is(flow.ScreenSignIn)
	if s := d.State(); s.Err != nil || s.Browser != nil || s.Doing != flow.DoingNothing || d.count("finish-signin") != 0 {
		t.Errorf("after giving up: %+v, calls %v", s.Err, d.backend.Calls)
	}
	d.GiveUpBrowser() // nothing to give up
}

func TestPortThatIsTakenIsNamed(t *testing.T) {
	d := start(t)
	d.Connect(ctx)
	d.backend.Fail["listen"] = errors.New("in use")
	d.SignInAt(ctx, api.Issuer{ID: "corp", RedirectPort: 8123})
	var listen *flow.ListenError
	if s := d.State(); !errors.As(s.Err, &listen) || listen.Port != 8123 || d.count("begin-signin") != 0 {
		t.Errorf("error %v, calls %v", s.Err, d.backend.Calls)
	}
}

func TestRefusedSignInLeavesTheForm(t *testing.T) {
	d := start(t)
	d.Connect(ctx)
	d.backend.Fail["finish-signin"] = &problem.Problem{Code: problem.SignInRefused}
	d.SignInAt(ctx, corp)
	d.is(flow.ScreenSignIn)
	if d.State().Err == nil || d.memory.Token != "" {
		t.Errorf("error %v, token %q", d.State().Err, d.memory.Token)
	}
}

func TestLinkAndAuthorizeIsOneWay(t *testing.T) {
	d := signedIn(t)
	d.backend.Choices.Affiliates = []api.Affiliate{{ID: "mall", Name: "Mall", RedirectPort: 8123}}
	d.VerifyNow(ctx)
	if !d.State().AskAffiliate {
		t.Fatal("a site that could be linked is not offered")
	}
	d.LinkAndAuthorize(ctx, d.State().Options.Affiliates[0])
	d.is(flow.ScreenResult)
	if d.backend.Started.Issuer != "mall" || d.backend.Stated.Method != verification.Affiliate || d.backend.Stated.Affiliate != "mall" || d.State().AskAffiliate {
		t.Errorf("begun %+v, stated %+v", d.backend.Started, d.backend.Stated)
	}
}

func TestDecliningAtTheSiteLeavesTheMethods(t *testing.T) {
	d := signedIn(t)
	d.backend.Choices.Affiliates = []api.Affiliate{{ID: "mall", Name: "Mall"}}
	d.VerifyNow(ctx)
	d.backend.Fail["finish-link"] = &problem.Problem{Code: problem.SignInRefused, Errors: []problem.FieldError{{Field: "issuer", Cause: "declined"}}}
	d.LinkAndAuthorize(ctx, d.State().Options.Affiliates[0])
	d.is(flow.ScreenMethods)
	if d.State().Err == nil || d.count("begin") != 0 {
		t.Errorf("error %v, calls %v", d.State().Err, d.backend.Calls)
	}
}

func TestLinksAreShownAndEnded(t *testing.T) {
	d := signedIn(t)
	d.backend.Linked = []api.Link{{Issuer: "mall", Name: "Mall"}}
	d.LoadRecords(ctx)
	if len(d.State().Links) != 1 {
		t.Fatalf("links: %+v", d.State().Links)
	}
	d.Unlink(ctx, "mall")
	if len(d.State().Links) != 0 || d.count("unlink") != 1 {
		t.Errorf("links: %+v, calls %v", d.State().Links, d.backend.Calls)
	}
}
