//go:build peers

package e2e_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"realname.example/backend/internal/service"
)

// oauth2Proxy are the flags of oauth2-proxy before a site that lets verified people
// in alone, as docs/connect.md has them.
func oauth2Proxy(issuer, id, secret, listen, upstream string) []string {
	return []string{
		"--provider=oidc", "--oidc-issuer-url=" + issuer, "--client-id=" + id, "--client-secret=" + secret,
		"--scope=openid realname", "--code-challenge-method=S256", "--oidc-email-claim=sub",
		"--oidc-groups-claim=verified", "--allowed-group=true",
		"--redirect-url=http://" + listen + "/oauth2/callback", "--http-address=" + listen, "--upstream=" + upstream,
		"--email-domain=*", "--skip-provider-button", "--pass-user-headers",
		"--cookie-secret=0123456789abcdef0123456789abcdef", "--cookie-secure=false",
	}
}

func TestOAuth2ProxyRelies(t *testing.T) {
	program, err := filepath.Abs("../../build/bin/oauth2-proxy")
	if err != nil {
		t.Fatal(err)
	}
	var user, groups string
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, groups = r.Header.Get("X-Forwarded-User"), r.Header.Get("X-Forwarded-Groups")
		_, _ = w.Write([]byte("<main>welcome</main>"))
	}))
	defer site.Close()
	listen := freeAddress(t)
	s := start(t, sandboxConfig(t))
	made, secrets := s.addService(service.Draft{Name: "内网", Redirects: []string{"http://" + listen + "/oauth2/callback"}})
	cmd := exec.CommandContext(t.Context(), program, oauth2Proxy(s.app.URL(), made.ID, secrets.Client, listen, site.URL)...)
	cmd.Stdout, cmd.Stderr = t.Output(), t.Output()
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() })
	waitForListener(t, listen)
	browser := newVisitor(t, "http://127.0.0.1:")
	browser.open("http://" + listen + "/")
	browser.enter("zhaolei")
	browser.submit("/agree")
	if browser.code != http.StatusOK || !strings.Contains(browser.text(), "welcome") {
		t.Fatalf("at %s: %d %s", browser.at, browser.code, browser.raw)
	}
	granted, err := s.app.Store.GrantBySubject(context.WithoutCancel(t.Context()), made.ID, user)
	if err != nil || groups != "true" || !granted.Status {
		t.Errorf("the site knows user %q, groups %q; the grant is %+v, %v", user, groups, granted, err)
	}
}
