package e2e_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/operator"
	"realname.example/shared/api"
	"realname.example/shared/verification"
)

// stage finds a stage of the numbers.
func stage(t *testing.T, n api.AdminNumbers, name string) api.AdminStage {
	t.Helper()
	for _, s := range n.Stages {
		if s.Stage == name {
			return s
		}
	}
	t.Fatalf("there is no %s in %+v", name, n.Stages)
	return api.AdminStage{}
}

// What the page and the API say comes from the database: another process of it says
// the same.
func TestNumbersCountWhatHappened(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		cfg.Verify.SMSInterval = 0
		s := start(t, cfg)
		v, err := s.mobile(s.signIn("demo"), s.person("王芳"))
		mustView(t, v, err, verification.Rejected, verification.MobileMismatch)
		s.verified("demo", "张伟")
		auditor := s.operator(operator.Auditor)
		for _, by := range []string{"hour", "day"} {
			n := ask[api.AdminNumbers](t, auditor, "GET", api.PathAdminNumbers+"?by="+by, "")
			for name, want := range map[string]int64{"begun": 2, "code_sent": 2, "verified": 1, "rejected": 1, "face": 0, "verified_after_refusal": 1} {
				s := stage(t, n, name)
				if s.Total != want || len(s.Slots) != len(n.Slots) || s.Slots[len(s.Slots)-1]+s.Slots[len(s.Slots)-2] != want {
					t.Errorf("by %s: %+v, want %d", by, s, want)
				}
			}
			if len(n.Refused) != 1 || n.Refused[0].Reason != verification.MobileMismatch || len(n.Again) != 1 || n.Again[0].Reason != verification.MobileMismatch {
				t.Errorf("by %s: refused %+v, again %+v", by, n.Refused, n.Again)
			}
			if len(n.Caps) == 0 || n.Caps[0].Used == 0 {
				t.Errorf("by %s: caps %+v", by, n.Caps)
			}
			if len(n.Providers) != 3 || n.Providers[0].Provider != "sandbox" { // the carrier's two answers, and SMS
				t.Errorf("by %s: providers %+v", by, n.Providers)
			}
		}
		before := url.QueryEscape(s.clock.Now().Add(-48 * time.Hour).Format(time.RFC3339))
		if n := ask[api.AdminNumbers](t, auditor, "GET", api.PathAdminNumbers+"?until="+before, ""); stage(t, n, "begun").Total != 0 {
			t.Errorf("two days before: %+v", n.Stages)
		}
		for _, bad := range []string{"by=week", "until=yesterday", "until=99999-01-01T00:00:00Z"} {
			if status, answer := auditor.do("GET", api.PathAdminNumbers+"?"+bad, ""); status != http.StatusBadRequest || !strings.Contains(answer, `"errors"`) {
				t.Errorf("%s: %d %s", bad, status, answer)
			}
		}
	})
}
