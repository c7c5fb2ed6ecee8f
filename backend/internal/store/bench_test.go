package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"realname.example/backend/internal/store"
	"realname.example/backend/internal/store/storetest"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

const (
	benchCases   = 500
	benchWorkers = 8
	// pacedRate and pacedFor are the load under which latency is measured.
	pacedRate = 100
	pacedFor  = 10 * time.Second
)

// BenchmarkPostgreSQLTransitions reports how many status changes a second are
// committed, the 99th percentile of their latency at 100 a second, and what
// pgbench reaches on the same server with a like transaction and as many
// clients: read a row for update, read another, update the first, insert one.
func BenchmarkPostgreSQLTransitions(b *testing.B) {
	cfg := store.Config{URL: postgres.URL(b), Keys: storetest.Keys(b)}
	s := storetest.Open(b, cfg)
	ids := make([]verification.ID, benchCases)
	for i := range ids {
		c := storetest.NewCase(fmt.Sprint("c", i), fmt.Sprint("a", i), storetest.Who(i))
		c.Phone = &verify.Phone{Device: "phone", PublicKey: make([]byte, 32)}
		storetest.Create(b, s, c)
		ids[i] = c.ID
	}
	var n atomic.Int64
	step := func(ctx context.Context) error {
		i := n.Add(1)
		to := []verification.Status{verification.Checking, verification.CodeRequired}[(i/benchCases)%2]
		_, err := s.Update(ctx, ids[i%benchCases], storetest.Moved(to))
		return err
	}
	b.ResetTimer()
	started := time.Now()
	var wg sync.WaitGroup
	var left atomic.Int64
	left.Store(int64(b.N))
	for range benchWorkers {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if err := step(b.Context()); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/time.Since(started).Seconds(), "transitions/s")
	b.ReportMetric(float64(paced(b, step).Microseconds())/1000, "p99-ms-at-100/s")
	b.ReportMetric(pgbench(b, cfg.URL), "pgbench-tx/s")
	report, err := s.VerifyAudit(b.Context(), nil)
	if err != nil || int64(report.Entries) != n.Load() {
		b.Errorf("%d entries hold of %d, %v", report.Entries, n.Load(), err)
	}
}

// BenchmarkCountOverAll reports what one more code costs beside few and beside
// many codes of the day.
func BenchmarkCountOverAll(b *testing.B) {
	for name, cfg := range map[string]store.Config{
		"sqlite": {Folder: b.TempDir(), Keys: storetest.Keys(b)}, "postgres": {URL: postgres.URL(b), Keys: storetest.Keys(b)},
	} {
		s := storetest.Open(b, cfg)
		sent := func(at time.Time) {
			err := s.Trace(b.Context(), verify.Trace{Bucket: verify.BucketSMSAll, At: at, Limits: []verify.Limit{{N: 10_000_000, Window: 24 * time.Hour}}})
			if err != nil {
				b.Fatal(err)
			}
		}
		for i := range 10 {
			sent(storetest.Start.Add(time.Duration(i) * time.Minute))
		}
		for _, many := range []string{"10", "1000000"} {
			if many != "10" {
				spread(b, cfg, 1_000_000)
			}
			b.Run(name+"/"+many, func(b *testing.B) {
				for b.Loop() {
					sent(storetest.Start.Add(12 * time.Hour))
				}
			})
		}
	}
}

// spread writes codes of each minute of a day.
func spread(b *testing.B, cfg store.Config, many int) {
	b.Helper()
	driver, source := "pgx", cfg.URL
	if source == "" {
		driver, source = "sqlite3", filepath.Join(cfg.Folder, store.FileName)
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	const day = 24 * 60
	for minute := range day {
		at := storetest.Start.Add(12*time.Hour).Unix()/60 - int64(minute)
		insert := fmt.Sprintf("INSERT INTO tallies VALUES ('%s', %d, %d) ON CONFLICT DO NOTHING", verify.BucketSMSAll, at, many/day)
		if _, err := db.ExecContext(b.Context(), insert); err != nil {
			b.Fatal(err)
		}
	}
}

// paced begins steps at a fixed rate, whether or not those before have ended,
// and returns the 99th percentile of how long they took.
func paced(b *testing.B, step func(context.Context) error) time.Duration {
	b.Helper()
	total := int(pacedFor.Seconds() * pacedRate)
	took := make([]time.Duration, total)
	var wg sync.WaitGroup
	ticks := time.NewTicker(time.Second / pacedRate)
	defer ticks.Stop()
	for i := range total {
		<-ticks.C
		wg.Go(func() {
			began := time.Now()
			if err := step(b.Context()); err != nil {
				b.Error(err)
			}
			took[i] = time.Since(began)
		})
	}
	wg.Wait()
	slices.Sort(took)
	return took[total*99/100]
}

// like is a transaction as a transition makes it, in pgbench's language.
const like = `\set n random(0, 499)
BEGIN;
SELECT * FROM cases WHERE id = 'c' || :n LIMIT 1 FOR UPDATE;
SELECT * FROM data_keys WHERE subject = 'a' || :n LIMIT 1;
UPDATE cases SET version = version + 1, status = 'checking', state = state, audit_mac = audit_mac WHERE id = 'c' || :n;
INSERT INTO pgbench_audit SELECT 'c' || :n, random() * 1000000000, 1, 'server', 'judged', 'checking', '', '', '', decode(repeat('00', 32), 'hex');
COMMIT;
`

// pgbench returns the transactions a second of the like transaction.
func pgbench(b *testing.B, url string) float64 {
	b.Helper()
	server := postgres.Server(b)
	table := server.Command("psql", url, "-c", "CREATE TABLE pgbench_audit AS TABLE audit WITH NO DATA; CREATE INDEX ON pgbench_audit (case_id, seq)")
	if out, err := table.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	run := server.Command("pgbench", "--no-vacuum", "--protocol=prepared", "--time=5",
		"--client="+strconv.Itoa(benchWorkers), "--jobs=2", "--file=-", url)
	run.Stdin = strings.NewReader(like)
	out, err := run.CombinedOutput()
	if err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	found := regexp.MustCompile(`tps = ([0-9.]+)`).FindSubmatch(out)
	if found == nil {
		b.Fatalf("no rate in %s", out)
	}
	rate, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		b.Fatal(err)
	}
	return rate
}
