package e2e_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"realname.example/backend/internal/service"
)

// A form for a browser that is not known yet would fit every such browser: a
// stranger could send it from another site.
func TestAFormIsMadeForNoEmptyCookie(t *testing.T) {
	s := start(t, sandboxConfig(t))
	emptied := newVisitor(t, s.app.URL())
	emptied.http.Transport = withCookie{"realname_browser="}
	emptied.open(s.app.URL() + "/oidc/device")
	token := ""
	for _, input := range nodes(emptied.page, "input") {
		if attribute(input, "name") == "form" {
			token = attribute(input, "value")
		}
	}
	victim := newVisitor(t, s.app.URL())
	for name, transport := range map[string]http.RoundTripper{"no cookie": http.DefaultTransport, "an empty one": withCookie{"realname_browser="}} {
		victim.http.Jar, victim.http.Transport = nil, transport
		victim.post(s.app.URL()+"/oidc/device", url.Values{"form": {token}, "user_code": {"BCDF-GHJK"}})
		if victim.code != http.StatusBadRequest || !strings.Contains(victim.text(), "did not come from our page") {
			t.Errorf("%s: %d %s", name, victim.code, victim.text())
		}
	}
}

// withCookie sends one cookie and no other.
type withCookie struct{ cookie string }

// RoundTrip implements http.RoundTripper.
func (c withCookie) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Cookie", c.cookie)
	return http.DefaultTransport.RoundTrip(r)
}

// Under TLS the cookies of the pages are this very host's.
func TestCookiesUnderTLSAreOfThisHostAlone(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.PublicURL = "https://id.example"
	s := start(t, cfg)
	for path, name := range map[string]string{"/oidc/device": "__Host-realname_browser", "/sandbox/mall/oidc/device": "__Host-realname_browser_mall"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.app.Address()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		cookies := answer.Cookies()
		if len(cookies) != 1 || cookies[0].Name != name || !cookies[0].Secure || cookies[0].Path != "/" || cookies[0].Domain != "" {
			t.Errorf("%s: %d %v", path, answer.StatusCode, cookies)
		}
	}
}

// A refresh for less gives an access token for less; the refresh token stays good
// for all (RFC 6749, 6).
func TestARefreshForLessGivesLess(t *testing.T) {
	s := start(t, sandboxConfig(t))
	shop := s.shop()
	shop.config.Scopes = append(shop.config.Scopes, "offline_access")
	refresh := shop.exchange(s.agreed(shop, "zhaolei")).token.RefreshToken
	for _, test := range []struct {
		scope    string
		verified bool
	}{{"openid", false}, {"", true}} {
		form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}
		if test.scope != "" {
			form.Set("scope", test.scope)
		}
		status, body := shop.call(shop.config.Endpoint.TokenURL, form, true)
		access, _ := body["access_token"].(string)
		refresh, _ = body["refresh_token"].(string)
		if status != http.StatusOK || refresh == "" {
			t.Fatalf("%q: %d %v", test.scope, status, body)
		}
		var info map[string]any
		s.get(access, "/oidc/userinfo", &info)
		if _, told := info["verified"]; told != test.verified {
			t.Errorf("%q: told %v, scope %v", test.scope, info, body["scope"])
		}
	}
}

// What strangers have stored, and what they guess, is capped for each address.
func TestStrangersAtTheProviderAreCapped(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.SignInsPerAddress = 5
	s := start(t, cfg)
	shop := s.shop()
	made, _ := s.addService(service.Draft{Name: "电视", Redirects: []string{"http://127.0.0.1/back"}, Native: true})
	tv := s.relying(made, "", "http://127.0.0.1:1/back")
	browser := newVisitor(t, s.app.URL())
	device := func(r *relying, basic bool) int {
		status, _ := r.call(r.provider.Endpoint().DeviceAuthURL, url.Values{"client_id": {r.id}, "scope": {"openid"}}, basic)
		return status
	}
	for name, ask := range map[string]func() int{
		"authorization requests": func() int { browser.open(shop.address()); return browser.code },
		"requests of devices":    func() int { return device(tv, false) },
		"guesses of a code": func() int {
			browser.open(s.app.URL() + "/oidc/device")
			browser.submit("/oidc/device", "user_code", "BCDF-GHJK")
			return browser.code
		},
	} {
		for n := range 6 {
			if got := ask(); (got == http.StatusTooManyRequests) != (n == 5) {
				t.Errorf("%s, %d: %d", name, n, got)
			}
		}
	}
	if !strings.Contains(browser.text(), "Too many tries") {
		t.Errorf("the page says %s", browser.text())
	}
	for range 6 { // a service that proves itself is no stranger
		if got := device(shop, true); got != http.StatusOK {
			t.Errorf("a known service: %d", got)
		}
	}
}
