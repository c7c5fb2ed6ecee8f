package app_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/websocket"

	"realname.example/shared/client"
	"realname.example/shared/verification"
)

// browser is a Chromium that a test drives by its debugging protocol.
type browser struct {
	t    *testing.T
	conn *websocket.Conn
	last int
}

// openBrowser starts Chromium, or skips the test where there is none.
func openBrowser(t *testing.T) *browser {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil || testing.Short() {
		t.Skip("needs Chromium")
	}
	profile := t.TempDir()
	cmd := exec.Command(program, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
		"--remote-allow-origins=*", "--user-data-dir="+profile, "about:blank")
	// Chromium is many processes: they end together, before the folder does.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait() // it was killed
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var port string
	for tick := time.NewTicker(50 * time.Millisecond); ; {
		if data, err := os.ReadFile(filepath.Join(profile, "DevToolsActivePort")); err == nil {
			if first, _, whole := strings.Cut(string(data), "\n"); whole {
				port = first
				break
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("Chromium did not start")
		}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:"+port+"/json/list", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var tabs []struct {
		Type string `json:"type"`
		URL  string `json:"webSocketDebuggerUrl"`
	}
	if err := json.NewDecoder(response.Body).Decode(&tabs); err != nil || len(tabs) == 0 {
		t.Fatalf("no tab: %v", err)
	}
	conn, err := websocket.Dial(tabs[0].URL, "", "http://127.0.0.1/")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &browser{t: t, conn: conn}
}

// call sends a command of the protocol and returns its result.
func (b *browser) call(method string, params map[string]any) json.RawMessage {
	b.t.Helper()
	b.last++
	if err := websocket.JSON.Send(b.conn, map[string]any{"id": b.last, "method": method, "params": params}); err != nil {
		b.t.Fatal(err)
	}
	for {
		var answer struct {
			ID     int             `json:"id"`
			Result json.RawMessage `json:"result"`
			Error  json.RawMessage `json:"error"`
		}
		if err := b.conn.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
			b.t.Fatal(err)
		}
		if err := websocket.JSON.Receive(b.conn, &answer); err != nil {
			b.t.Fatalf("%s: %v", method, err)
		}
		if answer.ID == b.last {
			if answer.Error != nil {
				b.t.Fatalf("%s: %s", method, answer.Error)
			}
			return answer.Result
		}
	}
}

// value evaluates an expression of the page, waiting for its promise.
func (b *browser) value(expression string) string {
	b.t.Helper()
	var result struct {
		Result struct {
			Value any `json:"value"`
		} `json:"result"`
	}
	raw := b.call("Runtime.evaluate", map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true})
	if err := json.Unmarshal(raw, &result); err != nil {
		b.t.Fatal(err)
	}
	text, _ := result.Result.Value.(string)
	return text
}

// until polls an expression until it is a text that is not empty.
func (b *browser) until(expression string) (string, error) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 20*time.Second)
	defer cancel()
	for tick := time.NewTicker(50 * time.Millisecond); ; {
		if text := b.value(expression); text != "" {
			return text, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return "", errors.New("never: " + expression)
		}
	}
}

func TestButtonOfThePageClaimsForABrowser(t *testing.T) {
	b := openBrowser(t)
	cfg := sandboxConfig(t)
	cfg.PhoneWeb = t.TempDir()
	if err := os.WriteFile(filepath.Join(cfg.PhoneWeb, "index.html"), []byte("<!doctype html><title>the phone app</title>"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &scene{server: start(t, cfg)}
	s.givePortrait("郑强")
	s.account = s.signIn("zhengqiang")
	v, err := s.account.Begin(t.Context(), byFace(s.person("郑强")))
	if err != nil {
		t.Fatal(err)
	}
	s.id = v.ID
	h := s.handoff()
	b.call("Page.navigate", map[string]any{"url": h.URL})
	if _, err := b.until(`document.getElementById("go") ? "there" : ""`); err != nil {
		t.Fatal(err)
	}
	mustView(t, s.view(), nil, verification.FaceRequired, "")
	b.value(`document.getElementById("go").click(); ""`)
	kept, err := b.until(`document.title == "the phone app" ? sessionStorage.getItem("realname.phone") : ""`)
	if err != nil {
		t.Fatalf("%v; the page says %q", err, b.value(`document.body.innerText`))
	}
	v = s.view()
	mustView(t, v, nil, verification.Confirming, "")
	var claim struct {
		Token client.PhoneToken `json:"token"`
		Seed  []byte            `json:"seed"`
	}
	if err := json.Unmarshal([]byte(kept), &claim); err != nil || len(claim.Seed) != ed25519.SeedSize {
		t.Fatalf("handed over %s, %v", kept, err)
	}
	p := &phone{Phone: s.client.Phone(claim.Token), token: claim.Token, key: ed25519.NewKeyFromSeed(claim.Seed)}
	seen, err := p.Confirm(t.Context(), v.Handoff.Number)
	if err == nil {
		_, err = p.Consent(t.Context(), seen.ConsentVersion)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.scan(p); err != nil {
		t.Fatalf("evidence signed with the browser's key: %v", err)
	}
	mustView(t, await(t, s.account, s.id, verification.Judging), nil, verification.Verified, "")

	b.call("Page.navigate", map[string]any{"url": h.URL})
	if said, err := b.until(`document.readyState == "complete" && document.title != "the phone app" ? document.body.innerText : ""`); err != nil || !strings.Contains(said, "was used") && !strings.Contains(said, "已经被使用") {
		t.Errorf("the page of a used code says %q, %v", said, err)
	}
}
