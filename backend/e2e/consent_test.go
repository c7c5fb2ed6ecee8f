package e2e_test

import (
	"testing"

	"realname.example/shared/problem"
)

func TestPeopleReadWhatTheyAgreeTo(t *testing.T) {
	s := start(t, sandboxConfig(t))
	for path, want := range map[string]string{"/v1/consents/face": "face-2 zh", "/v1/consents/mobile?language=en": "mobile-1 en", "/v1/consents/mobile?language=zh": "mobile-1 zh"} {
		caller := raw{server: s, header: map[string]string{"Accept-Language": "zh-CN"}}
		status, body := caller.do("GET", path, "")
		if got := field(t, body, "version") + " " + field(t, body, "language"); status != 200 || got != want || field(t, body, "text") == "" {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	if status, body := (raw{server: s}).do("GET", "/v1/consents/marketing", ""); status != 404 || field(t, body, "code") != string(problem.NotFound) {
		t.Errorf("an unknown purpose: %d %s", status, body)
	}
}

func TestTheMobileCheckTakesConsentToThePresentText(t *testing.T) {
	const identity = `"identity":{"certificate_type":"cn_id","name":"张伟","number":"110100199003070111","mobile":"13800000001"}`
	for _, test := range []struct {
		body   string
		status int
		code   problem.Code
	}{
		{`{"method":"mobile",` + identity + `}`, 201, ""},
		{`{"method":"mobile",` + identity + `,"consent":{"version":"mobile-1","language":"zh"}}`, 201, ""},
		{`{"method":"mobile",` + identity + `,"consent":{"version":"mobile-0"}}`, 403, problem.ConsentRequired},
		{`{"method":"mobile",` + identity + `,"consent":{"version":"mobile-1","language":"de"}}`, 400, problem.RequestInvalid},
		{`{"method":"affiliate","affiliate":"mall","consent":{"version":"mobile-1"}}`, 400, problem.RequestInvalid},
	} {
		s := start(t, sandboxConfig(t))
		owner := raw{server: s, token: s.session("demo")}
		status, body := owner.do("POST", "/v1/verifications", test.body)
		if status != test.status || test.code != "" && field(t, body, "code") != string(test.code) {
			t.Errorf("%s: %d %s", test.body, status, body)
		}
	}
}
