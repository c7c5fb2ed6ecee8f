//go:build !race

package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// webkit is WebKitGTK's small browser, which a test drives by WebDriver.
type webkit struct {
	t    testing.TB
	base string // of its session
}

// openWebKit starts WebKitGTK on a display of its own.
func openWebKit(t testing.TB) *webkit {
	t.Helper()
	if testing.Short() {
		t.Skip("needs WebKitGTK")
	}
	found, err := filepath.Glob("/usr/lib/*/webkit2gtk-4.*/MiniBrowser")
	if err != nil || len(found) == 0 {
		t.Fatal("there is no WebKitGTK: .setup/packages test installs it")
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	_, port, _ := net.SplitHostPort(address)
	cmd := exec.Command("xvfb-run", "--auto-servernum", "WebKitWebDriver", "--host=127.0.0.1", "--port="+port)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { endGroup(cmd) })
	w := &webkit{t: t, base: "http://" + address}
	err = poll(t, "WebKitWebDriver listens", func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var session struct {
		ID string `json:"sessionId"`
	}
	w.call("/session", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"webkitgtk:browserOptions": map[string]any{"binary": found[0], "args": []string{"--automation", "--enable-media-stream=true", "--enable-mock-capture-devices=true"}},
	}}}, &session)
	w.base += "/session/" + session.ID
	t.Cleanup(w.close)
	return w
}

func (w *webkit) close() {
	request, err := http.NewRequest(http.MethodDelete, w.base, nil)
	if err != nil {
		w.t.Error(err)
		return
	}
	if answer, err := http.DefaultClient.Do(request); err == nil {
		answer.Body.Close()
	}
}

// call posts a command and reads its value.
func (w *webkit) call(path string, body, value any) {
	w.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	w.send(http.MethodPost, path, bytes.NewReader(data), value)
}

// get reads a value.
func (w *webkit) get(path string, value any) {
	w.t.Helper()
	w.send(http.MethodGet, path, nil, value)
}

func (w *webkit) send(method, path string, body io.Reader, value any) {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), method, w.base+path, body)
	if err != nil {
		w.t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	out := struct {
		Value json.RawMessage `json:"value"`
	}{}
	if err := json.NewDecoder(answer.Body).Decode(&out); err != nil {
		w.t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK {
		w.t.Fatalf("%s: %s", path, out.Value)
	}
	if value == nil {
		return
	}
	if err := json.Unmarshal(out.Value, value); err != nil {
		w.t.Fatalf("%s: %v", path, err)
	}
}

func (w *webkit) open(address string) {
	w.t.Helper()
	w.call("/url", map[string]any{"url": address}, nil)
}

// value evaluates statements, the last of which is an expression.
func (w *webkit) value(statements string) string {
	w.t.Helper()
	first, last := "", statements
	if i := strings.LastIndex(statements, "; "); i >= 0 {
		first, last = statements[:i+1], statements[i+1:]
	}
	var value any
	w.call("/execute/sync", map[string]any{"script": fmt.Sprintf("%s return (%s)", first, last), "args": []any{}}, &value)
	text, _ := value.(string)
	return text
}

func (w *webkit) until(expression string) (string, error) {
	w.t.Helper()
	var text string
	err := poll(w.t, expression, func() bool {
		text = w.value(expression)
		return text != ""
	})
	return text, err
}
