package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/account"
	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/registry"
	"realname.example/backend/internal/store"
	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

func testTrail(t *testing.T, s *store.Store) {
	ctx := t.Context()
	audited(t, s)
	for i := range 3 {
		e := act(operator.ActSearched, "number")
		e.At, e.Operator = Start.Add(time.Duration(i)*time.Second), fmt.Sprint("op", i)
		if err := s.Note(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.Trail(ctx, operator.TrailQuery{Limit: 100})
	if err != nil || !slices.IsSortedFunc(all, func(a, b operator.Line) int { return b.Compare(a) }) {
		t.Fatalf("%v %v", all, err)
	}
	for _, oldest := range []bool{false, true} {
		var paged []operator.Line
		for q := (operator.TrailQuery{Limit: 2, Oldest: oldest}); ; {
			page, err := s.Trail(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			paged = append(paged, page...)
			if len(page) < q.Limit {
				break
			}
			last := page[len(page)-1]
			q.Behind = operator.Cursor{At: last.At, Chain: last.Chain, Seq: last.Seq}
		}
		if oldest {
			slices.Reverse(paged)
		}
		if !slices.Equal(paged, all) {
			t.Errorf("oldest first %v: pages have %v, all are %v", oldest, paged, all)
		}
	}
	mine, err := s.Trail(ctx, operator.TrailQuery{Operator: "op1", Limit: 10})
	if err != nil || len(mine) != 1 || mine[0].Party != "op1" || mine[0].Event != string(operator.ActSearched) {
		t.Errorf("of op1: %v, %v", mine, err)
	}
	ofCase, err := s.Trail(ctx, operator.TrailQuery{Case: "c2", Limit: 10})
	if err != nil || len(ofCase) != 3 || ofCase[0].Chain != "c2" || ofCase[0].Seq != 3 {
		t.Errorf("of c2: %v, %v", ofCase, err)
	}
}

func countersign(t *testing.T, s *store.Store, by string, at time.Time) (*operator.Request, error) {
	t.Helper()
	r := operator.Request{Kind: operator.KindRelease, Subject: "a1", Operator: by, Reason: "lost", At: at}
	return s.Countersign(t.Context(), r, act(operator.ActAsked, "a1"))
}

func testCountersign(t *testing.T, s *store.Store) {
	addOperator(t, s, "wang", operator.Admin)
	addOperator(t, s, "li", operator.Admin)
	if first, err := countersign(t, s, "wang", Start); err != nil || first != nil {
		t.Fatalf("%v %v", first, err)
	}
	if _, err := countersign(t, s, "wang", Start); !errors.Is(err, operator.ErrAsked) {
		t.Errorf("with oneself: %v", err)
	}
	if waiting, err := s.Requests(t.Context(), "a1", Start.Add(-time.Hour)); err != nil || len(waiting) != 1 || waiting[0].Operator != "wang" {
		t.Errorf("%v %v", waiting, err)
	}
	late := Start.Add(operator.RequestLife)
	if first, err := countersign(t, s, "li", late); err != nil || first != nil {
		t.Errorf("a day later: %v %v", first, err)
	}
	first, err := countersign(t, s, "wang", late)
	if err != nil || first == nil || first.Operator != "li" || first.Reason != "lost" {
		t.Errorf("%v %v", first, err)
	}
	if waiting, err := s.Requests(t.Context(), "a1", Start); err != nil || len(waiting) != 0 {
		t.Errorf("%v %v", waiting, err)
	}
	// Both have to name the same item.
	r := operator.Request{Kind: operator.KindJoin, Subject: "a1", At: late}
	for _, step := range []struct {
		by, item string
		agreed   bool
	}{{"wang", "110100199003070111", false}, {"li", "11010019930615024X", false}, {"li", "110100199003070111", true}} {
		r.Operator, r.Item = step.by, step.item
		if first, err := s.Countersign(t.Context(), r, act(operator.ActAsked, "a1")); err != nil || (first != nil) != step.agreed {
			t.Errorf("%+v: %v %v", step, first, err)
		}
	}
	if waiting, err := s.Requests(t.Context(), "a1", Start); err != nil || len(waiting) != 1 || waiting[0].Kind != operator.KindJoin || waiting[0].Item != "" {
		t.Errorf("%v %v", waiting, err)
	}
}

// testCountersignEnds: who lost what they asked by is none of the two.
func testCountersignEnds(t *testing.T, s *store.Store) {
	ctx := t.Context()
	addOperator(t, s, "wang", operator.Admin)
	addOperator(t, s, "li", operator.Admin)
	// Each end comes between wang's request and li's. The removal is the last.
	for _, end := range []struct {
		what string
		do   func() error
		none bool // li's is a first request
	}{
		{"another enrolment", func() error {
			return s.AddEnrolment(ctx, operator.Enrolment{Hash: "another", Name: "wang"}, false, act(operator.ActEnrolmentMade, "wang"))
		}, false},
		{"a lost passkey", func() error {
			return s.AddEnrolment(ctx, operator.Enrolment{Hash: "next", Name: "wang"}, true, act(operator.ActPasskeysEnded, "wang"))
		}, true},
		{"ended keys", func() error {
			_, err := s.EndKeys(ctx, "wang", act(operator.ActKeysEnded, "wang"))
			return err
		}, true},
		{"a removal", func() error { return s.RemoveOperator(ctx, "wang", Start, act(operator.ActRemoved, "wang")) }, true},
	} {
		r := operator.Request{Kind: operator.KindExport, Subject: end.what, Operator: "wang", At: Start}
		if first, err := s.Countersign(ctx, r, act(operator.ActAsked, "")); err != nil || first != nil {
			t.Fatalf("%s: %v %v", end.what, first, err)
		}
		if err := end.do(); err != nil {
			t.Fatal(err)
		}
		r.Operator = "li"
		if first, err := s.Countersign(ctx, r, act(operator.ActAsked, "")); err != nil || (first == nil) != end.none {
			t.Errorf("%s: the second one agrees with %v, %v", end.what, first, err)
		}
	}
	if _, err := countersign(t, s, "wang", Start); !errors.Is(err, operator.ErrNotFound) {
		t.Errorf("who is removed asks: %v", err)
	}
}

func testCountersignRace(t *testing.T, a, b *store.Store) {
	for i := range 64 {
		addOperator(t, a, fmt.Sprint("op", i), operator.Admin)
	}
	agreed := make([]bool, 64)
	failed := race(a, b, func(i int, s *store.Store) error {
		first, err := countersign(t, s, fmt.Sprint("op", i), Start)
		agreed[i] = first != nil
		return err
	})
	winners(t, failed, func(error) bool { return false })
	n := 0
	for _, yes := range agreed {
		if yes {
			n++
		}
	}
	if n != 32 {
		t.Errorf("%d agreed", n)
	}
}

func testFind(t *testing.T, s *store.Store) {
	ctx := t.Context()
	p := registry.Person{Identity: Who(1), Portrait: []byte("image")}
	if err := s.Import(ctx, registry.Each(p, registry.Person{Identity: Who(2)})); err != nil {
		t.Fatal(err)
	}
	byKey, err := s.Find(ctx, registry.Search{Key: Who(1).Key()})
	if err != nil || len(byKey) != 1 || byKey[0].Identity != Who(1) || !byKey[0].HasPortrait || byKey[0].ID == "" {
		t.Fatalf("%+v %v", byKey, err)
	}
	for what, by := range map[string]registry.Search{"mobile": {Mobile: Who(1).Mobile.Reveal()}, "id": {ID: byKey[0].ID}} {
		if found, err := s.Find(ctx, by); err != nil || len(found) != 1 || found[0].ID != byKey[0].ID {
			t.Errorf("by %s: %+v %v", what, found, err)
		}
	}
	if found, err := s.Find(ctx, registry.Search{Mobile: "13999999999"}); err != nil || len(found) != 0 {
		t.Errorf("%+v %v", found, err)
	}
	Create(t, s, NewCase("c1", "a1", Who(1)))
	Update(t, s, "c1", Moved(verification.Verified))
	if ids, err := s.MobileBound(ctx, Who(1).Mobile.Reveal()); err != nil || !slices.Equal(ids, []string{"a1"}) {
		t.Errorf("%v %v", ids, err)
	}
}

func testIndexMobiles(t *testing.T, cfg store.Config) {
	s := Open(t, cfg)
	ctx := t.Context()
	if err := s.Import(ctx, registry.Each(registry.Person{Identity: Who(1)})); err != nil {
		t.Fatal(err)
	}
	Create(t, s, NewCase("c1", "a1", Who(1)))
	Update(t, s, "c1", Moved(verification.Verified))
	execute(t, s, "UPDATE people SET mobile_hash = ''")
	execute(t, s, "UPDATE identities SET mobile_hash = ''")
	for _, want := range []int{2, 0} {
		if n, err := s.IndexMobiles(ctx); err != nil || n != want {
			t.Errorf("made %d, %v, want %d", n, err, want)
		}
	}
	mobile := Who(1).Mobile.Reveal()
	people, err := s.Find(ctx, registry.Search{Mobile: mobile})
	ids, boundErr := s.MobileBound(ctx, mobile)
	if err != nil || boundErr != nil || len(people) != 1 || len(ids) != 1 {
		t.Errorf("%v %v, %v %v", people, err, ids, boundErr)
	}
}

func testUnbind(t *testing.T, s *store.Store) {
	ctx := t.Context()
	entry := verify.Entry{At: Start, Actor: verify.ActorOperator, Event: verify.EventReleased, Party: "wang, li", Detail: "lost"}
	if err := s.Unbind(ctx, "a1", "", entry); !errors.Is(err, verify.ErrNotFound) {
		t.Errorf("nobody's: %v", err)
	}
	Create(t, s, NewCase("c1", "a1", Who(1)))
	Update(t, s, "c1", Moved(verification.Verified))
	if err := s.Unbind(ctx, "a1", "", entry); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Bound(ctx, "a1"); !errors.Is(err, verify.ErrNotFound) {
		t.Errorf("still bound: %v", err)
	}
	Create(t, s, NewCase("c2", "a2", Who(1)))
	Update(t, s, "c2", Moved(verification.Verified))
	entries, err := s.Entries(ctx, "a1")
	if err != nil || entries[len(entries)-1].Event != verify.EventReleased || entries[len(entries)-1].Party != "wang, li" {
		t.Errorf("%+v %v", entries, err)
	}
}

// joined is the entry of a join.
var joined = verify.Entry{At: Start, Actor: verify.ActorOperator, Event: verify.EventJoined, Party: "wang, li", Detail: "both shown"}

func testJoined(t *testing.T, s *store.Store) {
	ctx := t.Context()
	if err := s.Join(ctx, "a1", Who(2), joined); !errors.Is(err, verify.ErrNotFound) {
		t.Errorf("to nobody: %v", err)
	}
	Create(t, s, NewCase("c1", "a1", Who(1)))
	Update(t, s, "c1", Moved(verification.Verified))
	permit := verify.Identity{CertificateType: identity.TWPermit, Number: identity.NewPII("12345678")}
	for _, who := range []verify.Identity{Who(2), permit} {
		if err := s.Join(ctx, "a1", who, joined); err != nil {
			t.Fatal(err)
		}
	}
	for _, who := range []verify.Identity{Who(1), Who(2)} {
		if err := s.Join(ctx, "a1", who, joined); !errors.Is(err, verify.ErrIdentityBound) {
			t.Errorf("again: %v", err)
		}
	}
	if holder, err := s.NumberBound(ctx, Who(2).Key()); err != nil || holder != "a1" {
		t.Errorf("the number verifies %q, %v", holder, err)
	}
	all, err := s.Joined(ctx, "a1")
	if err != nil || len(all) != 2 || all[0].Identity.Key() != Who(2).Key() && all[1].Identity.Key() != Who(2).Key() || !all[0].At.Equal(Start) {
		t.Errorf("%+v %v", all, err)
	}
	Create(t, s, NewCase("c2", "a2", Who(2)))
	if _, err := s.Update(ctx, "c2", Moved(verification.Verified)); !errors.Is(err, verify.ErrIdentityBound) {
		t.Errorf("another account with it: %v", err)
	}
	entries, err := s.Entries(ctx, "a1")
	if err != nil || entries[len(entries)-1].Event != verify.EventJoined || entries[len(entries)-1].Party != "wang, li" {
		t.Errorf("%+v %v", entries, err)
	}
	if err := s.Unbind(ctx, "a1", "", joined); err != nil {
		t.Fatal(err)
	}
	if all, err := s.Joined(ctx, "a1"); err != nil || len(all) != 0 {
		t.Errorf("after a release: %+v %v", all, err)
	}
	Update(t, s, "c2", Moved(verification.Verified))
	if err := s.Join(ctx, "a2", permit, joined); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Erase(ctx, "a2", joined, Moved(verification.Cancelled)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.NumberBound(ctx, permit.Key()); !errors.Is(err, verify.ErrNotFound) {
		t.Errorf("after an erasure: %v", err)
	}
	if all, err := s.Joined(ctx, "a2"); err != nil || len(all) != 0 {
		t.Errorf("after an erasure: %+v %v", all, err)
	}
}

func testBequeathed(t *testing.T, s *store.Store) {
	ctx := t.Context()
	Create(t, s, NewCase("c1", "a1", Who(1)))
	Update(t, s, "c1", Moved(verification.Verified))
	if err := s.Join(ctx, "a1", Who(2), joined); err != nil {
		t.Fatal(err)
	}
	if err := s.Unbind(ctx, "a1", "a2", joined); err != nil {
		t.Fatal(err)
	}
	if _, err := s.NumberBound(ctx, Who(2).Key()); !errors.Is(err, verify.ErrNotFound) {
		t.Errorf("before its heir is bound: %v", err)
	}
	Create(t, s, NewCase("c2", "a2", Who(1)))
	Update(t, s, "c2", Moved(verification.Verified))
	if holder, err := s.NumberBound(ctx, Who(2).Key()); err != nil || holder != "a2" {
		t.Errorf("the number verifies %q, %v", holder, err)
	}
	// What goes to an account that is never bound is forgotten, a day after it went there.
	later := joined
	later.At = Start.Add(48 * time.Hour)
	if err := s.Unbind(ctx, "a2", "a3", later); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		after time.Duration
		left  int
	}{{48 * time.Hour, 1}, {72 * time.Hour, 1}, {73 * time.Hour, 0}} {
		if err := s.Prune(ctx, Start.Add(test.after), verify.Lives{Cases: 24 * time.Hour, Pictures: 24 * time.Hour}); err != nil {
			t.Fatal(err)
		}
		all, err := s.Joined(ctx, "a3")
		if err != nil || len(all) != test.left || test.left > 0 && !all[0].At.Equal(Start) {
			t.Errorf("after %s: %+v %v", test.after, all, err)
		}
	}
}

// testJoinNoted shows that the trail says which number was joined without telling it, the
// same at each act, and that there is no act of a join that was none.
func testJoinNoted(t *testing.T, s *store.Store) {
	ctx := t.Context()
	Create(t, s, NewCase("c1", "a1", Who(1)))
	Update(t, s, "c1", Moved(verification.Verified))
	addOperator(t, s, "wang", operator.Admin)
	said := act(operator.ActJoined, "a1")
	said.Detail = "with wang: both shown"
	for _, n := range []int{2, 3} {
		r := operator.Request{Kind: operator.KindJoin, Subject: "a1", Operator: "wang", Item: Who(n).Key(), At: Start}
		if _, err := s.Countersign(ctx, r, act(operator.ActAsked, "a1")); err != nil {
			t.Fatal(err)
		}
		if err := s.JoinNoted(ctx, "a1", Who(n), joined, said); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.JoinNoted(ctx, "a1", Who(2), joined, said); !errors.Is(err, verify.ErrIdentityBound) {
		t.Errorf("again: %v", err)
	}
	lines, err := s.Trail(ctx, operator.TrailQuery{Limit: 50, Oldest: true})
	if err != nil {
		t.Fatal(err)
	}
	named := make(map[string][]string) // by hash
	for _, l := range lines {
		if _, hash, ok := strings.Cut(l.Detail, "; number #"); ok {
			named[hash] = append(named[hash], l.Event)
		}
	}
	if len(named) != 2 {
		t.Errorf("of two numbers: %v", named)
	}
	for hash, events := range named {
		slices.Sort(events)
		if len(hash) != 16 || !slices.Equal(events, []string{"asked", "number_joined", "number_joined"}) {
			t.Errorf("%q: %v", hash, events)
		}
	}
	if text := fmt.Sprint(lines); strings.Contains(text, Who(2).Number.Reveal()) {
		t.Errorf("the trail tells a number: %s", text)
	}
}

// testStrayNumber shows that a joined number whose account is not bound yet is free, and
// stays with whoever takes it meanwhile.
func testStrayNumber(t *testing.T, s *store.Store) {
	ctx := t.Context()
	Create(t, s, NewCase("c1", "a1", Who(1)))
	Update(t, s, "c1", Moved(verification.Verified))
	if err := s.Join(ctx, "a1", Who(2), joined); err != nil {
		t.Fatal(err)
	}
	if err := s.Unbind(ctx, "a1", "a2", joined); err != nil {
		t.Fatal(err)
	}
	for _, n := range []struct {
		account string
		who     verify.Identity
	}{{"a3", Who(2)}, {"a2", Who(1)}} {
		id := verification.ID("of " + n.account)
		Create(t, s, NewCase(string(id), n.account, n.who))
		Update(t, s, id, Moved(verification.Verified))
	}
	if all, err := s.Joined(ctx, "a2"); err != nil || len(all) != 0 {
		t.Errorf("it is another one's number too: %+v %v", all, err)
	}
	if holder, err := s.NumberBound(ctx, Who(2).Key()); err != nil || holder != "a3" {
		t.Errorf("the number verifies %q, %v", holder, err)
	}
}

// leaveJoined joins a number to an account "left" and erases that as a server does that
// knows of no joined numbers.
func leaveJoined(t *testing.T, s *store.Store) {
	t.Helper()
	Create(t, s, NewCase("case of left", "left", Who(11)))
	Update(t, s, "case of left", Moved(verification.Verified))
	if err := s.Join(t.Context(), "left", Who(12), joined); err != nil {
		t.Fatal(err)
	}
	execute(t, s, "DELETE FROM identities WHERE account_id = 'left'", "DELETE FROM data_keys WHERE subject = 'left'")
}

func testLeftJoined(t *testing.T, s *store.Store) {
	leaveJoined(t, s)
	for _, step := range []func(){func() {}, func() {
		Create(t, s, NewCase("another of left", "left", Who(13)))
		Update(t, s, "another of left", Moved(verification.Verified))
	}} {
		step()
		if all, err := s.Joined(t.Context(), "left"); err != nil || len(all) != 0 {
			t.Errorf("%+v %v", all, err)
		}
		if holder, err := s.NumberBound(t.Context(), Who(12).Key()); !errors.Is(err, verify.ErrNotFound) {
			t.Errorf("what is erased verifies %q, %v", holder, err)
		}
	}
}

// testCollation shows that the trail and an account's history are in one order, which is
// Go's, under a collation that has another one.
func testCollation(t *testing.T, s *store.Store) {
	if isPostgres(t, s) {
		execute(t, s, `ALTER TABLE audit ALTER COLUMN case_id TYPE TEXT COLLATE "und-x-icu"`)
	}
	for _, id := range []string{"B", "a"} { // a before B elsewhere
		Create(t, s, NewCase(id, "demo", Who(1)))
		Update(t, s, verification.ID(id), Moved(verification.Cancelled))
	}
	entries, err := s.Entries(t.Context(), "demo")
	if err != nil || len(entries) != 2 || entries[0].CaseID != "B" || entries[1].CaseID != "a" {
		t.Errorf("%+v %v", entries, err)
	}
	var paged []string
	for q := (operator.TrailQuery{Limit: 1}); ; {
		page, err := s.Trail(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		paged = append(paged, page[0].Chain)
		q.Behind = operator.Cursor{At: page[0].At, Chain: page[0].Chain, Seq: page[0].Seq}
	}
	if !slices.Equal(paged, []string{"a", "B"}) {
		t.Errorf("pages have %v", paged)
	}
}

// testJoinRace joins a number to some accounts while others are verified with it: one
// has it.
func testJoinRace(t *testing.T, a, b *store.Store) {
	for i := range 64 {
		n := 1 // the number that all want
		if i%2 == 0 {
			n = 2 + i // verified with its own
		}
		id := verification.ID(fmt.Sprint("c", i))
		Create(t, a, NewCase(string(id), fmt.Sprint("a", i), Who(n)))
		if i%2 == 0 {
			Update(t, a, id, Moved(verification.Verified))
		}
	}
	failed := race(a, b, func(i int, s *store.Store) error {
		if i%2 == 0 {
			return s.Join(t.Context(), fmt.Sprint("a", i), Who(1), joined)
		}
		_, err := s.Update(t.Context(), verification.ID(fmt.Sprint("c", i)), Moved(verification.Verified))
		return err
	})
	if n := winners(t, failed, func(err error) bool { return errors.Is(err, verify.ErrIdentityBound) }); n != 1 {
		t.Errorf("%d winners", n)
	}
}

func testEndSessions(t *testing.T, s *store.Store) {
	ctx := t.Context()
	if err := s.CreateAccount(ctx, account.Account{ID: "a1", Username: "demo", CreatedAt: Start}); err != nil {
		t.Fatal(err)
	}
	for i, ends := range []time.Duration{time.Hour, time.Hour, time.Minute} {
		n := account.Session{TokenHash: fmt.Sprint("t", i), AccountID: "a1", CreatedAt: Start, ExpiresAt: Start.Add(ends)}
		if err := s.CreateSession(ctx, n); err != nil {
			t.Fatal(err)
		}
	}
	now := Start.Add(2 * time.Minute)
	live, err := s.LiveSessions(ctx, []string{"t0", "t1", "t2", "t3"}, now)
	if slices.Sort(live); err != nil || !slices.Equal(live, []string{"t0", "t1"}) {
		t.Errorf("live are %v, %v", live, err)
	}
	for _, want := range []int{2, 0} {
		count, err := s.CountSessions(ctx, "a1", now)
		ended, endErr := s.EndSessions(ctx, "a1", now)
		if err != nil || endErr != nil || count != want || ended != want {
			t.Errorf("counted %d, ended %d, want %d: %v %v", count, ended, want, err, endErr)
		}
	}
	if live, err := s.LiveSessions(ctx, []string{"t0", "t1"}, now); err != nil || len(live) > 0 {
		t.Errorf("after all ended live %v, %v", live, err)
	}
}

func testForget(t *testing.T, s *store.Store) {
	ctx := t.Context()
	for _, subject := range []string{"a1", "a2"} {
		if err := s.Trace(ctx, verify.Trace{Bucket: verify.BucketFailsAccount, Subject: subject, At: Start}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Forget(ctx, verify.BucketFailsAccount, "a1"); err != nil {
		t.Fatal(err)
	}
	for subject, want := range map[string]int{"a1": 0, "a2": 1} {
		if n, err := s.Count(ctx, verify.BucketFailsAccount, subject, Start.Add(-time.Hour)); err != nil || n != want {
			t.Errorf("%s: %d %v", subject, n, err)
		}
	}
}
