package e2e_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/issuer/issuertest"
	"realname.example/backend/internal/operator"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// linkAt links an account at an issuer, as whoever its provider says.
func linkAt(t testing.TB, a *client.Account, id string, p *issuertest.Provider) (api.Link, error) {
	t.Helper()
	begun, err := a.BeginLink(t.Context(), api.IssuerStart{Issuer: id, RedirectURI: listener})
	if err != nil {
		t.Fatalf("begin link: %v", err)
	}
	return a.FinishLink(t.Context(), begun.ID, answerFrom(p.Agree(begun.AuthorizationURL)))
}

func byAffiliate(id string) api.NewVerification {
	return api.NewVerification{Method: verification.Affiliate, Affiliate: id}
}

// mall is a sandbox with one issuer that vouches for 张伟.
func mall(t testing.TB, cfg config.Config) (*server, *issuertest.Provider) {
	t.Helper()
	p := issuertest.New(t)
	e := entry(t, "shop", p, "affiliate")
	s := start(t, withIssuers(t, cfg, config.SignInPassword, e))
	p.Set(func(p *issuertest.Provider) {
		p.Now = s.clock.Now
		p.Verified = issuertest.Person("cn_real_name", "张伟", "110100199003070111", s.clock.Now().Add(-24*time.Hour))
	})
	return s, p
}

func TestAuthorizeNowOverALinkedIssuer(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		s, p := mall(t, cfg)
		a := s.signUp("shopper")
		options, err := a.Options(t.Context())
		if err != nil || len(options.Affiliates) != 1 || options.Affiliates[0].Linked || slices.Contains(options.Methods, verification.Affiliate) {
			t.Fatalf("before it is linked: %+v, %v", options, err)
		}
		l, err := linkAt(t, a, "shop", p)
		if err != nil || l.Issuer != "shop" || l.Verified == nil || !*l.Verified || l.CheckedAt == nil {
			t.Fatalf("link: %+v, %v", l, err)
		}
		if want := `"document_number":null`; !strings.Contains(p.LastClaims, want) || !strings.Contains(p.LastClaims, `"name":null`) ||
			!strings.Contains(p.LastClaims, `"type":{"value":"document"}`) {
			t.Errorf("asked for %s", p.LastClaims)
		}
		options, err = a.Options(t.Context())
		if err != nil || len(options.Affiliates) != 1 || !options.Affiliates[0].Linked || !slices.Contains(options.Methods, verification.Affiliate) {
			t.Fatalf("once it is linked: %+v, %v", options, err)
		}
		s.clock.Advance(2 * time.Hour) // the access token is over, the refresh token is not
		v, err := a.Begin(t.Context(), byAffiliate("shop"))
		mustView(t, v, err, verification.Verified, "")
		if v.Identity.Name != "张*" || v.Identity.Number != "110***********0111" {
			t.Errorf("taken over: %+v", v.Identity)
		}
		records, err := a.Records(t.Context())
		if err != nil || !slices.ContainsFunc(records.Events, func(r api.Record) bool {
			return r.Event == "consented" && r.Party == "affiliate:shop"
		}) {
			t.Errorf("no consent is recorded: %+v, %v", records.Events, err)
		}
		// Another account of the same person is told that the ID is bound.
		p.Set(func(p *issuertest.Provider) { p.Subject = "sub-2" })
		other := s.signUp("other")
		if _, err := linkAt(t, other, "shop", p); err != nil {
			t.Fatal(err)
		}
		v, err = other.Begin(t.Context(), byAffiliate("shop"))
		mustView(t, v, err, verification.Rejected, verification.IdentityAlreadyBound)
		// Erasing ends the link there too.
		before := p.Revocations()
		if err := a.EraseIdentity(t.Context()); err != nil {
			t.Fatal(err)
		}
		if links, err := a.Links(t.Context()); err != nil || len(links) != 0 || p.Revocations() != before+1 {
			t.Errorf("after erasing: %+v, %v, %d revoked", links, err, p.Revocations()-before)
		}
		mustHide(t, "the log", s.log.String(), []string{"张伟", "110100199003070111"})
	})
}

// Every word of an affiliate that does not count has its own reason, and verifies
// nobody.
func TestWordsOfAffiliatesThatDoNotCount(t *testing.T) {
	s, p := mall(t, sandboxConfig(t))
	yesterday := s.clock.Now().Add(-24 * time.Hour)
	person := func(framework, name, number string, at time.Time) any {
		return issuertest.Person(framework, name, number, at)
	}
	good := person("cn_real_name", "张伟", "110100199003070111", yesterday)
	for name, test := range map[string]struct {
		verified any
		reason   verification.Reason
		code     problem.Code
	}{
		"no claims":                     {nil, verification.ClaimsMissing, ""},
		"an empty list":                 {[]any{}, verification.ClaimsMissing, ""},
		"text":                          {"张伟", verification.ClaimsMissing, ""},
		"no name":                       {person("cn_real_name", "", "110100199003070111", yesterday), verification.ClaimsMissing, ""},
		"no number":                     {person("cn_real_name", "张伟", "", yesterday), verification.ClaimsMissing, ""},
		"no framework":                  {person("", "张伟", "110100199003070111", yesterday), verification.ClaimsMissing, ""},
		"another framework":             {person("de_aml", "张伟", "110100199003070111", yesterday), verification.FrameworkUntrusted, ""},
		"too old":                       {person("cn_real_name", "张伟", "110100199003070111", yesterday.Add(-366*24*time.Hour)), verification.ClaimsOutdated, ""},
		"of tomorrow":                   {person("cn_real_name", "张伟", "110100199003070111", yesterday.Add(48*time.Hour)), verification.ClaimsOutdated, ""},
		"two frameworks, none trusted":  {[]any{person("de_aml", "张伟", "110100199003070111", yesterday), person("eidas", "张伟", "110100199003070111", yesterday)}, verification.FrameworkUntrusted, ""},
		"a name in another script":      {person("cn_real_name", "Zhang Wei", "110100199003070111", yesterday), "", problem.NameInvalid},
		"a number that fails our rules": {person("cn_real_name", "张伟", "110100199003070112", yesterday), "", problem.IDNumberInvalid},
		"a child":                       {person("cn_real_name", "孙小宝", "110100201506010196", yesterday), "", problem.GuardianRequired},
		"two frameworks, one trusted":   {[]any{person("de_aml", "Wei Zhang", "1", yesterday), good}, "verified", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p.Set(func(p *issuertest.Provider) { p.Verified, p.Subject = test.verified, "sub "+name })
			a := s.signUp("u" + strings.Map(func(r rune) rune {
				if r == ' ' || r == ',' {
					return -1
				}
				return r
			}, name))
			if _, err := linkAt(t, a, "shop", p); err != nil {
				t.Fatal(err)
			}
			v, err := a.Begin(t.Context(), byAffiliate("shop"))
			switch {
			case test.code != "":
				mustProblem(t, err, test.code)
			case test.reason == "verified":
				mustView(t, v, err, verification.Verified, "")
			default:
				mustView(t, v, err, verification.Rejected, test.reason)
				if options, err := a.Options(t.Context()); err != nil || len(options.Affiliates) != 0 {
					t.Errorf("it is offered all the same: %+v, %v", options.Affiliates, err)
				}
			}
		})
	}
}

// What an affiliate answers about another person, or when it should say nothing,
// changes nothing.
func TestAnswersAboutSomebodyElse(t *testing.T) {
	s, p := mall(t, sandboxConfig(t))
	a := s.signUp("shopper")
	if _, err := linkAt(t, a, "shop", p); err != nil {
		t.Fatal(err)
	}
	t.Run("userinfo about somebody else", func(t *testing.T) {
		p.Set(func(p *issuertest.Provider) { p.UserInfo = func(c map[string]any) { c["sub"] = "somebody else" } })
		defer p.Set(func(p *issuertest.Provider) { p.UserInfo = nil })
		_, err := a.Begin(t.Context(), byAffiliate("shop"))
		mustProblem(t, err, problem.SignInRefused)
		if me, err := a.Get(t.Context()); err != nil || me.Verification != nil {
			t.Errorf("a case came of it: %+v, %v", me, err)
		}
		if !strings.Contains(s.log.String(), `"cause":"subject"`) {
			t.Error("it is not in the log")
		}
	})
	t.Run("userinfo about somebody else as soon as it is linked", func(t *testing.T) {
		p.Set(func(p *issuertest.Provider) {
			p.Subject, p.UserInfo = "fresh", func(c map[string]any) { c["sub"] = "somebody else" }
		})
		defer p.Set(func(p *issuertest.Provider) { p.Subject, p.UserInfo = "sub-1", nil })
		fresh := s.signUp("fresh")
		_, err := linkAt(t, fresh, "shop", p)
		mustProblem(t, err, problem.SignInRefused)
		if links, err := fresh.Links(t.Context()); err != nil || len(links) != 0 {
			t.Errorf("the link stays: %+v, %v", links, err)
		}
		// The account has no case whose trail could say so.
		lines, err := s.app.Store.Trail(t.Context(), operator.TrailQuery{Limit: 10})
		if err != nil || !slices.ContainsFunc(lines, func(l operator.Line) bool {
			return l.Event == string(operator.ActAnswerRefused) && l.Detail == "shop: subject" && l.Subject != ""
		}) {
			t.Errorf("the trail: %+v, %v", lines, err)
		}
		if _, err = linkAt(t, a, "shop", p); err == nil {
			t.Error("linked anew with what is about somebody else")
		}
		p.Set(func(p *issuertest.Provider) { p.UserInfo = nil })
		if links, err := a.Links(t.Context()); err != nil || len(links) != 1 || links[0].Verified == nil {
			t.Errorf("the link of before: %+v, %v", links, err)
		}
	})
	t.Run("a refresh that brings somebody else's ID token", func(t *testing.T) {
		p.Set(func(p *issuertest.Provider) { p.IDToken = func(c map[string]any) { c["sub"] = "somebody else" } })
		defer p.Set(func(p *issuertest.Provider) { p.IDToken = nil })
		s.clock.Advance(2 * time.Hour)
		_, err := a.Begin(t.Context(), byAffiliate("shop"))
		mustProblem(t, err, problem.SignInRefused)
	})
	t.Run("the person there belongs to another account here", func(t *testing.T) {
		_, err := linkAt(t, s.signUp("second"), "shop", p)
		mustProblem(t, err, problem.LinkTaken)
	})
	t.Run("a refused answer stands in the account's trail", func(t *testing.T) {
		p.Set(func(p *issuertest.Provider) { p.Verified, p.Subject = nil, "third" })
		third := s.signUp("third")
		if _, err := linkAt(t, third, "shop", p); err != nil {
			t.Fatal(err)
		}
		v, err := third.Begin(t.Context(), byAffiliate("shop"))
		mustView(t, v, err, verification.Rejected, verification.ClaimsMissing)
		p.Set(func(p *issuertest.Provider) { p.UserInfo = func(c map[string]any) { c["sub"] = "somebody else" } })
		defer p.Set(func(p *issuertest.Provider) { p.UserInfo = nil })
		_, err = third.Begin(t.Context(), byAffiliate("shop"))
		mustProblem(t, err, problem.SignInRefused)
		records, err := third.Records(t.Context())
		if err != nil || !slices.ContainsFunc(records.Events, func(r api.Record) bool { return r.Event == "answer_refused" && r.Party == "affiliate:shop" }) {
			t.Errorf("records: %+v, %v", records.Events, err)
		}
	})
}

func TestAffiliateThatIsAwayInEachStep(t *testing.T) {
	for _, path := range []string{"/token", "/userinfo"} {
		t.Run(path, func(t *testing.T) {
			s, p := mall(t, sandboxConfig(t))
			a := s.signUp("shopper")
			if _, err := linkAt(t, a, "shop", p); err != nil {
				t.Fatal(err)
			}
			s.clock.Advance(2 * time.Hour) // a new access token is needed
			p.Set(func(p *issuertest.Provider) { p.Down[path] = true })
			if options, err := a.Options(t.Context()); err != nil || len(options.Affiliates) != 0 || len(options.Methods) != 2 {
				t.Errorf("options: %+v, %v", options, err)
			}
			_, err := a.Begin(t.Context(), byAffiliate("shop"))
			mustProblem(t, err, problem.IssuerUnavailable)
			v, err := s.mobile(s.signUp("by-phone"), s.person("杨䮌"))
			mustView(t, v, err, verification.Verified, "")
			p.Set(func(p *issuertest.Provider) { p.Down = map[string]bool{} })
			v, err = a.Begin(t.Context(), byAffiliate("shop"))
			mustView(t, v, err, verification.Verified, "")
		})
	}
	t.Run("while it is unlinked", func(t *testing.T) {
		s, p := mall(t, sandboxConfig(t))
		a := s.signUp("shopper")
		if _, err := linkAt(t, a, "shop", p); err != nil {
			t.Fatal(err)
		}
		p.Set(func(p *issuertest.Provider) { p.Down["/revoke"] = true })
		if err := a.Unlink(t.Context(), "shop"); err != nil {
			t.Errorf("a person who wants to unlink: %v", err)
		}
		if links, err := a.Links(t.Context()); err != nil || len(links) != 0 {
			t.Errorf("links: %+v, %v", links, err)
		}
		if !strings.Contains(s.log.String(), "its issuer did not hear of it yet") {
			t.Error("the log says nothing")
		}
		for range 2 { // still away, then back
			s.clock.Advance(5 * time.Minute)
			if err := s.app.RetryRevocations(t.Context()); err != nil {
				t.Fatal(err)
			}
			p.Set(func(p *issuertest.Provider) { p.Down = map[string]bool{} })
		}
		if n := p.Revocations(); n != 1 {
			t.Errorf("once it is back, it hears of it %d times", n)
		}
	})
}

func TestLinksAreListedAndEnded(t *testing.T) {
	s, p := mall(t, sandboxConfig(t))
	a := s.signUp("shopper")
	if _, err := linkAt(t, a, "shop", p); err != nil {
		t.Fatal(err)
	}
	// Linked anew, or by another account in vain, the link holds: a revocation would
	// end all that the person agreed to at many issuers.
	if _, err := linkAt(t, a, "shop", p); err != nil || p.Revocations() != 0 {
		t.Fatalf("linked anew: %v, %d revoked", err, p.Revocations())
	}
	_, err := linkAt(t, s.signUp("in-vain"), "shop", p)
	mustProblem(t, err, problem.LinkTaken)
	if p.Revocations() != 0 {
		t.Errorf("in vain: %d revoked", p.Revocations())
	}
	// Another person there takes the place of the first, who has to hear of it.
	p.Set(func(p *issuertest.Provider) { p.Subject = "sub-2" })
	if _, err := linkAt(t, a, "shop", p); err != nil || p.Revocations() != 1 {
		t.Fatalf("another person: %v, %d revoked", err, p.Revocations())
	}
	links, err := a.Links(t.Context())
	if err != nil || len(links) != 1 || links[0].Name != "Mall" {
		t.Fatalf("links: %+v, %v", links, err)
	}
	if others, err := s.signUp("other").Links(t.Context()); err != nil || len(others) != 0 {
		t.Errorf("another account sees %+v, %v", others, err)
	}
	if err := a.Unlink(t.Context(), "shop"); err != nil || p.Revocations() != 2 {
		t.Errorf("unlinked: %v, %d revoked", err, p.Revocations())
	}
	mustProblem(t, a.Unlink(t.Context(), "shop"), problem.NotFound)
	mustProblem(t, a.Unlink(t.Context(), "nobody"), problem.NotFound)
	v, err := a.Begin(t.Context(), byAffiliate("shop"))
	mustView(t, v, err, verification.Rejected, verification.LinkRevoked)
	if v.AttemptsLeft != 5 {
		t.Errorf("a site's word takes no face attempt: %d are left", v.AttemptsLeft)
	}
}

func TestLinkThatTheIssuerEnded(t *testing.T) {
	s, p := mall(t, sandboxConfig(t))
	a := s.signUp("shopper")
	if _, err := linkAt(t, a, "shop", p); err != nil {
		t.Fatal(err)
	}
	p.End("sub-1")
	v, err := a.Begin(t.Context(), byAffiliate("shop"))
	mustView(t, v, err, verification.Rejected, verification.LinkRevoked)
	options, err := a.Options(t.Context())
	if err != nil || len(options.Affiliates) != 1 || options.Affiliates[0].Linked {
		t.Fatalf("it can be linked anew: %+v, %v", options.Affiliates, err)
	}
	if _, err := linkAt(t, a, "shop", p); err != nil {
		t.Fatal(err)
	}
	v, err = a.Begin(t.Context(), byAffiliate("shop"))
	mustView(t, v, err, verification.Verified, "")
}

// A refresh token is used once at the issuer, and a second use ends the link: of
// many calls at once one renews.
func TestManyCallsRenewALinkOnce(t *testing.T) {
	s, p := mall(t, sandboxConfig(t))
	a := s.signUp("shopper")
	if _, err := linkAt(t, a, "shop", p); err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(2 * time.Hour)
	before := p.Count("/token")
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if options, err := a.Options(t.Context()); err != nil || len(options.Affiliates) != 1 || !options.Affiliates[0].Linked {
				t.Errorf("options: %+v, %v", options.Affiliates, err)
			}
		})
	}
	all.Wait()
	if n := p.Count("/token") - before; n != 1 {
		t.Errorf("the token endpoint was asked %d times", n)
	}
}

// A refresh token that was used is of no use any more: the one that came for it is
// kept, although the keys to check the ID token beside it cannot be read.
func TestATokenThatCannotBeCheckedNowIsKept(t *testing.T) {
	s, p := mall(t, sandboxConfig(t))
	a := s.signUp("shopper")
	if _, err := linkAt(t, a, "shop", p); err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(2 * time.Hour)
	next := issuertest.NewKey(t, "second")
	p.Set(func(p *issuertest.Provider) {
		p.Key, p.Published, p.Down = next, []issuertest.Key{next}, map[string]bool{"/keys": true}
	})
	_, err := a.Begin(t.Context(), byAffiliate("shop"))
	mustProblem(t, err, problem.IssuerUnavailable)
	p.Set(func(p *issuertest.Provider) { p.Down = map[string]bool{} })
	v, err := a.Begin(t.Context(), byAffiliate("shop"))
	mustView(t, v, err, verification.Verified, "")
}

// The same of a session.
func TestASessionsTokenThatCannotBeCheckedNowIsKept(t *testing.T) {
	p := issuertest.New(t)
	s := start(t, withIssuers(t, sandboxConfig(t), config.SignInBoth, entry(t, "corp", p, "sign_in")))
	p.Set(func(p *issuertest.Provider) { p.Now = s.clock.Now })
	session, err := s.signInAt("corp", p)
	if err != nil {
		t.Fatal(err)
	}
	next := issuertest.NewKey(t, "second")
	for _, down := range []bool{true, false, false} {
		p.Set(func(p *issuertest.Provider) {
			p.Key, p.Published, p.Down = next, []issuertest.Key{next}, map[string]bool{"/keys": down}
		})
		s.clock.Advance(6 * time.Minute)
		if err := s.app.RefreshSessions(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := s.client.Account(client.AccountToken(session.Token)).Get(t.Context()); err != nil {
			t.Fatalf("keys away: %v: %v", down, err)
		}
	}
}

// Sessions that an issuer is slow about are left for the next round before their
// lease ends: two processes never use one refresh token.
func TestASlowIssuerOutlastsNoLeaseOfASession(t *testing.T) {
	p := issuertest.New(t)
	s := start(t, withIssuers(t, sandboxConfig(t), config.SignInBoth, entry(t, "corp", p, "sign_in")))
	p.Set(func(p *issuertest.Provider) { p.Now = s.clock.Now })
	for range 5 {
		if _, err := s.signInAt("corp", p); err != nil {
			t.Fatal(err)
		}
	}
	s.clock.Advance(6 * time.Minute)
	p.Set(func(p *issuertest.Provider) {
		p.IDToken = func(map[string]any) { s.clock.Advance(20 * time.Second) } // each answer takes that long
	})
	for _, want := range []int{3, 2, 0} {
		before := p.Count("/token")
		if err := s.app.RefreshSessions(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := p.Count("/token") - before; got != want {
			t.Errorf("%d sessions were asked about in one lease, want %d", got, want)
		}
	}
}
