package e2e_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/operator"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/identity"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// inReview brings an account of the sandbox to an operator and returns its case.
func (s *server) inReview(username, name string) (*client.Account, verification.ID) {
	s.t.Helper()
	a := s.signIn(username)
	v, err := a.Begin(s.t.Context(), byFace(s.person(name)))
	if err == nil {
		v, err = a.Review(s.t.Context(), v.ID)
	}
	return a, mustView(s.t, v, err, verification.InReview, "").ID
}

// A reviewer compares the number that was stated with the lines that a passport's picture shows.
func TestAReviewerSeesHowThePassportsZoneHasToBegin(t *testing.T) {
	s := start(t, sandboxConfig(t))
	_, id := s.inReview("demo", "JOHN O'MUSTER")
	item := ask[api.ReviewItem](t, s.operator(operator.Reviewer), "GET", at(api.PathAdminReview, string(id)), "")
	if item.Zone != "C01X00T478" || item.View.Identity.CertificateType != "passport" {
		t.Errorf("got %q of a %s", item.Zone, item.View.Identity.CertificateType)
	}
	cookie, _ := s.entrance("wang", operator.Reviewer)
	_, page := s.at(cookie).do("GET", "/console/reviews/"+string(id), "")
	for _, want := range []string{"<dd>Passport</dd>", "<dt>Line 2 begins with</dt>", "C01X00T478"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	_, id = s.inReview("zhengqiang", "郑强")
	if _, page := s.at(cookie).do("GET", "/console/reviews/"+string(id), ""); strings.Contains(page, "Line 2") {
		t.Error("an ID card is said to have such a zone")
	}
}

func TestEachRoleMayWhatItsRowSays(t *testing.T) {
	s := start(t, sandboxConfig(t))
	_, id := s.inReview("demo", "张伟")
	for _, call := range []struct {
		right        operator.Right
		method, path string
	}{
		{operator.Any, "GET", api.PathAdminMe},
		{operator.Review, "GET", api.PathAdminReviews},
		{operator.Review, "GET", strings.Replace(api.PathAdminReview, "{id}", string(id), 1)},
		{operator.Find, "POST", api.PathAdminSearch},
		{operator.Audit, "GET", api.PathAdminAudit},
		{operator.Audit, "GET", api.PathAdminAuditVerify},
		{operator.Audit, "GET", api.PathAdminAuditExport},
		{operator.Any, "GET", api.PathAdminHealth},
		{operator.Any, "GET", api.PathAdminNumbers},
		{operator.Services, "GET", api.PathAdminServices},
		{operator.Services, "GET", api.PathAdminIssuers},
		{operator.Settings, "GET", api.PathAdminSettings},
		{operator.People, "GET", api.PathAdminWorks},
	} {
		for _, role := range operator.Roles() {
			want := http.StatusForbidden
			if (operator.Caller{Roles: []operator.Role{role}}).May(call.right) {
				want = http.StatusOK
			}
			body := ""
			if call.method == "POST" {
				body = `{"by":"username","value":"demo"}`
			}
			status, answer := s.operator(role).do(call.method, call.path, body)
			if status != want {
				t.Errorf("%s %s as %s: %d %s, want %d", call.method, call.path, role, status, answer, want)
			}
			if status == http.StatusForbidden && !strings.Contains(answer, string(problem.Forbidden)) {
				t.Errorf("the refusal is %s", answer)
			}
			if section, ok := map[string]string{
				api.PathAdminReviews: "reviews", api.PathAdminAudit: "audit", api.PathAdminHealth: "health", api.PathAdminNumbers: "numbers",
				api.PathAdminServices: "services", api.PathAdminSettings: "settings", api.PathAdminWorks: "works",
			}[call.path]; ok {
				if have := s.sectionAs(role, section); have != want {
					t.Errorf("/console/%s as %s: %d, want %d as of the API", section, role, have, want)
				}
			}
		}
	}
}

// Who has not the right of an act is refused before anything is looked at, by the API
// and by the form of the console; who has it is told that there is no such row.
func TestEachActTakesTheRightOfItsRow(t *testing.T) {
	s := start(t, sandboxConfig(t))
	const nobody = "00000000000000000000000000000000"
	cookies, forms := map[operator.Role]string{}, map[operator.Role]string{}
	for _, role := range operator.Roles() {
		cookies[role], forms[role] = s.entrance("the-"+string(role), role)
	}
	for _, act := range []struct {
		right operator.Right
		path  string
		form  string // of the console
	}{
		{operator.Review, api.PathAdminApprove, "reviews/{id}/decide"},
		{operator.Review, api.PathAdminReject, "reviews/{id}/decide"},
		{operator.Help, api.PathAdminEndSessions, "accounts/{id}/end-sessions"},
		{operator.Help, api.PathAdminUnlock, "accounts/{id}/unlock"},
		{operator.Help, api.PathAdminReset, "accounts/{id}/reset"},
		{operator.People, api.PathAdminReveal, "accounts/{id}/reveal"},
		{operator.People, api.PathAdminErase, "accounts/{id}/erase"},
		{operator.People, api.PathAdminRelease, "accounts/{id}/release"},
		{operator.People, api.PathAdminPersonReveal, "people/{id}/reveal"},
		{operator.People, api.PathAdminPersonRemove, "people/{id}/remove"},
		{operator.Services, api.PathAdminServiceRotate, "services/{id}/rotate"},
		{operator.Services, api.PathAdminServiceOff, "services/{id}/turn-off"},
		{operator.Services, api.PathAdminServiceOn, "services/{id}/turn-on"},
		{operator.Services, api.PathAdminServiceResend, "services/{id}/resend"},
		{operator.Services, api.PathAdminServiceRemove, "services/{id}/remove"},
	} {
		for _, role := range operator.Roles() {
			want := http.StatusForbidden
			if (operator.Caller{Roles: []operator.Role{role}}).May(act.right) {
				want = http.StatusNotFound
			}
			if status, answer := s.operator(role).do("POST", at(act.path, nobody), `{"reason":"because"}`); status != want {
				t.Errorf("POST %s as %s: %d %s, want %d", act.path, role, status, answer, want)
			}
			status, page := s.at(cookies[role]).do("POST", "/console/"+at(act.form, nobody), "decision=approve&reason=because&form="+forms[role])
			if status != want {
				t.Errorf("/console/%s as %s: %d %s, want %d", act.form, role, status, page, want)
			}
		}
	}
}

func TestAKeyHasSomeOfItsOwnersRolesAndEnds(t *testing.T) {
	s := start(t, sandboxConfig(t))
	ctx, operators := t.Context(), s.app.Operators
	if _, err := operators.Add(ctx, "shell:test", "wang", "", []operator.Role{operator.Reviewer, operator.Support}); err != nil {
		t.Fatal(err)
	}
	status := func(token string) int {
		code, _ := raw{server: s, token: token}.do("GET", api.PathAdminReviews, "")
		return code
	}
	for _, test := range []struct {
		roles []operator.Role
		want  int
	}{
		{nil, http.StatusOK},
		{[]operator.Role{operator.Reviewer}, http.StatusOK},
		{[]operator.Role{operator.Support}, http.StatusForbidden},
	} {
		token, _, err := operators.NewKey(ctx, "shell:test", "wang", test.roles, operator.KeyLife)
		if err != nil {
			t.Fatal(err)
		}
		if have := status(token); have != test.want {
			t.Errorf("key of %v: %d, want %d", test.roles, have, test.want)
		}
	}
	if _, _, err := operators.NewKey(ctx, "shell:test", "wang", []operator.Role{operator.Admin}, operator.KeyLife); err == nil {
		t.Error("a key has a role that its owner has not")
	}
	token, _, err := operators.NewKey(ctx, "shell:test", "wang", nil, operator.KeyLife)
	if err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(operator.KeyLife)
	if have := status(token); have != http.StatusUnauthorized {
		t.Errorf("an expired key: %d", have)
	}
	if have := status("rnk_" + strings.Repeat("A", 43)); have != http.StatusUnauthorized {
		t.Errorf("a key that nobody made: %d", have)
	}
}

func TestARemovedOperatorsKeysEndAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		s := start(t, cfg)
		caller := s.operator(operator.Reviewer)
		if status, _ := caller.do("GET", api.PathAdminReviews, ""); status != http.StatusOK {
			t.Fatalf("before: %d", status)
		}
		if err := s.app.Operators.Remove(t.Context(), "shell:test", "tester-reviewer"); err != nil {
			t.Fatal(err)
		}
		if status, _ := caller.do("GET", api.PathAdminReviews, ""); status != http.StatusUnauthorized {
			t.Errorf("after: %d", status)
		}
	})
}

func TestAnOperatorWhoIsRemovedWhileSignedInSeesNothingMore(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		s := start(t, cfg)
		_, id := s.inReview("demo", "张伟")
		cookie, form := s.entrance("wang", operator.Reviewer)
		if status, _ := s.at(cookie).do("GET", "/console/reviews", ""); status != http.StatusOK {
			t.Fatalf("before: %d", status)
		}
		if err := s.app.Operators.Remove(t.Context(), "shell:test", "wang"); err != nil {
			t.Fatal(err)
		}
		if status, page := s.at(cookie).do("GET", "/console/reviews", ""); status == http.StatusOK || strings.Contains(page, string(id)) {
			t.Errorf("after: %d %s", status, page)
		}
		decide := "/console/reviews/" + string(id) + "/decide"
		if status, page := s.at(cookie).do("POST", decide, "decision=approve&reason=because&form="+form); status == http.StatusOK {
			t.Errorf("decided: %d %s", status, page)
		}
		if c, err := s.app.Store.Case(t.Context(), id); err != nil || c.Status != verification.InReview {
			t.Errorf("%+v, %v", c, err)
		}
	})
}

func TestAReviewerDecidesNothingAboutThemselves(t *testing.T) {
	s := start(t, sandboxConfig(t))
	ctx := t.Context()
	a, id := s.inReview("demo", "张伟")
	for name, account := range map[string]string{"demo": "", "wang": "Demo"} {
		if _, err := s.app.Operators.Add(ctx, "shell:test", name, account, []operator.Role{operator.Reviewer}); err != nil {
			t.Fatal(err)
		}
		token, _, err := s.app.Operators.NewKey(ctx, "shell:test", name, nil, operator.KeyLife)
		if err != nil {
			t.Fatal(err)
		}
		path := strings.Replace(api.PathAdminApprove, "{id}", string(id), 1)
		status, answer := raw{server: s, token: token}.do("POST", path, `{"reason":"I know myself"}`)
		if status != http.StatusForbidden || !strings.Contains(answer, "your own account") {
			t.Errorf("%s: %d %s", name, status, answer)
		}
	}
	v, err := a.View(ctx, id)
	mustView(t, v, err, verification.InReview, "")
}

func TestMetricsHaveAListenerOrATokenOfTheirOwn(t *testing.T) {
	const token = "0123456789abcdef0123456789abcdef"
	cfg := sandboxConfig(t)
	cfg.MetricsToken = identity.NewPII(token)
	s := start(t, cfg)
	outside := map[string]string{"X-Forwarded-For": "203.0.113.9"}
	for sent, want := range map[string]int{token: 200, "": 401, "another": 401, s.operator().token: 401} {
		if status, _ := (raw{server: s, token: sent, header: outside}).do("GET", "/metrics", ""); status != want {
			t.Errorf("with %q: %d, want %d", sent, status, want)
		}
	}
	cfg = sandboxConfig(t)
	cfg.MetricsListen = "127.0.0.1:0"
	s = start(t, cfg)
	if status, _ := (raw{server: s}).do("GET", "/metrics", ""); status != http.StatusNotFound {
		t.Errorf("on the listener of the API: %d", status)
	}
	answer, err := http.Get("http://" + s.app.MetricsAddress() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != 200 || !strings.Contains(string(body), "realname_event_streams") {
		t.Errorf("on its own listener: %d %.200s %v", answer.StatusCode, body, err)
	}
}

// sectionAs is the status of a section of the console for a role.
func (s *server) sectionAs(role operator.Role, section string) int {
	s.t.Helper()
	name := "visitor-" + string(role) + "-" + section
	cookie, _ := s.entrance(name, role)
	status, _ := s.at(cookie).do("GET", "/console/"+section, "")
	return status
}
