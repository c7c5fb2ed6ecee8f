package e2e_test

import (
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/issuer/issuertest"
	"realname.example/backend/internal/service"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// nodeModules is where set-up puts the packages of npm.
func nodeModules(t testing.TB, needed string) string {
	t.Helper()
	folder, err := filepath.Abs("../../.setup/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(folder, needed)); err != nil {
		t.Skipf("needs npm's %s; make setup brings it", needed)
	}
	return folder
}

// startOIDCProvider starts the issuer of testdata/oidc-provider.mjs and returns its
// address.
func startOIDCProvider(t testing.TB) string {
	t.Helper()
	lines := startPeer(t, "oidc-provider", "oidc-provider.mjs", issuertest.Secret).lines
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "http://") {
			go func() {
				for lines.Scan() { // what it writes is read, so that it can go on writing
				}
			}()
			return lines.Text()
		}
	}
	t.Fatal("oidc-provider did not start")
	return ""
}

// callback is the desktop's listener: it tells what a browser brings.
func callback(t testing.TB) (redirect string, came <-chan url.Values) {
	t.Helper()
	var config net.ListenConfig
	socket, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	brought := make(chan url.Values, 8)
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/callback" {
			brought <- r.URL.Query()
		}
		_, _ = w.Write([]byte("<h1>back</h1>"))
	})}
	go func() { _ = server.Serve(socket) }()
	t.Cleanup(func() { _ = server.Close() })
	return "http://" + socket.Addr().String() + "/callback", brought
}

// agree plays the pages of oidc-provider: sign-in, then consent or its refusal.
func (b *browser) agree(address, login string, consent bool) {
	b.t.Helper()
	b.call("Page.navigate", map[string]any{"url": address})
	if _, err := b.until(`(() => {
		const login = document.querySelector("input[name=login]");
		if (!login) return "";
		login.value = "` + login + `";
		document.querySelector("input[name=password]").value = "any";
		document.querySelector("form").submit();
		return "sent";
	})()`); err != nil {
		b.t.Fatal(err)
	}
	what := `document.querySelector("form").submit()`
	if !consent {
		what = `document.querySelector("a[href$=abort]").click()`
	}
	if _, err := b.until(`(() => {
		if (!document.querySelector("input[name=prompt][value=consent]")) return "";
		` + what + `;
		return "sent";
	})()`); err != nil {
		b.screenshot("consent")
		b.t.Fatal(err)
	}
}

// confirmDevice plays oidc-provider's pages for devices: the code stands there
// already and is confirmed, then sign-in and consent.
func (b *browser) confirmDevice(address, login string) {
	b.t.Helper()
	b.call("Page.navigate", map[string]any{"url": address})
	if _, err := b.until(`(() => {
		const signIn = document.querySelector("input[name=login]");
		if (signIn) {
			signIn.value = "` + login + `";
			document.querySelector("input[name=password]").value = "any";
		}
		if (document.body && document.body.innerText.includes("Sign-in Success")) return "done";
		const form = document.querySelector("form");
		if (form && !form.dataset.sent) {
			form.dataset.sent = "yes";
			const submit = document.querySelector("button[autofocus], button[type=submit]");
			submit ? submit.click() : form.submit();
		}
		return "";
	})()`); err != nil {
		b.screenshot("device")
		b.t.Fatal(err)
	}
}

// A real issuer by another hand, npm's oidc-provider, and a real browser: a person
// signs in, links, authorizes, declines, and is signed out by the issuer's end.
func TestOIDCProviderSignsInAndVouches(t *testing.T) {
	issuer := startOIDCProvider(t)
	b := openBrowser(t)
	corp := entryAt(t, "corp", issuer, "sign_in", "affiliate")
	corp["device"] = true
	s := start(t, withIssuers(t, sandboxConfig(t), config.SignInBoth, corp))
	redirect, came := callback(t)

	begun, err := s.client.BeginSignIn(t.Context(), api.IssuerStart{Issuer: "corp", RedirectURI: redirect})
	if err != nil {
		t.Fatal(err)
	}
	b.agree(begun.AuthorizationURL, "wangfang", true)
	answer := answerFrom(<-came)
	if answer.Iss != issuer {
		t.Errorf("the answer names %q as its issuer", answer.Iss)
	}
	session, err := s.client.FinishSignIn(t.Context(), begun.ID, answer)
	if err != nil {
		t.Fatal(err)
	}
	if session.Account.Username != "wangfang" {
		t.Errorf("the account is called %q", session.Account.Username)
	}
	a := s.client.Account(client.AccountToken(session.Token))

	b.forget()
	link, err := a.BeginLink(t.Context(), api.IssuerStart{Issuer: "corp", RedirectURI: redirect})
	if err != nil {
		t.Fatal(err)
	}
	b.agree(link.AuthorizationURL, "wangfang", true)
	linked, err := a.FinishLink(t.Context(), link.ID, answerFrom(<-came))
	if err != nil || linked.Verified == nil || !*linked.Verified {
		t.Fatalf("link: %+v, %v", linked, err)
	}
	v, err := a.Begin(t.Context(), byAffiliate("corp"))
	mustView(t, v, err, verification.Verified, "")
	if v.Identity.Number != "110***********0111" {
		t.Errorf("taken over: %+v", v.Identity)
	}

	// Another account of theirs is linked by a code, on the issuer's pages for devices.
	other := s.signUp("by-device")
	b.forget()
	code, err := other.BeginLinkByDevice(t.Context(), "corp")
	if err != nil {
		t.Fatal(err)
	}
	b.confirmDevice(code.VerificationURIComplete, "zhangwei")
	s.clock.Advance(6 * time.Second)
	linked, err = other.PollLink(t.Context(), code.ID)
	if err != nil || linked.LinkedBy != api.LinkedByDevice || linked.Verified == nil || !*linked.Verified {
		t.Fatalf("link by device: %+v, %v\n%s", linked, err, s.log.String())
	}

	// The session goes on by refresh tokens that rotate, and ends with the link.
	s.clock.Advance(6 * time.Minute)
	if err := s.app.RefreshSessions(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Get(t.Context()); err != nil {
		t.Errorf("while the issuer agrees: %v", err)
	}
	if err := a.EraseIdentity(t.Context()); err != nil {
		t.Fatal(err)
	}
	if links, err := a.Links(t.Context()); err != nil || len(links) != 0 {
		t.Errorf("links: %+v, %v", links, err)
	}

	other = s.signUp("declines")
	b.forget()
	link, err = other.BeginLink(t.Context(), api.IssuerStart{Issuer: "corp", RedirectURI: redirect})
	if err != nil {
		t.Fatal(err)
	}
	b.agree(link.AuthorizationURL, "another", false)
	_, err = other.FinishLink(t.Context(), link.ID, answerFrom(<-came))
	if p := mustProblem(t, err, problem.SignInRefused); len(p.Errors) != 1 || p.Errors[0].Cause != "declined" {
		t.Errorf("declined: %+v", p.Errors)
	}
	if strings.Contains(s.log.String(), "did not hear of it yet") {
		t.Error("oidc-provider did not take the revocation")
	}
}

// forget takes the cookies of the issuers.
func (b *browser) forget() {
	b.t.Helper()
	b.call("Network.clearBrowserCookies", nil)
}

// One Realname asks another: its provider and its issuers meet, with a person who
// verified at the one and authorizes at the other.
func TestRealnameAsksRealname(t *testing.T) {
	t.Run("with a secret, at its one port", func(t *testing.T) {
		askRealname(t, service.Draft{Redirects: []string{listener127}}, 51234)
	})
	t.Run("without a secret, at any port", func(t *testing.T) {
		askRealname(t, service.Draft{Redirects: []string{"http://127.0.0.1/callback"}, Native: true}, 0)
	})
}

func askRealname(t *testing.T, d service.Draft, port int) {
	mall := start(t, sandboxConfig(t))
	v, err := mall.mobile(mall.signUp("customer"), mall.person("张伟"))
	mustView(t, v, err, verification.Verified, "")
	d.Name, d.Purpose, d.Claims = "Realname", "实名认证", service.Claims()
	made, secrets := mall.addService(d)
	e := entryAt(t, "mall2", mall.app.URL(), "sign_in", "affiliate")
	e["client_id"], e["scopes"], e["redirect_port"] = made.ID, []string{"offline_access"}, port
	if d.Native {
		delete(e, "client_secret_file")
	} else if err := os.WriteFile(e["client_secret_file"].(string), []byte(secrets.Client), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, withIssuers(t, sandboxConfig(t), config.SignInBoth, e))
	browser := newVisitor(t, mall.app.URL())
	came := func(address string) api.IssuerAnswer {
		t.Helper()
		browser.open(address)
		if len(nodes(browser.page, "input")) > 0 && strings.Contains(browser.raw, "/sign-in") {
			browser.enter("customer")
		}
		if browser.left == nil {
			browser.submit("/agree")
		}
		if browser.left == nil || !strings.HasPrefix(browser.left.String(), listener127) {
			t.Fatalf("the browser is at %s, %s", browser.at, browser.text())
		}
		return answerFrom(browser.left.Query())
	}

	begun, err := s.client.BeginSignIn(t.Context(), api.IssuerStart{Issuer: "mall2", RedirectURI: listener127})
	if err != nil {
		t.Fatal(err)
	}
	session, err := s.client.FinishSignIn(t.Context(), begun.ID, came(begun.AuthorizationURL))
	if err != nil {
		t.Fatal(err)
	}
	a := s.client.Account(client.AccountToken(session.Token))
	link, err := a.BeginLink(t.Context(), api.IssuerStart{Issuer: "mall2", RedirectURI: listener127})
	if err != nil {
		t.Fatal(err)
	}
	linked, err := a.FinishLink(t.Context(), link.ID, came(link.AuthorizationURL))
	if err != nil || linked.Verified == nil || !*linked.Verified {
		t.Fatalf("link: %+v, %v", linked, err)
	}
	s.clock.Advance(2 * time.Hour) // a refresh is a part of it
	mall.clock.Advance(2 * time.Hour)
	v, err = a.Begin(t.Context(), byAffiliate("mall2"))
	mustView(t, v, err, verification.Verified, "")
	if v.Identity.Number != "110***********0111" {
		t.Errorf("taken over: %+v", v.Identity)
	}
	if err := a.EraseIdentity(t.Context()); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(s.log.String(), "did not hear of it yet") {
		t.Error("the other one did not take the revocation")
	}
}

// A person is linked by a code that they answer at the other Realname's pages; only
// their face verifies then.
func TestRealnameIsLinkedByDevice(t *testing.T) {
	mall := start(t, sandboxConfig(t))
	v, err := mall.mobile(mall.signUp("customer"), mall.person("张伟"))
	mustView(t, v, err, verification.Verified, "")
	made, secrets := mall.addService(service.Draft{Name: "Realname", Redirects: []string{listener127}, Claims: service.Claims()})
	e := entryAt(t, "mall2", mall.app.URL(), "affiliate")
	e["client_id"], e["scopes"], e["device"] = made.ID, []string{"offline_access"}, true
	if err := os.WriteFile(e["client_secret_file"].(string), []byte(secrets.Client), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, withIssuers(t, sandboxConfig(t), config.SignInPassword, e))
	a := s.signUp("shopper")
	begun, err := a.BeginLinkByDevice(t.Context(), "mall2")
	if err != nil {
		t.Fatal(err)
	}
	phone := newVisitor(t, mall.app.URL())
	phone.open(begun.VerificationURIComplete)
	phone.submit("/oidc/device")
	phone.enter("customer")
	if !strings.Contains(phone.text(), begun.UserCode) || !strings.Contains(phone.text(), "Your ID number") {
		t.Errorf("the phone asks %s", phone.text())
	}
	_, err = a.PollLink(t.Context(), begun.ID)
	mustPend(t, err, 5*time.Second)
	phone.submit("/agree")
	s.clock.Advance(6 * time.Second)
	mall.clock.Advance(6 * time.Second)
	l, err := a.PollLink(t.Context(), begun.ID)
	if err != nil || l.LinkedBy != api.LinkedByDevice || l.Verified == nil || !*l.Verified {
		t.Fatalf("link: %+v, %v\n%s", l, err, s.log.String())
	}
	v, err = a.Begin(t.Context(), byAffiliate("mall2"))
	mustView(t, v, err, verification.FaceRequired, verification.Risk)
}

// listener127 is where a desktop listens, as one is registered at issuers.
const listener127 = "http://127.0.0.1:51234/callback"
