package loopback_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"realname.example/desktop/internal/loopback"
	"realname.example/shared/api"
)

var words = loopback.Words{Language: "zh-CN", Done: "已完成", Declined: "未同意", Stray: "<不相干>"}

func listen(t *testing.T) *loopback.Listener {
	t.Helper()
	l, err := loopback.Listen(0, words)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

func get(t *testing.T, address, host string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		request.Host = host
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if csp := answer.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("policy %q", csp)
	}
	return answer.StatusCode, string(body)
}

func TestOneAnswerIsTaken(t *testing.T) {
	l := listen(t)
	if u, err := url.Parse(l.Redirect()); err != nil || u.Hostname() != "127.0.0.1" || u.Path != loopback.Path {
		t.Fatalf("redirect %s, %v", l.Redirect(), err)
	}
	type outcome struct {
		in  api.IssuerAnswer
		err error
	}
	done := make(chan outcome, 1)
	go func() {
		in, err := l.Wait(t.Context(), "mine")
		done <- outcome{in, err}
	}()
	for name, test := range map[string]struct{ address, host string }{
		"another state":          {l.Redirect() + "?code=c&state=other", ""},
		"no state":               {l.Redirect() + "?code=c", ""},
		"another path":           {strings.TrimSuffix(l.Redirect(), loopback.Path) + "/?code=c&state=mine", ""},
		"a name that leads here": {l.Redirect() + "?code=c&state=mine", "evil.example"},
	} {
		if status, body := get(t, test.address, test.host); status != http.StatusBadRequest || !strings.Contains(body, "&lt;不相干&gt;") {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	if status, body := get(t, l.Redirect()+"?code=c&state=mine&iss=https%3A%2F%2Fi.example", ""); status != http.StatusOK || !strings.Contains(body, "已完成") {
		t.Errorf("the answer: %d %s", status, body)
	}
	if got := <-done; got.err != nil || got.in != (api.IssuerAnswer{Code: "c", State: "mine", Iss: "https://i.example"}) {
		t.Errorf("came: %+v", got)
	}
}

func TestDecliningIsSaid(t *testing.T) {
	l := listen(t)
	done := make(chan api.IssuerAnswer, 1)
	go func() {
		in, _ := l.Wait(t.Context(), "mine")
		done <- in
	}()
	if _, body := get(t, l.Redirect()+"?error=access_denied&state=mine", ""); !strings.Contains(body, "未同意") {
		t.Error(body)
	}
	if in := <-done; in.Error != "access_denied" {
		t.Errorf("came: %+v", in)
	}
}

func TestWaitingEnds(t *testing.T) {
	l := listen(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := l.Wait(ctx, "mine"); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestPortThatIsTaken(t *testing.T) {
	l := listen(t)
	u, err := url.Parse(l.Redirect())
	if err != nil {
		t.Fatal(err)
	}
	port := 0
	for _, d := range u.Port() {
		port = port*10 + int(d-'0')
	}
	second, err := loopback.Listen(port, words)
	if err != nil {
		return // no IPv6 here
	}
	defer second.Close()
	if !strings.HasPrefix(second.Redirect(), "http://[::1]:") {
		t.Errorf("a second listener at %s", second.Redirect())
	}
}
