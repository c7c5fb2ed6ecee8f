package e2e_test

import (
	"slices"
	"testing"
	"time"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/issuer/issuertest"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// byDevice is a sandbox with one issuer that vouches for 张伟 and lets people answer
// on another device.
func byDevice(t testing.TB, cfg config.Config) (*server, *issuertest.Provider) {
	t.Helper()
	p := issuertest.New(t)
	e := entry(t, "shop", p, "affiliate")
	e["device"] = true
	s := start(t, withIssuers(t, cfg, config.SignInPassword, e))
	p.Set(func(p *issuertest.Provider) {
		p.Now = s.clock.Now
		p.Verified = issuertest.Person("cn_real_name", "张伟", "110100199003070111", s.clock.Now().Add(-24*time.Hour))
	})
	return s, p
}

// mustPend holds an answer to "not yet".
func mustPend(t testing.TB, err error, atMost time.Duration) {
	t.Helper()
	p := mustProblem(t, err, problem.Conflict)
	if len(p.Errors) != 1 || p.Errors[0].Cause != api.CausePending || p.RetryAfter <= 0 || p.RetryAfter > atMost {
		t.Fatalf("not yet: %+v, after %v", p.Errors, p.RetryAfter)
	}
}

func beginByDevice(t testing.TB, a *client.Account) api.LinkStarted {
	t.Helper()
	begun, err := a.BeginLinkByDevice(t.Context(), "shop")
	if err != nil {
		t.Fatal(err)
	}
	return begun
}

// TestALinkByDeviceIsHeldAgainstTheFace is threat 28 where no loopback listener
// stops the relay: whoever was shown the code linked the account of whoever began.
func TestALinkByDeviceIsHeldAgainstTheFace(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		s, p := byDevice(t, cfg)
		a := s.signUp("shopper")
		options, err := a.Options(t.Context())
		if err != nil || len(options.Affiliates) != 1 || !options.Affiliates[0].Device {
			t.Fatalf("options: %+v, %v", options.Affiliates, err)
		}
		begun := beginByDevice(t, a)
		if begun.VerificationURIComplete != p.URL+"/activate?user_code="+begun.UserCode || begun.Interval != 5 || begun.AuthorizationURL != "" || begun.ExpiresIn < 590 {
			t.Errorf("begun: %+v", begun)
		}
		_, err = a.PollLink(t.Context(), begun.ID)
		mustPend(t, err, 5*time.Second)
		p.AnswerDevice(begun.UserCode, true) // somebody scans it: this person, or one who was sent it
		asked := p.Count("/token")
		_, err = a.PollLink(t.Context(), begun.ID)
		mustPend(t, err, 5*time.Second)
		if p.Count("/token") != asked {
			t.Error("the issuer is asked sooner than it likes")
		}
		_, err = s.signUp("another").PollLink(t.Context(), begun.ID)
		mustProblem(t, err, problem.NotFound)
		s.clock.Advance(5 * time.Second)
		l, err := a.PollLink(t.Context(), begun.ID)
		if err != nil || l.LinkedBy != api.LinkedByDevice || l.Verified == nil || !*l.Verified {
			t.Fatalf("link: %+v, %v", l, err)
		}
		_, err = a.PollLink(t.Context(), begun.ID)
		mustProblem(t, err, problem.SignInRefused) // it was used

		v, err := a.Begin(t.Context(), byAffiliate("shop"))
		mustView(t, v, err, verification.FaceRequired, verification.Risk)
		if all, err := a.Export(t.Context(), password); err != nil || all.Verifications[0].Stated != nil {
			t.Errorf("who showed no face exports whoever agreed: %+v, %v", all.Verifications, err)
		}
		records, err := a.Records(t.Context())
		if err != nil || !slices.ContainsFunc(records.Events, func(r api.Record) bool { return r.Event == "risk" }) {
			t.Errorf("the trail says nothing of a risk: %+v, %v", records.Events, err)
		}
		if err := a.Cancel(t.Context(), v.ID); err != nil {
			t.Fatal(err)
		}
		// A link that is made anew in the PC's own browser is as good as any.
		if l, err := linkAt(t, a, "shop", p); err != nil || l.LinkedBy != "" {
			t.Fatalf("link: %+v, %v", l, err)
		}
		v, err = a.Begin(t.Context(), byAffiliate("shop"))
		mustView(t, v, err, verification.Verified, "")
	})
}

// Only a passed face verifies over such a link, and the ID is bound then.
func TestAPassedFaceVerifiesOverALinkByDevice(t *testing.T) {
	s, p := byDevice(t, sandboxConfig(t))
	a := s.signUp("shopper")
	begun := beginByDevice(t, a)
	p.AnswerDevice(begun.UserCode, true)
	if _, err := a.PollLink(t.Context(), begun.ID); err != nil {
		t.Fatal(err)
	}
	v, err := a.Begin(t.Context(), byAffiliate("shop"))
	mustView(t, v, err, verification.FaceRequired, verification.Risk)
	s.givePortrait("张伟")
	if _, err := s.scan(s.consented(a, v.ID)); err != nil {
		t.Fatal(err)
	}
	if v = await(t, a, v.ID, verification.Judging); v.Status != verification.Verified {
		t.Fatalf("after the scan: %+v", v)
	}
	if v.Method != verification.Affiliate {
		t.Errorf("verified by %s", v.Method)
	}
}

func TestWhatADeviceIsToldByItsIssuer(t *testing.T) {
	s, p := byDevice(t, sandboxConfig(t))
	a := s.signUp("shopper")
	p.Set(func(p *issuertest.Provider) { p.SlowDown = true })
	begun := beginByDevice(t, a)
	_, err := a.PollLink(t.Context(), begun.ID)
	mustPend(t, err, 10*time.Second)
	s.clock.Advance(9 * time.Second)
	_, err = a.PollLink(t.Context(), begun.ID)
	mustPend(t, err, time.Second) // slower from now on
	s.clock.Advance(time.Second)

	p.Set(func(p *issuertest.Provider) { p.Down["/token"] = true })
	_, err = a.PollLink(t.Context(), begun.ID)
	mustProblem(t, err, problem.IssuerUnavailable)
	p.Set(func(p *issuertest.Provider) { p.Down["/token"] = false })
	s.clock.Advance(10 * time.Second)
	p.AnswerDevice(begun.UserCode, false)
	_, err = a.PollLink(t.Context(), begun.ID)
	if refused := mustProblem(t, err, problem.SignInRefused); refused.Errors[0].Cause != "declined" {
		t.Errorf("declined: %+v", refused.Errors)
	}

	begun = beginByDevice(t, a)
	p.ExpireDevices()
	_, err = a.PollLink(t.Context(), begun.ID)
	if refused := mustProblem(t, err, problem.SignInRefused); refused.Errors[0].Cause != "expired" {
		t.Errorf("expired: %+v", refused.Errors)
	}
	begun = beginByDevice(t, a)
	s.clock.Advance(10 * time.Minute)
	_, err = a.PollLink(t.Context(), begun.ID)
	mustProblem(t, err, problem.SignInRefused)

	// What a listener would bring is no answer to it: there is none to inject.
	begun = beginByDevice(t, a)
	_, err = a.FinishLink(t.Context(), begun.ID, api.IssuerAnswer{Code: "a code"})
	if refused := mustProblem(t, err, problem.SignInRefused); refused.Errors[0].Cause != "state" {
		t.Errorf("a code: %+v", refused.Errors)
	}
	if links, err := a.Links(t.Context()); err != nil || len(links) != 0 {
		t.Errorf("links: %+v, %v", links, err)
	}

	for name, change := range map[string]func(map[string]any){
		"no code":           func(m map[string]any) { m["device_code"] = "" },
		"a page in clear":   func(m map[string]any) { m["verification_uri"] = "http://issuer.example/activate" },
		"no page":           func(m map[string]any) { delete(m, "verification_uri") },
		"an app to open":    func(m map[string]any) { m["verification_uri_complete"] = "other-app:activate" },
		"no life":           func(m map[string]any) { m["expires_in"] = 0 },
		"a code for nobody": func(m map[string]any) { m["user_code"] = string(make([]byte, 100)) },
	} {
		p.Set(func(p *issuertest.Provider) { p.DeviceAnswer = change })
		_, err := a.BeginLinkByDevice(t.Context(), "shop")
		t.Log(name)
		mustProblem(t, err, problem.SignInRefused)
	}
}

func TestADeviceIsTakenWhereTheEntryAllowsItAlone(t *testing.T) {
	s, _ := mall(t, sandboxConfig(t))
	a := s.signUp("shopper")
	_, err := a.BeginLinkByDevice(t.Context(), "shop")
	mustProblem(t, err, problem.RequestInvalid)
	options, err := a.Options(t.Context())
	if err != nil || options.Affiliates[0].Device {
		t.Errorf("options: %+v, %v", options.Affiliates, err)
	}
}
