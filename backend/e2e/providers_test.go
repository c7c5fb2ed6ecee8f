package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/provider/aliyun/aliyuntest"
	"realname.example/backend/internal/provider/providertest"
	"realname.example/backend/internal/provider/tencent/tencenttest"
	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/identity"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// provider is a cloud on this machine and the environment that leads to it.
type provider struct {
	*providertest.Cloud
	env map[string]string
	// check and send are its actions; busy is an answer of check, tooFast one of
	// send that names the cap of an hour.
	check, send, busy, tooFast string
	// unreached is what it reports of a message whose phone is off.
	unreached [2]string
}

func newTencent(t *testing.T) provider {
	cloud := tencenttest.New(t)
	return provider{
		Cloud: cloud, check: "PhoneVerification", send: "SendSms",
		unreached: [2]string{"FAIL", "UNDELIV"},
		busy:      tencenttest.Result("-11", ""), tooFast: tencenttest.Status("LimitExceeded.PhoneNumberOneHourLimit"),
		env: map[string]string{
			"REALNAME_CARRIER": "tencent", "REALNAME_SMS": "tencent", "REALNAME_TENCENT_ENDPOINT": cloud.URL + "/",
			"REALNAME_TENCENT_KEY_ID": tencenttest.KeyID, "REALNAME_TENCENT_KEY_SECRET": tencenttest.KeySecret,
			"REALNAME_TENCENT_SMS_APP": tencenttest.SMSApp, "REALNAME_TENCENT_SMS_SIGN": tencenttest.SMSSign,
			"REALNAME_TENCENT_SMS_TEMPLATE": tencenttest.Template,
		},
	}
}

func newAliyun(t *testing.T) provider {
	cloud := aliyuntest.New(t)
	return provider{
		Cloud: cloud, check: "Mobile3MetaDetailVerify", send: "SendSms",
		unreached: [2]string{"2", "MOBILE_NOT_ON_SERVICE"},
		busy:      aliyuntest.Result("500", "", ""), tooFast: aliyuntest.Status("isv.BUSINESS_LIMIT_CONTROL", "触发小时级流控Permits:5"),
		env: map[string]string{
			"REALNAME_CARRIER": "aliyun", "REALNAME_SMS": "aliyun", "REALNAME_ALIYUN_ENDPOINT": cloud.URL,
			"REALNAME_ALIYUN_KEY_ID": aliyuntest.KeyID, "REALNAME_ALIYUN_KEY_SECRET": aliyuntest.KeySecret,
			"REALNAME_ALIYUN_SMS_SIGN": aliyuntest.SMSSign, "REALNAME_ALIYUN_SMS_TEMPLATE": aliyuntest.Template,
		},
	}
}

// production starts a backend in production from an environment, as an operator
// would.
func production(t *testing.T, p provider) *server {
	t.Helper()
	env := map[string]string{
		"REALNAME_MODE": "production", "REALNAME_LISTEN": "127.0.0.1:0", "REALNAME_DATA": t.TempDir(),
		"REALNAME_PORTRAITS": "registry", "REALNAME_MODELS": t.TempDir(), "REALNAME_LOG_LEVEL": "debug",
	}
	for name, value := range p.env {
		env[name] = value
	}
	cfg, err := config.Load(nil, func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, cfg)
	p.Now = s.clock.Now
	return s
}

// onClouds runs a test with each provider.
func onClouds(t *testing.T, test func(t *testing.T, p provider)) {
	t.Run("tencent", func(t *testing.T) { test(t, newTencent(t)) })
	t.Run("aliyun", func(t *testing.T) { test(t, newAliyun(t)) })
}

func stated(who verify.Identity) api.Person {
	return api.Person{Name: who.Name.Reveal(), Number: who.Number.Reveal(), Mobile: who.Mobile.Reveal()}
}

// sent asks for a code and returns what came to the phone.
func sent(t *testing.T, p provider, a *client.Account, id verification.ID, mobile string) string {
	t.Helper()
	if _, err := a.SendCode(t.Context(), id); err != nil {
		t.Fatalf("send: %v", err)
	}
	codes := p.Inbox(mobile)
	if len(codes) == 0 {
		t.Fatal("no message arrived")
	}
	return codes[len(codes)-1]
}

// mobilePath plays a person's mobile path to its end with a new account.
func mobilePath(t *testing.T, s *server, p provider, username string, who verify.Identity) (verification.View, error) {
	t.Helper()
	a := s.signUp(username)
	v, err := a.Begin(t.Context(), byMobile(stated(who)))
	if err != nil {
		t.Fatalf("begin: %v", err)
	}
	return a.CheckCode(t.Context(), v.ID, api.CodeCheck{Code: sent(t, p, a, v.ID, who.Mobile.Reveal())})
}

func TestProductionVerifiesWithAProvider(t *testing.T) {
	onClouds(t, func(t *testing.T, p provider) {
		s := production(t, p)
		people := []struct {
			username string
			who      verify.Identity
			status   verification.Status
			reason   verification.Reason
		}{
			{"agreeing", providertest.Agreeing, verification.Verified, ""},
			{"rare", providertest.Rare, verification.Verified, ""},
			{"interpunct", providertest.Interpunct, verification.Verified, ""},
			{"second", providertest.Agreeing, verification.Rejected, verification.IdentityAlreadyBound},
			{"holder", providertest.OtherHolder, verification.Rejected, verification.MobileMismatch},
			{"name", providertest.OtherName, verification.Rejected, verification.NameMismatch},
			{"new-sim", providertest.NewSIM, verification.Rejected, verification.NotYetKnown},
			{"nobody", providertest.Nobody, verification.Rejected, verification.IdentityNotFound},
		}
		var secrets []string
		for _, one := range people {
			v, err := mobilePath(t, s, p, one.username, one.who)
			mustView(t, v, err, one.status, one.reason)
			secrets = append(secrets, secretsOf(stated(one.who))...)
			secrets = append(secrets, p.Inbox(one.who.Mobile.Reveal())...)
			s.clock.Advance(2 * time.Minute) // past the interval between two codes to one number
		}
		if refused := p.Refused(); len(refused) > 0 {
			t.Errorf("signatures were refused: %v", refused)
		}
		s.restart()
		if _, err := s.client.SignIn(t.Context(), api.Credentials{Username: "agreeing", Password: password}); err != nil {
			t.Errorf("after a restart: %v", err)
		}
		secrets = append(secrets, tencenttest.KeySecret, aliyuntest.KeySecret)
		mustHide(t, "the log", s.log.String(), secrets)
		if status, _ := (raw{server: s}).do(http.MethodGet, api.PathSandboxSMS, ""); status != http.StatusNotFound {
			t.Errorf("the sandbox's inbox answers %d in production", status)
		}
	})
}

func TestProviderThatIsAwayLosesNothing(t *testing.T) {
	onClouds(t, func(t *testing.T, p provider) {
		s := production(t, p)
		a := s.signUp("waiting")
		who := providertest.Agreeing
		v, err := a.Begin(t.Context(), byMobile(stated(who)))
		if err != nil {
			t.Fatal(err)
		}
		p.Say(p.send, http.StatusBadGateway, "<html>")
		_, err = a.SendCode(t.Context(), v.ID)
		if refused := mustProblem(t, err, problem.ProviderUnavailable); refused.RetryAfter == 0 {
			t.Error("no Retry-After")
		}
		p.Script(p.send, nil)
		s.clock.Advance(time.Minute)
		code := sent(t, p, a, v.ID, who.Mobile.Reveal())
		for range 3 {
			p.Say(p.check, http.StatusOK, p.busy)
			_, err = a.CheckCode(t.Context(), v.ID, api.CodeCheck{Code: code})
			mustProblem(t, err, problem.ProviderUnavailable)
		}
		_, body := raw{server: s}.do(http.MethodGet, "/readyz", "")
		if !strings.Contains(body, verify.ErrProviderUnavailable.Error()) || !strings.Contains(body, `"ready":true`) {
			t.Errorf("six failures of the carrier are told as %s", body)
		}
		if n := p.Asked(p.check); n != 5 {
			t.Errorf("asked %d times, want 5 before the breaker opens", n)
		}
		now, err := a.View(t.Context(), v.ID)
		mustView(t, now, err, verification.CodeRequired, "")
		if now.Code == nil || now.Code.GuessesLeft != s.cfg.Verify.CodeGuesses {
			t.Errorf("guesses were spent: %+v", now.Code)
		}
		p.Script(p.check, nil)
		s.restart() // a breaker of a new process is closed
		a = s.signIn("waiting")
		v, err = a.CheckCode(t.Context(), v.ID, api.CodeCheck{Code: code})
		mustView(t, v, err, verification.Verified, "")
	})
}

func TestCapOfTheProviderIsToldAndKeepsTheCode(t *testing.T) {
	onClouds(t, func(t *testing.T, p provider) {
		s := production(t, p)
		a := s.signUp("hasty")
		who := providertest.Agreeing
		v, err := a.Begin(t.Context(), byMobile(stated(who)))
		if err != nil {
			t.Fatal(err)
		}
		code := sent(t, p, a, v.ID, who.Mobile.Reveal())
		p.Say(p.send, http.StatusOK, p.tooFast)
		for range 3 {
			s.clock.Advance(time.Minute) // our own cap
			_, err = a.SendCode(t.Context(), v.ID)
			if refused := mustProblem(t, err, problem.RateLimited); refused.RetryAfter.Round(time.Minute) != time.Hour {
				t.Errorf("wait %v, want an hour", refused.RetryAfter)
			}
		}
		v, err = a.CheckCode(t.Context(), v.ID, api.CodeCheck{Code: code})
		mustView(t, v, err, verification.Verified, "")
	})
}

func TestInputThatTheProviderDoesNotTakeNamesItsField(t *testing.T) {
	p := newTencent(t)
	s := production(t, p)
	a := s.signUp("odd")
	who := providertest.Rare
	v, err := a.Begin(t.Context(), byMobile(stated(who)))
	if err != nil {
		t.Fatal(err)
	}
	code := sent(t, p, a, v.ID, who.Mobile.Reveal())
	for result, want := range map[string]struct {
		code  problem.Code
		field identity.Field
	}{
		"-6":  {problem.MobileInvalid, identity.FieldMobile},
		"-7":  {problem.IDNumberInvalid, identity.FieldNumber},
		"-8":  {problem.NameInvalid, identity.FieldName},
		"-13": {problem.MobileInvalid, identity.FieldMobile},
	} {
		p.Say(p.check, http.StatusOK, tencenttest.Result(result, ""))
		_, err := a.CheckCode(t.Context(), v.ID, api.CodeCheck{Code: code})
		refused := mustProblem(t, err, want.code)
		if len(refused.Errors) != 1 || refused.Errors[0].Field != string(want.field) || refused.Errors[0].Cause != string(identity.CauseUnsupported) {
			t.Errorf("%s: %+v", result, refused.Errors)
		}
	}
	p.Say(p.check, http.StatusOK, tencenttest.Result("-12", ""))
	_, err = a.CheckCode(t.Context(), v.ID, api.CodeCheck{Code: code})
	mustProblem(t, err, problem.TooManyAttempts)
	p.Script(p.check, nil)
	v, err = a.CheckCode(t.Context(), v.ID, api.CodeCheck{Code: code})
	mustView(t, v, err, verification.Verified, "")
}

// TestACodeThatAProviderDidNotDeliverIsToldByTheStream waits for what the stream says.
func TestACodeThatAProviderDidNotDeliverIsToldByTheStream(t *testing.T) {
	onClouds(t, func(t *testing.T, p provider) {
		s := production(t, p)
		a := s.signUp("waiting")
		who := providertest.Agreeing
		v, err := a.Begin(t.Context(), byMobile(stated(who)))
		if err != nil {
			t.Fatal(err)
		}
		code := sent(t, p, a, v.ID, who.Mobile.Reveal())
		p.Reports(who.Mobile.Reveal(), p.unreached[0], p.unreached[1])
		s.clock.Advance(10 * time.Second)
		for u := range a.Watch(t.Context(), v.ID) {
			if u.Err != nil {
				t.Fatal(u.Err)
			}
			if u.Online && u.View.Code != nil && u.View.Code.Undelivered != "" {
				v = u.View
				break
			}
		}
		if v.Status != verification.CodeRequired || v.Code.Undelivered != verification.UndeliveredPhone {
			t.Errorf("told %s, %+v", v.Status, v.Code)
		}
		v, err = a.CheckCode(t.Context(), v.ID, api.CodeCheck{Code: code})
		mustView(t, v, err, verification.Verified, "")
		mustHide(t, "the log", s.log.String(), append(secretsOf(stated(who)), code))
	})
}
