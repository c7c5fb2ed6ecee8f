package e2e_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"

	"realname.example/backend/internal/service"
	"realname.example/shared/api"
)

// peer is a program that relies on this server, spoken to by lines.
type peer struct {
	t     testing.TB
	input io.Writer
	lines *bufio.Scanner
}

// startPeer starts a program of testdata with npm's packages.
func startPeer(t testing.TB, needed, script string, args ...string) *peer {
	t.Helper()
	modules := nodeModules(t, needed)
	return runPeer(t, "node", append([]string{"testdata/" + script, modules}, args...)...)
}

// runPeer starts a program that ends with its standard input.
func runPeer(t testing.TB, program string, args ...string) *peer {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Stderr = t.Output()
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = input.Close() // with which it ends
		_ = cmd.Wait()
	})
	return &peer{t: t, input: input, lines: bufio.NewScanner(output)}
}

func (p *peer) read() string {
	p.t.Helper()
	if !p.lines.Scan() {
		p.t.Fatal("the peer ended")
	}
	return p.lines.Text()
}

func (p *peer) say(line string) {
	p.t.Helper()
	if _, err := fmt.Fprintln(p.input, line); err != nil {
		p.t.Fatal(err)
	}
}

func TestOpenIDClientRelies(t *testing.T) {
	for name, byKey := range map[string]bool{"by a secret": false, "by a key, as it is": true} {
		t.Run(name, func(t *testing.T) {
			s := start(t, sandboxConfig(t))
			shop := startPeer(t, "openid-client", "openid-client.mjs", s.app.URL(), serviceRedirect)
			draft := service.Draft{Name: "商城", Redirects: []string{serviceRedirect}, Claims: service.Claims()}
			keys := shop.read()
			if byKey {
				draft.Keys = []byte(keys)
			}
			made, secrets := s.addService(draft)
			shop.say(made.ID)
			shop.say(secrets.Client)
			browser := newVisitor(t, s.app.URL())
			browser.open(shop.read())
			browser.enter("zhaolei")
			browser.submit("/agree")
			shop.say(browser.left.String())
			var learned struct {
				Claims, Info map[string]any
				Renewed      bool
				Status       api.ServicePerson
				Revoked      string
			}
			text := shop.read()
			if err := json.Unmarshal([]byte(text), &learned); err != nil {
				t.Fatal(err)
			}
			for _, claims := range []map[string]any{learned.Claims, learned.Info} {
				told, _ := json.Marshal(claims["verified_claims"])
				if !strings.Contains(string(told), "赵磊") || !strings.Contains(string(told), "110100199101090175") {
					t.Errorf("told %s", told)
				}
			}
			if !learned.Renewed || !learned.Status.Verified || learned.Revoked != "invalid_grant" {
				t.Errorf("learned %s", text)
			}
		})
	}
}

func TestStandardWebhooksReceives(t *testing.T) {
	s := start(t, sandboxConfig(t))
	hook := startPeer(t, "standardwebhooks", "standardwebhooks.mjs")
	made, secrets := s.addService(service.Draft{Name: "商城", Redirects: []string{serviceRedirect}, Webhook: hook.read()})
	hook.say(secrets.Webhook)
	shop := s.relying(made, secrets.Client, serviceRedirect)
	sub := shop.exchange(s.agreed(shop, "zhaolei")).id.Subject
	if err := s.signIn("zhaolei").EraseIdentity(t.Context()); err != nil {
		t.Fatal(err)
	}
	var event api.ServiceEvent
	if text := hook.read(); json.Unmarshal([]byte(text), &event) != nil || event.Type != "identity.erased" || event.Data.Sub != sub {
		t.Errorf("received %s", text)
	}
}

// Chromium plays the pages: its policy for forms, cookies and redirects is its
// own, and stricter than a client's in a test.
func TestChromiumPlaysThePagesOfTheProvider(t *testing.T) {
	s := start(t, sandboxConfig(t))
	redirect, came := callback(t)
	made, secrets := s.addService(service.Draft{Name: "商城", Redirects: []string{redirect}, Claims: service.Claims()})
	shop := s.relying(made, secrets.Client, redirect)
	shop.claims = asking
	b := openBrowser(t)
	b.call("Page.navigate", map[string]any{"url": shop.address()})
	for _, step := range []string{
		`(() => {
			const form = document.querySelector("form[action$=sign-in]");
			if (!form) return "";
			form.username.value = "zhaolei"; form.password.value = "` + password + `";
			form.querySelector("button").click();
			return "sent";
		})()`,
		`(() => {
			const form = document.querySelector("form[action$=agree]");
			if (!form) return "";
			const sizes = [...document.querySelectorAll(".pair button")].map(b => b.getBoundingClientRect());
			if (sizes.length != 2 || Math.abs(sizes[0].width - sizes[1].width) > 1 || Math.abs(sizes[0].height - sizes[1].height) > 1) return "sizes differ";
			if (document.documentElement.scrollWidth > document.documentElement.clientWidth) return "wider than the window";
			form.querySelector("button").click();
			return "sent";
		})()`,
	} {
		if said, err := b.until(step); err != nil || said != "sent" {
			t.Fatalf("got %v, %v", said, err)
		}
	}
	back := <-came
	if back.Get("code") == "" || back.Get("iss") != s.app.URL() || back.Get("state") != shop.state {
		t.Errorf("came back with %v", back)
	}
}
