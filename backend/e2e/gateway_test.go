package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"realname.example/backend/internal/provider/providertest"
	"realname.example/backend/internal/provider/tencent/tencenttest"
	"realname.example/shared/api"
	"realname.example/shared/identity"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// A gateway of the operator's own stands in where the cloud is away; what it
// refuses is said as what it is, and another try keeps the case.
func TestAGatewayOfTheOperatorSendsWhereTheCloudIsAway(t *testing.T) {
	p := newTencent(t)
	answer := `{"status":"queued"}`
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Key") != "k" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if strings.Contains(answer, "queued") {
			p.Deliver(r.FormValue("to"), r.FormValue("code"))
		}
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(gateway.Close)
	file := filepath.Join(t.TempDir(), "gateway.json")
	description, err := json.Marshal(map[string]any{
		"address": gateway.URL, "body": "to={{urlquery .Mobile}}&code={{.Code}}",
		"headers": map[string]string{"X-Key": "k", "Content-Type": "application/x-www-form-urlencoded"},
		"success": map[string]any{"pointer": "/status", "values": []string{"queued"}},
		"code":    "/error", "codes": map[string]string{"NO_NUMBER": "illegal_number"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, description, 0o600); err != nil {
		t.Fatal(err)
	}
	p.env["REALNAME_SMS"], p.env["REALNAME_SMS_HTTP"] = "tencent, http", file
	s := production(t, p)
	p.Say(p.send, http.StatusOK, tencenttest.Status("InternalError.Timeout"))

	a, who := s.signUp("agreeing"), providertest.Agreeing
	v, err := a.Begin(t.Context(), byMobile(stated(who)))
	if err != nil {
		t.Fatal(err)
	}
	answer = `{"error":"NO_NUMBER"}`
	_, err = a.SendCode(t.Context(), v.ID)
	refused := mustProblem(t, err, problem.MobileInvalid)
	if len(refused.Errors) != 1 || refused.Errors[0].Field != string(identity.FieldMobile) || refused.Errors[0].Cause != string(identity.CauseUnsupported) {
		t.Errorf("a number that is none: %+v", refused.Errors)
	}
	s.clock.Advance(s.cfg.Verify.SMSInterval)
	answer = `{"status":"queued"}`
	v, err = a.CheckCode(t.Context(), v.ID, api.CodeCheck{Code: sent(t, p, a, v.ID, who.Mobile.Reveal())})
	mustView(t, v, err, verification.Verified, "")
}
