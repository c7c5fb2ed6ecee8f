package e2e_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"realname.example/shared/api"
)

// meter reads one line of /metrics over a connection of its own.
func (s *server) meter(name string) string {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.app.URL()+"/metrics", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Close = true
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			return value
		}
	}
	s.t.Fatalf("/metrics has no %s: %v", name, lines.Err())
	return ""
}

// until asks a meter until it has a value.
func (s *server) until(name, value string) {
	s.t.Helper()
	got := ""
	for limit := time.Now().Add(time.Minute); time.Now().Before(limit); {
		if got = s.meter(name); got == value {
			return
		}
	}
	s.t.Fatalf("%s is %s, not %s", name, got, value)
}

func (s *server) dial() net.Conn {
	s.t.Helper()
	var d net.Dialer
	conn, err := d.DialContext(s.t.Context(), "tcp", s.app.Address())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// A proxy brings everybody: what it opens is not one person's.
func TestATrustedProxyIsNotCapped(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.ConnectionsPerAddress = 3
	cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	s := start(t, cfg)
	for range 20 {
		s.dial()
	}
	if got := s.ask("GET", api.PathServer, "", nil, ""); got != http.StatusOK {
		t.Errorf("got %d", got)
	}
}

// Whoever asks and never reads is hung up on.
func TestAReaderWhoNeverReadsIsHungUpOn(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.AnswerTimeout = 50 * time.Millisecond
	s := start(t, cfg)
	s.client.Close()
	s.until("realname_connections", "1")
	slow := s.dial()
	if err := slow.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	request := fmt.Sprintf("GET /openapi.json HTTP/1.1\r\nHost: %s\r\n\r\n", s.app.Address())
	go func() {
		for {
			if _, err := slow.Write([]byte(request)); err != nil {
				return
			}
		}
	}()
	s.until("realname_connections", "2")
	s.until("realname_connections", "1")
}
