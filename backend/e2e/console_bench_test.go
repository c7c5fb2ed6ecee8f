package e2e_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/registry"
	"realname.example/backend/internal/service"
	"realname.example/backend/internal/store"
	"realname.example/backend/internal/store/storetest"
	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// What the console is measured with.
const (
	benchPeople  = 100_000
	benchAudit   = 1_000_000
	benchReviews = 60
	benchLoads   = 60
)

// BenchmarkConsole reports, for each page of the console, the 95th percentile of the
// time to its last byte, and how large it is, at 100,000 people and accounts and
// 1,000,000 rows of the audit trail, on both databases. The style sheet, which asks
// nothing of the database, is what they are compared to.
func BenchmarkConsole(b *testing.B) {
	for name, change := range map[string]func(*config.Config){
		"sqlite": func(*config.Config) {}, "postgres": func(c *config.Config) { c.DatabaseURL = postgres.URL(b) },
	} {
		cfg := sandboxConfig(b)
		cfg.LogLevel = "error"
		change(&cfg)
		s := start(b, cfg)
		pages := s.manyOfEverything()
		cookie, form := s.entrance("wang", operator.Roles()...)
		for _, page := range pages {
			b.Run(name+"/"+page.name, func(b *testing.B) {
				var took []time.Duration
				size := 0
				for b.Loop() {
					took = took[:0]
					for range benchLoads {
						begun := time.Now()
						status, body := s.at(cookie).do(page.method, page.path, strings.ReplaceAll(page.form, "FORM", form))
						took = append(took, time.Since(begun))
						if size = len(body); status != http.StatusOK {
							b.Fatalf("%d %s", status, body)
						}
					}
				}
				b.ReportMetric(float64(percentile(took, 95).Microseconds())/1000, "p95-ms")
				b.ReportMetric(float64(percentile(took, 50).Microseconds())/1000, "p50-ms")
				b.ReportMetric(float64(size)/1000, "KB")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// benchPage is one page that is measured.
type benchPage struct{ name, method, path, form string }

// manyOfEverything fills the database and names the pages.
func (s *server) manyOfEverything() []benchPage {
	s.t.Helper()
	id, p := s.verified("demo", "张伟"), s.person("张伟")
	s.manyPeople()
	review := s.manyReviews()
	s.manyServices()
	s.manyRows()
	found, err := s.app.Store.Find(s.t.Context(), registry.Search{Mobile: p.Mobile})
	if err != nil || len(found) != 1 {
		s.t.Fatalf("%v, %v", found, err)
	}
	var deep string
	trail, err := s.app.Operators.Trail(s.t.Context(), operator.TrailQuery{Limit: 1, Oldest: true})
	if err == nil {
		l := trail[0]
		deep = operator.Cursor{At: l.At.Add(benchAudit / 2 * time.Second), Chain: l.Chain, Seq: l.Seq}.String()
	}
	const get, post = http.MethodGet, http.MethodPost
	return []benchPage{
		{"style", get, "/console/console.css", ""},
		{"reviews", get, "/console/reviews", ""},
		{"review", get, "/console/reviews/" + review, ""},
		{"account", get, "/console/accounts/" + id, ""},
		{"person-found", post, "/console/people", "by=number&form=FORM&value=" + p.Number},
		{"mobile-found", post, "/console/people", "by=mobile&form=FORM&value=" + p.Mobile},
		{"person", get, "/console/people/" + found[0].ID, ""},
		{"export", get, "/console/people/export", ""},
		{"import", get, "/console/people/import", ""},
		{"services", get, "/console/services", ""},
		{"services-found", get, "/console/services?name=shop+9", ""},
		{"service", get, "/console/services/svc_0001", ""},
		{"numbers-hours", get, "/console/numbers?until=" + url.QueryEscape(storetest.Start.Format(time.RFC3339)), ""},
		{"numbers-days", get, "/console/numbers?by=day&until=" + url.QueryEscape(storetest.Start.Format(time.RFC3339)), ""},
		{"settings", get, "/console/settings", ""},
		{"audit", get, "/console/audit", ""},
		{"audit-deep", get, "/console/audit?behind=" + deep, ""},
		{"audit-of-case", get, "/console/audit?case=many-7", ""},
		{"audit-of-operator", get, "/console/audit?operator=rare", ""},
		{"health", get, "/console/health", ""},
	}
}

// manyPeople fills the registry.
func (s *server) manyPeople() {
	s.t.Helper()
	rows := func(yield func(registry.Person, error) bool) {
		for i := range benchPeople {
			digits := fmt.Sprintf("1101011960%02d%02d%03d", 1+i/28000, 1+i/1000%28, i%1000)
			p := registry.Person{Identity: verify.Identity{
				CertificateType: identity.CNID, Name: identity.NewPII("王芳"), Mobile: identity.NewPII(fmt.Sprintf("139%08d", i)),
				Number: identity.NewPII(digits + string(identity.CheckCharacter(digits))),
			}}
			if !yield(p, nil) {
				return
			}
		}
	}
	if err := s.app.Store.Import(s.t.Context(), rows); err != nil {
		s.t.Fatal(err)
	}
}

// manyReviews has people wait for a reviewer, and returns one.
func (s *server) manyReviews() string {
	s.t.Helper()
	for i := range benchReviews {
		c := storetest.NewCase(fmt.Sprint("review-", i), fmt.Sprint("reviewed-", i), storetest.Who(i))
		c.Status, c.EndsAt = verification.InReview, s.clock.Now().Add(24*time.Hour)
		c.Review = &verify.Review{AskedAt: storetest.Start, Asked: verification.PortraitMissing}
		storetest.Create(s.t, s.app.Store, c)
	}
	s.sql("INSERT INTO accounts (id, username, username_key, password_hash, made_at) SELECT account_id, account_id, account_id, '', 1 FROM cases WHERE id LIKE 'review-%'")
	return "review-7"
}

// manyServices adds services, and events to one of them.
func (s *server) manyServices() {
	s.t.Helper()
	for i := range 1000 {
		err := s.app.Store.AddService(s.t.Context(), service.Service{
			ID: fmt.Sprintf("svc_%04d", i), Name: fmt.Sprint("Shop ", i), Auth: service.AuthNone,
			Redirects: []string{"https://shop.example/"}, Webhook: "https://shop.example/hook", MadeAt: storetest.Start,
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
	s.sql("INSERT INTO service_events (service_id, number, id, subject, type, at, waits, dead) SELECT 'svc_0001', n, 'msg', 'sub', 'verification.verified', n, CASE WHEN n % 10 = 0 THEN 1 ELSE 0 END, CASE WHEN n % 10 = 1 THEN 1 ELSE 0 END FROM (" + series(100_000) + ") AS numbered")
}

// manyRows fills accounts, cases, traces, both trails and the counts of 400 days. Nothing
// in them can be verified or opened; the pages do neither.
func (s *server) manyRows() {
	s.t.Helper()
	begin := storetest.Start.Add(-400 * 24 * time.Hour)
	micros, hour := begin.UnixMicro(), begin.Unix()/3600
	s.sql(
		"INSERT INTO accounts (id, username, username_key, password_hash, made_at) SELECT 'many-' || n, 'many-' || n, 'many-' || n, '', 1 FROM ("+series(benchPeople)+") AS numbered",
		fmt.Sprintf("INSERT INTO cases (id, account_id, version, status, method, reason, begun_at, ends_at, finished_at, state, audit_seq, audit_mac, audit_sealed, numbered) "+
			"SELECT 'many-' || n, 'many-' || n, 1, 'rejected', 'mobile', 'name_mismatch', %d + n, 0, %[1]d + n, CAST('{}' AS %s), 10, CAST('' AS %[2]s), 10, 0 FROM (%s) AS numbered", micros, s.bytes(), series(benchPeople)),
		fmt.Sprintf("INSERT INTO audit SELECT 'many-' || (n %% %d), 1 + n / %[1]d, %d + CAST(n AS BIGINT) * 1000000, 'server', 'judged', 'rejected', 'name_mismatch', 'carrier', '', CAST('' AS %s) FROM (%s) AS numbered", benchPeople, micros, s.bytes(), series(benchAudit)),
		fmt.Sprintf("INSERT INTO operator_acts SELECT 1000 + n, %d + n, CASE WHEN n < 3 THEN 'rare' ELSE 'often' END, 'searched', '', 'number', CAST('' AS %s) FROM (%s) AS numbered", micros, s.bytes(), series(benchAudit/2)),
		fmt.Sprintf("INSERT INTO traces SELECT 'sms_account', 'subject-' || (n %% 50000), '', %d + n FROM (%s) AS numbered", storetest.Start.UnixMicro(), series(benchAudit/2)),
		fmt.Sprintf("INSERT INTO stage_counts (hour, stage, method, reason, stripe, n) SELECT %d + n / 40, 'rejected', 'mobile', 'reason-' || (n %% 40), 0, 7 FROM (%s) AS numbered", hour, series(400*24*40)),
		fmt.Sprintf("INSERT INTO call_counts (hour, provider, kind, answer, within_ms, n) SELECT %d + n / 40, 'tencent', 'sms', 'answer-' || (n %% 4), n %% 40, 7 FROM (%s) AS numbered", hour, series(400*24*40)),
	)
	if err := s.app.Store.SumCounts(s.t.Context(), storetest.Start); err != nil { // as the server itself does within 15 s
		s.t.Fatal(err)
	}
	if s.cfg.DatabaseURL != "" {
		s.sql("ANALYZE")
	}
}

// series counts from 0 to before n, in both databases.
func series(n int) string {
	return fmt.Sprintf("WITH RECURSIVE count_up (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM count_up WHERE n < %d) SELECT n FROM count_up", n-1)
}

func (s *server) bytes() string {
	if s.cfg.DatabaseURL != "" {
		return "BYTEA"
	}
	return "BLOB"
}

// sql runs statements over a connection of its own.
func (s *server) sql(statements ...string) {
	s.t.Helper()
	driver, source := "pgx", s.cfg.DatabaseURL
	if source == "" {
		driver, source = "sqlite3", filepath.Join(s.cfg.Data, store.FileName)+"?_busy_timeout=60000"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, statement := range statements {
		if _, err := db.ExecContext(s.t.Context(), statement); err != nil {
			s.t.Fatalf("%s: %v", statement, err)
		}
	}
}
