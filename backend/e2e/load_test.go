//go:build load

package e2e_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"realname.example/backend/internal/store/pgtest"
	"realname.example/shared/api"
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

// TestLoadOfAVerification reports what a verification by mobile number costs: sign-up,
// begin, code, answer, and one look by the PC.
func TestLoadOfAVerification(t *testing.T) {
	postgres.Server(t) // where there is none, it is skipped
	own, err := pgtest.StartCounting()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := own.Stop(); err != nil {
			t.Error(err)
		}
	})
	database, err := own.NewDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w := newWreck(t, database)
	w.fill(verifications + 1)
	url, cmd, stop := spawn(t, w.env...)
	defer stop()
	admin, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = admin.Close(context.Background()) }()
	c := newClient(t, url)
	verify := func(n int) {
		who := numbered(strconv.Itoa(n))
		a := signUp(t, c, "person-"+strconv.Itoa(n))
		v, err := a.Begin(t.Context(), byMobile(who))
		if err == nil {
			_, err = a.SendCode(t.Context(), v.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
		codes := w.cloud.Inbox(who.Mobile)
		v, err = a.CheckCode(t.Context(), v.ID, api.CodeCheck{Code: codes[len(codes)-1]})
		mustView(t, v, err, verification.Verified, "")
		v, err = a.View(t.Context(), v.ID)
		mustView(t, v, err, verification.Verified, "")
	}
	verify(verifications + 1) // what is prepared once is
	for _, statement := range []string{"CREATE EXTENSION IF NOT EXISTS pg_stat_statements", "SELECT pg_stat_statements_reset()"} {
		if _, err := admin.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	before := cpuOf(t, cmd.Process.Pid)
	for n := range verifications {
		verify(n + 1)
	}
	t.Logf("backend: %.1f ms of a core a verification", (cpuOf(t, cmd.Process.Pid)-before)/verifications)
	rows, err := admin.Query(t.Context(), `SELECT sum(calls) OVER ()::float8, sum(total_exec_time) OVER (), calls::float8, total_exec_time, query
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
