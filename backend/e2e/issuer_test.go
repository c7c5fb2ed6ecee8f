package e2e_test

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/issuer/issuertest"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/problem"
)

// listener is where a desktop listens; no test connects to it.
const listener = "http://127.0.0.1:51234/back"

// entry is an issuer's entry in the file.
func entry(t testing.TB, id string, p *issuertest.Provider, use ...string) map[string]any {
	t.Helper()
	return entryAt(t, id, p.URL, use...)
}

// entryAt is the entry of an issuer at an address.
func entryAt(t testing.TB, id, address string, use ...string) map[string]any {
	t.Helper()
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(issuertest.Secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	e := map[string]any{
		"id": id, "name": map[string]any{"zh": "商城", "en": "Mall"}, "issuer": address,
		"client_id": issuertest.ClientID, "client_secret_file": secret, "use": use,
	}
	if slices.Contains(use, "affiliate") {
		maps.Copy(e, map[string]any{
			"trust_frameworks": []string{"cn_real_name"}, "max_age": 3600 * 24 * 365,
			"number": "/verification/evidence/0/document_details/document_number",
		})
	}
	return e
}

// withIssuers makes a configuration ask issuers.
func withIssuers(t testing.TB, cfg config.Config, signIn string, entries ...map[string]any) config.Config {
	t.Helper()
	data, err := json.Marshal(entries)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Issuers, cfg.SignIn = filepath.Join(t.TempDir(), "issuers.json"), signIn
	if err := os.WriteFile(cfg.Issuers, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return cfg
}

// answerFrom is what a person's browser brings to the desktop's listener.
func answerFrom(v url.Values) api.IssuerAnswer {
	return api.IssuerAnswer{Code: v.Get("code"), State: v.Get("state"), Iss: v.Get("iss"), Error: v.Get("error")}
}

// begin begins a sign-in at an issuer.
func (s *server) begin(id string) api.IssuerStarted {
	s.t.Helper()
	begun, err := s.client.BeginSignIn(s.t.Context(), api.IssuerStart{Issuer: id, RedirectURI: listener})
	if err != nil {
		s.t.Fatalf("begin sign-in: %v", err)
	}
	return begun
}

// signInAt signs in at an issuer, as whoever its provider says.
func (s *server) signInAt(id string, p *issuertest.Provider) (api.Session, error) {
	s.t.Helper()
	begun := s.begin(id)
	return s.client.FinishSignIn(s.t.Context(), begun.ID, answerFrom(p.Agree(begun.AuthorizationURL)))
}

func TestSignInAtAnIssuer(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		p := issuertest.New(t)
		s := start(t, withIssuers(t, cfg, config.SignInBoth, entry(t, "corp", p, "sign_in")))
		options, err := s.client.SignInOptions(t.Context())
		if err != nil || !options.Password || len(options.Issuers) != 1 || options.Issuers[0] != (api.Issuer{ID: "corp", Name: "Mall"}) {
			t.Fatalf("options: %+v, %v", options, err)
		}
		first, err := s.signInAt("corp", p)
		if err != nil {
			t.Fatal(err)
		}
		if first.Account.Username != "wangfang" || first.Account.Password {
			t.Errorf("the account is %+v", first.Account)
		}
		again, err := s.signInAt("corp", p)
		if err != nil || again.Account.ID != first.Account.ID {
			t.Fatalf("a second sign-in is %+v, %v; want account %s", again.Account, err, first.Account.ID)
		}
		// Another person of the same name there is another account here, and its name
		// tells it from the first.
		p.Set(func(p *issuertest.Provider) { p.Subject = "sub-2" })
		other, err := s.signInAt("corp", p)
		if err != nil || other.Account.ID == first.Account.ID || !strings.HasPrefix(other.Account.Username, "wangfang-") {
			t.Fatalf("another person is %+v, %v", other.Account, err)
		}
		// Nobody can sign in to it by a password.
		_, err = s.client.SignIn(t.Context(), api.Credentials{Username: "wangfang", Password: password})
		mustProblem(t, err, problem.CredentialsWrong)
		mustHide(t, "the log", s.log.String(), []string{p.Subject, issuertest.Secret})
	})
}

func TestWaysToSignIn(t *testing.T) {
	p := issuertest.New(t)
	t.Run("issuers alone", func(t *testing.T) {
		s := start(t, withIssuers(t, sandboxConfig(t), config.SignInIssuers, entry(t, "corp", p, "sign_in")))
		if o, err := s.client.SignInOptions(t.Context()); err != nil || o.Password {
			t.Errorf("options: %+v, %v", o, err)
		}
		_, err := s.client.SignIn(t.Context(), api.Credentials{Username: "demo", Password: password})
		mustProblem(t, err, problem.Forbidden)
		_, err = s.client.CreateAccount(t.Context(), api.Credentials{Username: "somebody", Password: password})
		mustProblem(t, err, problem.Forbidden)
		if _, err := s.signInAt("corp", p); err != nil {
			t.Error(err)
		}
	})
	t.Run("passwords alone", func(t *testing.T) {
		s := start(t, withIssuers(t, sandboxConfig(t), config.SignInPassword, entry(t, "corp", p, "sign_in")))
		if o, err := s.client.SignInOptions(t.Context()); err != nil || !o.Password || len(o.Issuers) != 0 {
			t.Errorf("options: %+v, %v", o, err)
		}
		_, err := s.client.BeginSignIn(t.Context(), api.IssuerStart{Issuer: "corp", RedirectURI: listener})
		mustProblem(t, err, problem.Forbidden)
		_, err = s.client.FinishSignIn(t.Context(), "x", api.IssuerAnswer{Code: "c", State: "s"})
		mustProblem(t, err, problem.Forbidden)
		s.signIn("demo")
	})
}

// The answers that an issuer, a browser or a thief can bring, each refused, with
// nothing changed: no session, no account.
func TestAttacksOnSignIn(t *testing.T) {
	honest := func(p *issuertest.Provider) {
		p.Metadata, p.IDToken, p.Answer, p.UserInfo, p.Sign, p.IgnorePKCE = nil, nil, nil, nil, nil, false
	}
	p, other := issuertest.New(t), issuertest.New(t)
	s := start(t, withIssuers(t, sandboxConfig(t), config.SignInBoth, entry(t, "corp", p, "sign_in"), entry(t, "other", other, "sign_in")))
	if _, err := s.signInAt("corp", p); err != nil { // the metadata is known
		t.Fatal(err)
	}
	token := func(change func(map[string]any)) func(*issuertest.Provider) {
		return func(p *issuertest.Provider) { p.IDToken = change }
	}
	set := func(name string, value any) func(*issuertest.Provider) {
		return token(func(c map[string]any) { c[name] = value })
	}
	foreign := issuertest.NewKey(t, "first")
	for name, attack := range map[string]struct {
		cause string
		do    func(*issuertest.Provider)
	}{
		"a key that is not the issuer's": {"token", func(p *issuertest.Provider) {
			p.Sign = func(payload []byte) string { return issuertest.SignES256(t, foreign, payload) }
		}},
		"alg none": {"token", func(p *issuertest.Provider) {
			p.Sign = func(payload []byte) string { return unsigned(`{"alg":"none"}`, payload, "") }
		}},
		"alg HS256 under the public key": {"token", func(p *issuertest.Provider) {
			p.Sign = func(payload []byte) string { return unsigned(`{"alg":"HS256","kid":"first"}`, payload, "AAAA") }
		}},
		"no ID token":                                 {"token", func(p *issuertest.Provider) { p.Sign = func([]byte) string { return "" } }},
		"a token of another issuer":                   {"token", set("iss", other.URL)},
		"a token for another client":                  {"token", set("aud", "other")},
		"a token for two without azp":                 {"audience", set("aud", []string{issuertest.ClientID, "other"})},
		"a token whose azp is another":                {"audience", set("azp", "other")},
		"a nonce of another sign-in":                  {"nonce", set("nonce", "0000")},
		"no nonce":                                    {"nonce", set("nonce", nil)},
		"a token that expired two minutes ago":        {"time", set("exp", time.Now().Add(-2*time.Minute).Unix())},
		"a token of tomorrow":                         {"time", set("iat", time.Now().Add(24*time.Hour).Unix())},
		"a token of yesterday that has not expired":   {"time", set("iat", time.Now().Add(-24*time.Hour).Unix())},
		"a token without iat":                         {"time", set("iat", nil)},
		"a token that is not valid yet":               {"time", set("nbf", time.Now().Add(time.Hour).Unix())},
		"nobody":                                      {"subject", set("sub", "")},
		"a subject longer than any":                   {"subject", set("sub", strings.Repeat("x", 256))},
		"an access token that is another's (at_hash)": {"token", set("at_hash", "AAAAAAAAAAAAAAAAAAAAAA")},
		"mix-up: iss of another issuer":               {"iss", func(p *issuertest.Provider) { p.Answer = func(v url.Values) { v.Set("iss", other.URL) } }},
		"mix-up: no iss, where the issuer says it":    {"iss", func(p *issuertest.Provider) { p.Answer = func(v url.Values) { v.Del("iss") } }},
		"login CSRF: another state":                   {"state", func(p *issuertest.Provider) { p.Answer = func(v url.Values) { v.Set("state", "x"+v.Get("state")) } }},
		"login CSRF: no state":                        {"state", func(p *issuertest.Provider) { p.Answer = func(v url.Values) { v.Del("state") } }},
		"the person said no": {"declined", func(p *issuertest.Provider) {
			p.Answer = func(v url.Values) { v.Del("code"); v.Set("error", "access_denied") }
		}},
		"neither code nor error": {"code", func(p *issuertest.Provider) { p.Answer = func(v url.Values) { v.Del("code") } }},
		"a code that was never given": {"code", func(p *issuertest.Provider) {
			p.Answer = func(v url.Values) { v.Set("code", "0123456789abcdef") }
		}},
	} {
		t.Run(name, func(t *testing.T) {
			p.Set(func(p *issuertest.Provider) { attack.do(p); p.Subject = "victim" })
			defer p.Set(func(p *issuertest.Provider) { honest(p); p.Subject = "sub-1" })
			_, err := s.signInAt("corp", p)
			refused := mustProblem(t, err, problem.SignInRefused)
			if len(refused.Errors) != 1 || refused.Errors[0].Cause != attack.cause {
				t.Errorf("refused for %+v, want %s", refused.Errors, attack.cause)
			}
		})
	}
	t.Run("mix-up: an answer of one issuer for a sign-in at another", func(t *testing.T) {
		at, elsewhere := s.begin("corp"), s.begin("other")
		brought := answerFrom(other.Agree(elsewhere.AuthorizationURL))
		brought.State = stateOf(t, at.AuthorizationURL)
		before := p.Count("/token")
		_, err := s.client.FinishSignIn(t.Context(), at.ID, brought)
		mustProblem(t, err, problem.SignInRefused)
		if p.Count("/token") != before {
			t.Error("the other issuer's code was sent to this one")
		}
	})
	t.Run("code injection: a thief's attempt with a victim's code", func(t *testing.T) {
		for _, ignores := range []bool{false, true} { // whether the issuer looks at PKCE
			p.Set(func(p *issuertest.Provider) { p.IgnorePKCE = ignores })
			victims, thiefs := s.begin("corp"), s.begin("corp")
			stolen := answerFrom(p.Agree(victims.AuthorizationURL))
			stolen.State = stateOf(t, thiefs.AuthorizationURL)
			_, err := s.client.FinishSignIn(t.Context(), thiefs.ID, stolen)
			mustProblem(t, err, problem.SignInRefused)
		}
		p.Set(honest)
	})
	t.Run("a stolen code without its verifier", func(t *testing.T) {
		begun := s.begin("corp")
		stolen := p.Agree(begun.AuthorizationURL)
		form := url.Values{"grant_type": {"authorization_code"}, "code": {stolen.Get("code")}, "redirect_uri": {listener}}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+"/token", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.SetBasicAuth(issuertest.ClientID, url.QueryEscape(issuertest.Secret))
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusBadRequest {
			t.Errorf("the code alone brought %s", answer.Status)
		}
	})
	t.Run("replayed: a second use of one answer", func(t *testing.T) {
		begun := s.begin("corp")
		answer := answerFrom(p.Agree(begun.AuthorizationURL))
		if _, err := s.client.FinishSignIn(t.Context(), begun.ID, answer); err != nil {
			t.Fatal(err)
		}
		_, err := s.client.FinishSignIn(t.Context(), begun.ID, answer)
		mustProblem(t, err, problem.SignInRefused)
	})
	t.Run("an answer after ten minutes", func(t *testing.T) {
		begun := s.begin("corp")
		answer := answerFrom(p.Agree(begun.AuthorizationURL))
		s.clock.Advance(10*time.Minute + time.Second)
		defer s.clock.Advance(-10*time.Minute - time.Second)
		_, err := s.client.FinishSignIn(t.Context(), begun.ID, answer)
		mustProblem(t, err, problem.SignInRefused)
	})
	t.Run("an attempt that nobody began", func(t *testing.T) {
		_, err := s.client.FinishSignIn(t.Context(), "0123456789abcdef", api.IssuerAnswer{Code: "c", State: "s"})
		mustProblem(t, err, problem.NotFound)
	})
	if !strings.Contains(s.log.String(), "an issuer's answer was refused") {
		t.Error("no refusal is in the log")
	}
	mustHide(t, "the log", s.log.String(), []string{"victim", "private words of the provider"})
	// None of it made an account.
	p.Set(func(p *issuertest.Provider) { p.Subject, p.Username = "victim", "victim" })
	if session, err := s.signInAt("corp", p); err != nil || session.Account.Username != "victim" {
		t.Errorf("the victim's own first sign-in is %+v, %v", session.Account, err)
	}
}

func unsigned(header string, payload []byte, signature string) string {
	b := base64.RawURLEncoding
	return b.EncodeToString([]byte(header)) + "." + b.EncodeToString(payload) + "." + signature
}

// stateOf is the state that an authorization address carries.
func stateOf(t testing.TB, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("state")
}

// The control against an address that an attacker begins and sends to a victim:
// whoever answers it, the code goes to the PC that the browser runs on, where
// nobody listens, and never to a page of ours.
func TestLinkPhishingEndsAtTheVictimsOwnPC(t *testing.T) {
	p := issuertest.New(t)
	s := start(t, withIssuers(t, sandboxConfig(t), config.SignInBoth, entry(t, "corp", p, "sign_in", "affiliate"), entry(t, "fixed", issuertest.New(t), "sign_in")))
	attacker := s.signUp("attacker")
	for name, redirect := range map[string]string{
		"a page of an attacker":        "https://attacker.example/back",
		"this server":                  s.app.URL() + "/back?x=1",
		"a name that can lead away":    "http://localhost:51234/back",
		"any address of this machine":  "http://0.0.0.0:51234/back",
		"another loopback address":     "http://127.0.0.2:51234/back",
		"loopback as a user's name":    "http://127.0.0.1:51234@attacker.example/back",
		"loopback as a part of a name": "http://127.0.0.1.attacker.example:51234/back",
		"loopback with TLS":            "https://127.0.0.1:51234/back",
		"no port":                      "http://127.0.0.1/back",
		"port 0":                       "http://127.0.0.1:0/back",
		"no path":                      "http://127.0.0.1:51234",
		"a fragment":                   listener + "#x",
		"a query":                      listener + "?next=https://attacker.example",
		"an app's scheme":              "realname://back",
		"a backslash":                  `http://127.0.0.1:51234\@attacker.example/`,
		"nothing":                      "",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.client.BeginSignIn(t.Context(), api.IssuerStart{Issuer: "corp", RedirectURI: redirect})
			mustProblem(t, err, problem.RequestInvalid)
			_, err = attacker.BeginLink(t.Context(), api.IssuerStart{Issuer: "corp", RedirectURI: redirect})
			mustProblem(t, err, problem.RequestInvalid)
		})
	}
	for _, redirect := range []string{listener, "http://[::1]:7/"} {
		begun, err := s.client.BeginSignIn(t.Context(), api.IssuerStart{Issuer: "corp", RedirectURI: redirect})
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(begun.AuthorizationURL)
		if err != nil || u.Query().Get("redirect_uri") != redirect {
			t.Errorf("the code goes to %v, %v", u, err)
		}
		if u.Query().Get("code_challenge_method") != "S256" || u.Query().Get("nonce") == "" || u.Query().Get("state") == "" {
			t.Errorf("the address lacks what binds it: %s", begun.AuthorizationURL)
		}
	}
	// And what the victim's browser brought nowhere cannot be handed in by a stranger
	// to whom the attempt does not belong.
	begun, err := attacker.BeginLink(t.Context(), api.IssuerStart{Issuer: "corp", RedirectURI: listener})
	if err != nil {
		t.Fatal(err)
	}
	answer := answerFrom(p.Agree(begun.AuthorizationURL))
	_, err = s.signUp("stranger").FinishLink(t.Context(), begun.ID, answer)
	mustProblem(t, err, problem.NotFound)
	_, err = s.client.FinishSignIn(t.Context(), begun.ID, answer)
	mustProblem(t, err, problem.NotFound)
}

func TestIssuerThatIsAwayTakesOnlyItselfAway(t *testing.T) {
	for _, path := range []string{"/.well-known/openid-configuration", "/token", "/keys"} {
		t.Run(path, func(t *testing.T) {
			p, well := issuertest.New(t), issuertest.New(t)
			p.Down[path] = true
			s := start(t, withIssuers(t, sandboxConfig(t), config.SignInBoth, entry(t, "corp", p, "sign_in"), entry(t, "well", well, "sign_in")))
			begun, err := s.client.BeginSignIn(t.Context(), api.IssuerStart{Issuer: "corp", RedirectURI: listener})
			if err == nil {
				_, err = s.client.FinishSignIn(t.Context(), begun.ID, answerFrom(p.Agree(begun.AuthorizationURL)))
			}
			if mustProblem(t, err, problem.IssuerUnavailable).RetryAfter == 0 {
				t.Error("it does not say when to come back")
			}
			if _, err := s.signInAt("well", well); err != nil {
				t.Errorf("the other issuer: %v", err)
			}
			p.Set(func(p *issuertest.Provider) { p.Down = map[string]bool{} })
			s.clock.Advance(time.Minute)
			if _, err := s.signInAt("corp", p); err != nil {
				t.Errorf("once it is back: %v", err)
			}
		})
	}
}

func TestIssuersThatLieOrFlood(t *testing.T) {
	for name, test := range map[string]struct {
		lie  func(*issuertest.Provider)
		want problem.Code
	}{
		"metadata of another issuer": {func(p *issuertest.Provider) {
			p.Metadata = func(m map[string]any) { m["issuer"] = "https://other.example" }
		}, problem.SignInRefused},
		"metadata with one slash more": {func(p *issuertest.Provider) {
			p.Metadata = func(m map[string]any) { m["issuer"] = p.URL + "/" }
		}, problem.SignInRefused},
		"a token endpoint in clear elsewhere": {func(p *issuertest.Provider) {
			p.Metadata = func(m map[string]any) { m["token_endpoint"] = "http://192.0.2.1/token" }
		}, problem.SignInRefused},
		"no key set": {func(p *issuertest.Provider) {
			p.Metadata = func(m map[string]any) { delete(m, "jwks_uri") }
		}, problem.SignInRefused},
		"metadata of 10 MB": {func(p *issuertest.Provider) {
			p.Metadata = func(m map[string]any) { m["padding"] = strings.Repeat("x", 10<<20) }
		}, problem.IssuerUnavailable},
		"10 MB of keys": {func(p *issuertest.Provider) { p.Padding = 10 << 20 }, problem.IssuerUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			p := issuertest.New(t)
			p.Set(test.lie)
			s := start(t, withIssuers(t, sandboxConfig(t), config.SignInBoth, entry(t, "corp", p, "sign_in")))
			begun, err := s.client.BeginSignIn(t.Context(), api.IssuerStart{Issuer: "corp", RedirectURI: listener})
			if err == nil {
				_, err = s.client.FinishSignIn(t.Context(), begun.ID, answerFrom(p.Agree(begun.AuthorizationURL)))
			}
			mustProblem(t, err, test.want)
		})
	}
}

func TestKeysThatRotateInTheMiddle(t *testing.T) {
	p := issuertest.New(t)
	s := start(t, withIssuers(t, sandboxConfig(t), config.SignInBoth, entry(t, "corp", p, "sign_in")))
	if _, err := s.signInAt("corp", p); err != nil {
		t.Fatal(err)
	}
	begun := s.begin("corp")
	p.Set(func(p *issuertest.Provider) {
		p.Key = issuertest.NewKey(t, "second")
		p.Published = []issuertest.Key{p.Key}
	})
	if _, err := s.client.FinishSignIn(t.Context(), begun.ID, answerFrom(p.Agree(begun.AuthorizationURL))); err != nil {
		t.Errorf("with the new key: %v", err)
	}
}

func TestSessionEndsWithTheIssuers(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		p := issuertest.New(t)
		s := start(t, withIssuers(t, cfg, config.SignInBoth, entry(t, "corp", p, "sign_in")))
		p.Set(func(p *issuertest.Provider) { p.Now = s.clock.Now })
		session, err := s.signInAt("corp", p)
		if err != nil {
			t.Fatal(err)
		}
		a := s.client.Account(client.AccountToken(session.Token))
		pass := func() {
			t.Helper()
			s.clock.Advance(6 * time.Minute)
			if err := s.app.RefreshSessions(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for range 3 { // each with the refresh token of the one before
			pass()
		}
		if _, err := a.Get(t.Context()); err != nil {
			t.Fatalf("while the issuer agrees: %v", err)
		}
		p.Set(func(p *issuertest.Provider) { p.Down["/token"] = true })
		pass()
		if _, err := a.Get(t.Context()); err != nil {
			t.Fatalf("while the issuer is away: %v", err)
		}
		p.Set(func(p *issuertest.Provider) { p.Down, p.Barred = map[string]bool{}, map[string]bool{"/token": true} })
		pass()
		if _, err := a.Get(t.Context()); err != nil {
			t.Fatalf("while a proxy stands before the issuer: %v", err)
		}
		p.Set(func(p *issuertest.Provider) { p.Barred = nil })
		p.End("sub-1")
		pass()
		_, err = a.Get(t.Context())
		mustProblem(t, err, problem.Unauthorized)
	})
}

func TestSignOutEndsTheTokenAtTheIssuer(t *testing.T) {
	p := issuertest.New(t)
	s := start(t, withIssuers(t, sandboxConfig(t), config.SignInBoth, entry(t, "corp", p, "sign_in")))
	session, err := s.signInAt("corp", p)
	if err != nil {
		t.Fatal(err)
	}
	a := s.client.Account(client.AccountToken(session.Token))
	if err := a.SignOut(t.Context()); err != nil || p.Revocations() != 1 {
		t.Errorf("signed out: %v, %d revoked", err, p.Revocations())
	}
	_, err = a.Get(t.Context())
	mustProblem(t, err, problem.Unauthorized)
	if err := s.signIn("demo").SignOut(t.Context()); err != nil || p.Revocations() != 1 {
		t.Errorf("by password: %v", err)
	}
}

func TestSessionThatCannotBeAskedAboutIsShort(t *testing.T) {
	p := issuertest.New(t)
	p.NoRefresh = true
	s := start(t, withIssuers(t, sandboxConfig(t), config.SignInBoth, entry(t, "corp", p, "sign_in")))
	session, err := s.signInAt("corp", p)
	if err != nil {
		t.Fatal(err)
	}
	a := s.client.Account(client.AccountToken(session.Token))
	s.clock.Advance(11 * time.Hour)
	if _, err := a.Get(t.Context()); err != nil {
		t.Errorf("within a working day: %v", err)
	}
	s.clock.Advance(2 * time.Hour)
	_, err = a.Get(t.Context())
	mustProblem(t, err, problem.Unauthorized)
}

// What is stored of a sign-in opens nothing.
func TestSecretsOfSignInsAreSealed(t *testing.T) {
	p := issuertest.New(t)
	p.IDToken = func(out map[string]any) { out["email"], out["email_verified"] = "wang@example.org", true }
	s := start(t, withIssuers(t, sandboxConfig(t), config.SignInBoth, entry(t, "corp", p, "sign_in")))
	begun := s.begin("corp")
	u, err := url.Parse(begun.AuthorizationURL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.signInAt("corp", p); err != nil {
		t.Fatal(err)
	}
	s.stop()
	dump := ""
	entries, err := os.ReadDir(s.cfg.Data)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(s.cfg.Data, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		dump += string(data)
	}
	secrets := []string{u.Query().Get("state"), u.Query().Get("nonce"), "sub-1", "wang@example.org"}
	for token := range p.Tokens() {
		secrets = append(secrets, token)
	}
	mustHide(t, "the data folder", dump, secrets)
}
