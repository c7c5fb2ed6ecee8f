package e2e_test

import (
	"errors"
	"testing"

	"realname.example/shared/api"
	"realname.example/shared/verification"
	"realname.example/shared/version"
)

// What a person does is counted by step, provider and cap, and by nothing that
// says who they are.
func TestMetricsTellOfTheWay(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.Verify.SMSAll, cfg.Verify.SMSInterval = 1, 0
	s := start(t, cfg)
	a, who := s.signIn("demo"), s.person("张伟")
	v, err := a.Begin(t.Context(), byMobile(who))
	if err != nil {
		t.Fatal(err)
	}
	_, sent := a.SendCode(t.Context(), v.ID)
	_, capped := a.SendCode(t.Context(), v.ID)
	if sent != nil || capped == nil {
		t.Fatal(sent, capped)
	}
	messages, err := s.client.SandboxSMS(t.Context(), who.Mobile)
	if err != nil || len(messages) == 0 {
		t.Fatal(messages, err)
	}
	v, err = a.CheckCode(t.Context(), v.ID, api.CodeCheck{Code: messages[0].Code})
	mustView(t, v, err, verification.Verified, "")
	if err := errors.Join(s.app.CountJobs(t.Context()), s.app.CountSpend(t.Context())); err != nil {
		t.Fatal(err)
	}
	for series, want := range map[string]string{
		`realname_verification_steps_total{method="mobile",reason="",status="code_required"}`: "1",
		`realname_verification_steps_total{method="mobile",reason="",status="verified"}`:      "1",
		`realname_verification_steps_total{method="mobile",reason="",status="rejected"}`:      "0",
		`realname_provider_seconds_count{answer="right",call="sms",provider="sandbox"}`:       "1",
		carrierAnswered: "1",
		`realname_provider_seconds_count{answer="away",call="carrier",provider="sandbox"}`: "0",
		`realname_caps_reached_total{cap="sms_all"}`:                                       "1",
		`realname_event_jobs{state="retryable"}`:                                           "0",
		`realname_build_info{mode="sandbox",version="` + version.Number() + `"}`:           "1",
		`go_sql_max_open_connections{db_name="realname"}`:                                  "1",
	} {
		if got := s.meter(series); got != want {
			t.Errorf("%s is %s, not %s", series, got, want)
		}
	}
}
