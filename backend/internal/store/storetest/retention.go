package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/account"
	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/store"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// testIdleAccounts shows who goes: an account that never verified, after its life
// without a sign-in, and nobody else.
func testIdleAccounts(t *testing.T, s *store.Store) {
	ctx := t.Context()
	const life = 365 * 24 * time.Hour
	all := []string{"idle", "seen", "bound", "erased", "asked", "before", "old", "Wang", "wang2", "gone-op"}
	for _, id := range all {
		if err := s.CreateAccount(ctx, account.Account{ID: id, Username: id, CreatedAt: Start}); err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range []operator.Operator{{Name: "wang", Account: "Wang2"}, {Name: "gone-op"}} {
		o.Handle = []byte(o.Name)
		if err := s.AddOperator(ctx, o, operator.Enrolment{Hash: o.Name, Name: o.Name}, act(operator.ActAdded, o.Name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.RemoveOperator(ctx, "gone-op", Start, act(operator.ActRemoved, "gone-op")); err != nil {
		t.Fatal(err)
	}
	execute(t, s, "UPDATE accounts SET unverified_at = 1 WHERE id = 'before'") // as the migration has it
	signIn := func(id string, at time.Time) error {
		return s.CreateSession(ctx, account.Session{TokenHash: id + at.String(), AccountID: id, CreatedAt: at, ExpiresAt: at.Add(time.Hour)})
	}
	if err := errors.Join(signIn("idle", Start), signIn("seen", Start.Add(time.Hour))); err != nil {
		t.Fatal(err)
	}
	for i, id := range []string{"bound", "erased", "asked", "old"} {
		Create(t, s, NewCase("case of "+id, id, Who(i)))
	}
	Update(t, s, "case of bound", Moved(verification.Verified))
	Update(t, s, "case of erased", Moved(verification.Verified))
	if _, err := s.Erase(ctx, "erased", verify.Entry{At: Start, Event: verify.EventErased}, Set(func(*verify.Case) {})); err != nil {
		t.Fatal(err)
	}
	Update(t, s, "case of old", Moved(verification.Cancelled))
	left := func(now time.Time, lives verify.Lives, want ...string) {
		t.Helper()
		if err := s.Prune(ctx, now, lives); err != nil {
			t.Fatal(err)
		}
		for _, id := range all {
			if _, err := s.AccountByID(ctx, id); (err == nil) != slices.Contains(want, id) {
				t.Errorf("%v after the start: %s: %v", now.Sub(Start), id, err)
			}
		}
	}
	lives := verify.Lives{Cases: 100 * life, Accounts: life}
	left(Start.Add(10*life), verify.Lives{Cases: 100 * life}, all...) // for good
	left(Start.Add(life), lives, all...)
	stay := []string{"bound", "erased", "asked", "Wang", "wang2"} // for good
	left(Start.Add(life+time.Microsecond), lives, append(stay, "old", "seen", "before")...)
	left(Start.Add(life+2*time.Hour), lives, append(stay, "old", "before")...)
	left(Start.Add(2*life+time.Microsecond), lives, append(stay, "old")...) // nobody knew since when
	lives.Cases = 24 * time.Hour                                            // what kept it goes
	left(Start.Add(2*life+31*24*time.Hour), lives, stay...)
	if err := signIn("idle", Start.Add(2*life)); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("a sign-in at an account that has gone: %v", err)
	}
	if n := noted(ctx, t, s, "accounts"); n != 5 {
		t.Errorf("%d deletions are noted, want 5", n)
	}
}

// testForgottenNoted shows that what cannot be noted is not forgotten.
func testForgottenNoted(t *testing.T, s *store.Store) {
	if err := s.CreateAccount(t.Context(), account.Account{ID: "idle", Username: "idle", CreatedAt: Start}); err != nil {
		t.Fatal(err)
	}
	audited(t, s)
	execute(t, s, "ALTER TABLE operator_acts RENAME TO away")
	now := Start.Add(365 * 24 * time.Hour)
	for _, lives := range []verify.Lives{{Accounts: time.Hour}, {Audit: time.Hour}} {
		if err := s.Prune(t.Context(), now, lives); err == nil {
			t.Errorf("%+v: it is noted where nothing can be", lives)
		}
	}
	if _, err := s.AccountByID(t.Context(), "idle"); err != nil {
		t.Errorf("the account: %v", err)
	}
	if n := column(t, s, "SELECT COUNT(*) FROM audit"); string(n) != "6" {
		t.Errorf("%s entries, want 6", n)
	}
}

// testResetOrder empties a sandbox whose trail was cut, and compares the order with what
// the schema says points to what.
func testResetOrder(t *testing.T, s *store.Store) {
	audited(t, s)
	if err := s.Prune(t.Context(), Start.Add(365*24*time.Hour), verify.Lives{Audit: time.Hour}); err != nil {
		t.Fatal(err)
	}
	if n := column(t, s, "SELECT COUNT(*) FROM audit_gone"); string(n) != "2" {
		t.Fatalf("%s trails are cut", n)
	}
	if err := s.Reset(t.Context()); err != nil {
		t.Error(err)
	}
	pointing := `SELECT m.name || ' ' || f."table" || ';' FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND f.on_delete <> 'CASCADE'`
	if isPostgres(t, s) {
		pointing = "SELECT conrelid::regclass || ' ' || confrelid::regclass || ';' FROM pg_constraint WHERE contype = 'f' AND confdeltype <> 'c'"
	}
	order, toCases := store.ResetOrder(), 0
	for pair := range strings.SplitSeq(strings.TrimSuffix(string(column(t, s, pointing)), ";"), ";") {
		from, to, _ := strings.Cut(pair, " ")
		if to == "cases" {
			toCases++
		}
		if at := slices.Index(order, to); at >= 0 && !slices.Contains(order[:at], from) {
			t.Errorf("%s is emptied before %s, which points to it", to, from)
		}
	}
	if toCases < 4 { // those of today, by their migrations
		t.Errorf("%d tables point to cases", toCases)
	}
}

// noted counts what the operators' trail has of forgetting something, each time by
// one.
func noted(ctx context.Context, t *testing.T, s *store.Store, what string) (n int) {
	t.Helper()
	lines, err := s.Trail(ctx, operator.TrailQuery{Operator: operator.ByServer, Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		if l.Event == string(operator.ActForgotten) && l.Subject == what {
			var one int
			if _, err := fmt.Sscan(l.Detail, &one); err != nil {
				t.Fatal(err)
			}
			n += one
		}
	}
	return n
}

// testOldAudit shows that the trail of who is not verified by it goes by age, that
// what is left can be verified still, and that nobody else can cut it.
func testOldAudit(t *testing.T, cfg store.Config) {
	now := Start.Add(time.Second) // a seal comes soon after what it covers
	cfg.Now = func() time.Time { return now }
	s := Open(t, cfg)
	const life = 365 * 24 * time.Hour
	audited(t, s)
	Create(t, s, NewCase("c3", "bound", Who(3)))
	Update(t, s, "c3", Moved(verification.Verified))
	seal(t, s)
	late := verify.Entry{At: Start.Add(life), Actor: verify.ActorServer, Event: verify.EventExported}
	if err := s.NoteEntry(t.Context(), "c2", late); err != nil {
		t.Fatal(err)
	}
	seal(t, s)
	kept := func(want string) {
		t.Helper()
		seal(t, s)
		if n := column(t, s, "SELECT COUNT(*) FROM audit"); string(n) != want {
			t.Errorf("%s entries, want %s", n, want)
		}
		if _, err := s.VerifyAudit(t.Context(), nil); err != nil {
			t.Error(err)
		}
	}
	prune := func(at time.Time, audit time.Duration) {
		t.Helper()
		now = at
		if err := s.Prune(t.Context(), now, verify.Lives{Cases: 100 * life, Audit: audit}); err != nil {
			t.Fatal(err)
		}
	}
	prune(Start.Add(10*life), 0)
	kept("8")
	prune(Start.Add(life+time.Minute), life) // what is as old as that
	kept("8")
	prune(Start.Add(life+2*time.Minute), life)
	kept("2") // of c3, which is bound, and the late one of c2
	if n := noted(t.Context(), t, s, "audit"); n != 6 {
		t.Errorf("%d are noted, want 6", n)
	}
	prune(Start.Add(3*life), life)
	kept("1")
	if _, err := s.Erase(t.Context(), "bound", verify.Entry{At: now, Event: verify.EventErased}, Set(func(*verify.Case) {})); err != nil {
		t.Fatal(err)
	}
	seal(t, s)
	prune(now.Add(life), life)
	prune(now.Add(life), life)
	kept("0")

	for _, attack := range []struct{ name, do, undo, want string }{
		{
			"more is said to be gone", "UPDATE audit_gone SET seq = 4 WHERE case_id = 'c1'",
			"UPDATE audit_gone SET seq = 3 WHERE case_id = 'c1'", "audit_gone row 4 of case c1 was changed or moved",
		},
		{"nothing is said to be gone", "DELETE FROM audit_gone WHERE case_id = 'c1'", "", "audit row 1 of case c1 is missing"},
	} {
		execute(t, s, attack.do)
		if _, err := s.VerifyAudit(t.Context(), nil); !errors.As(err, new(*store.TamperError)) || err.Error() != attack.want {
			t.Errorf("%s: %v", attack.name, err)
		}
		if attack.undo != "" {
			execute(t, s, attack.undo)
		}
	}
}

// testEndsInTime shows of what nobody sets a life for that it is there until its own is
// over, and deleted then.
func testEndsInTime(t *testing.T, s *store.Store) {
	ctx, now := t.Context(), time.Now() // answers are dated by the store's clock
	a := account.Account{ID: "a1", Username: "a1"}
	if err := errors.Join(
		s.CreateAccount(ctx, a),
		s.CreateSession(ctx, account.Session{TokenHash: "t1", AccountID: "a1", CreatedAt: now, ExpiresAt: now.Add(time.Hour)}),
		s.KeepReset(ctx, account.Reset{ID: "r1", AccountID: "a1", ExpiresAt: now.Add(account.ResetLife), GuessesLeft: 1}),
		s.KeepWork(ctx, operator.Work{ID: "w1", Kind: operator.WorkImport, BegunAt: now}),
	); err != nil {
		t.Fatal(err)
	}
	if _, mine, err := s.Reserve(ctx, "k1"); err != nil || !mine {
		t.Fatal(mine, err)
	}
	left := func(table string) (n int) {
		if err := s.Pool().QueryRowContext(ctx, "SELECT COUNT(*) FROM "+table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, test := range []struct {
		table string
		life  time.Duration
	}{ // the shortest first
		{"password_resets", account.ResetLife},
		{"answers", store.AnswerLife},
		{"sessions", time.Hour + 30*24*time.Hour}, // by which a device is known again
		{"works", operator.WorkLife},
	} {
		for _, step := range []struct {
			at   time.Duration
			want int
		}{{test.life - time.Minute, 1}, {test.life + time.Minute, 0}} {
			if err := s.Prune(ctx, now.Add(step.at), verify.Lives{Cases: time.Hour}); err != nil {
				t.Fatal(err)
			}
			if n := left(test.table); n != step.want {
				t.Errorf("%s has %d rows after %v", test.table, n, step.at)
			}
		}
	}
}
