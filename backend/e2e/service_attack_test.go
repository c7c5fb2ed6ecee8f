package e2e_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"golang.org/x/oauth2"

	"realname.example/backend/internal/service"
)

// agreed plays a sign-in up to the code.
func (s *server) agreed(r *relying, username string) *visitor {
	s.t.Helper()
	browser := newVisitor(s.t, s.app.URL())
	browser.open(r.address())
	browser.enter(username)
	if browser.left == nil { // not agreed to before
		browser.submit("/agree")
	}
	r.back(browser)
	return browser
}

// expectRefusal fails the test unless an endpoint answered with this error.
func expectRefusal(t *testing.T, status int, body map[string]any, want int, code string) {
	t.Helper()
	if status != want || body["error"] != code {
		t.Errorf("got %d %v, want %d %s", status, body, want, code)
	}
}

// TestAttacksThroughServices has a row for each way to reach, through what serves
// services, what is not one's own.
func TestAttacksThroughServices(t *testing.T) {
	s := start(t, sandboxConfig(t))
	shop := s.shop()
	for name, attack := range map[string]func(*testing.T){
		"mix-up: the answer says whose it is": func(t *testing.T) {
			if iss := shop.back(s.agreed(shop, "zhaolei"))["iss"]; len(iss) != 1 || iss[0] != s.app.URL() {
				t.Errorf("iss is %q", iss)
			}
		},
		"a stolen code without its verifier": func(t *testing.T) {
			browser := s.agreed(shop, "zhaolei")
			form := url.Values{"grant_type": {"authorization_code"}, "code": {shop.back(browser).Get("code")}, "redirect_uri": {serviceRedirect}}
			for _, verifier := range []string{"", oauth2.GenerateVerifier(), oauth2.S256ChallengeFromVerifier(shop.verifier)} {
				form.Set("code_verifier", verifier)
				status, body := shop.call(shop.config.Endpoint.TokenURL, form, true)
				expectRefusal(t, status, body, http.StatusBadRequest, "invalid_grant")
			}
			shop.exchange(browser) // whose it is can still use it
		},
		"a stolen code at another service": func(t *testing.T) {
			other := s.shop()
			form := url.Values{
				"grant_type": {"authorization_code"}, "code": {shop.back(s.agreed(shop, "zhaolei")).Get("code")},
				"redirect_uri": {serviceRedirect}, "code_verifier": {shop.verifier},
			}
			status, body := other.call(shop.config.Endpoint.TokenURL, form, true)
			expectRefusal(t, status, body, http.StatusBadRequest, "invalid_grant")
		},
		"a code that comes twice voids what came of it": func(t *testing.T) {
			browser := s.agreed(shop, "zhaolei")
			learned := shop.exchange(browser)
			form := url.Values{
				"grant_type": {"authorization_code"}, "code": {shop.back(browser).Get("code")},
				"redirect_uri": {serviceRedirect}, "code_verifier": {shop.verifier},
			}
			status, body := shop.call(shop.config.Endpoint.TokenURL, form, true)
			expectRefusal(t, status, body, http.StatusBadRequest, "invalid_grant")
			if _, err := shop.provider.UserInfo(t.Context(), oauth2.StaticTokenSource(learned.token)); err == nil {
				t.Error("the token of a code that was used twice is still good")
			}
		},
		"a code after its minute": func(t *testing.T) {
			browser := s.agreed(shop, "zhaolei")
			s.clock.Advance(61 * time.Second)
			form := url.Values{
				"grant_type": {"authorization_code"}, "code": {shop.back(browser).Get("code")},
				"redirect_uri": {serviceRedirect}, "code_verifier": {shop.verifier},
			}
			status, body := shop.call(shop.config.Endpoint.TokenURL, form, true)
			expectRefusal(t, status, body, http.StatusBadRequest, "invalid_grant")
		},
		"a refresh token that comes twice": func(t *testing.T) {
			shop := s.shop()
			shop.config.Scopes = append(shop.config.Scopes, "offline_access")
			first := shop.exchange(s.agreed(shop, "zhaolei")).token
			refresh := func(token string) (int, map[string]any) {
				return shop.call(shop.config.Endpoint.TokenURL, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}, true)
			}
			status, second := refresh(first.RefreshToken)
			if status != http.StatusOK || second["refresh_token"] == first.RefreshToken {
				t.Fatalf("refresh: %d %v", status, second)
			}
			status, body := refresh(first.RefreshToken)
			expectRefusal(t, status, body, http.StatusBadRequest, "invalid_grant")
			newest, _ := second["refresh_token"].(string)
			status, body = refresh(newest)
			expectRefusal(t, status, body, http.StatusBadRequest, "invalid_grant")
		},
		"open redirect: only the service's own addresses": func(t *testing.T) {
			for _, redirect := range []string{
				"https://evil.example/", serviceRedirect + "/more", serviceRedirect + "?a=b", "https://shop.example.evil.example/back",
				"https://shop.example@evil.example/back", "http://shop.example/back", "https://shop.example/back#a", "javascript:alert(1)", "",
			} {
				browser := newVisitor(t, s.app.URL())
				browser.open(shop.address(oauth2.SetAuthURLParam("redirect_uri", redirect)))
				if browser.left != nil || browser.code != http.StatusBadRequest {
					t.Errorf("%q: the browser was sent to %v (%d)", redirect, browser.left, browser.code)
				}
			}
		},
		"localhost is not loopback, and ports of web services are fixed": func(t *testing.T) {
			made, _ := s.addService(service.Draft{Name: "Notes", Redirects: []string{"http://127.0.0.1/back"}, Native: true})
			app := s.relying(made, "", "http://127.0.0.1/back")
			for redirect, good := range map[string]bool{
				"http://127.0.0.1:49152/back": true, "http://[::1]:49152/back": false, "http://localhost:49152/back": false,
				"http://127.0.0.1:49152/else": false, "http://127.0.0.1:99999/back": false, "http://127.0.0.1.evil.example:80/back": false,
				"http://127.0.0.2:49152/back": false, "https://127.0.0.1:49152/back": false,
			} {
				browser := newVisitor(t, s.app.URL())
				browser.open(app.address(oauth2.SetAuthURLParam("redirect_uri", redirect)))
				if shown := browser.code == http.StatusOK; shown != good {
					t.Errorf("%s: status %d", redirect, browser.code)
				}
			}
		},
		"link phishing: a request that another browser began": func(t *testing.T) {
			mine, victim := newVisitor(t, s.app.URL()), newVisitor(t, s.app.URL())
			mine.open(shop.address())
			victim.open(mine.at.String())
			if victim.code != http.StatusBadRequest || !strings.Contains(victim.text(), "Another browser began this request") {
				t.Errorf("the victim sees %d %s", victim.code, victim.text())
			}
		},
		"login CSRF: a form of another site": func(t *testing.T) {
			browser := newVisitor(t, s.app.URL())
			browser.open(shop.address())
			for _, form := range []url.Values{
				{"username": {"zhaolei"}, "password": {password}},
				{"username": {"zhaolei"}, "password": {password}, "form": {strings.Repeat("0", 64)}},
			} {
				browser.post(browser.at.String()+"/sign-in", form)
				if browser.code != http.StatusBadRequest {
					t.Fatalf("a form without its token: %d", browser.code)
				}
				browser.open(shop.address())
			}
		},
		"consent by a link": func(t *testing.T) {
			browser := newVisitor(t, s.app.URL())
			browser.open(shop.address())
			browser.enter("zhaolei")
			browser.open(browser.at.String() + "/agree")
			if browser.left != nil {
				t.Error("a link agreed")
			}
		},
		"a service asks for more than it may have": func(t *testing.T) {
			made, secrets := s.addService(service.Draft{Name: "Curious", Redirects: []string{serviceRedirect}})
			curious := s.relying(made, secrets.Client, serviceRedirect)
			curious.claims = asking
			browser := newVisitor(t, s.app.URL())
			browser.open(curious.address())
			browser.enter("zhaolei")
			if strings.Contains(browser.text(), "Your name") || strings.Contains(browser.text(), "Your ID number") {
				t.Errorf("the person is asked for what the service may not have: %s", browser.text())
			}
			browser.submit("/agree")
			if info := curious.exchange(browser).info; info["verified_claims"] != nil || info["verified"] != true {
				t.Errorf("told %v", info)
			}
		},
		"two services cannot put together whom they know": func(t *testing.T) {
			other := s.shop()
			a, b := shop.exchange(s.agreed(shop, "zhaolei")), other.exchange(s.agreed(other, "zhaolei"))
			if a.id.Subject == b.id.Subject {
				t.Error("two services are given one subject")
			}
			text, err := json.Marshal(a.info)
			if err != nil || strings.Contains(string(text), "zhaolei") {
				t.Errorf("the account's name is told: %s", text)
			}
		},
		"PKCE is never left out": func(t *testing.T) {
			for name, option := range map[string]oauth2.AuthCodeOption{
				"plain": oauth2.SetAuthURLParam("code_challenge_method", "plain"), "none": oauth2.SetAuthURLParam("code_challenge", ""),
				"short": oauth2.SetAuthURLParam("code_challenge", "abc"),
			} {
				browser := newVisitor(t, s.app.URL())
				browser.open(shop.address(option))
				if back := shop.back(browser); back.Get("error") != "invalid_request" {
					t.Errorf("%s: %v", name, back)
				}
			}
		},
		"secrets in an address": func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, shop.config.Endpoint.TokenURL+"?grant_type=client_credentials&scope=status", nil)
			if err != nil {
				t.Fatal(err)
			}
			request.SetBasicAuth(shop.id, shop.secret)
			answer, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			if answer.StatusCode != http.StatusBadRequest {
				t.Errorf("got %d", answer.StatusCode)
			}
		},
		"a service that proves itself in another way, or not": func(t *testing.T) {
			form := url.Values{"grant_type": {"client_credentials"}, "scope": {"status"}}
			for _, address := range []string{shop.config.Endpoint.TokenURL, shop.provider.Endpoint().DeviceAuthURL} {
				status, body := shop.call(address, form, false)
				expectRefusal(t, status, body, http.StatusUnauthorized, "invalid_client")
			}
			form.Set("client_id", shop.id)
			status, body := shop.call(shop.config.Endpoint.TokenURL, form, false)
			expectRefusal(t, status, body, http.StatusUnauthorized, "invalid_client")
			form.Set("client_secret", shop.secret)
			status, body = shop.call(shop.config.Endpoint.TokenURL, form, false)
			expectRefusal(t, status, body, http.StatusUnauthorized, "invalid_client")
			wrong := *shop
			wrong.secret = "guessed"
			status, body = wrong.call(shop.config.Endpoint.TokenURL, url.Values{"grant_type": {"client_credentials"}}, true)
			expectRefusal(t, status, body, http.StatusUnauthorized, "invalid_client")
		},
		"a token of the service itself tells nothing of anybody": func(t *testing.T) {
			status, body := shop.call(shop.config.Endpoint.TokenURL, url.Values{"grant_type": {"client_credentials"}, "scope": {"status"}}, true)
			if status != http.StatusOK {
				t.Fatalf("%d %v", status, body)
			}
			access, _ := body["access_token"].(string)
			if _, err := shop.provider.UserInfo(t.Context(), oauth2.StaticTokenSource(&oauth2.Token{AccessToken: access})); err == nil {
				t.Error("it opens userinfo")
			}
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, shop.provider.UserInfoEndpoint(), nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Authorization", "Bearer "+access)
			answer, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			var refusal map[string]any
			if err := json.NewDecoder(answer.Body).Decode(&refusal); err != nil {
				t.Fatal(err)
			}
			expectRefusal(t, answer.StatusCode, refusal, http.StatusUnauthorized, "invalid_token")
			if to := answer.Header.Get("WWW-Authenticate"); to != `Bearer realm="oidc", error="invalid_token"` {
				t.Errorf("a client is told %q (RFC 6750, 3)", to)
			}
		},
		"only a token that was sent is at fault": func(t *testing.T) {
			const ask, fault = `Bearer realm="oidc"`, `Bearer realm="oidc", error="invalid_token"`
			for _, test := range []struct{ authorization, form, want string }{
				{"", "", ask},
				{"Basic c2hvcDpzZWNyZXQ=", "", ask},
				{"Bearer", "", ask},
				{"bearer dead", "", fault},
				{"", "access_token=dead", fault},
				{"", "token=dead", ask},
			} {
				request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, shop.provider.UserInfoEndpoint(), strings.NewReader(test.form))
				if err != nil {
					t.Fatal(err)
				}
				request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				if test.authorization != "" {
					request.Header.Set("Authorization", test.authorization)
				}
				answer, err := http.DefaultClient.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				answer.Body.Close()
				if to := answer.Header.Get("WWW-Authenticate"); answer.StatusCode != http.StatusUnauthorized || to != test.want {
					t.Errorf("%q with %q: %d %q, want %q (RFC 6750, 3.1)", test.authorization, test.form, answer.StatusCode, to, test.want)
				}
			}
		},
		"signed assertions: replayed, for others, by others": s.attackAssertions,
	} {
		t.Run(name, attack)
	}
}

// attackAssertions tries what is not the right assertion of a service.
func (s *server) attackAssertions(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &private.PublicKey, KeyID: "k", Algorithm: "ES256", Use: "sig"}}})
	if err != nil {
		t.Fatal(err)
	}
	made, _ := s.addService(service.Draft{Name: "Bank", Redirects: []string{serviceRedirect}, Keys: set})
	bank := s.relying(made, "", serviceRedirect)
	assertion := func(key any, algorithm jose.SignatureAlgorithm, change func(*jwt.Claims)) string {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", "k"))
		if err != nil {
			t.Fatal(err)
		}
		now := s.clock.Now()
		claims := jwt.Claims{
			Issuer: made.ID, Subject: made.ID, Audience: jwt.Audience{s.app.URL()}, ID: rand.Text(),
			IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(time.Minute)),
		}
		change(&claims)
		text, err := jwt.Signed(signer).Claims(claims).Serialize()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	send := func(text string) (int, map[string]any) {
		return bank.call(bank.config.Endpoint.TokenURL, url.Values{
			"grant_type": {"client_credentials"}, "client_assertion": {text},
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		}, false)
	}
	none := func(*jwt.Claims) {}
	good := assertion(private, jose.ES256, none)
	if status, body := send(good); status != http.StatusOK {
		t.Fatalf("the right assertion: %d %v", status, body)
	}
	endpoint := assertion(private, jose.ES256, func(c *jwt.Claims) { c.Audience = jwt.Audience{bank.config.Endpoint.TokenURL} })
	if status, body := send(endpoint); status != http.StatusOK {
		t.Errorf("for the token endpoint: %d %v", status, body)
	}
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"replayed":                  good,
		"by another key":            assertion(stranger, jose.ES256, none),
		"by the public key as HMAC": assertion(set, jose.HS256, none),
		"for another provider":      assertion(private, jose.ES256, func(c *jwt.Claims) { c.Audience = jwt.Audience{"https://other.example"} }),
		"for another one too":       assertion(private, jose.ES256, func(c *jwt.Claims) { c.Audience = append(c.Audience, "https://other.example") }),
		"for nobody":                assertion(private, jose.ES256, func(c *jwt.Claims) { c.Audience = nil }),
		"of another subject":        assertion(private, jose.ES256, func(c *jwt.Claims) { c.Subject = "other" }),
		"expired":                   assertion(private, jose.ES256, func(c *jwt.Claims) { c.Expiry = jwt.NewNumericDate(s.clock.Now().Add(-time.Minute)) }),
		"without an end":            assertion(private, jose.ES256, func(c *jwt.Claims) { c.Expiry = nil }),
		"good for a year":           assertion(private, jose.ES256, func(c *jwt.Claims) { c.Expiry = jwt.NewNumericDate(s.clock.Now().Add(365 * 24 * time.Hour)) }),
		"without an id":             assertion(private, jose.ES256, func(c *jwt.Claims) { c.ID = "" }),
		"unsigned":                  "eyJhbGciOiJub25lIn0." + strings.Split(good, ".")[1] + ".",
		"garbage":                   "a.b.c",
	} {
		status, body := send(text)
		if status != http.StatusUnauthorized || body["error"] != "invalid_client" {
			t.Errorf("%s: got %d %v", name, status, body)
		}
	}
}

func TestADeviceWithoutABrowserSignsInByACode(t *testing.T) {
	s := start(t, sandboxConfig(t))
	made, _ := s.addService(service.Draft{Name: "电视", Redirects: []string{"http://127.0.0.1/back"}, Claims: []string{"name"}, Native: true})
	tv := s.relying(made, "", "http://127.0.0.1/back")
	begin := func() (secret, typed, page string) {
		status, body := tv.call(tv.provider.Endpoint().DeviceAuthURL, url.Values{"client_id": {tv.id}, "scope": {"openid realname"}}, false)
		if status != http.StatusOK {
			t.Fatalf("begin: %d %v", status, body)
		}
		return body["device_code"].(string), body["user_code"].(string), body["verification_uri_complete"].(string)
	}
	poll := func(secret string) (int, map[string]any) {
		return tv.call(tv.config.Endpoint.TokenURL, url.Values{
			"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {secret}, "client_id": {tv.id},
		}, false)
	}
	secret, typed, page := begin()
	status, body := poll(secret)
	expectRefusal(t, status, body, http.StatusBadRequest, "authorization_pending")
	status, body = poll(secret)
	expectRefusal(t, status, body, http.StatusBadRequest, "slow_down")

	browser := newVisitor(t, s.app.URL())
	browser.open(page)
	browser.submit("/oidc/device", "user_code", "BBBB-BBBB")
	if browser.code != http.StatusUnprocessableEntity || !strings.Contains(browser.text(), "no such code") {
		t.Errorf("a code that nobody has: %d %s", browser.code, browser.text())
	}
	browser.submit("/oidc/device", "user_code", " "+strings.ToLower(strings.ReplaceAll(typed, "-", " ")))
	browser.enter("zhaolei")
	if !strings.Contains(browser.text(), "Another device asks") {
		t.Errorf("the page says %s", browser.text())
	}
	browser.submit("/agree")
	if !strings.Contains(browser.text(), "Go back to your device") {
		t.Errorf("the page says %s", browser.text())
	}
	status, body = poll(secret)
	if status != http.StatusOK || body["id_token"] == "" || body["access_token"] == "" {
		t.Fatalf("agreed: %d %v", status, body)
	}
	status, body = poll(secret)
	expectRefusal(t, status, body, http.StatusBadRequest, "expired_token")

	secret, _, page = begin()
	browser.open(page)
	browser.submit("/oidc/device")
	browser.submit("/decline")
	status, body = poll(secret)
	expectRefusal(t, status, body, http.StatusBadRequest, "access_denied")

	secret, _, page = begin()
	s.clock.Advance(11 * time.Minute)
	status, body = poll(secret)
	expectRefusal(t, status, body, http.StatusBadRequest, "expired_token")
	browser.open(page)
	browser.submit("/oidc/device")
	if browser.code != http.StatusUnprocessableEntity {
		t.Errorf("a code that expired: %d", browser.code)
	}
}

func TestKeysThatSignChangeByThemselves(t *testing.T) {
	s := start(t, sandboxConfig(t))
	shop := s.shop()
	keys := func() (ids []string) {
		answer, err := http.Get(s.app.URL() + "/oidc/jwks")
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		var set jose.JSONWebKeySet
		if err := json.NewDecoder(answer.Body).Decode(&set); err != nil {
			t.Fatal(err)
		}
		for _, k := range set.Keys {
			if !k.IsPublic() {
				t.Fatal("a private key is published")
			}
			ids = append(ids, k.KeyID)
		}
		return ids
	}
	signer := func() string {
		browser := s.agreed(shop, "zhaolei")
		status, body := shop.call(shop.config.Endpoint.TokenURL, url.Values{
			"grant_type": {"authorization_code"}, "code": {shop.back(browser).Get("code")},
			"redirect_uri": {serviceRedirect}, "code_verifier": {shop.verifier},
		}, true)
		text, _ := body["id_token"].(string)
		parsed, err := jwt.ParseSigned(text, []jose.SignatureAlgorithm{jose.ES256})
		if err != nil {
			t.Fatalf("%d %v: %v", status, body, err)
		}
		return parsed.Headers[0].KeyID
	}
	day := 24 * time.Hour
	first := keys()
	if len(first) != 1 || signer() != first[0] {
		t.Fatalf("at the start: %v", first)
	}
	s.clock.Advance(84 * day)
	if both := keys(); len(both) != 2 || signer() != first[0] {
		t.Errorf("a week before: %v; the old one still signs", both)
	}
	s.clock.Advance(6*day + time.Minute)
	both := keys()
	if len(both) != 2 || signer() != both[1] {
		t.Errorf("after 90 days: %v", both)
	}
	s.clock.Advance(8 * day)
	if left := keys(); len(left) != 1 || left[0] != both[1] {
		t.Errorf("a week after: %v", left)
	}
	s.clock.Advance(800 * day)
	if fresh := keys(); len(fresh) != 1 || fresh[0] == both[1] {
		t.Errorf("after two years without a request: %v", fresh)
	}
}
