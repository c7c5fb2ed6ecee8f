//go:build load

package e2e_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"realname.example/backend/internal/store/pgtest"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/verification"
)

// verifications is how many people verify one after another for a figure.
const verifications = 200

// cpuOf is the time of a core that a process has used, with the threads that it
// started, in milliseconds.
func cpuOf(t *testing.T, pid int) float64 {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return float64(user+system) * 10 // USER_HZ is 100
}

// manyVerify is a server of its own over a PostgreSQL that counts statements, and people
// who verify at it by mobile number.
type manyVerify struct {
	t       *testing.T
	wreck   *wreck
	process int
	admin   *pgx.Conn
	client  *client.Client
	// calls is how long each call of a verification took, by its name.
	calls map[string][]time.Duration
}

// newManyVerify has so many people in the registry.
func newManyVerify(t *testing.T, people int) *manyVerify {
	t.Helper()
	own := ownPostgres(t, pgtest.StartCounting)
	database, err := own.NewDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w := newWreck(t, database)
	w.fill(people)
	url, cmd, stop := spawn(t, w.env...)
	t.Cleanup(stop)
	m := &manyVerify{t: t, wreck: w, process: cmd.Process.Pid, client: newClient(t, url)}
	if m.admin, err = pgx.Connect(t.Context(), database); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.admin.Close(context.Background()) })
	m.verify(people) // what is prepared once is
	m.calls = map[string][]time.Duration{}
	return m
}

// verify takes a person from sign-up to verified, and has the PC look once.
func (m *manyVerify) verify(n int) {
	m.t.Helper()
	who := numbered(strconv.Itoa(n))
	a := signUp(m.t, m.client, "person-"+strconv.Itoa(n))
	var v verification.View
	m.call("begin", func() (err error) {
		v, err = a.Begin(m.t.Context(), byMobile(who))
		return err
	})
	m.call("send code", func() error {
		_, err := a.SendCode(m.t.Context(), v.ID)
		return err
	})
	codes := m.wreck.cloud.Inbox(who.Mobile)
	m.call("check code", func() (err error) {
		v, err = a.CheckCode(m.t.Context(), v.ID, api.CodeCheck{Code: codes[len(codes)-1]})
		return err
	})
	mustView(m.t, v, nil, verification.Verified, "")
	m.call("view", func() (err error) {
		v, err = a.View(m.t.Context(), v.ID)
		return err
	})
	mustView(m.t, v, nil, verification.Verified, "")
}

// call takes the time of a call.
func (m *manyVerify) call(name string, send func() error) {
	m.t.Helper()
	begun := time.Now()
	if err := send(); err != nil {
		m.t.Fatal(err)
	}
	if m.calls != nil {
		m.calls[name] = append(m.calls[name], time.Since(begun))
	}
}

// run has statements carried out past the server.
func (m *manyVerify) run(statements ...string) {
	m.t.Helper()
	for _, statement := range statements {
		if _, err := m.admin.Exec(m.t.Context(), statement); err != nil {
			m.t.Fatalf("%.80s: %v", statement, err)
		}
	}
}

// TestLoadOfAVerification reports what a verification by mobile number costs: sign-up,
// begin, code, answer, and one look by the PC.
func TestLoadOfAVerification(t *testing.T) {
	m := newManyVerify(t, verifications+1)
	m.run("CREATE EXTENSION IF NOT EXISTS pg_stat_statements", "SELECT pg_stat_statements_reset()")
	before := cpuOf(t, m.process)
	for n := range verifications {
		m.verify(n + 1)
	}
	t.Logf("backend: %.1f ms of a core a verification", (cpuOf(t, m.process)-before)/verifications)
	rows, err := m.admin.Query(t.Context(), `SELECT sum(calls) OVER ()::float8, sum(total_exec_time) OVER (), calls::float8, total_exec_time, query
		FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY calls DESC LIMIT 60`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for first := true; rows.Next(); first = false {
		var all, ms, calls, took float64
		var query string
		if err := rows.Scan(&all, &ms, &calls, &took, &query); err != nil {
			t.Fatal(err)
		}
		if first {
			t.Logf("PostgreSQL: %.1f statements and %.1f ms a verification", all/verifications, ms/verifications)
		}
		if calls >= verifications/2 {
			t.Logf("%5.1f  %6.2f ms  %.150s", calls/verifications, took/verifications, strings.Join(strings.Fields(query), " "))
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// Traces of four weeks, each bucket with subjects of its own, as many as hashes are.
const manyTraces = 10_000_000

// TestLoadBesideManyTraces reports how long the calls of a verification take over a
// database with few traces, and then over the same one with many.
func TestLoadBesideManyTraces(t *testing.T) {
	m := newManyVerify(t, 2*verifications+1)
	report := func(which string) {
		for _, name := range slices.Sorted(maps.Keys(m.calls)) {
			took := m.calls[name]
			t.Logf("%s, %s: %.1f ms (p50), %.1f ms (p99)", which, name, ms(percentile(took, 50)), ms(percentile(took, 99)))
		}
		clear(m.calls)
	}
	for n := range verifications {
		m.verify(n + 1)
	}
	report("few traces")
	m.run(fmt.Sprintf(`INSERT INTO traces SELECT (ARRAY['sms_number', 'sms_account', 'sms_address', 'ids_of_account', 'accounts_of_id', 'fails_of_account', 'sign_in'])[1 + n %% 7],
		encode(sha256(convert_to(((n / 7) %% 500000)::text, 'UTF8')), 'hex'), 'detail', (extract(epoch FROM now()) * 1000000)::bigint - n::bigint * 241920 - 86400000000
		FROM generate_series(1, %d) AS n`, manyTraces), "ANALYZE traces", "CHECKPOINT")
	for n := range verifications {
		m.verify(verifications + n + 1)
	}
	report(fmt.Sprintf("%d traces", manyTraces))
	var left int64
	if err := m.admin.QueryRow(t.Context(), "SELECT count(*) FROM traces").Scan(&left); err != nil || left < manyTraces {
		t.Errorf("%d traces are left: %v", left, err)
	}
}
