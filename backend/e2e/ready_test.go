package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/app"
	"realname.example/backend/internal/keys"
	"realname.example/backend/internal/store"
)

// TestABalancerIsToldBeforeTheListenerCloses: /readyz says no, and everything
// else is answered still.
func TestABalancerIsToldBeforeTheListenerCloses(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.LeaveNotice = 2 * time.Second
	a, err := app.Open(t.Context(), cfg, app.Options{Judge: &judge{}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	status := func(path string) int {
		r, err := http.Get(a.URL() + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Body.Close()
		return r.StatusCode
	}
	if got := status("/readyz"); got != http.StatusOK {
		t.Fatalf("ready: %d", got)
	}
	stop()
	for status("/readyz") == http.StatusOK { // until the server has heard of it
	}
	if got := status("/v1/server"); got != http.StatusOK {
		t.Errorf("a call that came late: %d", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestStrangersAreToldYesOrNoAlone(t *testing.T) {
	s := start(t, sandboxConfig(t))
	if _, body := (raw{server: s}).do("GET", "/readyz", ""); !strings.Contains(body, `"checks"`) {
		t.Errorf("this machine is told %s", body)
	}
	stranger := raw{server: s, header: map[string]string{"X-Forwarded-For": "203.0.113.9"}}
	if status, body := stranger.do("GET", "/readyz", ""); status != 200 || strings.TrimSpace(body) != `{"ready":true}` {
		t.Errorf("a stranger is told %d %s", status, body)
	}
}

// A server that found nobody any more after a reindex has to be stopped before it.
func TestAReindexIsRefusedBesideAServer(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.DatabaseURL = postgres.URL(t)
	s := start(t, cfg)
	const held = "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database" +
		" WHERE d.datname = current_database() AND locktype = 'advisory' AND mode = 'ShareLock' AND granted"
	err := poll(t, "the server says that it serves", func() bool {
		var n int
		return s.app.Store.Pool().QueryRowContext(t.Context(), held).Scan(&n) == nil && n > 0
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.app.Store.Reindex(t.Context(), bytes.Repeat([]byte{7}, keys.Size)); !errors.Is(err, store.ErrServed) {
		t.Errorf("beside a server: %v", err)
	}
	if r, err := http.Get(s.app.URL() + "/readyz"); err != nil || r.Body.Close() != nil || r.StatusCode != http.StatusOK {
		t.Errorf("the server is not ready: %v", err)
	}
}
