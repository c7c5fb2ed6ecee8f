package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"realname.example/shared/api"
)

// ask sends a request of which everything is stated, and returns the status.
func (s *server) ask(method, path, host string, header map[string]string, body string) int {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.app.URL()+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Host = host
	for name, value := range header {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		s.t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}

func TestAPageOfAnotherSiteCannotCall(t *testing.T) {
	s := start(t, sandboxConfig(t))
	const sign = `{"username":"mallory","password":"` + password + `"}`
	json := map[string]string{"Content-Type": "application/json"}
	for name, c := range map[string]struct {
		method, path, body string
		header             map[string]string
		want               int
	}{
		"no type":        {"POST", "/sandbox/reset", "{}", nil, 400},
		"a form's type":  {"POST", api.PathAccounts, sign, map[string]string{"Content-Type": "text/plain"}, 400},
		"cross-site":     {"POST", api.PathAccounts, sign, map[string]string{"Content-Type": "application/json", "Sec-Fetch-Site": "cross-site"}, 403},
		"a read":         {"GET", api.PathServer, "", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403},
		"into a frame":   {"GET", "/docs", "", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}, 403},
		"a form is sent": {"POST", "/sandbox/reset", "{}", map[string]string{"Content-Type": "application/json", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, 403},
		"unknown path":   {"GET", "/none", "", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		"a link":         {"GET", "/docs", "", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, 200},
		"the same site":  {"GET", api.PathServer, "", map[string]string{"Sec-Fetch-Site": "same-origin"}, 200},
		"older browser":  {"POST", api.PathAccounts, sign, map[string]string{"Content-Type": "application/json", "Origin": "https://evil.example"}, 403},
		"older, a read":  {"GET", api.PathServer, "", map[string]string{"Origin": "https://127.0.0.1.evil.example"}, 403},
		"older, ours":    {"GET", api.PathServer, "", map[string]string{"Origin": "http://127.0.0.1:1"}, 200},
		"our own form":   {"GET", api.PathServer, "", map[string]string{"Origin": "null"}, 200},
		"typed":          {"GET", api.PathServer, "", map[string]string{"Sec-Fetch-Site": "none"}, 200},
		"no browser":     {"POST", api.PathAccounts, strings.Replace(sign, "mallory", "trent1", 1), json, 201},
	} {
		if got := s.ask(c.method, c.path, "", c.header, c.body); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestOnLoopbackAForeignHostIsRefused(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.PublicURL = "https://id.example.com"
	s := start(t, cfg)
	for host, want := range map[string]int{
		"localhost": 200, "LOCALHOST:8080": 200, "127.0.0.1:1": 200, "127.9.9.9": 200, "[::1]:8080": 200, "::1": 200,
		"id.example.com": 200, "ID.example.com:443": 200,
		"evil.example": 403, "127.0.0.1.evil.example": 403, "localhost.evil.example:8080": 403, "192.168.1.20": 403, "id.example.com.evil": 403,
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.app.Address()+api.PathServer, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = host
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s: %d, want %d", host, response.StatusCode, want)
		}
	}
}

// What stands in place of an id may be anything; only an id reaches the log.
func TestWhatStandsInPlaceOfAnIDIsNotLogged(t *testing.T) {
	s := start(t, sandboxConfig(t))
	token := s.session("demo")
	for _, instead := range []string{"110100199003070111", "13800000001", "zhangwei", strings.Repeat("a", 33), "KFRM7TQX", "%E5%BC%A0%E4%BC%9F"} {
		raw{server: s, token: token}.do("GET", api.PathVerifications+"/"+instead, "")
		if strings.Contains(s.log.String(), instead) || strings.Contains(s.log.String(), "张伟") {
			t.Errorf("%s stands in the log", instead)
		}
	}
	id := strings.Repeat("0a", 16)
	raw{server: s, token: token}.do("GET", api.PathVerifications+"/"+id, "")
	if !strings.Contains(s.log.String(), `"case":"`+id+`"`) {
		t.Error("an id does not stand in the log")
	}
}

func TestASessionsPlaceIsSealed(t *testing.T) {
	s := start(t, sandboxConfig(t))
	if _, err := newNamedClient(t, s.app.URL(), "canary-laptop").SignIn(t.Context(), api.Credentials{Username: "demo", Password: password}); err != nil {
		t.Fatal(err)
	}
	s.stop()
	files, err := filepath.Glob(filepath.Join(s.cfg.Data, "*.db*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v %v", files, err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(data), "canary-laptop") || strings.Contains(string(data), "127.0.0.x") {
			t.Errorf("%s holds where a session came from", filepath.Base(name))
		}
	}
}
