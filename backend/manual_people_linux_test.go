//go:build !race

package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/identity"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// smsToken opens the gateway.
const smsToken = "gateway-secret"

// smsGateway is the operator's SMS gateway.
type smsGateway struct {
	*httptest.Server
	mu    sync.Mutex
	texts map[string]string // the newest message to each number
}

func newSMSGateway(t testing.TB) *smsGateway {
	g := &smsGateway{texts: map[string]string{}}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var message struct{ To, Text string }
		code := "0"
		if err := json.NewDecoder(r.Body).Decode(&message); err != nil || r.Header.Get("Authorization") != "Bearer "+smsToken || r.URL.Path != "/v1/messages" {
			code = "1099"
		}
		g.mu.Lock()
		g.texts[message.To] = message.Text
		g.mu.Unlock()
		_, _ = w.Write([]byte(`{"result":{"code":"` + code + `"}}`))
	}))
	t.Cleanup(g.Close)
	return g
}

var sixDigits = regexp.MustCompile(`\d{6}`)

func (g *smsGateway) code(mobile string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return sixDigits.FindString(g.texts["+86"+mobile])
}

// person is one of people.csv.
type person struct{ username, name, number, mobile string }

var (
	zhangWei = person{"zhangwei", "张伟", "110100199003070111", "13800000001"}
	wangFang = person{"wangfang", "王芳", "110100198512240225", "13800000002"}
	liNa     = person{"lina", "李娜", "11010019930615024X", "13800000003"}
	zhouJie  = person{"zhoujie", "周杰", "110100199505200318", "13800000009"}
)

// password is that of everybody here.
const password = "correct-horse-battery"

// transport reaches the host by one of the proxies.
func (m *manual) transport(proxy string) *http.Transport {
	t := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: m.roots, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, network, "127.0.0.1:"+m.ports[proxy])
		},
	}
	m.t.Cleanup(t.CloseIdleConnections)
	return t
}

func (m *manual) client(proxy string) *client.Client {
	m.t.Helper()
	c, err := client.New(client.Config{Server: "https://" + host, Transport: m.transport(proxy)})
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(c.Close)
	return c
}

// checks are what is held against the machine after a chapter.
func (m *manual) checks() map[string]func() {
	still := func() { m.stays(zhangWei) }
	return map[string]func(){
		"First start": func() { m.verifies("nginx", zhangWei) },
		"Other proxies": func() {
			m.verifies("caddy", wangFang)
			m.verifies("haproxy", liNa)
		},
		"The registry of people": func() { m.gone("srv/realname/everybody") },
		"Backup, restore, check": func() {
			m.stays(zhangWei)
			m.gone("var/lib/realname/before")
		},
		"Several nodes":      func() { m.verifies("nginx", zhouJie) }, // one of the two nodes is away
		"Secrets by systemd": m.metricsHaveTheirToken,
		"Rotation":           still,
		"Upgrade":            still,
		"Alarms":             m.exportsWhatIsRead,
	}
}

// verifies goes the whole way of the mobile method through a proxy, watches it
// by the status stream, and sends what a face scan may weigh.
func (m *manual) verifies(proxy string, p person) {
	t, ctx := m.t, m.t.Context()
	t.Helper()
	c := m.client(proxy)
	session, err := c.CreateAccount(ctx, api.Credentials{Username: p.username, Password: password})
	if err != nil {
		t.Fatalf("%s: %v", proxy, err)
	}
	a := c.Account(client.AccountToken(session.Token))
	consent, err := c.ConsentText(ctx, "mobile", "zh")
	if err != nil {
		t.Fatal(err)
	}
	v, err := a.Begin(ctx, api.NewVerification{
		Method:   verification.Mobile,
		Identity: &api.Identity{CertificateType: string(identity.CNID), Name: p.name, Number: p.number, Mobile: p.mobile},
		Consent:  &api.Consent{Version: consent.Version, Language: consent.Language},
	})
	if err != nil {
		t.Fatalf("%s: %v", proxy, err)
	}
	next := m.stream(proxy, session.Token, v.ID)
	if first := next(); first.Status != verification.CodeRequired {
		t.Errorf("%s: the stream begins with %q", proxy, first.Status)
	}
	if _, err := a.SendCode(ctx, v.ID); err != nil {
		t.Fatalf("%s: %v", proxy, err)
	}
	if v, err = a.CheckCode(ctx, v.ID, api.CodeCheck{Code: m.gateway.code(p.mobile)}); err != nil || v.Status != verification.Verified {
		t.Fatalf("%s: %q %q, %v", proxy, v.Status, v.Reason, err)
	}
	for seen := next(); seen.Status != verification.Verified; seen = next() {
		if seen.Version > v.Version {
			t.Fatalf("%s: the stream passes over the end: %q", proxy, seen.Status)
		}
	}
	m.carries(proxy)
}

// stream opens the status stream, and returns what waits for its next view.
func (m *manual) stream(proxy, token string, id verification.ID) func() verification.View {
	t := m.t
	t.Helper()
	address := "https://" + host + strings.Replace(api.PathVerificationEvents, "{id}", string(id), 1)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := m.transport(proxy).RoundTrip(request)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: the stream answers %v, %v", proxy, response, err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	lines := bufio.NewScanner(response.Body)
	return func() (v verification.View) {
		t.Helper()
		for lines.Scan() {
			data, isData := strings.CutPrefix(lines.Text(), "data:")
			if isData && json.Unmarshal([]byte(data), &v) == nil && v.ID == id {
				return v
			}
		}
		t.Fatalf("%s: the stream ends: %v", proxy, lines.Err())
		return v
	}
}

// carries sends as much as one request may have; that it is refused for want of
// a token is said by the backend, and not by the proxy.
func (m *manual) carries(proxy string) {
	t := m.t
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+host+api.PathEvidence, bytes.NewReader(make([]byte, 15<<20)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "multipart/form-data; boundary=frames")
	response, err := m.transport(proxy).RoundTrip(request)
	if err != nil {
		t.Fatalf("%s: %v", proxy, err)
	}
	defer func() { _ = response.Body.Close() }()
	var said problem.Problem
	if err := json.NewDecoder(response.Body).Decode(&said); err != nil || said.Code != problem.Unauthorized {
		t.Errorf("%s: 15 MB are answered with %d %q, %v", proxy, response.StatusCode, said.Code, err)
	}
}

// stays says that a person is verified still.
func (m *manual) stays(p person) {
	m.t.Helper()
	c := m.client("nginx")
	session, err := c.SignIn(m.t.Context(), api.Credentials{Username: p.username, Password: password})
	if err != nil {
		m.t.Fatal(err)
	}
	if v := session.Account.Verification; v == nil || v.Status != verification.Verified {
		m.t.Errorf("%s is %+v", p.username, v)
	}
}

// gone says that nothing is left of what held people in clear or sealed.
func (m *manual) gone(path string) {
	m.t.Helper()
	if _, err := os.Stat(m.in(path)); !errors.Is(err, os.ErrNotExist) {
		m.t.Errorf("/%s is still there (%v)", path, err)
	}
}

// metricsHaveTheirToken says that the server read it from where systemd put it,
// and that root alone reads the file.
func (m *manual) metricsHaveTheirToken() {
	file := m.in("etc/realname/secrets/metrics-token")
	token, err := os.ReadFile(file)
	if err != nil {
		m.t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode() != 0o600 {
		m.t.Errorf("the token's file is %v, %v", info.Mode(), err)
	}
	if status, _ := m.answered("nginx", "/metrics", nil); status != http.StatusUnauthorized {
		m.t.Errorf("a stranger reads /metrics: %d", status)
	}
	header := http.Header{"Authorization": {"Bearer " + strings.TrimSpace(string(token))}}
	if status, body := m.answered("nginx", "/metrics", header); status != http.StatusOK || !strings.Contains(body, "realname_") {
		m.t.Errorf("the token opens %d %.80s", status, body)
	}
}
