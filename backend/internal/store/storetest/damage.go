package storetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/store"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// column returns all values of a query's one column, one after another.
func column(t testing.TB, s *store.Store, query string) []byte {
	t.Helper()
	rows, err := s.Pool().QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var all []byte
	for rows.Next() {
		var value []byte
		if err := rows.Scan(&value); err != nil {
			t.Fatal(err)
		}
		all = append(all, value...)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// execute runs statements past the store, as an attacker or a fault does.
func execute(t testing.TB, s *store.Store, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := s.Pool().ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// isPostgres tells the two databases apart for what SQL writes differently.
func isPostgres(t testing.TB, s *store.Store) bool {
	t.Helper()
	var version string
	err := s.Pool().QueryRowContext(t.Context(), "SELECT version()").Scan(&version)
	return err == nil && strings.HasPrefix(version, "PostgreSQL")
}

func testBrokenInsert(t *testing.T, s *store.Store) {
	Create(t, s, NewCase("c1", "demo", Who(1)))
	const fault = "the disk is full"
	for _, table := range []string{"audit", "identities", "traces", "case_keys"} {
		made, dropped := "CREATE TRIGGER fault BEFORE INSERT ON "+table+" BEGIN SELECT RAISE(ABORT, '"+fault+"'); END", "DROP TRIGGER fault"
		if isPostgres(t, s) {
			execute(t, s, "CREATE OR REPLACE FUNCTION fault() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION '"+fault+"'; END $$ LANGUAGE plpgsql")
			made = "CREATE TRIGGER fault BEFORE INSERT ON " + table + " FOR EACH ROW EXECUTE FUNCTION fault()"
			dropped = "DROP TRIGGER fault ON " + table
		}
		execute(t, s, made)
		_, err := s.Update(t.Context(), "c1", everything)
		if err == nil || !strings.Contains(err.Error(), fault) {
			t.Errorf("%s: %v", table, err)
		}
		execute(t, s, dropped)
		c, err := s.Case(t.Context(), "c1")
		if err != nil || c.Version != 1 || c.Status != verification.CodeRequired {
			t.Errorf("%s: half a step remains: %+v, %v", table, c, err)
		}
		for _, other := range []string{"audit", "identities", "traces", "case_keys"} {
			if n := column(t, s, "SELECT COUNT(*) FROM "+other); string(n) != "0" {
				t.Errorf("%s: %s rows remain in %s", table, n, other)
			}
		}
	}
	Update(t, s, "c1", everything)
}

// everything is a change that writes to every table.
func everything(c *verify.Case) (verify.Effects, error) {
	c.Keys = append(c.Keys, verify.Key{Kind: verify.KeyPhone, Hash: "h", ExpiresAt: Start})
	e, err := Moved(verification.Verified)(c)
	e.Traces = []verify.Trace{{Bucket: verify.BucketFailsID, Subject: "demo", At: Start}}
	return e, err
}

// audited makes two cases with three entries each, and seals them.
func audited(t *testing.T, s *store.Store) {
	t.Helper()
	for i, id := range []string{"c1", "c2"} {
		Create(t, s, NewCase(id, id, Who(i)))
		for _, to := range []verification.Status{verification.Checking, verification.CodeRequired, verification.Cancelled} {
			Update(t, s, verification.ID(id), Moved(to))
		}
	}
	if n, err := s.Seal(t.Context()); err != nil || n != 2 {
		t.Fatalf("sealed %d, %v", n, err)
	}
	if n, err := s.Seal(t.Context()); err != nil || n != 0 {
		t.Fatalf("sealed %d again, %v", n, err)
	}
	report, err := s.VerifyAudit(t.Context(), nil)
	if err != nil || report.Entries != 6 || report.Seals != 2 || report.Head == "" {
		t.Fatalf("report %+v, %v", report, err)
	}
}

func testTampered(t *testing.T, s *store.Store) {
	audited(t, s)
	for _, attack := range []struct{ name, do, undo, want string }{
		{
			"an entry is changed", "UPDATE audit SET reason = 'declined' WHERE case_id = 'c1' AND seq = 2",
			"UPDATE audit SET reason = '' WHERE case_id = 'c1' AND seq = 2", "audit row 2 of case c1 was changed or moved",
		},
		{
			"its time is changed", "UPDATE audit SET at = at + 1 WHERE case_id = 'c2' AND seq = 3",
			"UPDATE audit SET at = at - 1 WHERE case_id = 'c2' AND seq = 3", "audit row 3 of case c2 was changed or moved",
		},
		{
			"entries change places",
			"UPDATE audit SET seq = CASE seq WHEN 1 THEN 12 ELSE 11 END WHERE case_id = 'c1' AND seq < 3; UPDATE audit SET seq = seq - 10 WHERE seq > 10",
			"UPDATE audit SET seq = CASE seq WHEN 1 THEN 12 ELSE 11 END WHERE case_id = 'c1' AND seq < 3; UPDATE audit SET seq = seq - 10 WHERE seq > 10",
			"audit row 1 of case c1 was changed or moved",
		},
		{
			"a seal is changed", "UPDATE audit_seals SET audit_seq = 2 WHERE seq = 2",
			"UPDATE audit_seals SET audit_seq = 3 WHERE seq = 2", "audit_seals row 2 of case c2 was changed or moved",
		},
		{
			"a case is said to be sealed further", "UPDATE cases SET audit_sealed = 9 WHERE id = 'c2'",
			"UPDATE cases SET audit_sealed = 3 WHERE id = 'c2'", "cases row 9 of case c2 is no seal's: the last one seals row 3",
		},
		{
			"a case is said to be sealed less", "UPDATE cases SET audit_sealed = 1 WHERE id = 'c1'",
			"UPDATE cases SET audit_sealed = 3 WHERE id = 'c1'", "cases row 1 of case c1 is no seal's: the last one seals row 3",
		},
		{
			"an entry is removed", "DELETE FROM audit WHERE case_id = 'c1' AND seq = 2", "", "audit row 2 of case c1 is missing",
		},
	} {
		execute(t, s, strings.Split(attack.do, "; ")...)
		_, err := s.VerifyAudit(t.Context(), nil)
		if !errors.As(err, new(*store.TamperError)) || err.Error() != attack.want {
			t.Errorf("%s: %v", attack.name, err)
		}
		if attack.undo != "" {
			execute(t, s, strings.Split(attack.undo, "; ")...)
		}
	}
}

// testUnsealed shows that an end which is kept from being sealed is named before
// it can be cut.
func testUnsealed(t *testing.T, cfg store.Config) {
	now := Start
	cfg.Now = func() time.Time { return now }
	s := Open(t, cfg)
	audited(t, s)
	execute(t, s, "UPDATE cases SET audit_sealed = 99 WHERE id = 'c2'") // raised by hand
	Create(t, s, NewCase("c3", "third", Who(3)))
	Update(t, s, "c3", Moved(verification.Checking))
	if n, err := s.Seal(t.Context()); err != nil || n != 1 {
		t.Fatalf("sealed %d, %v", n, err)
	}
	var tampered *store.TamperError
	if _, err := s.VerifyAudit(t.Context(), nil); !errors.As(err, &tampered) || tampered.Case != "c2" {
		t.Errorf("raised by hand: %v", err)
	}
	execute(t, s, "UPDATE cases SET audit_sealed = 3 WHERE id = 'c2'")
	Update(t, s, "c3", Moved(verification.CodeRequired)) // at Start, and not sealed
	now = Start.Add(time.Minute)
	if _, err := s.VerifyAudit(t.Context(), nil); err != nil {
		t.Errorf("within the minute: %v", err)
	}
	now = now.Add(time.Microsecond)
	if _, err := s.VerifyAudit(t.Context(), nil); !errors.As(err, &tampered) || err.Error() != "audit row 2 of case c3 was not sealed for more than a minute" {
		t.Errorf("after it: %v", err)
	}
	if _, err := s.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.VerifyAudit(t.Context(), nil); err != nil {
		t.Errorf("sealed: %v", err)
	}
}

// seal links the heads, as the process does every second.
func seal(t *testing.T, s *store.Store) {
	t.Helper()
	if _, err := s.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func testSeals(t *testing.T, s *store.Store) {
	audited(t, s)
	report, err := s.VerifyAudit(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	expect := func(what string, noted *store.AuditReport, want string) {
		t.Helper()
		if _, err := s.VerifyAudit(t.Context(), noted); !errors.As(err, new(*store.TamperError)) || err.Error() != want {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := s.VerifyAudit(t.Context(), &report); err != nil {
		t.Errorf("what was noted: %v", err)
	}
	// The tail of a chain is cut together with the case's head.
	head := column(t, s, "SELECT mac FROM audit WHERE case_id = 'c2' AND seq = 2")
	execute(t, s, "DELETE FROM audit WHERE case_id = 'c2' AND seq = 3")
	argument := "?"
	if isPostgres(t, s) {
		argument = "$1"
	}
	if _, err := s.Pool().ExecContext(t.Context(), "UPDATE cases SET audit_seq = 2, audit_mac = "+argument+" WHERE id = 'c2'", head); err != nil {
		t.Fatal(err)
	}
	expect("a tail is cut", nil, "audit_seals row 2 of case c2 seals a chain that was cut or changed")
	execute(t, s, "DELETE FROM audit WHERE case_id = 'c2'", "DELETE FROM cases WHERE id = 'c2'")
	expect("a case is removed", nil, "audit_seals row 2 of case c2 seals a case that was removed")
	execute(t, s, "DELETE FROM audit_seals WHERE seq = 2")
	expect("its seal is removed too", &report, "audit_seals row 2 is missing")
}
