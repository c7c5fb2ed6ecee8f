package e2e_test

import (
	"fmt"
	"strings"
	"testing"

	"realname.example/backend/internal/config"
	"realname.example/shared/api"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

func TestPersonIsVerifiedByMobileNumber(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		s := start(t, cfg)
		a := s.signIn("demo")
		p := s.person("张伟")
		v, err := s.mobile(a, p)
		v = mustView(t, v, err, verification.Verified, "")
		if v.Identity.Name != "张*" || v.Identity.Number != "110***********0111" || v.FinishedAt == nil {
			t.Errorf("got %+v", v)
		}
		account, err := a.Get(t.Context())
		if err != nil || account.Verification == nil || account.Verification.Status != verification.Verified || account.Verification.VerifiedAt == nil {
			t.Fatalf("account %+v, %v", account, err)
		}
		_, err = a.Begin(t.Context(), byMobile(p))
		mustProblem(t, err, problem.AlreadyVerified)

		records, err := a.Records(t.Context())
		if err != nil || len(records.Events) == 0 || len(records.Stored) < 4 {
			t.Fatalf("records %+v, %v", records, err)
		}
		mustHide(t, "records", fmt.Sprint(records), secretsOf(p))

		if err := a.EraseIdentity(t.Context()); err != nil {
			t.Fatalf("erase: %v", err)
		}
		other := s.signUp("second")
		s.clock.Advance(cfg.Verify.SMSInterval)
		v, err = s.mobile(other, p)
		mustView(t, v, err, verification.Verified, "")
	})
}

func TestEachPersonOfTheSandboxMeetsTheirOutcome(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		s := start(t, cfg)
		for i, row := range []struct {
			name   string
			status verification.Status
			reason verification.Reason
			code   problem.Code
		}{
			{name: "张伟", status: verification.Verified},
			{name: "王芳", status: verification.Rejected, reason: verification.MobileMismatch},
			{name: "李娜", status: verification.Rejected, reason: verification.NameMismatch},
			{name: "陈静", status: verification.FaceRequired, reason: verification.Risk},
			{name: "杨䮌", status: verification.Verified},
			{name: "买买提·艾力", status: verification.Verified},
			{name: "赵磊", status: verification.Rejected, reason: verification.IdentityAlreadyBound},
			{name: "孙小宝", code: problem.GuardianRequired},
			{name: "周杰", status: verification.Verified},
			{name: "吴敏", status: verification.FaceRequired, reason: verification.Risk},
			{name: "郑强", status: verification.Verified},
			{name: "何丽", code: problem.ProviderUnavailable},
			{name: "林峰", status: verification.Rejected, reason: verification.NotYetKnown},
			{name: "欧阳嘉", status: verification.Verified},
			{name: "陈大文", code: problem.CertificateTypeUnsupported}, // by mobile number; see the next test
			{name: "林美玲", code: problem.CertificateTypeUnsupported},
			{name: "ANNA MUSTER", code: problem.CertificateTypeUnsupported},
			{name: "JOHN O'MUSTER", code: problem.CertificateTypeUnsupported},
		} {
			t.Run(row.name, func(t *testing.T) {
				s.t = t
				a := s.signUp(fmt.Sprintf("person-%d", i))
				v, err := s.mobile(a, s.person(row.name))
				if row.code != "" {
					mustProblem(t, err, row.code)
					return
				}
				mustView(t, v, err, row.status, row.reason)
			})
		}
		s.t = t
	})
}

// What no carrier and no face provider can check is looked at by a person, once
// somebody live stood before the camera. One document verifies one account.
func TestDocumentsThatNobodyCanCheckAreReviewed(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		s := start(t, cfg)
		for i, want := range []struct{ name, masked, number string }{
			{"陈大文", "陈**", "H******78"},
			{"林美玲", "林**", "1*****78"},
			{"ANNA MUSTER", "A**********", "932***********0017"},
			{"JOHN O'MUSTER", "J************", "C******47"},
		} {
			a := s.signUp(fmt.Sprintf("document-%d", i))
			v, err := a.Begin(t.Context(), byFace(s.person(want.name)))
			v = mustView(t, v, err, verification.FaceRequired, "")
			if v.Identity.Name != want.masked || v.Identity.Number != want.number {
				t.Errorf("%s is shown as %+v", want.name, v.Identity)
			}
			if _, err := s.scan(s.consented(a, v.ID)); err != nil {
				t.Fatal(err)
			}
			mustView(t, await(t, a, v.ID, verification.Judging), nil, verification.InReview, verification.PortraitMissing)
			approve := strings.Replace(api.PathAdminApprove, "{id}", string(v.ID), 1)
			if status, body := s.operator().do("POST", approve, `{"reason":"the document was shown"}`); status != 200 {
				t.Fatalf("approve: %d %s", status, body)
			}
			v, err = a.View(t.Context(), v.ID)
			mustView(t, v, err, verification.Verified, verification.Reviewed)
		}
		// The same digits under another type are another person's; the same document is not.
		other := s.signUp("other")
		p := s.person("林美玲")
		v, err := other.Begin(t.Context(), byFace(p))
		mustView(t, v, err, verification.FaceRequired, "")
		if _, err := s.scan(s.consented(other, v.ID)); err != nil {
			t.Fatal(err)
		}
		await(t, other, v.ID, verification.Judging)
		approve := strings.Replace(api.PathAdminApprove, "{id}", string(v.ID), 1)
		if status, body := s.operator().do("POST", approve, `{"reason":"the document was shown"}`); status != 200 {
			t.Fatalf("approve: %d %s", status, body)
		}
		v, err = other.View(t.Context(), v.ID)
		mustView(t, v, err, verification.Rejected, verification.IdentityAlreadyBound)
		options, err := other.Options(t.Context())
		if err != nil || len(options.Certificates) != 6 || options.Certificates[5].Type != "passport" ||
			options.Certificates[5].NameScript != "latin" || len(options.Certificates[5].Methods) != 1 || len(options.Certificates[0].Methods) != 2 {
			t.Errorf("options %+v, %v", options.Certificates, err)
		}
	})
}

func TestWithoutAPortraitTheCameraNeverOpens(t *testing.T) {
	s := start(t, sandboxConfig(t))
	a := s.signIn("demo")
	v, err := s.mobile(a, s.person("陈静"))
	mustView(t, v, err, verification.FaceRequired, verification.Risk)
	s.consented(a, v.ID)
	v, err = a.View(t.Context(), v.ID)
	mustView(t, v, err, verification.InReview, verification.PortraitMissing)
}

func TestProviderThatComesBackNeedsNoSecondCode(t *testing.T) {
	s := start(t, sandboxConfig(t))
	a := s.signIn("demo")
	p := s.person("何丽")
	_, err := s.mobile(a, p)
	if refused := mustProblem(t, err, problem.ProviderUnavailable); refused.RetryAfter == 0 {
		t.Error("no Retry-After")
	}
	account, err := a.Get(t.Context())
	if err != nil || account.Verification == nil {
		t.Fatalf("account %+v, %v", account, err)
	}
	v, err := a.View(t.Context(), account.Verification.ID)
	mustView(t, v, err, verification.CodeRequired, "")
	_, err = a.CheckCode(t.Context(), v.ID, api.CodeCheck{Code: lastCode(t, s.client, p.Mobile)})
	mustProblem(t, err, problem.ProviderUnavailable) // the same code again: no guess was spent
	after, err := a.View(t.Context(), v.ID)
	mustView(t, after, err, verification.CodeRequired, "")
	if messages, _ := s.client.SandboxSMS(t.Context(), p.Mobile); len(messages) != 1 {
		t.Errorf("%d messages were sent", len(messages))
	}
}

func TestSilentPersonTakesTheCarrierFromNobody(t *testing.T) {
	s := start(t, sandboxConfig(t))
	p := s.person("何丽")
	silent := s.signUp("silent")
	_, err := s.mobile(silent, p)
	mustProblem(t, err, problem.ProviderUnavailable)
	account, err := silent.Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 4 { // two calls of the carrier each
		_, err := silent.CheckCode(t.Context(), account.Verification.ID, api.CodeCheck{Code: lastCode(t, s.client, p.Mobile)})
		mustProblem(t, err, problem.ProviderUnavailable)
	}
	v, err := s.mobile(s.signIn("demo"), s.person("张伟"))
	mustView(t, v, err, verification.Verified, "")
}

func TestAuthorizeNowTakesOverTheIdentityOfAnAffiliate(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		s := start(t, cfg)
		a := s.signIn("zhoujie")
		options, err := a.Options(t.Context())
		if err != nil || len(options.Affiliates) != 2 || !options.Sandbox {
			t.Fatalf("options %+v, %v", options, err)
		}
		v, err := a.Begin(t.Context(), api.NewVerification{Method: verification.Affiliate, Affiliate: options.Affiliates[0].ID})
		v = mustView(t, v, err, verification.Verified, "")
		if v.Identity.Name != "周*" {
			t.Errorf("took over %+v", v.Identity)
		}
		demo := s.signIn("demo")
		if options, err := demo.Options(t.Context()); err != nil || len(options.Affiliates) != 0 {
			t.Errorf("demo is offered %+v, %v", options.Affiliates, err)
		}
	})
}

func TestRiskLeadsToTheFaceScanAndToVerified(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		s := start(t, cfg)
		a := s.signIn("wumin")
		s.givePortrait("吴敏")
		v, err := s.mobile(a, s.person("吴敏"))
		mustView(t, v, err, verification.FaceRequired, verification.Risk)
		p := s.consented(a, v.ID)
		if p.ask.Account != "wu***n" || p.ask.Name != "吴*" || p.ask.PC != "测试电脑" || p.ask.Network != "127.0.0.x" {
			t.Errorf("the phone asks with %+v", p.ask)
		}
		judging, err := s.scan(p)
		if err != nil {
			t.Fatalf("evidence: %v", err)
		}
		if judging.Status != verification.Judging && judging.Status != verification.Verified {
			t.Fatalf("got %s", judging.Status)
		}
		v = await(t, a, v.ID, verification.Judging)
		mustView(t, v, nil, verification.Verified, "")
	})
}

func TestFaceFailsFiveTimesThenAPersonReviews(t *testing.T) {
	s := start(t, sandboxConfig(t))
	a := s.signIn("zhengqiang")
	s.givePortrait("郑强")
	v, err := a.Begin(t.Context(), byFace(s.person("郑强")))
	mustView(t, v, err, verification.FaceRequired, "")
	s.judge.set(nil, nil, verification.FaceMismatch)
	for left := 4; left >= 0; left-- {
		p := s.consented(a, v.ID)
		if _, err := s.scan(p); err != nil {
			t.Fatalf("evidence: %v", err)
		}
		want := verification.FaceRequired
		if left == 0 {
			want = verification.Rejected
		}
		v = await(t, a, v.ID, verification.Judging)
		mustView(t, v, nil, want, verification.FaceMismatch)
		if v.AttemptsLeft != left {
			t.Fatalf("%d attempts are left, want %d", v.AttemptsLeft, left)
		}
	}
	again, err := a.Review(t.Context(), v.ID)
	mustView(t, again, err, verification.InReview, verification.FaceMismatch)
	if again.ID == v.ID {
		t.Error("the rejected case was changed")
	}
	operator := s.operator()
	if status, body := operator.do("POST", strings.Replace(api.PathAdminApprove, "{id}", string(again.ID), 1), `{"reason":"the ID card was shown in person"}`); status != 200 {
		t.Fatalf("approve: %d %s", status, body)
	}
	again, err = a.View(t.Context(), again.ID)
	mustView(t, again, err, verification.Verified, verification.Reviewed)
}

func TestEngineThatIsAwayCountsNoAttempt(t *testing.T) {
	s := start(t, sandboxConfig(t))
	a := s.signIn("zhengqiang")
	s.givePortrait("郑强")
	v, err := a.Begin(t.Context(), byFace(s.person("郑强")))
	mustView(t, v, err, verification.FaceRequired, "")
	p := s.consented(a, v.ID)
	s.judge.set(errAway, nil, "")
	_, err = s.scan(p)
	mustProblem(t, err, problem.ProviderUnavailable)
	s.judge.set(nil, errAway, "")
	if _, err := s.scan(p); err != nil {
		t.Fatalf("evidence: %v", err)
	}
	v = await(t, a, v.ID, verification.Judging)
	mustView(t, v, nil, verification.Capturing, "")
	if v.AttemptsLeft != 5 {
		t.Errorf("%d attempts are left", v.AttemptsLeft)
	}
}
