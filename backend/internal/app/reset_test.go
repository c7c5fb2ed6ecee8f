package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/registry"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/problem"
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
