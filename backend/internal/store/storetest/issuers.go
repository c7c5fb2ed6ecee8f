package storetest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"realname.example/backend/internal/account"
	"realname.example/backend/internal/issuer"
	"realname.example/backend/internal/store"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// at is the issuer of these tests, and key a person there.
const at = "https://issuer.example"

func key(subject string) issuer.Key { return issuer.Key{Issuer: at, Subject: subject} }

func attempt(id, accountID string) issuer.Attempt {
	return issuer.Attempt{
		ID: id, Issuer: "corp", AccountID: accountID, RedirectURI: "http://127.0.0.1:7/", ExpiresAt: Start.Add(10 * time.Minute),
		State: "state", Nonce: "nonce", Verifier: "verifier",
	}
}

func testAttempts(t *testing.T, s *store.Store) {
	ctx := t.Context()
	for _, a := range []issuer.Attempt{attempt("one", ""), attempt("two", "a1"), attempt("late", "")} {
		if err := s.CreateAttempt(ctx, a); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.TakeAttempt(ctx, "one", "", Start)
	if err != nil || got != attempt("one", "") {
		t.Errorf("taken: %+v, %v", got, err)
	}
	for _, test := range []struct {
		id, account string
		now         time.Time
		want        error
	}{
		{"one", "", Start, issuer.ErrSpent},
		{"two", "", Start, issuer.ErrNotFound},
		{"two", "a2", Start, issuer.ErrNotFound},
		{"none", "", Start, issuer.ErrNotFound},
		{"late", "", Start.Add(10 * time.Minute), issuer.ErrSpent},
	} {
		if _, err := s.TakeAttempt(ctx, test.id, test.account, test.now); !errors.Is(err, test.want) {
			t.Errorf("%s of account %q: %v, want %v", test.id, test.account, err, test.want)
		}
	}
	if err := s.Prune(ctx, Start.Add(2*time.Hour), verify.Lives{Cases: time.Hour}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.TakeAttempt(ctx, "one", "", Start); !errors.Is(err, issuer.ErrNotFound) {
		t.Errorf("after pruning: %v", err)
	}
}

// testDeviceAttempts asks about an attempt that is answered on another device: one
// caller at a time, and no sooner than the issuer likes.
func testDeviceAttempts(t *testing.T, s *store.Store) {
	ctx := t.Context()
	made := attempt("one", "a1")
	made.Device, made.Interval = "device code", 5*time.Second
	for _, a := range []issuer.Attempt{made, attempt("two", "a1")} {
		if err := s.CreateAttempt(ctx, a); err != nil {
			t.Fatal(err)
		}
	}
	poll := func(id, account string, at time.Time, wantDue time.Duration, want error) {
		t.Helper()
		got, due, err := s.PollAttempt(ctx, id, account, at)
		switch {
		case !errors.Is(err, want):
			t.Errorf("%s of %s: %v, want %v", id, account, err, want)
		case wantDue > 0 && !due.Equal(Start.Add(wantDue)):
			t.Errorf("%s of %s: due %v, want %v", id, account, due, wantDue)
		case err == nil && wantDue == 0 && (got.Device != "device code" || !due.IsZero()):
			t.Errorf("%s of %s: %+v, due %v", id, account, got, due)
		}
	}
	poll("one", "a2", Start, 0, issuer.ErrNotFound)
	poll("two", "a1", Start, 0, issuer.ErrNotFound) // its browser brings the answer
	poll("one", "a1", Start, 0, nil)
	poll("one", "a1", Start.Add(4*time.Second), 5*time.Second, nil)
	poll("one", "a1", Start.Add(5*time.Second), 0, nil)
	made.Interval = 10 * time.Second
	if err := s.SlowAttempt(ctx, made, Start.Add(15*time.Second)); err != nil {
		t.Fatal(err)
	}
	poll("one", "a1", Start.Add(11*time.Second), 15*time.Second, nil)
	poll("one", "a1", Start.Add(15*time.Second), 0, nil)
	poll("one", "a1", Start.Add(10*time.Minute), 0, issuer.ErrSpent)
	if _, err := s.TakeAttempt(ctx, "one", "a1", Start); err != nil {
		t.Fatal(err)
	}
	poll("one", "a1", Start.Add(time.Minute), 0, issuer.ErrSpent)
}

func testAttemptRace(t *testing.T, a, b *store.Store) {
	if err := a.CreateAttempt(t.Context(), attempt("one", "")); err != nil {
		t.Fatal(err)
	}
	var taken atomic.Int64
	var all sync.WaitGroup
	for i := range 64 {
		s := []*store.Store{a, b}[i%2]
		all.Go(func() {
			switch _, err := s.TakeAttempt(t.Context(), "one", "", Start); {
			case err == nil:
				taken.Add(1)
			case !errors.Is(err, issuer.ErrSpent):
				t.Error(err)
			}
		})
	}
	all.Wait()
	if taken.Load() != 1 {
		t.Errorf("%d took it", taken.Load())
	}
}

func testLinks(t *testing.T, s *store.Store) {
	ctx := t.Context()
	tokens := issuer.Tokens{Access: "access", Until: Start.Add(time.Hour), Refresh: "refresh"}
	if _, err := s.SaveLink(ctx, "a1", key("one"), issuer.NewLink{At: Start, Tokens: tokens}); err != nil {
		t.Fatal(err)
	}
	l, err := s.Link(ctx, "a1", at)
	if err != nil || l.Tokens != tokens || !l.LinkedAt.Equal(Start) || l.Verified != nil || l.SignsIn {
		t.Errorf("link: %+v, %v", l, err)
	}
	if id, err := s.LinkedAccount(ctx, key("one")); !errors.Is(err, issuer.ErrNotFound) {
		t.Errorf("a link signs in to %q, %v", id, err)
	}
	if _, err := s.SaveLink(ctx, "a2", key("one"), issuer.NewLink{At: Start, Tokens: tokens}); !errors.Is(err, issuer.ErrLinkTaken) {
		t.Errorf("a second account: %v", err)
	}
	// The same person's are replaced by the new ones, and do not come back to be ended.
	again := issuer.Tokens{Refresh: "again"}
	if was, err := s.SaveLink(ctx, "a1", key("one"), issuer.NewLink{At: Start, ByDevice: true, Verified: new(true), Tokens: again}); err != nil || was != (issuer.Tokens{}) {
		t.Errorf("the same person: %+v, %v", was, err)
	}
	if l, err = s.Link(ctx, "a1", at); err != nil || !l.ByDevice || l.Verified == nil || !*l.Verified || !l.CheckedAt.Equal(Start) {
		t.Errorf("by device: %+v, %v", l, err)
	}
	// Another person there takes the first one's place, whose tokens come back.
	if was, err := s.SaveLink(ctx, "a1", key("two"), issuer.NewLink{At: Start, Tokens: issuer.Tokens{Refresh: "other"}}); err != nil || was != again {
		t.Errorf("replaced: %+v, %v", was, err)
	}
	if same, err := s.LinkIs(ctx, "a1", key("two")); err != nil || !same {
		t.Errorf("is two: %v, %v", same, err)
	}
	if same, err := s.LinkIs(ctx, "a1", key("one")); err != nil || same {
		t.Errorf("is one: %v, %v", same, err)
	}
	if err := s.SaveVerified(ctx, "a1", at, true, Start.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	all, err := s.Links(ctx, "a1")
	if err != nil || len(all) != 1 || all[0].Verified == nil || !*all[0].Verified || !all[0].CheckedAt.Equal(Start.Add(time.Minute)) {
		t.Errorf("links: %+v, %v", all, err)
	}
	if was, err := s.Unlink(ctx, "a1", at); err != nil || was.Tokens.Refresh != "other" {
		t.Errorf("unlinked: %+v, %v", was, err)
	}
	if _, err := s.Unlink(ctx, "a1", at); !errors.Is(err, issuer.ErrNotFound) {
		t.Errorf("unlinked twice: %v", err)
	}
	if _, err := s.Link(ctx, "a1", at); !errors.Is(err, issuer.ErrNotFound) {
		t.Errorf("after unlinking: %v", err)
	}
}

func testLinkedAccounts(t *testing.T, s *store.Store) {
	ctx := t.Context()
	made := account.Account{ID: "a1", Username: "wang", CreatedAt: Start}
	if err := s.CreateLinkedAccount(ctx, made, key("one")); err != nil {
		t.Fatal(err)
	}
	if got, err := s.AccountByID(ctx, "a1"); err != nil || got != made {
		t.Errorf("account: %+v, %v", got, err)
	}
	if err := s.CreateLinkedAccount(ctx, account.Account{ID: "a2", Username: "WANG", CreatedAt: Start}, key("two")); !errors.Is(err, account.ErrUsernameTaken) {
		t.Errorf("the same name: %v", err)
	}
	if err := s.CreateLinkedAccount(ctx, account.Account{ID: "a2", Username: "wang-2", CreatedAt: Start}, key("one")); !errors.Is(err, issuer.ErrLinkTaken) {
		t.Errorf("the same person: %v", err)
	}
	if _, err := s.AccountByID(ctx, "a2"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("an account is left of it: %v", err)
	}
	// Who signs in as one person cannot be linked to another there, and unlinking
	// leaves the sign-in.
	if _, err := s.SaveLink(ctx, "a1", key("two"), issuer.NewLink{At: Start, Tokens: issuer.Tokens{}}); !errors.Is(err, issuer.ErrLinkTaken) {
		t.Errorf("another person: %v", err)
	}
	if _, err := s.Unlink(ctx, "a1", at); !errors.Is(err, issuer.ErrNotFound) {
		t.Errorf("a sign-in is no affiliate's link: %v", err)
	}
	if _, err := s.SaveLink(ctx, "a1", key("one"), issuer.NewLink{At: Start, Tokens: issuer.Tokens{Refresh: "r"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Unlink(ctx, "a1", at); err != nil {
		t.Fatal(err)
	}
	if id, err := s.LinkedAccount(ctx, key("one")); err != nil || id != "a1" {
		t.Errorf("after unlinking, the person signs in as %q, %v", id, err)
	}
	if l, err := s.Link(ctx, "a1", at); err != nil || !l.LinkedAt.IsZero() || l.Tokens != (issuer.Tokens{}) {
		t.Errorf("after unlinking: %+v, %v", l, err)
	}
	// An erasure leaves the sign-in, and forgets the address until the next one.
	said := issuer.Address{Email: "wang@example.org", At: Start}
	if err := s.SaveAddress(ctx, "a1", at, said); err != nil {
		t.Fatal(err)
	}
	if have, err := s.Address(ctx, "a1"); err != nil || have != said {
		t.Errorf("the address: %+v, %v", have, err)
	}
	if _, err := s.Erase(ctx, "a1", verify.Entry{At: Start, Event: verify.EventErased}, Set(func(*verify.Case) {})); err != nil {
		t.Fatal(err)
	}
	if have, err := s.Address(ctx, "a1"); err != nil || have != (issuer.Address{}) {
		t.Errorf("the address after an erasure: %+v, %v", have, err)
	}
	if id, err := s.LinkedAccount(ctx, key("one")); err != nil || id != "a1" {
		t.Errorf("after an erasure, the person signs in as %q, %v", id, err)
	}
}

func testLeaseRace(t *testing.T, a, b *store.Store) {
	ctx := t.Context()
	if _, err := a.SaveLink(ctx, "a1", key("one"), issuer.NewLink{At: Start, Tokens: issuer.Tokens{Refresh: "first"}}); err != nil {
		t.Fatal(err)
	}
	var leased atomic.Int64
	var all sync.WaitGroup
	for i := range 64 {
		s := []*store.Store{a, b}[i%2]
		all.Go(func() {
			_, ok, err := s.LeaseLink(ctx, "a1", at, Start, Start.Add(time.Minute))
			if err != nil {
				t.Error(err)
			}
			if ok {
				leased.Add(1)
			}
		})
	}
	all.Wait()
	if leased.Load() != 1 {
		t.Fatalf("%d have the lease", leased.Load())
	}
	l, ok, err := a.LeaseLink(ctx, "a1", at, Start.Add(time.Minute), Start.Add(2*time.Minute))
	if err != nil || !ok {
		t.Fatalf("after its end: %v, %v", ok, err)
	}
	if err := a.SaveTokens(ctx, l, issuer.Tokens{Refresh: "second"}); err != nil {
		t.Fatal(err)
	}
	if err := b.SaveTokens(ctx, l, issuer.Tokens{Refresh: "late"}); err != nil {
		t.Fatal(err)
	}
	if l, ok, err = b.LeaseLink(ctx, "a1", at, Start, Start.Add(time.Minute)); err != nil || !ok || l.Tokens.Refresh != "second" {
		t.Errorf("after it was saved: %+v, %v, %v", l, ok, err)
	}
}

func testIssuerSessions(t *testing.T, s *store.Store) {
	ctx := t.Context()
	if err := s.CreateAccount(ctx, account.Account{ID: "a1", Username: "wang", CreatedAt: Start}); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{"one", "two"} {
		err := errors.Join(
			s.CreateSession(ctx, account.Session{TokenHash: token, AccountID: "a1", CreatedAt: Start, ExpiresAt: Start.Add(24 * time.Hour)}),
			s.KeepSession(ctx, issuer.Session{TokenHash: token, AccountID: "a1", Issuer: at, Refresh: "r-" + token, RefreshAt: Start.Add(5 * time.Minute)}))
		if err != nil {
			t.Fatal(err)
		}
	}
	due := func(now time.Time, want ...string) {
		t.Helper()
		got, err := s.DueSessions(ctx, now, now.Add(time.Minute), 10)
		if err != nil || len(got) != len(want) {
			t.Fatalf("due: %+v, %v, want %v", got, err, want)
		}
		for i, w := range want {
			if got[i].TokenHash != w || got[i].Refresh != "r-"+w || got[i].AccountID != "a1" || got[i].Issuer != at {
				t.Errorf("due: %+v, want %s", got[i], w)
			}
		}
	}
	due(Start)
	if err := s.EndSession(ctx, "two"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.SessionByHash(ctx, "two", Start); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("an ended session: %v", err)
	}
	due(Start.Add(5*time.Minute), "one")
	due(Start.Add(5 * time.Minute)) // leased
	if err := s.SaveSession(ctx, issuer.Session{TokenHash: "one", Refresh: "r-one", RefreshAt: Start.Add(10 * time.Minute)}); err != nil {
		t.Fatal(err)
	}
	due(Start.Add(9 * time.Minute))
	due(Start.Add(10*time.Minute), "one")
	if got, err := s.ForgetSession(ctx, "one"); err != nil || got.Refresh != "r-one" {
		t.Errorf("forgotten: %+v, %v", got, err)
	}
	if _, err := s.ForgetSession(ctx, "one"); !errors.Is(err, issuer.ErrNotFound) {
		t.Errorf("forgotten twice: %v", err)
	}
	kept := issuer.Session{TokenHash: "one", AccountID: "a1", Issuer: at, Refresh: "r-one", RefreshAt: Start.Add(10 * time.Minute)}
	if err := s.KeepSession(ctx, kept); err != nil {
		t.Fatal(err)
	}
	due(Start.Add(25 * time.Hour)) // the session itself is over
}

func testNote(t *testing.T, s *store.Store) {
	ctx := t.Context()
	entry := verify.Entry{At: Start, Actor: verify.ActorServer, Event: verify.EventAnswerRefused, Party: "affiliate:mall"}
	if err := s.NoteEntry(ctx, "a1", entry); err != nil {
		t.Errorf("without a case: %v", err)
	}
	Create(t, s, NewCase("c1", "a1", Who(1)))
	if err := s.NoteEntry(ctx, "a1", entry); err != nil {
		t.Fatal(err)
	}
	entries, err := s.Entries(ctx, "a1")
	if err != nil || len(entries) != 1 || entries[0].Event != verify.EventAnswerRefused || entries[0].Status != verification.CodeRequired {
		t.Errorf("entries: %+v, %v", entries, err)
	}
}

func testRevocations(t *testing.T, s *store.Store) {
	ctx := t.Context()
	r := issuer.Revocation{ID: "one", Issuer: at, Refresh: "refresh", Tries: 1, At: Start}
	if err := s.KeepRevocation(ctx, r); err != nil {
		t.Fatal(err)
	}
	due := func(now time.Time) []issuer.Revocation {
		t.Helper()
		all, err := s.DueRevocations(ctx, now, now.Add(time.Minute), 10)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if got := due(Start); len(got) != 1 || got[0] != r {
		t.Errorf("due: %+v", got)
	}
	if got := due(Start); len(got) != 0 {
		t.Errorf("leased, and due all the same: %+v", got)
	}
	r.Tries, r.At = 2, Start.Add(time.Hour)
	if err := s.KeepRevocation(ctx, r); err != nil {
		t.Fatal(err)
	}
	if got := due(Start.Add(time.Hour)); len(got) != 1 || got[0] != r {
		t.Errorf("tried again: %+v", got)
	}
	if err := s.DeleteRevocation(ctx, "one"); err != nil || len(due(Start.Add(24*time.Hour))) != 0 {
		t.Errorf("deleted: %v", err)
	}
}
