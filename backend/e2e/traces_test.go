package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"realname.example/backend/internal/traces/tracestest"
	"realname.example/shared/verification"
)

// TestATraceTellsWhatWasDoneAndNothingOfThePerson verifies a person while everything is
// traced, and searches what left for them.
func TestATraceTellsWhatWasDoneAndNothingOfThePerson(t *testing.T) {
	collector := tracestest.New(t)
	cfg := sandboxConfig(t)
	cfg.DatabaseURL, cfg.TracesEndpoint, cfg.TracesShare = postgres.URL(t), collector.URL, 1
	s := start(t, cfg)
	person := s.person("张伟")
	a := s.signIn("demo")
	v, err := s.mobile(a, person)
	mustView(t, v, err, verification.Verified, "")
	code := lastCode(t, s.client, person.Mobile)
	status, _ := raw{server: s}.do(http.MethodGet, "/v1/"+person.Mobile+"?code="+code, "")
	if status != http.StatusNotFound {
		t.Errorf("a page that is none: %d", status)
	}
	s.stop()
	names := collector.Names()
	for _, name := range []string{"POST /v1/sessions", "POST /v1/verifications", "POST /v1/verifications/:id/code/check", "GET "} {
		if names[name] == 0 {
			t.Errorf("no span %q, but %v", name, names)
		}
	}
	if names["select"]+names["SELECT"] == 0 {
		t.Errorf("nothing of the database in %v", names)
	}
	mustHide(t, "what left", collector.Raw(), append(secretsOf(person), code, password, string(v.ID), "127.0.0.1", "Go-http-client", "VALUES"))
	for name := range names {
		if strings.Contains(name, "$1") || len(name) > 80 {
			t.Errorf("a span is called %q", name)
		}
	}
}
