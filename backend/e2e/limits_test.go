package e2e_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/numbers"
	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

func TestCapsOnSMSSurviveARestart(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		s := start(t, cfg)
		a := s.signIn("demo")
		v, err := a.Begin(t.Context(), byMobile(s.person("张伟")))
		if err != nil {
			t.Fatal(err)
		}
		send := func() error {
			_, err := a.SendCode(t.Context(), v.ID)
			return err
		}
		if err := send(); err != nil {
			t.Fatal(err)
		}
		refused := mustProblem(t, send(), problem.RateLimited)
		if refused.RetryAfter <= 0 || refused.RetryAfter > cfg.Verify.SMSInterval {
			t.Errorf("Retry-After is %s", refused.RetryAfter)
		}
		again := func() {
			s.restart()
			a = s.signIn("demo")
		}
		again()
		mustProblem(t, send(), problem.RateLimited)
		for range cfg.Verify.SMSHourly - 1 {
			s.clock.Advance(cfg.Verify.SMSInterval + time.Second)
			if err := send(); err != nil {
				t.Fatal(err)
			}
		}
		again()
		s.clock.Advance(cfg.Verify.SMSInterval + time.Second)
		mustProblem(t, send(), problem.RateLimited)
	})
}

func TestFiveWrongCodesEndTheCaseAcrossARestart(t *testing.T) {
	s := start(t, sandboxConfig(t))
	a := s.signIn("demo")
	p := s.person("张伟")
	v, err := a.Begin(t.Context(), byMobile(p))
	if err == nil {
		_, err = a.SendCode(t.Context(), v.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	wrong := "000000"
	if lastCode(t, s.client, p.Mobile) == wrong {
		wrong = "111111"
	}
	for left := 4; left > 0; left-- {
		if left == 2 {
			s.restart()
			a = s.signIn("demo")
		}
		_, err := a.CheckCode(t.Context(), v.ID, api.CodeCheck{Code: wrong})
		mustProblem(t, err, problem.CodeWrong)
	}
	last, err := a.CheckCode(t.Context(), v.ID, api.CodeCheck{Code: wrong})
	mustView(t, last, err, verification.Rejected, verification.TooManyAttempts)
	_, err = a.CheckCode(t.Context(), v.ID, api.CodeCheck{Code: lastCode(t, s.client, p.Mobile)})
	mustProblem(t, err, problem.Conflict)
}

// capCount reads how near a cap is now.
func (s *server) capCount(b verify.Bucket) numbers.CapCount {
	s.t.Helper()
	if err := s.app.Store.WriteCounts(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	hour := numbers.Hour(s.clock.Now())
	all, err := s.app.Store.CapCounts(s.t.Context(), hour, hour+1)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range all {
		if c.Cap == b {
			return c
		}
	}
	return numbers.CapCount{}
}

func TestWrongPasswordsAreCapped(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.SignInsPerAccount = 3
	s := start(t, cfg)
	try := func(username, secret string) error {
		_, err := s.client.SignIn(t.Context(), api.Credentials{Username: username, Password: secret})
		return err
	}
	for range cfg.SignInsPerAccount {
		mustProblem(t, try("Demo", "not the password"), problem.CredentialsWrong)
	}
	mustProblem(t, try("demo", password), problem.RateLimited)
	if c := s.capCount(verify.BucketSignIn); c.Used != 3 || c.Most != 3 || c.Refused != 1 {
		t.Errorf("the numbers: %+v", c)
	}
	mustProblem(t, try("nobody-here", "not the password"), problem.CredentialsWrong)
	s.clock.Advance(16 * time.Minute)
	if err := try("demo", password); err != nil {
		t.Errorf("after the window: %v", err)
	}
}

func TestChangeOfPasswordEndsSessionsStreamsAndHandoffs(t *testing.T) {
	s := start(t, sandboxConfig(t))
	s.givePortrait("郑强")
	a, b := s.signIn("zhengqiang"), s.signIn("zhengqiang")
	v, err := a.Begin(t.Context(), byFace(s.person("郑强")))
	if err != nil {
		t.Fatal(err)
	}
	p := s.consented(a, v.ID)
	watching, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		var last error
		first := true
		for u := range b.Watch(t.Context(), v.ID) {
			last = u.Err
			if first {
				close(watching)
				first = false
			}
		}
		ended <- last
	}()
	<-watching
	mustProblem(t, a.ChangePassword(t.Context(), api.PasswordChange{Old: "wrong password", New: "another-password"}), problem.CredentialsWrong)
	mustProblem(t, a.ChangePassword(t.Context(), api.PasswordChange{Old: password, New: "short"}), problem.RequestInvalid)
	if err := a.ChangePassword(t.Context(), api.PasswordChange{Old: password, New: "another-password"}); err != nil {
		t.Fatal(err)
	}
	for _, session := range []*client.Account{a, b} {
		_, err := session.Get(t.Context())
		mustProblem(t, err, problem.Unauthorized)
	}
	_, err = p.Get(t.Context())
	mustProblem(t, err, problem.Unauthorized)
	mustProblem(t, <-ended, problem.Unauthorized)
	if _, err := s.client.SignIn(t.Context(), api.Credentials{Username: "zhengqiang", Password: "another-password"}); err != nil {
		t.Errorf("the new password: %v", err)
	}
}

func TestNoPersonalDataInLogsAndFiles(t *testing.T) {
	s := start(t, sandboxConfig(t))
	s.givePortrait("吴敏")
	a := s.signIn("wumin")
	p := s.person("吴敏")
	v, err := s.mobile(a, p)
	mustView(t, v, err, verification.FaceRequired, verification.Risk)
	secrets := append(secretsOf(p), password, lastCode(t, s.client, p.Mobile))
	h, err := a.Handoff(t.Context(), v.ID, api.NewHandoff{})
	if err != nil {
		t.Fatal(err)
	}
	secrets = append(secrets, ticketOf(t, h), h.TypedCode)
	if status, page := (raw{server: s}).do("GET", "/Q/"+ticketOf(t, h), ""); status != 200 || !strings.Contains(page, "wu***n") {
		t.Fatalf("the page answers %d: %s", status, page)
	}
	held := s.consented(a, v.ID)
	secrets = append(secrets, string(held.token))
	if _, err := s.scan(held); err != nil {
		t.Fatal(err)
	}
	await(t, a, v.ID, verification.Judging)
	_, _ = (raw{server: s}).do("GET", "/sandbox/sms?mobile="+p.Mobile, "")
	_, _ = (raw{server: s}).do("POST", "/v1/"+p.Number, `{"name":"`+p.Name+`"`)
	_, _ = (raw{server: s, token: "wrong" + password}).do("POST", api.PathVerifications, `{"method":"mobile","identity":{"name":"`+p.Name+`"}}`)
	s.stop()
	mustHide(t, "the log", s.log.String(), secrets)
	files, err := filepath.Glob(filepath.Join(s.cfg.Data, "*.db*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no database: %v", err)
	}
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		mustHide(t, filepath.Base(name), string(content), secrets)
	}
}

func TestStreamEndsWithAReasonAtShutdown(t *testing.T) {
	s := start(t, sandboxConfig(t))
	a := s.signIn("demo")
	v, err := a.Begin(t.Context(), byMobile(s.person("张伟")))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	begun := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		first := true
		for u := range a.Watch(ctx, v.ID) {
			if first {
				close(begun)
				first = false
			}
			if !u.Online {
				return
			}
		}
	}()
	<-begun
	s.stop()
	<-ended
	if ctx.Err() != nil {
		t.Error("the watcher never learnt that the server went away")
	}
}
