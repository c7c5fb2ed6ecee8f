package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/issuer/issuertest"
	"realname.example/backend/internal/mail/mailtest"
	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/registry"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

const newPassword = "another-horse-battery"

// resetCode waits for the message of a reset; the background sends it.
func (s *server) resetCode(mobile string, before int) string {
	s.t.Helper()
	if err := s.app.Verify.Drain(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	messages, err := s.client.SandboxSMS(s.t.Context(), mobile)
	if err != nil || len(messages) != before+1 {
		s.t.Fatalf("%d messages, want %d: %v", len(messages), before+1, err)
	}
	for i, m := range messages { // newest first
		if says := strings.Contains(m.Text, "new password"); says != (i == 0) {
			s.t.Errorf("message %d says %q", i, m.Text)
		}
	}
	return messages[0].Code
}

// signsIn reports whether a password opens an account.
func (s *server) signsIn(username, with string) bool {
	s.t.Helper()
	_, err := s.client.SignIn(s.t.Context(), api.Credentials{Username: username, Password: with})
	if err != nil {
		mustProblem(s.t, err, problem.CredentialsWrong)
	}
	return err == nil
}

func TestALostPasswordIsSetAnewByTheNumberThatVerified(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		cfg.Verify.SMSInterval = 0
		s := start(t, cfg)
		s.verified("demo", "张伟")
		old := s.signIn("demo")
		r, err := s.client.BeginReset(t.Context(), api.NewReset{Username: "demo", Mobile: "+86 138 0000 0001"})
		if err != nil {
			t.Fatal(err)
		}
		code := s.resetCode("13800000001", 1)
		wrong := fmt.Sprintf("%06d", (atoi(t, code)+1)%1_000_000)
		for _, blank := range []string{"", " ", "　", "\u00a0", "\u2003\v"} { // no code, and no guess
			err = s.client.FinishReset(t.Context(), r.ID, api.ResetPassword{Code: blank, New: newPassword})
			mustProblem(t, err, problem.RequestInvalid)
		}
		err = s.client.FinishReset(t.Context(), r.ID, api.ResetPassword{Code: wrong, New: newPassword})
		if p := mustProblem(t, err, problem.CodeWrong); p.Errors[0].Message != "4" {
			t.Errorf("%+v", p.Errors)
		}
		err = s.client.FinishReset(t.Context(), r.ID, api.ResetPassword{Code: code, New: "short"})
		mustProblem(t, err, problem.RequestInvalid)
		if err := s.client.FinishReset(t.Context(), r.ID, api.ResetPassword{Code: code, New: newPassword}); err != nil {
			t.Fatal(err)
		}
		if s.signsIn("demo", password) || !s.signsIn("demo", newPassword) {
			t.Error("the old password opens, or the new one does not")
		}
		_, err = old.Get(t.Context())
		mustProblem(t, err, problem.Unauthorized)
		err = s.client.FinishReset(t.Context(), r.ID, api.ResetPassword{Code: code, New: password})
		mustProblem(t, err, problem.CodeExpired)
		session, err := s.client.SignIn(t.Context(), api.Credentials{Username: "demo", Password: newPassword})
		if err != nil {
			t.Fatal(err)
		}
		records, err := s.client.Account(client.AccountToken(session.Token)).Records(t.Context())
		if err != nil || records.Events[len(records.Events)-1].Event != "password_reset" {
			t.Errorf("%+v, %v", records.Events, err)
		}
	})
}

func atoi(t *testing.T, text string) (n int) {
	t.Helper()
	if _, err := fmt.Sscanf(text, "%d", &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// A stranger learns nothing of an account: not from the answer, not from the guesses,
// not from a cap of messages.
func TestAResetTellsAStrangerNothing(t *testing.T) {
	s := start(t, sandboxConfig(t))
	s.verified("demo", "张伟")
	shape := func(in api.NewReset) string {
		t.Helper()
		var told []string
		r, err := s.client.BeginReset(t.Context(), in)
		if err != nil || len(r.ID) != 32 {
			t.Fatalf("%+v: %+v %v", in, r, err)
		}
		told = append(told, fmt.Sprint(r.ExpiresIn > 290))
		if err := s.app.Verify.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range 6 {
			err := s.client.FinishReset(t.Context(), r.ID, api.ResetPassword{Code: "000000", New: newPassword})
			told = append(told, fmt.Sprint(err))
		}
		return strings.Join(told, "; ")
	}
	want := shape(api.NewReset{Username: "nobody", Mobile: "13800000001"})
	for _, in := range []api.NewReset{
		{Username: "demo", Mobile: "13800000001"},
		{Username: "demo", Mobile: "13800000002"},
		{Username: "zhengqiang", Mobile: "13800000011"},
		{Username: "demo", Mobile: "no number"},
	} {
		if have := shape(in); have != want {
			t.Errorf("%+v:\n%s\nwant\n%s", in, have, want)
		}
	}
	if messages, err := s.client.SandboxSMS(t.Context(), ""); err != nil || len(messages) != 2 {
		t.Errorf("%d messages, %v", len(messages), err)
	}
}

// Whoever verifies with a number does not learn by its caps that a code for a new
// password went to it.
func TestACodeForANewPasswordLeavesTheCapsOfVerificationsAlone(t *testing.T) {
	s := start(t, sandboxConfig(t))
	s.verified("demo", "张伟")
	s.clock.Advance(2 * time.Minute)
	for range 2 { // the second is held back by the cap of its own
		if _, err := s.client.BeginReset(t.Context(), api.NewReset{Username: "demo", Mobile: "13800000001"}); err != nil {
			t.Fatal(err)
		}
		if err := s.app.Verify.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if messages, err := s.client.SandboxSMS(t.Context(), "13800000001"); err != nil || len(messages) != 2 {
		t.Errorf("%d messages, %v", len(messages), err)
	}
	other := s.signUp("another")
	v, err := other.Begin(t.Context(), byMobile(s.person("张伟")))
	if err == nil {
		_, err = other.SendCode(t.Context(), v.ID)
	}
	if err != nil {
		t.Errorf("another account's message: %v", err)
	}
}

// Who has a number now may not be whom it verified.
func TestANumberThatChangedHandsOpensNoAccount(t *testing.T) {
	s := start(t, sandboxConfig(t))
	s.verified("demo", "张伟")
	s.clock.Advance(2 * time.Minute)
	who, err := s.app.Store.ByNumber(t.Context(), s.person("张伟").Number)
	if err != nil {
		t.Fatal(err)
	}
	who.HolderChanged = true
	if err := s.app.Store.Import(t.Context(), registry.Each(who)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.client.BeginReset(t.Context(), api.NewReset{Username: "demo", Mobile: "13800000001"}); err != nil {
		t.Fatal(err)
	}
	if err := s.app.Verify.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if messages, err := s.client.SandboxSMS(t.Context(), "13800000001"); err != nil || len(messages) != 1 {
		t.Errorf("%d messages, %v", len(messages), err)
	}
}

// A newer code of support, a new password and the end of all sessions void a code.
func TestACodeOfSupportIsVoided(t *testing.T) {
	s := start(t, sandboxConfig(t))
	id := s.verified("demo", "张伟")
	support := s.operator(operator.Support)
	made := func() string {
		return ask[api.AdminReset](t, support, "POST", at(api.PathAdminReset, id), `{"reason":"came to the counter"}`).Code
	}
	dead := func(code string) {
		t.Helper()
		err := s.client.FinishReset(t.Context(), "", api.ResetPassword{Code: code, New: newPassword})
		mustProblem(t, err, problem.CodeExpired)
	}
	first := made()
	second := made()
	dead(first)
	if err := s.signIn("demo").ChangePassword(t.Context(), api.PasswordChange{Old: password, New: password + "-2"}); err != nil {
		t.Fatal(err)
	}
	dead(second)
	third := made()
	ask[struct{}](t, support, "POST", at(api.PathAdminEndSessions, id), `{"reason":"the phone is lost"}`)
	dead(third)
	if err := s.client.FinishReset(t.Context(), "", api.ResetPassword{Code: made(), New: newPassword}); err != nil {
		t.Fatal(err)
	}
	session, err := s.client.SignIn(t.Context(), api.Credentials{Username: "demo", Password: newPassword})
	if err != nil {
		t.Fatal(err)
	}
	mine := s.client.Account(client.AccountToken(session.Token))
	_, err = mine.Export(t.Context(), newPassword)
	if p := mustProblem(t, err, problem.RateLimited); p.RetryAfter < 71*time.Hour {
		t.Errorf("exported again after %v", p.RetryAfter)
	}
	s.clock.Advance(73 * time.Hour)
	if session, err = s.client.SignIn(t.Context(), api.Credentials{Username: "demo", Password: newPassword}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.client.Account(client.AccountToken(session.Token)).Export(t.Context(), newPassword); err != nil {
		t.Errorf("after three days: %v", err)
	}
}

func TestResetsAreCappedByAddressAndEnd(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.SignInsPerAddress, cfg.Verify.SMSInterval = 3, 0
	s := start(t, cfg)
	s.verified("demo", "张伟")
	r, err := s.client.BeginReset(t.Context(), api.NewReset{Username: "demo", Mobile: "13800000001"})
	if err != nil {
		t.Fatal(err)
	}
	code := s.resetCode("13800000001", 1)
	s.clock.Advance(10 * time.Minute)
	err = s.client.FinishReset(t.Context(), r.ID, api.ResetPassword{Code: code, New: newPassword})
	mustProblem(t, err, problem.CodeExpired)
	for range 2 {
		if _, err := s.client.BeginReset(t.Context(), api.NewReset{Username: "x", Mobile: "y"}); err != nil {
			t.Fatal(err)
		}
	}
	_, err = s.client.BeginReset(t.Context(), api.NewReset{Username: "x", Mobile: "y"})
	mustProblem(t, err, problem.RateLimited)
}

func TestSupportHelpsToANewPasswordOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		s := start(t, cfg)
		id := s.verified("demo", "张伟")
		support := s.operator(operator.Support)
		made := ask[api.AdminReset](t, support, "POST", at(api.PathAdminReset, id), `{"reason":"came to the counter with the card"}`)
		err := s.client.FinishReset(t.Context(), "", api.ResetPassword{Code: "AAAA-AAAA-AAAA-AAAA", New: newPassword})
		mustProblem(t, err, problem.CodeExpired)
		typed := strings.ToLower(strings.ReplaceAll(made.Code, "-", " "))
		if err := s.client.FinishReset(t.Context(), "", api.ResetPassword{Code: typed, New: newPassword}); err != nil {
			t.Fatal(err)
		}
		if s.signsIn("demo", password) || !s.signsIn("demo", newPassword) {
			t.Error("the old password opens, or the new one does not")
		}
		err = s.client.FinishReset(t.Context(), "", api.ResetPassword{Code: made.Code, New: password})
		mustProblem(t, err, problem.CodeExpired)
		trail := ask[api.AuditPage](t, s.operator(operator.Auditor), "GET", api.PathAdminAudit+"?operator=tester-support", "")
		if l := trail.Lines[0]; l.Event != string(operator.ActPasswordReset) || l.Subject != id || l.Detail != "came to the counter with the card" {
			t.Errorf("%+v", l)
		}
		if strings.Contains(fmt.Sprint(trail), made.Code) {
			t.Error("the trail has the code")
		}
		if status, body := s.operator(operator.Auditor).do("POST", at(api.PathAdminReset, id), `{"reason":"x"}`); status != http.StatusForbidden {
			t.Errorf("an auditor: %d %s", status, body)
		}
	})
}

func TestSupportSeesTheCodeOnAPageOfTheConsole(t *testing.T) {
	for lang, says := range map[string]string{"en": "shown now and never again", "zh": "代码只显示这一次"} {
		t.Run(lang, func(t *testing.T) {
			s := start(t, sandboxConfig(t))
			id := s.verified("demo", "张伟")
			c := openConsole(t, s, lang)
			c.enrol("wang", operator.Support)
			c.open("/accounts/" + id)
			c.value(`document.querySelectorAll("details").forEach((d) => d.open = true); "open"`)
			c.fill("#reason-reset", "showed the card")
			c.click("form[action$=reset] button")
			c.says(says)
			c.look("reset")
		})
	}
}

// mailed is a sandbox with a mail server and an issuer that has verified an address of
// the person it vouches for.
func mailed(t *testing.T, cfg config.Config) (*server, *issuertest.Provider, *mailtest.Server) {
	t.Helper()
	mails := mailtest.New(t, true)
	cfg.SMTP = config.SMTP{Address: mails.Address, From: "no-reply@example.org", Security: "none"}
	s, p := mall(t, cfg)
	p.Set(func(p *issuertest.Provider) {
		p.UserInfo = func(out map[string]any) { out["email"], out["email_verified"] = "Zhang@example.org", true }
	})
	return s, p, mails
}

// mailCode waits for the background and returns the newest code that was sent.
func (s *server) mailCode(mails *mailtest.Server, before int) string {
	s.t.Helper()
	if err := s.app.Verify.Drain(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	box := mails.Box("Zhang@example.org")
	if len(box) != before+1 {
		s.t.Fatalf("%d messages, want %d", len(box), before+1)
	}
	_, code, _ := strings.Cut(box[before].Text, "The code: ")
	return code[:6]
}

func TestALostPasswordIsSetAnewByTheAddressThatAnIssuerVerified(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		cfg.Verify.SMSInterval = 0
		s, p, mails := mailed(t, cfg)
		if ways, err := s.client.SignInOptions(t.Context()); err != nil || !ways.ResetByEmail {
			t.Errorf("%+v, %v", ways, err)
		}
		a := s.signUp("shopper")
		if _, err := linkAt(t, a, "shop", p); err != nil {
			t.Fatal(err)
		}
		v, err := a.Begin(t.Context(), byAffiliate("shop"))
		mustView(t, v, err, verification.Verified, "")
		// Whoever has a session for a minute and links it elsewhere gets no way in.
		p.Set(func(p *issuertest.Provider) {
			p.Subject = "sub-2"
			p.UserInfo = func(out map[string]any) { out["email"], out["email_verified"] = "thief@example.org", true }
		})
		if _, err := linkAt(t, a, "shop", p); err != nil {
			t.Fatal(err)
		}
		for _, typed := range []string{"thief@example.org", "zhang@example.com"} {
			if _, err := s.client.BeginReset(t.Context(), api.NewReset{Username: "shopper", Email: typed}); err != nil {
				t.Fatal(err)
			}
		}
		r, err := s.client.BeginReset(t.Context(), api.NewReset{Username: "shopper", Email: " zhang@EXAMPLE.org"})
		if err != nil {
			t.Fatal(err)
		}
		code := s.mailCode(mails, 0)
		if len(mails.Box("thief@example.org")) != 0 {
			t.Error("another address got a code")
		}
		if err := s.client.FinishReset(t.Context(), r.ID, api.ResetPassword{Code: code, New: newPassword}); err != nil {
			t.Fatal(err)
		}
		if s.signsIn("shopper", password) || !s.signsIn("shopper", newPassword) {
			t.Error("the old password opens, or the new one does not")
		}
		session, err := s.client.SignIn(t.Context(), api.Credentials{Username: "shopper", Password: newPassword})
		if err != nil {
			t.Fatal(err)
		}
		records, err := s.client.Account(client.AccountToken(session.Token)).Records(t.Context())
		if err != nil || !slices.ContainsFunc(records.Events, func(r api.Record) bool { return r.Event == "password_code_sent" && r.Party == "email" }) ||
			!slices.ContainsFunc(records.Stored, func(d api.StoredDatum) bool { return d.Kind == "email" && d.Value == "Z***@example.org" }) {
			t.Errorf("%+v, %v", records, err)
		}
		mustHide(t, "the log", s.log.String(), []string{"Zhang@example.org", code})
	})
}

// By e-mail too a stranger learns nothing: not from the answer, nor the guesses, nor
// how many messages an address gets.
func TestAResetByEmailTellsAStrangerNothing(t *testing.T) {
	s, p, mails := mailed(t, sandboxConfig(t))
	a := s.signUp("shopper")
	if _, err := linkAt(t, a, "shop", p); err != nil {
		t.Fatal(err)
	}
	v, err := a.Begin(t.Context(), byAffiliate("shop"))
	mustView(t, v, err, verification.Verified, "")
	told := map[string]bool{}
	for _, in := range []api.NewReset{
		{Username: "shopper", Email: "zhang@example.org"},
		{Username: "shopper", Email: "zhang@example.org"}, // the second within a minute
		{Username: "shopper", Email: "other@example.org"},
		{Username: "nobody", Email: "zhang@example.org"},
		{Username: "demo", Email: "zhang@example.org"},
		{Username: "shopper", Email: "no address\r\nBcc: x"},
	} {
		r, err := s.client.BeginReset(t.Context(), in)
		if err != nil || len(r.ID) != 32 {
			t.Fatalf("%+v: %+v, %v", in, r, err)
		}
		if err := s.app.Verify.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		var answers []string
		for range 6 {
			answers = append(answers, fmt.Sprint(s.client.FinishReset(t.Context(), r.ID, api.ResetPassword{Code: "000000", New: newPassword})))
		}
		told[fmt.Sprint(r.ExpiresIn > 290, answers)] = true
	}
	if len(told) != 1 {
		t.Errorf("answers differ: %v", told)
	}
	if n := len(mails.Box("Zhang@example.org")); n != 1 {
		t.Errorf("%d messages", n)
	}
	for _, in := range []api.NewReset{{Username: "shopper"}, {Username: "shopper", Mobile: "13800000001", Email: "zhang@example.org"}} {
		_, err := s.client.BeginReset(t.Context(), in)
		mustProblem(t, err, problem.RequestInvalid)
	}
	plain := start(t, sandboxConfig(t))
	_, err = plain.client.BeginReset(t.Context(), api.NewReset{Username: "shopper", Email: "zhang@example.org"})
	mustProblem(t, err, problem.RequestInvalid)
}
