//go:build peers

package e2e_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"realname.example/backend/internal/service"
)

// modAuthOpenIDC is a site behind Apache that lets in whoever signs in by Realname,
// as docs/connect.md has it.
const modAuthOpenIDC = `
ServerRoot %[1]s
ServerName 127.0.0.1
User www-data
Group www-data
Listen 127.0.0.1:%[2]s
PidFile %[1]s/pid
ErrorLog %[1]s/error.log
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authn_core_module /usr/lib/apache2/modules/mod_authn_core.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule authz_user_module /usr/lib/apache2/modules/mod_authz_user.so
LoadModule headers_module /usr/lib/apache2/modules/mod_headers.so
LoadModule auth_openidc_module /usr/lib/apache2/modules/mod_auth_openidc.so
DocumentRoot %[1]s/site
OIDCProviderMetadataURL %[3]s/.well-known/openid-configuration
OIDCClientID %[4]s
OIDCClientSecret %[5]s
OIDCProviderTokenEndpointAuth client_secret_basic
OIDCPKCEMethod S256
OIDCScope "openid realname"
OIDCRedirectURI http://127.0.0.1:%[2]s/back
OIDCCryptoPassphrase a-passphrase-of-this-test
OIDCPassClaimsAs environment
<Location />
  AuthType openid-connect
  Require valid-user
  Header set Realname-Verified "%%{OIDC_CLAIM_verified}e"
  Header set Realname-Method "%%{OIDC_CLAIM_method}e"
</Location>
`

func TestModAuthOpenIDCRelies(t *testing.T) {
	apache, err := exec.LookPath("apache2")
	if err != nil {
		apache = "/usr/sbin/apache2"
	}
	folder := t.TempDir()
	if err := os.Chmod(filepath.Dir(folder), 0o755); err != nil { //nolint:gosec // G302: Apache reads it as another user
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(folder, "site"), 0o755); err != nil { //nolint:gosec // G301: as above
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "site", "index.html"), []byte("<main>welcome</main>"), 0o644); err != nil { //nolint:gosec // G306: as above
		t.Fatal(err)
	}
	var config net.ListenConfig
	free, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(free.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	site := "http://127.0.0.1:" + port
	s := start(t, sandboxConfig(t))
	made, secrets := s.addService(service.Draft{Name: "内网", Redirects: []string{site + "/back"}})
	file := filepath.Join(folder, "apache.conf")
	text := fmt.Sprintf(modAuthOpenIDC, folder, port, s.app.URL(), made.ID, secrets.Client)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), apache, "-DFOREGROUND", "-f", file)
	cmd.Stderr = t.Output()
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // it ends its children
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() })
	waitForListener(t, "127.0.0.1:"+port)
	browser := newVisitor(t, "http://127.0.0.1:")
	var last http.Header
	browser.http.Transport = headersOf{&last}
	browser.open(site + "/index.html")
	if browser.code != http.StatusOK {
		log, _ := os.ReadFile(filepath.Join(folder, "error.log"))
		t.Fatalf("at %s: %d %s\n%s", browser.at, browser.code, browser.raw, log)
	}
	browser.enter("zhaolei")
	browser.submit("/agree")
	if browser.code != http.StatusOK || !strings.Contains(browser.text(), "welcome") {
		log, _ := os.ReadFile(filepath.Join(folder, "error.log"))
		t.Fatalf("at %s: %d %s\n%s", browser.at, browser.code, browser.text(), log)
	}
	if last.Get("Realname-Method") != "mobile" || last.Get("Realname-Verified") == "" {
		t.Errorf("the site knows verified %q, method %q", last.Get("Realname-Verified"), last.Get("Realname-Method"))
	}
	t.Logf("the site reads verified as %q", last.Get("Realname-Verified"))
}

// headersOf keeps the headers of the last answer.
type headersOf struct{ last *http.Header }

// RoundTrip implements http.RoundTripper.
func (h headersOf) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("Accept", "text/html") // else the module takes it for a program's
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		*h.last = answer.Header
	}
	return answer, err
}

// waitForListener waits until something listens.
func waitForListener(t *testing.T, address string) {
	t.Helper()
	for t.Context().Err() == nil {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err == nil {
			_ = conn.Close()
			return
		}
	}
}
