package e2e_test

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/service"
	"realname.example/backend/internal/store"
)

// counter is a receiver that checks the order of each person's events.
type counter struct {
	*httptest.Server
	mu       sync.Mutex
	seen     map[int64]bool
	last     map[string]int64
	disorder int
	wanted   int
	whole    chan struct{}
	// each is told how many came, with each new one; nil for nobody.
	each func(came int)
}

func newCounter(t testing.TB, wanted int) *counter {
	t.Helper()
	c := &counter{seen: map[int64]bool{}, last: map[string]int64{}, wanted: wanted, whole: make(chan struct{})}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

// ServeHTTP implements http.Handler. An event that comes again is no disorder: it
// is delivered at least once.
func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var event struct {
		Data struct {
			Sub    string `json:"sub"`
			Number int64  `json:"number"`
		} `json:"data"`
	}
	if err := json.NewDecoder(r.Body).Decode(&event); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n, sub := event.Data.Number, event.Data.Sub
	if !c.seen[n] {
		c.seen[n] = true
		if n < c.last[sub] {
			c.disorder++
		}
		c.last[sub] = n
		if len(c.seen) == c.wanted {
			close(c.whole)
		}
		if c.each != nil {
			c.each(len(c.seen))
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

// result returns how many events came, and how many before an earlier one of the
// same person.
func (c *counter) result() (came, disorder int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.seen), c.disorder
}

// queueEvents puts events about 1000 people into the outbox of a service, as if
// they had been told while it was away, and lets them be sent.
func queueEvents(t testing.TB, cfg config.Config, serviceID string, events int) {
	t.Helper()
	driver, source := "pgx", cfg.DatabaseURL
	if source == "" {
		driver, source = "sqlite3", filepath.Join(cfg.Data, store.FileName)+"?_busy_timeout=5000"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for statement, args := range map[string][]any{
		`INSERT INTO service_events (service_id, number, id, subject, type, at, waits, dead, tries, next_at, failure, since)
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		SELECT $2, i, 'msg_' || i, 'person-' || (i % 1000), 'verification.verified', $3, 0, 1, 0, 0, '', $3 FROM n`: {events, serviceID, time.Now().UnixMicro()},
		`UPDATE services SET events = $1 WHERE id = $2`: {events, serviceID},
	} {
		if _, err := db.ExecContext(t.Context(), statement, args...); err != nil {
			t.Fatal(err)
		}
	}
}

// BenchmarkWebhooks reports how many events a second reach a receiver on loopback,
// of 100,000 that wait.
func BenchmarkWebhooks(b *testing.B) {
	for name, database := range map[string]func() string{"sqlite": func() string { return "" }, "postgres": func() string { return postgres.URL(b) }} {
		b.Run(name, func(b *testing.B) {
			const events = 100_000
			cfg := sandboxConfig(b)
			cfg.DatabaseURL = database()
			var spent time.Duration
			for b.Loop() {
				b.StopTimer()
				hook := newCounter(b, events)
				s := start(b, cfg)
				made, _ := s.addService(service.Draft{Name: "商城", Redirects: []string{serviceRedirect}, Webhook: hook.URL})
				queueEvents(b, s.cfg, made.ID, events)
				b.StartTimer()
				begun := time.Now()
				if n, err := s.app.Store.ResendEvents(b.Context(), made.ID, s.clock.Now()); err != nil || n != events {
					b.Fatalf("%d events, %v", n, err)
				}
				<-hook.whole
				spent += time.Since(begun)
				if _, disorder := hook.result(); disorder > 0 {
					b.Errorf("%d events came before an earlier one of the same person", disorder)
				}
			}
			b.ReportMetric(float64(events)*float64(b.N)/spent.Seconds(), "events/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}
