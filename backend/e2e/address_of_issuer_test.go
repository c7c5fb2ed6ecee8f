package e2e_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/issuer/issuertest"
	"realname.example/backend/internal/mail/mailtest"
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

// An issuer without userinfo says an address in the ID token, or none any more.
func TestAnAddressGoesWhereAnIssuerWithoutUserinfoSaysNone(t *testing.T) {
	p := issuertest.New(t)
	p.Metadata = func(m map[string]any) {
		m["scopes_supported"] = []string{"openid", "profile", "email"}
		delete(m, "userinfo_endpoint")
	}
	s := start(t, withIssuers(t, sandboxConfig(t), config.SignInBoth, entry(t, "corp", p, "sign_in")))
	for _, step := range []struct {
		says func(map[string]any)
		want []string
	}{
		{func(out map[string]any) { out["email"], out["email_verified"] = "wang@example.org", true }, []string{"w***@example.org"}},
		{nil, nil},
	} {
		p.Set(func(p *issuertest.Provider) { p.IDToken = step.says })
		session, err := s.signInAt("corp", p)
		if err != nil {
			t.Fatal(err)
		}
		records, err := s.client.Account(client.AccountToken(session.Token)).Records(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var have []string
		for _, d := range records.Stored {
			have = append(have, d.Value)
		}
		if !slices.Equal(have, step.want) {
			t.Errorf("%q is kept, want %q", have, step.want)
		}
	}
	mustHide(t, "the log", s.log.String(), []string{"userinfo did not say"})
}

// An address is asked for of who signs in, and of an affiliate where a mail server can
// write to it, by whichever way it is linked.
func TestAnAddressIsAskedForWhereItIsOfUse(t *testing.T) {
	for _, test := range []struct {
		name         string
		mails        bool
		link, signIn string // scopes
	}{
		{"without a mail server", false, "openid profile", "openid profile email"},
		{"with a mail server", true, "openid profile email", "openid profile email"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := issuertest.New(t)
			p.Metadata = func(m map[string]any) { m["scopes_supported"] = []string{"openid", "profile", "email"} }
			e := entry(t, "mall", p, "sign_in", "affiliate")
			e["device"] = true
			cfg := withIssuers(t, sandboxConfig(t), config.SignInBoth, e)
			if test.mails {
				cfg.SMTP = config.SMTP{Address: mailtest.New(t, true).Address, From: "no-reply@example.org", Security: "none"}
			}
			s := start(t, cfg)
			a := s.signUp("zhangwei")
			for _, way := range []struct {
				name, want string
				begin      func() error
			}{
				{"a sign-in", test.signIn, func() error { _, err := s.signInAt("mall", p); return err }},
				{"a link", test.link, func() error {
					begun, err := a.BeginLink(t.Context(), api.IssuerStart{Issuer: "mall", RedirectURI: listener})
					if err == nil {
						p.Agree(begun.AuthorizationURL)
					}
					return err
				}},
				{"a link by another device", test.link, func() error { _, err := a.BeginLinkByDevice(t.Context(), "mall"); return err }},
			} {
				if err := way.begin(); err != nil || p.LastScope != way.want {
					t.Errorf("%s asks for %q, want %q; %v", way.name, p.LastScope, way.want, err)
				}
			}
		})
	}
}
