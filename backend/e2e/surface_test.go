package e2e_test

import (
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/handoff"
	"realname.example/shared/identity"
	"realname.example/shared/problem"
)

func TestPageBehindTheQRClaimsNothingAndIsSmall(t *testing.T) {
	for _, language := range []struct{ accept, says string }{
		{"zh-CN,zh;q=0.9", "您的姓名 郑* 将与账号 zh***g 绑定"},
		{"en-GB", "Your name 郑* will be bound to account zh***g"},
		{"", "Your name 郑* will be bound to account zh***g"},
	} {
		s := newScene(t)
		app := t.TempDir()
		s.stop()
		if err := os.WriteFile(filepath.Join(app, "index.html"), []byte("<!doctype html>"), 0o600); err != nil {
			t.Fatal(err)
		}
		s.cfg.PhoneWeb = app
		s.open()
		s.account = s.signIn("zhengqiang")
		before, h := s.view(), s.handoff()
		caller := raw{server: s.server, header: map[string]string{"Accept-Language": language.accept}}
		for range 3 {
			status, page, header := caller.send("GET", "/Q/"+ticketOf(t, h)+".ABCDEFGHIJKLMNOPQRST", "")
			if status != 200 || !strings.Contains(page, language.says) || !strings.Contains(page, "测试电脑") || !strings.Contains(page, "127.0.0.x") {
				t.Fatalf("%d %s", status, page)
			}
			if len(page) > 20_000 {
				t.Errorf("the page has %d bytes", len(page))
			}
			policy := header.Get("Content-Security-Policy")
			if !strings.Contains(policy, "script-src 'nonce-") || strings.Contains(policy, "unsafe") || !strings.Contains(page, `<button id="go"`) {
				t.Errorf("the policy is %s", policy)
			}
		}
		if after := s.view(); after.Status != before.Status || after.Handoff != nil {
			t.Errorf("opening the page made it %+v", after)
		}
		if _, err := s.claim(h); err != nil {
			t.Errorf("the ticket was spent: %v", err)
		}
	}
}

func TestAProvidersOtherAddressesAreProblems(t *testing.T) {
	s := start(t, sandboxConfig(t))
	for _, path := range []string{"", "/sandbox/mall"} {
		for _, c := range []struct {
			method, path, allow string
			code                problem.Code
		}{
			{"GET", "/oidc/none", "", problem.NotFound},
			{"GET", "/oidc/token", "POST", problem.MethodNotAllowed},
			{"PUT", "/oidc/userinfo", "GET, HEAD, POST", problem.MethodNotAllowed},
			{"POST", "/oidc/jwks", "GET, HEAD", problem.MethodNotAllowed},
		} {
			status, answer, header := raw{server: s}.send(c.method, path+c.path, "")
			var p problem.Problem
			if err := json.Unmarshal([]byte(answer), &p); err != nil || p.Code != c.code || status != c.code.Status() || header.Get("Allow") != c.allow {
				t.Errorf("%s %s: %d, Allow %q, %s", c.method, path+c.path, status, header.Get("Allow"), answer)
			}
		}
	}
}

func TestAPageSaysWhereTheAppIsForEachSystem(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.PhoneWeb = t.TempDir()
	s := start(t, cfg)
	for _, language := range []struct{ accept, name, without, with string }{
		{"zh-CN", "实名认证演示环境", "没有安装浏览器版", "无需安装"},
		{"en-GB", api.SandboxName, "does not have it", "nothing to install"},
	} {
		caller := raw{server: s, header: map[string]string{"Accept-Language": language.accept}}
		says := func(want string) {
			t.Helper()
			status, page, header := caller.send("GET", api.PathGetApp, "")
			if status != http.StatusOK || strings.Contains(header.Get("Content-Security-Policy"), "unsafe") {
				t.Errorf("status %d, policy %s", status, header.Get("Content-Security-Policy"))
			}
			for _, text := range []string{want, "Android", ".apk", "iPhone", "Windows", "Linux", language.name} {
				if !strings.Contains(page, text) {
					t.Errorf("%s: the page does not say %q", language.accept, text)
				}
			}
		}
		index := filepath.Join(cfg.PhoneWeb, "index.html")
		says(language.without)
		if err := os.WriteFile(index, []byte("<!doctype html>"), 0o600); err != nil {
			t.Fatal(err)
		}
		says(language.with)
		says(`<input id="typed"`)
		if err := os.Remove(index); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPhoneAppIsServedCompressedAndNothingElse(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.PhoneWeb = t.TempDir()
	for name, content := range map[string]string{
		"index.html": "<!doctype html>", "main.wasm": "plain", "main.wasm.br": "brotli", "main.wasm.gz": "gzip", "secret.key": "no",
	} {
		if err := os.WriteFile(filepath.Join(cfg.PhoneWeb, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	outside := filepath.Join(filepath.Dir(cfg.PhoneWeb), "outside.html")
	if err := os.WriteFile(outside, []byte("outside"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(cfg.PhoneWeb, "link.html")); err != nil {
		t.Fatal(err)
	}
	s := start(t, cfg)
	for _, test := range []struct {
		path, accepts string
		status        int
		body, kind    string
	}{
		{"/phone/", "", 200, "<!doctype html>", "text/html; charset=utf-8"},
		{"/phone/main.wasm", "gzip, br", 200, "brotli", "application/wasm"},
		{"/phone/main.wasm", "gzip", 200, "gzip", "application/wasm"},
		{"/phone/main.wasm", "br;q=0, identity", 200, "plain", "application/wasm"},
		{"/phone/missing.js", "", 404, "", ""},
		{"/phone/secret.key", "", 404, "", ""},
		{"/phone/link.html", "", 404, "", ""},
		{"/phone/..%2foutside.html", "", 404, "", ""},
		{"/phone/%2e%2e/outside.html", "", 404, "", ""},
	} {
		accepts := test.accepts
		if accepts == "" {
			accepts = "identity"
		}
		status, body, header := raw{server: s, header: map[string]string{"Accept-Encoding": accepts}}.send("GET", test.path, "")
		if status != test.status || test.status == 200 && (body != test.body || header.Get("Content-Type") != test.kind) {
			t.Errorf("%s (%s): %d %q %s", test.path, accepts, status, body, header.Get("Content-Type"))
		}
	}
}

func TestProbesAndDocuments(t *testing.T) {
	s := start(t, sandboxConfig(t))
	for path, holds := range map[string]string{
		"/healthz": "{}", "/readyz": `"ready":true`, "/docs": "/v1/verifications/{id}/code/check", "/metrics": "realname_event_streams",
	} {
		if status, body := (raw{server: s}).do("GET", path, ""); status != 200 || !strings.Contains(body, holds) {
			t.Errorf("%s: %d %.200s", path, status, body)
		}
	}
	if status, body := (raw{server: s}).do("GET", "/docs", ""); status != 200 || strings.Contains(body, "http://") || strings.Contains(body, "https://") {
		t.Error("the readable page points outside")
	}
	outside := raw{server: s, header: map[string]string{"X-Forwarded-For": "203.0.113.9"}}
	if status, _ := outside.do("GET", "/metrics", ""); status != 401 {
		t.Errorf("metrics for everybody: %d", status)
	}
	_, _, header := raw{server: s}.send("GET", "/v1/server", "")
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
	} {
		if header.Get(name) != want {
			t.Errorf("%s is %q", name, header.Get(name))
		}
	}
}

func TestOutsideLoopbackTLSIsPinnedByTheKeyInTheQR(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.Listen = "0.0.0.0:0"
	cfg.SandboxPublic = true // the machine of a test may have any address
	s := start(t, cfg)
	url := s.app.URL()
	if !strings.HasPrefix(url, "https://") || s.app.KeyHash() == "" {
		t.Fatalf("serves %s with key %q", url, s.app.KeyHash())
	}
	pinned, err := client.New(client.Config{Server: url, Pin: client.Pin(s.app.KeyHash()), Device: "电脑"})
	if err != nil {
		t.Fatal(err)
	}
	info, err := pinned.Info(t.Context())
	if err != nil || info.KeyHash != s.app.KeyHash() || info.Mode != "sandbox" {
		t.Fatalf("info %+v, %v", info, err)
	}
	s.client = pinned
	a := s.signIn("zhengqiang")
	v, err := a.Begin(t.Context(), byFace(s.person("郑强")))
	if err != nil {
		t.Fatal(err)
	}
	h, err := a.Handoff(t.Context(), v.ID, api.NewHandoff{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := handoff.Parse(h.URL)
	if err != nil || text.Server != url || !client.Pin(text.KeyHash).Matches(client.Pin(s.app.KeyHash())) {
		t.Errorf("the QR says %+v, %v", text, err)
	}
	wrong, err := client.New(client.Config{Server: url, Pin: client.Pin(base64.RawURLEncoding.EncodeToString(make([]byte, 32)))})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := wrong.Info(t.Context()); err == nil {
		t.Error("a wrong key is accepted")
	}
	old := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12}}}
	if response, err := old.Get(url + "/healthz"); err == nil {
		response.Body.Close()
		t.Error("TLS 1.2 is accepted")
	}
}

func TestSecretsOfTheFirstStartAreTheOwners(t *testing.T) {
	s := start(t, sandboxConfig(t))
	names, err := os.ReadDir(s.cfg.Data)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range names {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s can be read by others: %s", entry.Name(), info.Mode())
		}
	}
}

func TestInboxIsAPageForBrowsersAndJSONForPrograms(t *testing.T) {
	s := start(t, sandboxConfig(t))
	a, p := s.signIn("demo"), s.person("张伟")
	if _, err := s.mobile(a, p); err != nil {
		t.Fatal(err)
	}
	_, body := raw{server: s}.do("GET", "/sandbox/sms?mobile="+p.Mobile, "")
	var messages []api.SandboxSMS
	if err := json.Unmarshal([]byte(body), &messages); err != nil || len(messages) != 1 || messages[0].Mobile != p.Mobile {
		t.Errorf("%v %s", err, body)
	}
	for _, typed := range []string{"%2B86138-0000-0001", "138%200000%200001"} {
		if _, as := (raw{server: s}).do("GET", "/sandbox/sms?mobile="+typed, ""); as != body {
			t.Errorf("asked as %s: %s", typed, as)
		}
	}
	if _, none := (raw{server: s}).do("GET", "/sandbox/sms?mobile=%00", ""); none != "[]" {
		t.Errorf("to what is no number: %s", none)
	}
	_, page, header := raw{server: s, header: map[string]string{"Accept": "text/html"}}.send("GET", "/sandbox/sms", "")
	if !strings.HasPrefix(header.Get("Content-Type"), "text/html") || !strings.Contains(page, messages[0].Code) {
		t.Errorf("the page is %s %s", header.Get("Content-Type"), page)
	}
}

func TestOwnPersonIsAddedAndVerified(t *testing.T) {
	s := start(t, sandboxConfig(t))
	before, err := s.client.SandboxPeople(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	own := api.NewPerson{Name: "测试人", Number: ownNumber(t), Mobile: "13900000001"}
	if _, err := s.client.AddSandboxPerson(t.Context(), own); err != nil {
		t.Fatalf("add: %v", err)
	}
	if _, err := s.client.AddSandboxPerson(t.Context(), own); err != nil {
		t.Errorf("one's own person cannot be corrected: %v", err)
	}
	_, err = s.client.AddSandboxPerson(t.Context(), api.NewPerson{Name: "测", Number: "1", Mobile: "1"})
	if bad := mustProblem(t, err, problem.NameInvalid); len(bad.Errors) != 3 || bad.Errors[0].Field != "name" || bad.Errors[2].Field != "mobile" {
		t.Errorf("errors are %+v", bad.Errors)
	}
	byFace, err := s.client.AddSandboxPerson(t.Context(), api.NewPerson{Name: own.Name, Number: own.Number})
	if err != nil || byFace.Mobile != "" {
		t.Errorf("a person without a mobile number is %+v, %v", byFace, err)
	}
	if _, err := s.client.AddSandboxPerson(t.Context(), own); err != nil {
		t.Errorf("the number cannot be added later: %v", err)
	}
	taken := own
	taken.Number = s.person("张伟").Number
	_, err = s.client.AddSandboxPerson(t.Context(), taken)
	refused := mustProblem(t, err, problem.RequestInvalid)
	if len(refused.Errors) != 1 || refused.Errors[0].Field != "number" || refused.Errors[0].Cause != "taken" {
		t.Errorf("errors are %+v", refused.Errors)
	}
	p := s.person("测试人")
	if !p.Own {
		t.Errorf("got %+v", p)
	}
	if v, err := s.mobile(s.signUp("own-account"), p); err != nil || v.Status != "verified" {
		t.Errorf("%s, %v", v.Status, err)
	}
	if err := s.client.ResetSandbox(t.Context()); err != nil {
		t.Fatalf("reset: %v", err)
	}
	people, err := s.client.SandboxPeople(t.Context())
	if err != nil || len(people) != len(before) {
		t.Errorf("%d people after the reset, %v", len(people), err)
	}
}

// ownNumber is a made-up number with its right check character.
func ownNumber(t *testing.T) string {
	t.Helper()
	const digits = "11010019900307099"
	return digits + string(identity.CheckCharacter(digits))
}
