package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
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
