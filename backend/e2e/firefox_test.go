//go:build !race

package e2e_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/websocket"
)

// page is a browser that a test drives.
type page interface {
	open(address string)
	value(expression string) string
	until(expression string) (string, error)
}

// firefox is a Firefox that a test drives by WebDriver BiDi.
type firefox struct {
	t       testing.TB
	conn    *websocket.Conn
	context string // its one tab
	last    int
}

// openFirefox starts Firefox on a display of its own, since it has no WebGL without one, with a camera
// that it makes up, and that nobody has to allow.
func openFirefox(t testing.TB) *firefox {
	t.Helper()
	if testing.Short() {
		t.Skip("needs Firefox")
	}
	profile := t.TempDir()
	const preferences = `user_pref("media.navigator.streams.fake", true);
user_pref("media.navigator.permission.disabled", true);
user_pref("app.normandy.enabled", false);
`
	if err := os.WriteFile(filepath.Join(profile, "user.js"), []byte(preferences), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("xvfb-run", "--auto-servernum", "firefox-esr", "--width", "412", "--height", "915", "--no-remote", "--profile", profile,
		"--remote-debugging-port", "0", "--remote-allow-origins", "http://127.0.0.1/", "about:blank")
	cmd.Env = append(os.Environ(), "HOME="+profile, "LIBGL_ALWAYS_SOFTWARE=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v: .setup/packages test installs it", err)
	}
	t.Cleanup(func() { endGroup(cmd) })
	var at struct {
		Host string `json:"ws_host"`
		Port int    `json:"ws_port"`
	}
	err := poll(t, "Firefox has started", func() bool {
		data, err := os.ReadFile(filepath.Join(profile, "WebDriverBiDiServer.json"))
		return err == nil && json.Unmarshal(data, &at) == nil
	})
	if err != nil {
		t.Fatal(err)
	}
	f := &firefox{t: t}
	if f.conn, err = websocket.Dial(fmt.Sprintf("ws://%s:%d/session", at.Host, at.Port), "", "http://127.0.0.1/"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.conn.Close() })
	f.call("session.new", map[string]any{"capabilities": map[string]any{}})
	var tree struct {
		Contexts []struct {
			Context string `json:"context"`
		} `json:"contexts"`
	}
	if err := json.Unmarshal(f.call("browsingContext.getTree", map[string]any{}), &tree); err != nil || len(tree.Contexts) == 0 {
		t.Fatalf("no tab: %v", err)
	}
	f.context = tree.Contexts[0].Context
	return f
}

// endGroup ends a program and what it started: by force where they do not end when asked.
func endGroup(cmd *exec.Cmd) {
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
	stubborn := time.AfterFunc(10*time.Second, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	defer stubborn.Stop()
	_ = cmd.Wait() // it was ended
}

// call sends a command of the protocol and returns its result; null where the page went away meanwhile.
func (f *firefox) call(method string, params map[string]any) json.RawMessage {
	f.t.Helper()
	f.last++
	if err := websocket.JSON.Send(f.conn, map[string]any{"id": f.last, "method": method, "params": params}); err != nil {
		f.t.Fatal(err)
	}
	for {
		var m struct {
			ID      int             `json:"id"`
			Result  json.RawMessage `json:"result"`
			Error   string          `json:"error"`
			Message string          `json:"message"`
		}
		if err := f.conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			f.t.Fatal(err)
		}
		if err := websocket.JSON.Receive(f.conn, &m); err != nil {
			f.t.Fatalf("%s: %v", method, err)
		}
		switch {
		case m.ID != f.last:
		case method == "script.evaluate" && m.Error != "":
			return json.RawMessage("null")
		case m.Error != "":
			f.t.Fatalf("%s: %s %s", method, m.Error, m.Message)
		default:
			return m.Result
		}
	}
}

func (f *firefox) open(address string) {
	f.t.Helper()
	f.call("browsingContext.navigate", map[string]any{"context": f.context, "url": address, "wait": "interactive"})
}

func (f *firefox) value(expression string) string {
	f.t.Helper()
	var result struct {
		Result struct {
			Value any `json:"value"`
		} `json:"result"`
	}
	raw := f.call("script.evaluate", map[string]any{
		"expression": expression, "awaitPromise": true, "target": map[string]any{"context": f.context},
	})
	if err := json.Unmarshal(raw, &result); err != nil {
		f.t.Fatal(err)
	}
	text, _ := result.Result.Value.(string)
	return text
}

func (f *firefox) until(expression string) (string, error) {
	f.t.Helper()
	var text string
	err := poll(f.t, expression, func() bool {
		text = f.value(expression)
		return text != ""
	})
	return text, err
}
