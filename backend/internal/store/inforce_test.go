package store_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/keys"
	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/registry"
	"realname.example/backend/internal/store"
	"realname.example/backend/internal/store/storetest"
)

// crowd is more people than two transactions of an import move.
const crowd = 2500

// perTransaction is how many rows one transaction of an import may write, so that
// nobody waits long behind it, and perTransactionBytes how much of portraits, with the one
// that goes over it.
const (
	perTransaction      = 1000
	perTransactionBytes = 4 << 20
)

// personOf is person n as the file called outcome has them.
func personOf(n int, outcome string) registry.Person {
	return registry.Person{Identity: storetest.Who(n), Outcome: outcome}
}

// file yields people from to up to before below.
func file(from, below int, outcome string) iter.Seq2[registry.Person, error] {
	return func(yield func(registry.Person, error) bool) {
		for n := from; n < below; n++ {
			if !yield(personOf(n, outcome), nil) {
				return
			}
		}
	}
}

func onBoth(t *testing.T, test func(t *testing.T, cfg store.Config)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) { test(t, onSQLite(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, onPostgres(t)) })
}

// seen is the registry as who reads the whole of it sees it: by outcome how many there
// are, and how many of them have a portrait.
func seen(t *testing.T, s *store.Store) string {
	t.Helper()
	all, portraits := map[string]int{}, 0
	for p, err := range s.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if all[p.Outcome]++; p.HasPortrait {
			portraits++
		}
	}
	ordered, err := s.People(t.Context())
	n, countErr := s.CountPeople(t.Context())
	sum := 0
	for _, of := range all {
		sum += of
	}
	if err != nil || countErr != nil || len(ordered) != sum || int(n) != sum {
		t.Errorf("%d in all, %d listed, %v, %d counted, %v", sum, len(ordered), err, n, countErr)
	}
	return fmt.Sprint(all, portraits)
}

// looked is what look-ups by number and by mobile number find of some people: for each the
// outcome, * with a portrait, or - for nobody.
func looked(t *testing.T, s *store.Store) string {
	t.Helper()
	var all []string
	for _, n := range []int{0, 1, crowd / 2, crowd - 1, crowd} {
		key := storetest.Who(n).Key()
		p, err := s.ByNumber(t.Context(), key)
		found, findErr := s.Find(t.Context(), registry.Search{Key: key})
		with, withErr := s.WithMobile(t.Context(), []string{key})
		if findErr != nil || withErr != nil || err != nil && !errors.Is(err, registry.ErrNotFound) {
			t.Fatal(err, findErr, withErr)
		}
		one := p.Outcome
		if len(p.Portrait) > 0 {
			one += "*"
		}
		if err != nil {
			one = "-"
		}
		if here := err == nil; (len(found) == 1) != here || with[key] != here || here && (found[0].Outcome != p.Outcome || found[0].HasPortrait != (len(p.Portrait) > 0)) {
			t.Errorf("person %d is %q, found %+v, with a mobile number %v", n, one, found, with)
		}
		all = append(all, one)
	}
	return strings.Join(all, " ")
}

// count asks the database how many rows a table has.
func count(t *testing.T, s *store.Store, table string) (n int) {
	t.Helper()
	if err := s.Pool().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestAnImportIsSeenWhole reads the registry between all transactions of an import, each
// of which has to be short, since a sign-up waits for it.
func TestAnImportIsSeenWhole(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg store.Config) {
		s := storetest.Open(t, cfg)
		pictured := personOf(1, "old")
		pictured.Portrait = []byte("image")
		if err := s.Import(t.Context(), registry.Each(personOf(0, "old"), pictured, personOf(crowd, "old"))); err != nil {
			t.Fatal(err)
		}
		err := s.ImportUnmoved(t.Context(), func(yield func(registry.Person, error) bool) {
			for p := range file(1, crowd, "new") {
				if !yield(p, nil) {
					return
				}
			}
			if got, want := looked(t, s), "old old* - - old"; got != want {
				t.Errorf("before: %s", got)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		settle(t, s, 3, "old new* new new old")
		if got, want := seen(t, s), fmt.Sprintf("map[new:%d old:2] 1", crowd-1); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}

// settle takes each step of the moving, after which look-ups find the same and the whole
// registry is the same.
func settle(t *testing.T, s *store.Store, steps int, want string) {
	t.Helper()
	taken, whole := 0, seen(t, s)
	for done := false; !done; taken++ {
		if got := looked(t, s); got != want {
			t.Errorf("after %d transactions: %s, want %s", taken, got, want)
		}
		if got := seen(t, s); got != whole {
			t.Errorf("after %d transactions: %s, before %s", taken, got, whole)
		}
		people, staged := count(t, s, "people"), count(t, s, "people_staging")
		var err error
		if done, err = s.SettleSome(t.Context()); err != nil {
			t.Fatal(err)
		}
		if moved, gone := staged-count(t, s, "people_staging"), people-count(t, s, "people"); moved > perTransaction || gone > perTransaction {
			t.Errorf("transaction %d moved %d rows and removed %d", taken, moved, gone)
		}
	}
	if got := looked(t, s); got != want || taken != steps || count(t, s, "people_staging") != 0 {
		t.Errorf("after %d transactions: %s, want %s after %d; %d rows are left", taken, got, want, steps, count(t, s, "people_staging"))
	}
}

// TestAnImportThatRemovesIsSeenWhole is the same of one that removes who is not in it.
func TestAnImportThatRemovesIsSeenWhole(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg store.Config) {
		s := storetest.Open(t, cfg)
		if err := s.Import(t.Context(), file(0, crowd, "old")); err != nil {
			t.Fatal(err)
		}
		var unconfirmed *registry.UnconfirmedError
		remaining := file(crowd-1, crowd+2, "new")
		if err := s.ReplaceUnmoved(t.Context(), remaining, crowd); !errors.As(err, &unconfirmed) || unconfirmed.Count != crowd-1 {
			t.Fatalf("unconfirmed: %v", err)
		}
		if err := s.ReplaceUnmoved(t.Context(), remaining, crowd-1); err != nil {
			t.Fatal(err)
		}
		settle(t, s, 4, "- - - new new")
		if got, want := seen(t, s), "map[new:3] 0"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}

// TestPortraitsMoveAFewAtATime: what a transaction writes is bounded in bytes, too.
func TestPortraitsMoveAFewAtATime(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg store.Config) {
		s := storetest.Open(t, cfg)
		err := s.ImportUnmoved(t.Context(), func(yield func(registry.Person, error) bool) {
			for p := range file(0, 5, "") {
				if p.Portrait = make([]byte, perTransactionBytes/2); !yield(p, nil) {
					return
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		settle(t, s, 3, "* * - - -")
	})
}

// TestAChangeMovesWhatAnImportLeft: whatever changes the registry next meets an import
// that was killed before its rows had moved.
func TestAChangeMovesWhatAnImportLeft(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg store.Config) {
		s := storetest.Open(t, cfg)
		for name, test := range map[string]struct {
			change func() error
			want   string
		}{
			"add one of them": {func() error {
				if err := s.Add(t.Context(), personOf(3, "added")); !errors.Is(err, registry.ErrTaken) {
					return fmt.Errorf("not refused: %w", err)
				}
				return nil
			}, fmt.Sprintf("map[left:%d] 0", crowd)},
			"add":    {func() error { return s.Add(t.Context(), personOf(crowd, "added")) }, fmt.Sprintf("map[added:1 left:%d] 0", crowd)},
			"import": {func() error { return s.Import(t.Context(), file(0, 10, "new")) }, fmt.Sprintf("map[left:%d new:10] 0", crowd-10)},
			"clear":  {func() error { return s.Clear(t.Context()) }, "map[] 0"},
			"reset":  {func() error { return s.Reset(t.Context()) }, "map[] 0"},
			"start":  {func() error { return s.Settle(t.Context()) }, fmt.Sprintf("map[left:%d] 0", crowd)},
		} {
			if err := s.Clear(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := s.ImportUnmoved(t.Context(), file(0, crowd, "left")); err != nil {
				t.Fatal(err)
			}
			if err := test.change(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if left := count(t, s, "people_staging"); left != 0 {
				t.Errorf("%s: %d rows are left", name, left)
			}
			if got := seen(t, s); got != test.want {
				t.Errorf("%s: %s, want %s", name, got, test.want)
			}
		}
	})
}

// TestARemovalBesideAnImport removes people of all kinds while rows move, at once, with its
// act or not at all.
func TestARemovalBesideAnImport(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg store.Config) {
		for name, bring := range map[string]func(s *store.Store, people iter.Seq2[registry.Person, error]) error{
			"others stay": func(s *store.Store, people iter.Seq2[registry.Person, error]) error {
				return s.ImportUnmoved(t.Context(), people)
			},
			"others go": func(s *store.Store, people iter.Seq2[registry.Person, error]) error {
				return s.ReplaceUnmoved(t.Context(), people, 1)
			},
		} {
			for steps := range 3 {
				s := storetest.Open(t, cfg)
				if err := s.Reset(t.Context()); err != nil {
					t.Fatal(err)
				}
				if err := s.Import(t.Context(), file(crowd-1, crowd+1, "old")); err != nil {
					t.Fatal(err)
				}
				if err := bring(s, file(0, crowd, "new")); err != nil {
					t.Fatal(err)
				}
				for range steps {
					if _, err := s.SettleSome(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				acts, left := 0, count(t, s, "people_staging")
				for _, n := range []int{0, crowd / 2, crowd - 1, crowd} {
					there := n < crowd || name == "others stay"
					err := s.RemoveNoted(t.Context(), storetest.Who(n).Key(), operator.Entry{At: storetest.Start, Operator: "li", Act: operator.ActPersonRemoved})
					if there != (err == nil) || !there && !errors.Is(err, registry.ErrNotFound) {
						t.Errorf("%s, %d steps: person %d: %v", name, steps, n, err)
					}
					if there {
						acts++
					}
				}
				if lines, err := s.Trail(t.Context(), operator.TrailQuery{Operator: "li", Limit: 9}); err != nil || len(lines) != acts {
					t.Errorf("%s, %d steps: the trail has %+v, %v", name, steps, lines, err)
				}
				if still := count(t, s, "people_staging"); still < left-4 {
					t.Errorf("%s, %d steps: %d rows moved first", name, steps, left-still)
				}
				want := fmt.Sprintf("map[new:%d] 0", crowd-3)
				if got, found := seen(t, s), looked(t, s); got != want || found != "- new - - -" {
					t.Errorf("%s, %d steps: %s, want %s; found %s", name, steps, got, want, found)
				}
				if err := s.Settle(t.Context()); err != nil {
					t.Error(err)
				}
				if got, found := seen(t, s), looked(t, s); got != want || found != "- new - - -" || count(t, s, "people") != crowd-3 {
					t.Errorf("%s, %d steps, settled: %s, want %s; found %s", name, steps, got, want, found)
				}
			}
		}
	})
}

// TestWhoReadsThePeopleTakesNoLock reads them beside somebody who changes them.
func TestWhoReadsThePeopleTakesNoLock(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg store.Config) {
		s, other := storetest.Open(t, cfg), storetest.Open(t, cfg)
		if err := s.ImportUnmoved(t.Context(), file(0, 10, "new")); err != nil {
			t.Fatal(err)
		}
		tx, err := other.Pool().BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		if _, err := tx.ExecContext(t.Context(), "UPDATE people_state SET version = version + 1"); err != nil {
			t.Fatal(err)
		}
		if got := seen(t, s); got != "map[new:10] 0" {
			t.Error(got)
		}
	})
}

// TestWhatAKilledImportStagedIsCleared by a server, though no import follows.
func TestWhatAKilledImportStagedIsCleared(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg store.Config) {
		later := cfg
		later.Now = func() time.Time { return time.Now().Add(25 * time.Hour) }
		s, tomorrow := storetest.Open(t, cfg), storetest.Open(t, later)
		func() {
			defer func() { _ = recover() }()
			_ = s.Import(t.Context(), during(file(0, crowd, ""), func() { panic("killed") }))
		}()
		staged := count(t, s, "people_staging")
		if err := s.TidyImports(t.Context()); err != nil || staged == 0 || count(t, s, "people_staging") != staged {
			t.Errorf("at once: %d of %d rows, %v", count(t, s, "people_staging"), staged, err)
		}
		if err := tomorrow.TidyImports(t.Context()); err != nil || count(t, s, "people_staging") != 0 {
			t.Errorf("the day after: %d rows, %v", count(t, s, "people_staging"), err)
		}
	})
}

// TestAnImportMovesBeforeItsSchemaGoes takes migration 24 back while rows have not moved.
func TestAnImportMovesBeforeItsSchemaGoes(t *testing.T) {
	text, err := os.ReadFile("migrations/0024_people_in_force.sql")
	if err != nil {
		t.Fatal(err)
	}
	up, down, _ := strings.Cut(string(text), "-- +goose Down")
	onBoth(t, func(t *testing.T, cfg store.Config) {
		s := storetest.Open(t, cfg)
		if err := s.Import(t.Context(), file(0, 5, "old")); err != nil {
			t.Fatal(err)
		}
		for _, bring := range []func() error{
			func() error { return s.ImportUnmoved(t.Context(), file(1, 9, "new")) },
			func() error { return s.ReplaceUnmoved(t.Context(), file(5, 9, "alone"), 5) },
		} {
			if err := bring(); err != nil {
				t.Fatal(err)
			}
			want := seen(t, s)
			for _, half := range []string{down, up} {
				if _, err := s.Pool().ExecContext(t.Context(), half); err != nil {
					t.Fatal(err)
				}
			}
			if got := seen(t, s); got != want || count(t, s, "people_staging") != 0 {
				t.Errorf("%s, want %s; %d rows are staged", got, want, count(t, s, "people_staging"))
			}
		}
	})
}

// TestAnImportIsComparedAgain: whom an import removes is counted anew where the registry
// changed after it was counted.
func TestAnImportIsComparedAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg store.Config) {
		s, other := storetest.Open(t, cfg), storetest.Open(t, cfg)
		if err := s.Import(t.Context(), file(0, 3, "old")); err != nil {
			t.Fatal(err)
		}
		err := s.ReplaceUnmoved(t.Context(), func(yield func(registry.Person, error) bool) {
			if yield(personOf(2, "new"), nil) {
				if err := other.Add(t.Context(), personOf(3, "old")); err != nil {
					t.Error(err)
				}
			}
		}, 2)
		var unconfirmed *registry.UnconfirmedError
		if !errors.As(err, &unconfirmed) || unconfirmed.Count != 3 {
			t.Errorf("somebody was added meanwhile: %v", err)
		}
		if got := seen(t, s); got != "map[old:4] 0" {
			t.Error(got)
		}
	})
}

// during yields a file and runs meanwhile when its first chunks are staged.
func during(people iter.Seq2[registry.Person, error], meanwhile func()) iter.Seq2[registry.Person, error] {
	return func(yield func(registry.Person, error) bool) {
		n := 0
		for p, err := range people {
			if n++; n == crowd-perTransaction/2 {
				meanwhile()
			}
			if !yield(p, err) {
				return
			}
		}
	}
}

// TestAnImportThatIsOvertaken: rows that are gone, or that were made with keys that are
// not those of the registry any more, come into force never, nor do those beside them.
func TestAnImportThatIsOvertaken(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg store.Config) {
		s := storetest.Open(t, cfg)
		later := cfg
		later.Now = func() time.Time { return time.Now().Add(25 * time.Hour) }
		ahead := storetest.Open(t, later)
		for _, test := range []struct {
			name, want string
			meanwhile  func() error
		}{
			{"a clock of tomorrow", "map[fresh:1 old:3] 0", func() error { return ahead.Import(t.Context(), registry.Each(personOf(crowd, "fresh"))) }},
			{"a sandbox that is emptied", "map[fresh:1] 0", func() error {
				if err := ahead.Reset(t.Context()); err != nil {
					return err
				}
				return ahead.Add(t.Context(), personOf(crowd, "fresh"))
			}},
			{"another index key", "map[old:3] 0", func() error {
				index, err := keys.NewKey(rand.Reader)
				if err != nil {
					return err
				}
				_, err = ahead.Reindex(t.Context(), index)
				return err
			}},
		} {
			if err := s.Clear(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := s.Import(t.Context(), file(0, 3, "old")); err != nil {
				t.Fatal(err)
			}
			err := s.Import(t.Context(), during(file(0, crowd, "new"), func() {
				if err := test.meanwhile(); err != nil {
					t.Errorf("%s: %v", test.name, err)
				}
			}))
			if !errors.Is(err, registry.ErrOvertaken) {
				t.Errorf("%s: %v", test.name, err)
			}
			if got := seen(t, ahead); got != test.want || count(t, s, "people_staging") != 0 {
				t.Errorf("%s: %s, want %s; %d rows are staged", test.name, got, test.want, count(t, s, "people_staging"))
			}
		}
	})
}

// TestAnImportEndsWhereTheRegistryChangesAlways: a trigger changes it at each comparison.
func TestAnImportEndsWhereTheRegistryChangesAlways(t *testing.T) {
	s := storetest.Open(t, onSQLite(t))
	if err := s.Import(t.Context(), file(0, 3, "old")); err != nil {
		t.Fatal(err)
	}
	_, err := s.Pool().ExecContext(t.Context(), `CREATE TRIGGER always AFTER UPDATE ON people_staging BEGIN
		UPDATE people_staging SET mobile_hash = 'another'; UPDATE people_state SET version = version + 1; END`)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Import(t.Context(), func(yield func(registry.Person, error) bool) {
		kept := personOf(1, "new")
		kept.KeepsMobile = true
		if yield(kept, nil) && yield(personOf(5, "new"), nil) {
			_, err := s.Pool().ExecContext(t.Context(), "UPDATE people SET mobile_hash = 'other'")
			if err != nil {
				t.Error(err)
			}
		}
	})
	if !errors.Is(err, registry.ErrOvertaken) {
		t.Error(err)
	}
	if got := seen(t, s); got != "map[old:3] 0" {
		t.Error(got)
	}
}

// TestAnImportThatLostRowsRemovesNobody: a server of before migration 24 clears what was
// staged a day ago, though it is in force.
func TestAnImportThatLostRowsRemovesNobody(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg store.Config) {
		s := storetest.Open(t, cfg)
		if err := s.Import(t.Context(), file(0, crowd, "old")); err != nil {
			t.Fatal(err)
		}
		if err := s.ReplaceUnmoved(t.Context(), file(0, crowd-10, "new"), 10); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Pool().ExecContext(t.Context(), "DELETE FROM people_staging"); err != nil {
			t.Fatal(err)
		}
		for name, err := range map[string]error{
			"settle": s.Settle(t.Context()), "import": s.Import(t.Context(), file(0, 1, "")), "clear": s.Clear(t.Context()),
		} {
			if !errors.Is(err, registry.ErrRowsMissing) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := count(t, s, "people"); n != crowd {
			t.Errorf("%d people of %d", n, crowd)
		}
	})
}

// TestAnImportWaitsForItsCommit: an import that was told of a failure while its commit was
// under way keeps what it staged, should the commit succeed.
func TestAnImportWaitsForItsCommit(t *testing.T) {
	cfg := onPostgres(t)
	s, committing := storetest.Open(t, cfg), storetest.Open(t, cfg)
	if err := s.ImportUnmoved(t.Context(), file(0, crowd, "new")); err != nil {
		t.Fatal(err)
	}
	var id string
	if err := s.Pool().QueryRowContext(t.Context(), "SELECT import_id FROM people_state").Scan(&id); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Pool().ExecContext(t.Context(), "UPDATE people_state SET import_id = ''"); err != nil {
		t.Fatal(err)
	}
	tx, err := committing.Pool().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "UPDATE people_state SET import_id = $1", id); err != nil {
		t.Fatal(err)
	}
	cleared := make(chan error, 1)
	go func() { cleared <- s.Unstage(t.Context(), id) }()
	for waiting := 0; waiting == 0 && len(cleared) == 0; {
		err := committing.Pool().QueryRowContext(t.Context(),
			"SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&waiting)
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-cleared; err != nil {
		t.Error(err)
	}
	if got, want := seen(t, s), fmt.Sprintf("map[new:%d] 0", crowd); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// toBeKilled is what a process of this test is told, as JSON in its environment: where it
// stops to be killed, and the database that it imports into.
type toBeKilled struct {
	At, URL, Folder string
	Keys            keys.Keys
}

const killedEnv = "STORE_TEST_KILLED"

// TestAnImportThatIsKilled kills processes where an import is not in force yet, where it
// is, where a part of it has moved, and where a part of those has gone whom it removes.
func TestAnImportThatIsKilled(t *testing.T) {
	if told := os.Getenv(killedEnv); told != "" {
		importUntil(t, told)
	}
	before, after := fmt.Sprintf("map[old:%d] 0", 3+crowd), fmt.Sprintf("map[new:%d old:%d] 0", crowd-1, 2+crowd)
	alone, again := fmt.Sprintf("map[new:%d] 0", crowd-1), fmt.Sprintf("map[again:%d old:%d] 0", crowd, 1+crowd)
	onBoth(t, func(t *testing.T, cfg store.Config) {
		for _, test := range []struct{ at, want, again string }{
			{"staging", before, again}, {"in force", after, again}, {"moving", after, again}, {"removing", alone, fmt.Sprintf("map[again:%d] 0", crowd)},
		} {
			s := storetest.Open(t, cfg)
			if err := s.Reset(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := s.Import(t.Context(), registry.Each(personOf(0, "old"), personOf(1, "old"))); err != nil {
				t.Fatal(err)
			}
			if err := s.Import(t.Context(), file(crowd, 2*crowd+1, "old")); err != nil {
				t.Fatal(err)
			}
			killImport(t, cfg, test.at)
			if got := seen(t, s); got != test.want {
				t.Errorf("killed at %s: %s, want %s", test.at, got, test.want)
			}
			if err := s.Import(t.Context(), file(0, crowd, "again")); err != nil {
				t.Fatal(err)
			}
			if got := seen(t, s); got != test.again {
				t.Errorf("killed at %s, and imported again: %s, want %s", test.at, got, test.again)
			}
		}
	})
}

// killImport runs this test in a process of its own until it says where it is.
func killImport(t *testing.T, cfg store.Config, at string) {
	t.Helper()
	told, err := json.Marshal(toBeKilled{At: at, URL: cfg.URL, Folder: cfg.Folder, Keys: cfg.Keys})
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	process := exec.CommandContext(t.Context(), program, "-test.run", "^TestAnImportThatIsKilled$")
	process.Env = append(os.Environ(), killedEnv+"="+string(told))
	out, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	lines, said := bufio.NewScanner(out), ""
	for said != at && lines.Scan() {
		said = strings.TrimSpace(lines.Text())
	}
	if said != at {
		t.Errorf("the process ended at %q", said)
	}
	if err := process.Process.Kill(); err != nil {
		t.Error(err)
	}
	if err := process.Wait(); err == nil {
		t.Error("the process ended by itself")
	}
}

// importUntil imports up to a moment, says so, and waits to be killed.
func importUntil(t *testing.T, told string) {
	t.Helper()
	var to toBeKilled
	if err := json.Unmarshal([]byte(told), &to); err != nil {
		t.Fatal(err)
	}
	s := storetest.Open(t, store.Config{URL: to.URL, Folder: to.Folder, Keys: to.Keys})
	stop := func() {
		fmt.Println(to.At)
		select {}
	}
	people := func(yield func(registry.Person, error) bool) {
		for p := range file(1, crowd, "new") {
			if !yield(p, nil) {
				return
			}
		}
		if to.At == "staging" {
			stop()
		}
	}
	bring := s.ImportUnmoved
	if to.At == "removing" {
		bring = func(ctx context.Context, people iter.Seq2[registry.Person, error]) error {
			return s.ReplaceUnmoved(ctx, people, 2+crowd)
		}
	}
	err := bring(t.Context(), people)
	if err == nil && (to.At == "moving" || to.At == "removing") {
		_, err = s.SettleSome(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	stop()
}
