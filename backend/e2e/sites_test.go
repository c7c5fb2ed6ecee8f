package e2e_test

import (
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"

	"realname.example/shared/api"
	"realname.example/shared/verification"
)

// The sites are providers that any service can discover, and Authorize Now asks
// them as it would ask any other.
func TestTheSandboxsSitesAreRealProviders(t *testing.T) {
	s := start(t, sandboxConfig(t))
	for _, id := range []string{"mall", "finance"} {
		if _, err := oidc.NewProvider(t.Context(), s.app.URL()+"/sandbox/"+id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	for _, after := range []string{"from the start", "after a restart", "after a reset"} {
		zhoujie := s.signIn("zhoujie")
		options, err := zhoujie.Options(t.Context())
		if err != nil || len(options.Affiliates) != 2 || !options.Affiliates[0].Linked || !options.Affiliates[1].Linked {
			t.Fatalf("%s: %+v, %v", after, options.Affiliates, err)
		}
		v, err := zhoujie.Begin(t.Context(), api.NewVerification{Method: verification.Affiliate, Affiliate: "mall"})
		mustView(t, v, err, verification.Verified, "")
		switch after {
		case "from the start":
			if err := zhoujie.EraseIdentity(t.Context()); err != nil {
				t.Fatal(err)
			}
			s.restart()
		case "after a restart":
			if err := s.client.ResetSandbox(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if options, err := s.signIn("demo").Options(t.Context()); err != nil || len(options.Affiliates) != 0 {
		t.Errorf("who is not known there is offered %+v, %v", options.Affiliates, err)
	}
}

// zhoujie can link again after they unlinked, on the site's own page.
func TestALinkToASiteIsMadeOnItsPage(t *testing.T) {
	s := start(t, sandboxConfig(t))
	zhoujie := s.signIn("zhoujie")
	if err := zhoujie.Unlink(t.Context(), "mall"); err != nil {
		t.Fatal(err)
	}
	begun, err := zhoujie.BeginLink(t.Context(), api.IssuerStart{Issuer: "mall", RedirectURI: "http://127.0.0.1:49152/callback"})
	if err != nil {
		t.Fatal(err)
	}
	browser := newVisitor(t, s.app.URL())
	browser.open(begun.AuthorizationURL)
	browser.enter("zhoujie")
	for _, sentence := range []string{"“Realname” asks about you", "Your name", "Your ID number", "real-name verification"} {
		if !strings.Contains(browser.text(), sentence) {
			t.Errorf("the page does not say %q: %s", sentence, browser.text())
		}
	}
	browser.submit("/agree")
	back := browser.left.Query()
	l, err := zhoujie.FinishLink(t.Context(), begun.ID, api.IssuerAnswer{Code: back.Get("code"), State: back.Get("state"), Iss: back.Get("iss")})
	if err != nil || l.Verified == nil || !*l.Verified {
		t.Fatalf("link %+v, %v", l, err)
	}
	v, err := zhoujie.Begin(t.Context(), api.NewVerification{Method: verification.Affiliate, Affiliate: "mall"})
	mustView(t, v, err, verification.Verified, "")
}
