package storetest

import (
	"bytes"
	"crypto/rand"
	"errors"
	"iter"
	"maps"
	"reflect"
	"strconv"
	"sync"
	"testing"
	"time"

	"realname.example/backend/internal/account"
	"realname.example/backend/internal/keys"
	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/registry"
	"realname.example/backend/internal/store"
	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

func testErase(t *testing.T, s *store.Store) {
	Create(t, s, NewCase("c1", "demo", Who(1)))
	Update(t, s, "c1", Moved(verification.Rejected))
	second := NewCase("c2", "demo", Who(1))
	second.CreatedAt = Start.Add(time.Hour)
	Create(t, s, second)
	Update(t, s, "c2", Moved(verification.Verified))
	entry := verify.Entry{At: Start.Add(2 * time.Hour), Actor: verify.ActorPC, Event: verify.EventErased}
	if ended, err := s.Erase(t.Context(), "demo", entry, Moved(verification.Cancelled)); err != nil || ended != nil {
		t.Fatalf("ended %+v, %v", ended, err)
	}
	if _, err := s.Bound(t.Context(), "demo"); !errors.Is(err, verify.ErrNotFound) {
		t.Errorf("bound: %v", err)
	}
	all, err := s.Cases(t.Context(), "demo")
	if err != nil || len(all) != 2 {
		t.Fatalf("%d cases, %v", len(all), err)
	}
	for _, c := range all {
		if c.Identity != (verify.Identity{}) || c.PC.Device != "" || c.PC.Network != "" {
			t.Errorf("case %s keeps %+v, %+v", c.ID, c.Identity, c.PC)
		}
	}
	entries, err := s.Entries(t.Context(), "demo")
	if err != nil || len(entries) != 3 || entries[2].Event != verify.EventErased || entries[2].CaseID != "c2" {
		t.Errorf("entries %+v, %v", entries, err)
	}
	seal(t, s)
	if report, err := s.VerifyAudit(t.Context(), nil); err != nil || report.Entries != 3 {
		t.Errorf("%d entries hold, %v", report.Entries, err)
	}
	Create(t, s, NewCase("c3", "another", Who(1)))
	Update(t, s, "c3", Moved(verification.Verified))
}

// testEraseOpen is threat 27: an open case ends with its person.
func testEraseOpen(t *testing.T, s *store.Store) {
	Create(t, s, NewCase("c1", "demo", Who(1)))
	Update(t, s, "c1", Moved(verification.InReview))
	entry := verify.Entry{At: Start.Add(time.Hour), Actor: verify.ActorPC, Event: verify.EventErased}
	ended, err := s.Erase(t.Context(), "demo", entry, Moved(verification.Cancelled))
	if err != nil || ended == nil || ended.ID != "c1" || ended.Status != verification.Cancelled {
		t.Fatalf("ended %+v, %v", ended, err)
	}
	c, err := s.Case(t.Context(), "c1")
	if err != nil || c.Status != verification.Cancelled || !c.Identity.Number.Empty() {
		t.Errorf("%s, %v", c.Status, err)
	}
	broken := errors.New("broken")
	Create(t, s, NewCase("c2", "demo", Who(2)))
	if _, err := s.Erase(t.Context(), "demo", entry, func(*verify.Case) (verify.Effects, error) { return verify.Effects{}, broken }); !errors.Is(err, broken) {
		t.Errorf("an end that fails: %v", err)
	}
	if c, err := s.Case(t.Context(), "c2"); err != nil || c.Identity.Number.Empty() {
		t.Errorf("half an erasure remains: %+v, %v", c, err)
	}
}

// testNobody shows that the database itself keeps cases without a person from
// being open, reviewed or verified.
func testNobody(t *testing.T, s *store.Store) {
	Create(t, s, NewCase("c1", "demo", Who(1)))
	for _, statement := range []string{
		"UPDATE cases SET sealed = NULL",
		"UPDATE cases SET numbered = 0",
		"UPDATE cases SET numbered = 0, status = 'in_review'",
		"UPDATE cases SET numbered = 0, status = 'verified'",
	} {
		if _, err := s.Pool().ExecContext(t.Context(), statement); err == nil {
			t.Errorf("%s passed", statement)
		}
	}
	nobody := NewCase("c2", "other", verify.Identity{})
	if err := s.Create(t.Context(), nobody, verify.Effects{}); err == nil {
		t.Error("a case without a number began")
	}
	nobody.Status = verification.Rejected // as an affiliate's without an answer
	Create(t, s, nobody)
	verified := NewCase("c3", "third", verify.Identity{})
	e, _ := Moved(verification.Verified)(verified)
	if err := s.Create(t.Context(), verified, e); err == nil {
		t.Error("an account was verified as nobody")
	}
}

func testAccounts(t *testing.T, s *store.Store) {
	ctx := t.Context()
	demo := account.Account{ID: "1", Username: "Demo", PasswordHash: "hash", CreatedAt: Start}
	if err := s.CreateAccount(ctx, demo); err != nil {
		t.Fatal(err)
	}
	if err := s.CreateAccount(ctx, account.Account{ID: "2", Username: "dEMO"}); !errors.Is(err, account.ErrUsernameTaken) {
		t.Errorf("a name that differs by case: %v", err)
	}
	if got, err := s.AccountByUsername(ctx, "DEMO"); err != nil || got != demo {
		t.Errorf("by name: %+v, %v", got, err)
	}
	if _, err := s.AccountByID(ctx, "9"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("by id: %v", err)
	}
	session := account.Session{
		TokenHash: "t1", AccountID: "1", CreatedAt: Start, ExpiresAt: Start.Add(time.Hour),
		Device: "pc", Network: "203.0.113.x", NewDevice: true,
	}
	other := session
	other.TokenHash, other.Device = "t2", "laptop"
	for _, n := range []account.Session{session, other} {
		if err := s.CreateSession(ctx, n); err != nil {
			t.Fatal(err)
		}
	}
	if got, owner, err := s.SessionByHash(ctx, "t1", Start.Add(time.Hour-1)); err != nil || got != session || owner != demo {
		t.Errorf("session %+v of %+v, %v", got, owner, err)
	}
	if _, _, err := s.SessionByHash(ctx, "t1", Start.Add(time.Hour)); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("an expired session: %v", err)
	}
	if err := s.EndSession(ctx, "t1"); err != nil {
		t.Fatal(err)
	}
	if err := s.SetPassword(ctx, "1", "next"); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{"t1", "t2"} {
		if _, _, err := s.SessionByHash(ctx, token, Start); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("%s after sign-out and a new password: %v", token, err)
		}
	}
	had, device, network, err := s.Places(ctx, "1", "laptop", "198.51.100.x")
	if err != nil || !had || !device || network {
		t.Errorf("places %v %v %v, %v", had, device, network, err)
	}
	if had, _, _, err = s.Places(ctx, "2", "laptop", ""); err != nil || had {
		t.Errorf("another account's places: %v, %v", had, err)
	}
}

func testAnswers(t *testing.T, cfg store.Config) {
	now := Start
	cfg.Now = func() time.Time { return now }
	s := Open(t, cfg)
	ctx := t.Context()
	expect := func(when string, wantAnswer string, wantMine bool) {
		t.Helper()
		answer, mine, err := s.Reserve(ctx, "key")
		if err != nil || string(answer) != wantAnswer || mine != wantMine {
			t.Errorf("%s: %q, %v, %v", when, answer, mine, err)
		}
	}
	expect("first", "", true)
	expect("while it runs", "", false)
	if err := s.Release(ctx, "key"); err != nil {
		t.Fatal(err)
	}
	expect("after a release", "", true)
	now = now.Add(time.Minute)
	expect("after its process died", "", true)
	if err := s.Keep(ctx, "key", []byte("sealed")); err != nil {
		t.Fatal(err)
	}
	if err := s.Release(ctx, "key"); err != nil {
		t.Fatal(err)
	}
	now = now.Add(store.AnswerLife - time.Microsecond)
	expect("after a late release", "sealed", false)
	now = now.Add(time.Microsecond)
	expect("after ten minutes", "", true)
}

func person(n int) registry.Person {
	return registry.Person{Identity: Who(n), Carrier: verification.NameMismatch, HolderChanged: true, Silent: true, Outcome: "o", Account: "a"}
}

func testRegistry(t *testing.T, s *store.Store) {
	first, second := person(1), person(2)
	first.Portrait = []byte("image")
	if err := s.Import(t.Context(), registry.Each(first, second)); err != nil {
		t.Fatal(err)
	}
	second.Account, second.Portrait = "b", []byte("new")
	if err := s.Import(t.Context(), registry.Each(second)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []registry.Person{first, second} {
		if got, err := s.ByNumber(t.Context(), want.Identity.Number.Reveal()); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v", got, err)
		}
	}
	people, err := s.People(t.Context())
	if err != nil || len(people) != 2 || people[0].Identity != Who(1) || !people[1].HasPortrait || people[1].Portrait != nil {
		t.Errorf("listed %+v, %v", people, err)
	}
	if err := s.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ByNumber(t.Context(), Who(1).Number.Reveal()); !errors.Is(err, registry.ErrNotFound) {
		t.Errorf("after Clear: %v", err)
	}
}

// testReplace: who is not in the file goes, once their number is confirmed.
func testReplace(t *testing.T, s *store.Store) {
	if err := s.Import(t.Context(), registry.Each(person(1), person(2), person(3))); err != nil {
		t.Fatal(err)
	}
	var unconfirmed *registry.UnconfirmedError
	replace := func(confirmed int64) error {
		return s.ReplaceNoted(t.Context(), registry.Each(person(3), person(4)), confirmed, imported)
	}
	if err := replace(1); !errors.As(err, &unconfirmed) || unconfirmed.Count != 2 {
		t.Errorf("unconfirmed: %v", err)
	}
	expectPeople(t, s, 1, 2, 3)
	expectActs(t, s, 0)
	if err := replace(2); err != nil {
		t.Errorf("replaced: %v", err)
	}
	expectPeople(t, s, 3, 4)
	expectActs(t, s, 1)
	if err := s.RemoveNoted(t.Context(), Who(3).Key(), removed); err != nil {
		t.Error(err)
	}
	if err := s.RemoveNoted(t.Context(), Who(3).Key(), removed); !errors.Is(err, registry.ErrNotFound) {
		t.Errorf("removed twice: %v", err)
	}
	expectPeople(t, s, 4)
}

// removed is the act of a removal.
var removed = operator.Entry{At: Start, Operator: "li", Act: operator.ActPersonRemoved}

// imported is the act of an import.
var imported = operator.Entry{At: Start, Operator: "wang", Act: operator.ActImported}

// testImportNoted shows that what cannot be noted is not imported.
func testImportNoted(t *testing.T, s *store.Store) {
	if err := s.ImportNoted(t.Context(), registry.Each(person(1), person(2)), imported); err != nil {
		t.Fatal(err)
	}
	execute(t, s, "ALTER TABLE operator_acts RENAME TO operator_acts_away")
	if err := s.ImportNoted(t.Context(), registry.Each(person(3)), imported); err == nil {
		t.Error("imported without its act")
	}
	if err := s.ReplaceNoted(t.Context(), registry.Each(person(3)), 2, imported); err == nil {
		t.Error("replaced without its act")
	}
	execute(t, s, "ALTER TABLE operator_acts_away RENAME TO operator_acts")
	expectPeople(t, s, 1, 2)
	expectActs(t, s, 1)
}

// expectActs counts what imported did.
func expectActs(t *testing.T, s *store.Store, want int) {
	t.Helper()
	lines, err := s.Trail(t.Context(), operator.TrailQuery{Operator: imported.Operator, Limit: 9})
	if err != nil || len(lines) != want {
		t.Errorf("the trail has %+v, %v", lines, err)
	}
}

// expectPeople compares the registry with people by number, by both listings.
func expectPeople(t *testing.T, s *store.Store, want ...int) {
	t.Helper()
	people, err := s.People(t.Context())
	all := map[verify.Identity]bool{}
	for p, failed := range s.All(t.Context()) {
		err = errors.Join(err, failed)
		all[p.Identity] = true
	}
	if err != nil || len(people) != len(want) || len(all) != len(want) {
		t.Fatalf("%d people, %d in all, %v", len(people), len(all), err)
	}
	for i, n := range want {
		if people[i].Identity != Who(n) || !all[Who(n)] {
			t.Errorf("person %d is missing", n)
		}
	}
}

func testImport(t *testing.T, s *store.Store) {
	first, second := person(1), person(2)
	first.Portrait = []byte("image")
	broken := errors.New("a picture cannot be read")
	for name, test := range map[string]struct {
		people iter.Seq2[registry.Person, error]
		want   error
	}{
		"a file that breaks off": {func(yield func(registry.Person, error) bool) {
			_ = yield(first, nil) && yield(registry.Person{}, broken)
		}, broken},
		"a number twice": {registry.Each(first, second, first), registry.ErrTaken},
	} {
		if err := s.Import(t.Context(), test.people); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
		if people, err := s.People(t.Context()); err != nil || len(people) != 0 {
			t.Errorf("%s: %d people, %v", name, len(people), err)
		}
	}
	if err := s.Import(t.Context(), registry.Each(first, second)); err != nil {
		t.Fatal(err)
	}
	// The next file has no pictures, more people, and one of another name.
	moved := person(1)
	moved.Outcome = "moved"
	if err := s.Import(t.Context(), registry.Each(person(3), moved)); err != nil {
		t.Fatal(err)
	}
	got, err := s.ByNumber(t.Context(), Who(1).Number.Reveal())
	if err != nil || string(got.Portrait) != "image" || got.Outcome != "moved" {
		t.Errorf("after a file without pictures: %q, %q, %v", got.Portrait, got.Outcome, err)
	}
	testMobilesStay(t, s)
	people, err := s.People(t.Context())
	if err != nil || len(people) != 3 || !people[0].HasPortrait || people[2].Identity != Who(3) || people[2].HasPortrait {
		t.Errorf("listed %+v, %v", people, err)
	}
}

// testMobilesStay imports files without mobile numbers into a registry of Who(1) to 3.
func testMobilesStay(t *testing.T, s *store.Store) {
	t.Helper()
	without := func(n int) registry.Person {
		p := person(n)
		p.Identity.Mobile, p.KeepsMobile, p.Portrait = identity.PII{}, true, []byte("image "+strconv.Itoa(n))
		return p
	}
	if err := s.Import(t.Context(), registry.Each(without(2))); err != nil {
		t.Fatal(err)
	}
	if got, err := s.ByNumber(t.Context(), Who(2).Number.Reveal()); err != nil || got.Identity != Who(2) || string(got.Portrait) != "image 2" {
		t.Errorf("after a file without mobile numbers: %+v, %v", got, err)
	}
	if found, err := s.Find(t.Context(), registry.Search{Mobile: Who(2).Mobile.Reveal()}); err != nil || len(found) != 1 {
		t.Errorf("found by mobile number: %+v, %v", found, err)
	}
	guest := person(9)
	guest.Identity.Mobile = identity.PII{}
	if err := s.Import(t.Context(), registry.Each(guest)); err != nil {
		t.Fatal(err)
	}
	keys := []string{Who(1).Key(), Who(2).Key(), Who(4).Key(), guest.Identity.Key()}
	if with, err := s.WithMobile(t.Context(), keys); err != nil || !maps.Equal(with, map[string]bool{keys[0]: true, keys[1]: true}) {
		t.Errorf("with a mobile number: %v, %v", with, err)
	}
	if err := s.RemoveNoted(t.Context(), guest.Identity.Key(), removed); err != nil {
		t.Error(err)
	}
	var lacking *registry.NoMobileError
	if err := s.Import(t.Context(), registry.Each(without(3), without(4), without(5))); !errors.As(err, &lacking) || lacking.Count != 2 {
		t.Errorf("who is new without a mobile number: %v", err)
	}
	if got, err := s.ByNumber(t.Context(), Who(3).Number.Reveal()); err != nil || len(got.Portrait) != 0 {
		t.Errorf("half of a file is in force: %q, %v", got.Portrait, err)
	}
}

// testMobileChanged shows that a mobile number which changes in the registry while a file
// without them is imported is not set back, and that of who is removed does not come
// back.
func testMobileChanged(t *testing.T, s *store.Store) {
	kept, moved := person(1), person(1)
	kept.Identity.Mobile, kept.KeepsMobile = identity.PII{}, true
	kept.Portrait = make([]byte, 4<<20) // so that it is staged at once
	moved.Identity.Mobile = identity.NewPII("13900000009")
	other := person(2)
	other.Identity.Mobile, other.KeepsMobile = identity.PII{}, true
	if err := s.Import(t.Context(), registry.Each(person(1), person(2))); err != nil {
		t.Fatal(err)
	}
	while := func(do func() error) error {
		return s.Import(t.Context(), func(yield func(registry.Person, error) bool) {
			_ = yield(kept, nil) && yield(other, do())
		})
	}
	if err := while(func() error { return s.Import(t.Context(), registry.Each(moved)) }); err != nil {
		t.Fatal(err)
	}
	if got, err := s.ByNumber(t.Context(), Who(1).Number.Reveal()); err != nil || got.Identity != moved.Identity || len(got.Portrait) != len(kept.Portrait) {
		t.Errorf("got %q, %d bytes of portrait, %v", got.Identity.Mobile.Reveal(), len(got.Portrait), err)
	}
	if found, err := s.Find(t.Context(), registry.Search{Mobile: "13900000009"}); err != nil || len(found) != 1 {
		t.Errorf("found by the new one: %+v, %v", found, err)
	}
	var lacking *registry.NoMobileError
	if err := while(func() error { return s.RemoveNoted(t.Context(), Who(1).Key(), removed) }); !errors.As(err, &lacking) || lacking.Count != 1 {
		t.Errorf("removed meanwhile: %v", err)
	}
	expectPeople(t, s, 2)
}

func testAdd(t *testing.T, s *store.Store) {
	if err := s.Add(t.Context(), person(1)); err != nil {
		t.Fatal(err)
	}
	if err := s.Add(t.Context(), person(1)); !errors.Is(err, registry.ErrTaken) {
		t.Errorf("a second one: %v", err)
	}
}

func testInbox(t *testing.T, cfg store.Config) {
	s := Open(t, cfg)
	for i, mobile := range []string{"13800000001", "13800000002", "13800000001"} {
		m := api.SandboxSMS{Mobile: mobile, Code: "123456", Text: "text", At: Start.Add(time.Duration(i) * time.Second)}
		if err := s.AddMessage(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	s = Open(t, cfg)
	mine, err := s.Messages(t.Context(), "13800000001", 10)
	if err != nil || len(mine) != 2 || !mine[0].At.Equal(Start.Add(2*time.Second)) || mine[1].Code != "123456" {
		t.Errorf("got %+v, %v", mine, err)
	}
	if all, err := s.Messages(t.Context(), "", 2); err != nil || len(all) != 2 || all[1].Mobile != "13800000002" {
		t.Errorf("got %+v, %v", all, err)
	}
	if err := s.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if all, err := s.Messages(t.Context(), "", 2); err != nil || len(all) != 0 {
		t.Errorf("after a reset %+v, %v", all, err)
	}
}

func testMode(t *testing.T, cfg store.Config) {
	_ = Open(t, cfg)
	cfg = filled(cfg)
	cfg.Mode = "production"
	if _, err := store.Open(t.Context(), cfg); !errors.Is(err, store.ErrMode) {
		t.Errorf("got %v", err)
	}
}

func testStartTogether(t *testing.T, cfg store.Config) {
	cfg = filled(cfg)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			s, err := store.Open(t.Context(), cfg)
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func testRotate(t *testing.T, cfg store.Config) {
	s := Open(t, cfg)
	Create(t, s, NewCase("c1", "demo", Who(1)))
	Create(t, s, NewCase("c2", "other", Who(2)))
	next := cfg.Keys
	next.Masters = append([]keys.Master{}, next.Masters...)
	if err := next.AddMaster(rand.Reader); err != nil {
		t.Fatal(err)
	}
	serving := cfg
	serving.Reload = func() (keys.Keys, error) { return next, nil }
	running := Open(t, serving)
	rotated := cfg
	rotated.Keys = next
	s = Open(t, rotated)
	sealed := column(t, s, "SELECT sealed FROM cases ORDER BY id")
	if n, err := s.Rotate(t.Context(), func(int64, int64) {}); err != nil || n != 2 {
		t.Fatalf("%d keys wrapped anew, %v", n, err)
	}
	if !bytes.Equal(sealed, column(t, s, "SELECT sealed FROM cases ORDER BY id")) {
		t.Error("rotation encrypted more than data keys")
	}
	if n, err := s.Rotate(t.Context(), func(int64, int64) {}); err != nil || n != 0 {
		t.Errorf("again: %d keys, %v", n, err)
	}
	blind := Open(t, cfg)
	if err := blind.Create(t.Context(), NewCase("c3", "third", Who(3)), verify.Effects{}); !errors.Is(err, store.ErrMasterKey) {
		t.Errorf("a process that cannot have the new key seals under the old one: %v", err)
	}
	if err := blind.Ping(t.Context()); !errors.Is(err, store.ErrMasterKey) {
		t.Errorf("a process that cannot have the new key calls itself ready: %v", err)
	}
	Create(t, running, NewCase("c3", "third", Who(3))) // before anybody asks whether it is ready
	if err := running.Ping(t.Context()); err != nil {
		t.Errorf("a process that reads its keys again: %v", err)
	}
	if n, err := s.Rotate(t.Context(), func(int64, int64) {}); err != nil || n != 0 {
		t.Errorf("it seals under the old key still: %d, %v", n, err)
	}
	rotated.Keys.Masters = next.Masters[1:] // the old key may be thrown away
	for name, s := range map[string]*store.Store{"new keys": Open(t, rotated), "a process that runs": running} {
		if c, err := s.Case(t.Context(), "c1"); err != nil || c.Identity != Who(1) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func testReindex(t *testing.T, cfg store.Config) {
	s, running := Open(t, cfg), Open(t, cfg)
	Create(t, s, NewCase("c1", "demo", Who(1)))
	Update(t, s, "c1", Moved(verification.Verified))
	Create(t, s, NewCase("c2", "other", Who(1)))
	if err := s.Join(t.Context(), "demo", Who(2), joined); err != nil {
		t.Fatal(err)
	}
	if err := s.Import(t.Context(), registry.Each(person(3))); err != nil {
		t.Fatal(err)
	}
	if err := s.AddMessage(t.Context(), api.SandboxSMS{Mobile: "13800000001", At: Start}); err != nil {
		t.Fatal(err)
	}
	next := bytes.Repeat([]byte{7}, 32)
	if isPostgres(t, s) {
		serving, err := s.Pool().Conn(t.Context())
		if err == nil {
			_, err = serving.ExecContext(t.Context(), "SELECT pg_advisory_lock_shared($1)", store.ServingLock)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Reindex(t.Context(), next); !errors.Is(err, store.ErrServed) {
			t.Errorf("beside a server: %v", err)
		}
		if _, err := serving.ExecContext(t.Context(), "SELECT pg_advisory_unlock_shared($1)", store.ServingLock); err != nil {
			t.Fatal(err)
		}
		if err := serving.Close(); err != nil {
			t.Fatal(err)
		}
	}
	leaveJoined(t, s)
	if n, err := s.Reindex(t.Context(), next); err != nil || n != 4 {
		t.Fatalf("%d rows, %v", n, err)
	}
	if _, err := running.Update(t.Context(), "c2", Moved(verification.Verified)); err == nil || errors.Is(err, verify.ErrIdentityBound) {
		t.Errorf("a process with the old key bound the ID a second time: %v", err)
	}
	if err := running.Ping(t.Context()); !errors.Is(err, store.ErrIndexKey) {
		t.Errorf("it calls itself ready: %v", err)
	}
	if _, err := store.Open(t.Context(), filled(cfg)); !errors.Is(err, store.ErrIndexKey) {
		t.Errorf("the old key opens: %v", err)
	}
	cut := cfg // between the commit and the key file
	cut.Keys.NextIndex = next
	done := cfg
	done.Keys.Index = next
	for name, s := range map[string]*store.Store{"after": s, "cut off": Open(t, cut), "opened again": Open(t, done)} {
		_, updateErr := s.Update(t.Context(), "c2", Moved(verification.Verified))
		got, personErr := s.ByNumber(t.Context(), Who(3).Number.Reveal())
		messages, inboxErr := s.Messages(t.Context(), "13800000001", 1)
		if holder, err := s.NumberBound(t.Context(), Who(2).Key()); err != nil || holder != "demo" {
			t.Errorf("%s: the joined number verifies %q, %v", name, holder, err)
		}
		if !errors.Is(updateErr, verify.ErrIdentityBound) || personErr != nil || got.Identity != Who(3) ||
			inboxErr != nil || len(messages) != 1 {
			t.Errorf("%s: %v, %v, %v", name, updateErr, personErr, inboxErr)
		}
	}
}
