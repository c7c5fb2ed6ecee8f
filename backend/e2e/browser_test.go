package e2e_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/websocket"

	"realname.example/backend/internal/tooltest"
)

// The screen of the phone that the browser pretends to be, in CSS pixels.
const (
	phoneWidth  = 390
	phoneHeight = 844
	phoneAgent  = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36"
)

// browser is a Chromium that a test drives by its debugging protocol.
type browser struct {
	t       testing.TB
	port    string
	conn    *websocket.Conn
	last    int
	shots   int
	console []string // warnings and errors since the start
}

// openBrowser starts Chromium as a phone, or skips the test where there is
// none. The flags say what its camera is.
func openBrowser(t testing.TB, flags ...string) *browser {
	t.Helper()
	if testing.Short() {
		t.Skip("needs Chromium")
	}
	program := tooltest.Find(t, "chromium")
	profile := t.TempDir()
	cmd := exec.Command(program, append(flags, "--headless=new", "--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader", "--remote-debugging-port=0",
		"--remote-allow-origins=*", "--user-data-dir="+profile, "--disable-background-networking", "--disable-component-update",
		"--no-first-run", "--user-agent="+phoneAgent, "about:blank")...)
	// Chromium is many processes: they end together, before the folder does.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait() // it was killed
	})
	b := &browser{t: t}
	err := poll(t, "Chromium has started", func() bool {
		data, err := os.ReadFile(filepath.Join(profile, "DevToolsActivePort"))
		first, _, whole := strings.Cut(string(data), "\n")
		b.port = first
		return err == nil && whole
	})
	if err != nil {
		t.Fatal(err)
	}
	b.attach(http.MethodGet, "/json/list")
	return b
}

// attach takes over the tab that a call of the browser's HTTP side answers.
func (b *browser) attach(method, path string) {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), method, "http://127.0.0.1:"+b.port+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	type tab struct {
		Type string `json:"type"`
		URL  string `json:"webSocketDebuggerUrl"`
	}
	var tabs []tab
	if method == http.MethodGet {
		err = json.NewDecoder(response.Body).Decode(&tabs)
	} else {
		tabs = make([]tab, 1)
		err = json.NewDecoder(response.Body).Decode(&tabs[0])
	}
	if err != nil || len(tabs) == 0 {
		b.t.Fatalf("no tab: %v", err)
	}
	if b.conn, err = websocket.Dial(tabs[0].URL, "", "http://127.0.0.1/"); err != nil {
		b.t.Fatal(err)
	}
	b.conn.MaxPayloadBytes = 64 << 20
	conn := b.conn
	b.t.Cleanup(func() { _ = conn.Close() })
	for _, domain := range []string{"Runtime.enable", "Log.enable", "Page.enable"} {
		b.call(domain, nil)
	}
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{
		"width": phoneWidth, "height": phoneHeight, "deviceScaleFactor": 1, "mobile": true,
	})
	b.call("Emulation.setTouchEmulationEnabled", map[string]any{"enabled": true})
}

// message is an answer or an event of the protocol.
type message struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
}

// call sends a command of the protocol and returns its result.
func (b *browser) call(method string, params map[string]any) json.RawMessage {
	b.t.Helper()
	b.last++
	if err := websocket.JSON.Send(b.conn, map[string]any{"id": b.last, "method": method, "params": params}); err != nil {
		b.t.Fatal(err)
	}
	for {
		var m message
		if err := b.conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			b.t.Fatal(err)
		}
		if err := websocket.JSON.Receive(b.conn, &m); err != nil {
			b.t.Fatalf("%s: %v", method, err)
		}
		b.listen(m)
		if m.ID == b.last {
			if strings.Contains(string(m.Error), "navigated or closed") {
				return json.RawMessage("{}") // another page came meanwhile: it has no value yet
			}
			if m.Error != nil {
				b.t.Fatalf("%s: %s", method, m.Error)
			}
			return m.Result
		}
	}
}

// listen keeps what the page complains of.
func (b *browser) listen(m message) {
	switch m.Method {
	case "Runtime.exceptionThrown":
		b.console = append(b.console, string(m.Params))
	case "Log.entryAdded", "Runtime.consoleAPICalled":
		var said struct {
			Type  string `json:"type"`
			Entry struct {
				Level string `json:"level"`
			} `json:"entry"`
		}
		if json.Unmarshal(m.Params, &said) == nil && (said.Type == "error" || said.Type == "warning" || said.Entry.Level == "error") {
			b.console = append(b.console, string(m.Params))
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
	raw := b.call("Runtime.evaluate", map[string]any{"expression": expression, "replMode": true, "awaitPromise": true, "returnByValue": true})
	if err := json.Unmarshal(raw, &result); err != nil {
		b.t.Fatal(err)
	}
	text, _ := result.Result.Value.(string)
	return text
}

// open goes to an address.
func (b *browser) open(address string) {
	b.t.Helper()
	b.call("Page.navigate", map[string]any{"url": address})
}

// until polls an expression until it is a text that is not empty.
func (b *browser) until(expression string) (string, error) {
	b.t.Helper()
	var text string
	err := poll(b.t, expression, func() bool {
		text = b.value(expression)
		return text != ""
	})
	return text, err
}

// poll asks until what is so, for a minute.
func poll(t testing.TB, what string, so func() bool) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for tick := time.NewTicker(50 * time.Millisecond); ; {
		if so() {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.New("never: " + what)
		}
	}
}

// touch is a finger at a point of the page.
func (b *browser) touch(kind string, x, y float64) {
	b.t.Helper()
	b.call("Input.dispatchTouchEvent", map[string]any{"type": kind, "touchPoints": []any{map[string]any{"x": x, "y": y}}})
}

// lift takes the finger away.
func (b *browser) lift() {
	b.t.Helper()
	b.call("Input.dispatchTouchEvent", map[string]any{"type": "touchEnd", "touchPoints": []any{}})
}

// tap touches a point of the page.
func (b *browser) tap(x, y float64) {
	b.t.Helper()
	b.touch("touchStart", x, y)
	b.lift()
}

// screenshot returns the page as a PNG and keeps it beside the test's results.
func (b *browser) screenshot(name string) []byte {
	b.t.Helper()
	var shot struct {
		Data string `json:"data"`
	}
	if err := json.Unmarshal(b.call("Page.captureScreenshot", map[string]any{"format": "png"}), &shot); err != nil {
		b.t.Fatal(err)
	}
	png, err := base64.StdEncoding.DecodeString(shot.Data)
	if err != nil {
		b.t.Fatal(err)
	}
	b.shots++
	if t, ok := b.t.(*testing.T); ok {
		path := filepath.Join(t.ArtifactDir(), fmt.Sprintf("%02d-%s.png", b.shots, name))
		if err := os.WriteFile(path, png, 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
	return png
}
