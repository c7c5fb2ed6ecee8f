package e2e_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/issuer/issuertest"
	"realname.example/backend/internal/operator"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/verification"
)

// Who signs in by an issuer has the address that it has verified, for a reviewer to write
// to: the newest one that it said, in the ID token or at userinfo.
func TestAnAccountHasTheAddressThatItsIssuerVouchesFor(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		p := issuertest.New(t)
		says := func(email any, verified bool) func(map[string]any) {
			return func(out map[string]any) { out["email"], out["email_verified"] = email, verified }
		}
		p.Set(func(p *issuertest.Provider) {
			p.Metadata = func(m map[string]any) { m["scopes_supported"] = []string{"openid", "profile", "email"} }
			p.IDToken = says("Wang@example.org", true)
		})
		s := start(t, withIssuers(t, cfg, config.SignInBoth, entry(t, "corp", p, "sign_in")))
		var id verification.ID
		signIn := func() *client.Account {
			t.Helper()
			session, err := s.signInAt("corp", p)
			if err != nil {
				t.Fatal(err)
			}
			return s.client.Account(client.AccountToken(session.Token))
		}
		a := signIn()
		v, err := a.Begin(t.Context(), byFace(s.person("张伟")))
		if err == nil {
			v, err = a.Review(t.Context(), v.ID)
		}
		id = mustView(t, v, err, verification.InReview, "").ID
		shown := func() string {
			t.Helper()
			return ask[api.ReviewItem](t, s.operator(operator.Reviewer), "GET", at(api.PathAdminReview, string(id)), "").Email
		}
		if have := shown(); have != "Wang@example.org" {
			t.Errorf("the reviewer reads %q", have)
		}
		cookie, _ := s.entrance("wang", operator.Reviewer)
		if _, page := s.at(cookie).do("GET", "/console/reviews/"+string(id), ""); !strings.Contains(page, "Wang@example.org") {
			t.Errorf("the page has no address: %s", page)
		}
		told := func() (email string) {
			t.Helper()
			records, err := a.Records(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if i := slices.IndexFunc(records.Stored, func(d api.StoredDatum) bool { return d.Kind == "email" }); i >= 0 {
				email = records.Stored[i].Value
			}
			return email
		}
		if have := told(); have != "W***@example.org" {
			t.Errorf("the person is told of %q", have)
		}
		for _, step := range []struct {
			name string
			set  func(p *issuertest.Provider)
			want string
		}{
			{"said at userinfo alone", func(p *issuertest.Provider) { p.IDToken, p.UserInfo = nil, says("new@example.org", true) }, "new@example.org"},
			{"userinfo of another person", func(p *issuertest.Provider) {
				p.UserInfo = func(out map[string]any) { says("thief@example.org", true)(out); out["sub"] = "another" }
			}, "new@example.org"},
			{"in two lines", func(p *issuertest.Provider) { p.UserInfo = says("a@example.org\r\nBcc: b@example.org", true) }, ""},
			{"in the ID token again", func(p *issuertest.Provider) { p.IDToken, p.UserInfo = says("again@example.org", true), nil }, "again@example.org"},
			{"not verified", func(p *issuertest.Provider) { p.IDToken = says("again@example.org", false) }, ""},
			{"no text", func(p *issuertest.Provider) { p.IDToken = says(17, true) }, ""},
		} {
			p.Set(step.set)
			signIn()
			if have := shown(); have != step.want {
				t.Errorf("%s: the reviewer reads %q, want %q", step.name, have, step.want)
			}
		}
		if status, list := s.operator(operator.Reviewer).do("GET", api.PathAdminReviews, ""); status != http.StatusOK || strings.Contains(list, "@example.org") {
			t.Errorf("the list has it: %d %s", status, list)
		}
		// What is known is erased with it, until the next sign-in says it anew.
		p.Set(func(p *issuertest.Provider) { p.IDToken = says("Wang@example.org", true) })
		signIn()
		if err := a.EraseIdentity(t.Context()); err != nil {
			t.Fatal(err)
		}
		if have := told(); have != "" {
			t.Errorf("after the erasure %q is there", have)
		}
		signIn()
		if have := told(); have != "W***@example.org" {
			t.Errorf("after another sign-in the person is told of %q", have)
		}
		mustHide(t, "the log", s.log.String(), []string{"@example.org"})
	})
}
