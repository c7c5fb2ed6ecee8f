package e2e_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"realname.example/shared/api"
	"realname.example/shared/problem"
)

func TestHeadIsAnsweredAsGetWithoutABody(t *testing.T) {
	s := newScene(t)
	owner := raw{server: s.server, token: s.session("zhengqiang")}
	for _, path := range []string{
		"/healthz", "/readyz", "/openapi.json", "/docs", api.PathServer, api.PathAccount,
		api.PathVerifications + "/" + string(s.id), api.PathVerifications + "/" + string(s.id) + "/events",
	} {
		status, body, header := owner.send(http.MethodHead, path, "")
		if status != 200 || body != "" || header.Get("Content-Type") == "" {
			t.Errorf("HEAD %s: %d %q %v", path, status, body, header)
		}
	}
	status, _, header := owner.send(http.MethodOptions, "/healthz", "")
	if status != 405 || header.Get("Allow") != "GET, HEAD" {
		t.Errorf("OPTIONS: %d, allowed is %q", status, header.Get("Allow"))
	}
}

func TestChallengeAnswers200(t *testing.T) {
	s := newScene(t)
	phone := raw{server: s.server, token: string(s.consented(s.account, s.id).token)}
	if status, body := phone.do("POST", api.PathChallenge, `{"frames_per_second":30}`); status != 200 {
		t.Errorf("%d %s; docs/api.md names 201 where it is meant, and not here", status, body)
	}
}

func TestOnlyJSONIsTakenAsJSON(t *testing.T) {
	s := start(t, sandboxConfig(t))
	for kind, want := range map[string]int{
		"application/json": 201, "application/json; charset=utf-8": 201, "": 400,
		"text/plain": 400, "application/x-www-form-urlencoded": 400, "multipart/form-data; boundary=x": 400, ";": 400,
	} {
		caller := raw{server: s, header: map[string]string{"Content-Type": kind}}
		if status, body := caller.do("POST", api.PathSessions, `{"username":"demo","password":"`+password+`"}`); status != want {
			t.Errorf("%q: %d %s", kind, status, body)
		}
	}
}

func TestACallThatTakesNothingNeedsNoBody(t *testing.T) {
	s := newScene(t)
	pc := raw{server: s.server, token: s.session("zhengqiang")}
	if status, body := pc.do("POST", at(api.PathReview, string(s.id)), ""); status != http.StatusOK {
		t.Errorf("review: %d %s", status, body)
	}
	if status, body := pc.do("POST", at(api.PathReview, string(s.id)), " "); status != http.StatusBadRequest {
		t.Errorf("a body that is no JSON: %d %s", status, body)
	}
	anybody := raw{server: s.server}
	if status, body := anybody.do("POST", api.PathSandboxReset, ""); status != http.StatusBadRequest {
		t.Errorf("a call without a token, which needs its Content-Type: %d %s", status, body)
	}
}

func TestPCThatSaysNoNameIsShownByItsProgram(t *testing.T) {
	s := newScene(t)
	plain := raw{server: s.server, header: map[string]string{"User-Agent": "Browser/7"}}
	_, session := plain.do("POST", api.PathSessions, `{"username":"demo","password":"`+password+`"}`)
	plain.token = field(t, session, "token")
	_, view := plain.do("POST", api.PathVerifications, `{"method":"face","identity":{"certificate_type":"cn_id","name":"张伟","number":"110100199003070111"}}`)
	_, h := plain.do("POST", api.PathVerifications+"/"+field(t, view, "id")+"/handoff", "{}")
	d, _ := device(t)
	claimed, err := s.client.Claim(t.Context(), "", api.Claim{TypedCode: field(t, h, "typed_code"), Device: d})
	if err != nil || claimed.Ask.PC != "Browser/7" {
		t.Errorf("the phone is asked by %q, %v", claimed.Ask.PC, err)
	}
}

// field returns a text of a JSON object.
func field(t *testing.T, object, name string) string {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal([]byte(object), &fields); err != nil {
		t.Fatalf("%s: %v", object, err)
	}
	text, ok := fields[name].(string)
	if !ok {
		t.Fatalf("%s has no %s", object, name)
	}
	return text
}

func TestAffiliateThatDoesNotExistIsAProblemAndNoVerdict(t *testing.T) {
	s := start(t, sandboxConfig(t))
	me := raw{server: s, token: s.session("zhoujie")}
	status, body := me.do("POST", api.PathVerifications, `{"method":"affiliate","affiliate":"nowhere"}`)
	if status != 400 || !strings.Contains(body, string(problem.RequestInvalid)) || !strings.Contains(body, `"field":"affiliate"`) {
		t.Errorf("%d %s", status, body)
	}
	if status, body = me.do("POST", api.PathVerifications, `{"method":"affiliate","affiliate":"Mall"}`); status != 201 || !strings.Contains(body, `"verified"`) {
		t.Errorf("by its name: %d %s", status, body)
	}
}
