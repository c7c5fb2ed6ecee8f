package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"realname.example/backend/internal/service"
	"realname.example/backend/internal/store"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// addService stores a service or fails the test.
func addService(t *testing.T, s *store.Store, id string) service.Service {
	t.Helper()
	n := service.Service{
		ID: id, Name: "商城 " + id, Auth: service.AuthBasic, Secrets: []service.Secret{{Hash: "h"}},
		Redirects: []string{"https://shop.example/back"}, Claims: []string{"name"}, Webhook: "https://shop.example/hook",
		WebhookSecrets: []service.WebhookSecret{{Secret: "whsec_" + id}}, MadeAt: Start,
	}
	if err := s.AddService(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	return n
}

// agreeTo stores a grant with a code for it.
func agreeTo(t *testing.T, s *store.Store, serviceID, accountID string) service.Token {
	t.Helper()
	request := service.Hash("request" + serviceID + accountID)
	err := s.AddRequest(t.Context(), request, service.Request{ServiceID: serviceID, ExpiresAt: Start.Add(time.Hour), State: "state"})
	if err != nil {
		t.Fatal(err)
	}
	code := service.Token{
		Kind: service.KindCode, Hash: service.Hash("code" + serviceID + accountID), ServiceID: serviceID, AccountID: accountID,
		Family: "family" + serviceID + accountID, ExpiresAt: Start.Add(time.Minute), Session: service.Session{Nonce: "n"},
	}
	g := service.Grant{ServiceID: serviceID, AccountID: accountID, Subject: "sub" + accountID, Status: true, Since: Start, At: Start}
	if err := s.Agree(t.Context(), request, g, code); err != nil {
		t.Fatal(err)
	}
	if err := s.Agree(t.Context(), request, g, code); !errors.Is(err, service.ErrGone) {
		t.Errorf("a request that was answered: %v", err)
	}
	return code
}

func testServices(t *testing.T, s *store.Store) {
	n := addService(t, s, "svc_a")
	got, err := s.Service(t.Context(), "", "svc_a")
	if err != nil || got.Name != n.Name || got.WebhookSecrets[0] != n.WebhookSecrets[0] || got.Secrets[0] != n.Secrets[0] {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := s.Service(t.Context(), "mall", "svc_a"); !errors.Is(err, service.ErrNotFound) {
		t.Errorf("another realm has it: %v", err)
	}
	if _, err := s.UpdateService(t.Context(), "", "svc_a", func(n *service.Service) error { n.Name = "银行"; return nil }); err != nil {
		t.Fatal(err)
	}
	if all, err := s.Services(t.Context(), ""); err != nil || len(all) != 1 || all[0].Name != "银行" {
		t.Errorf("listed %+v, %v", all, err)
	}
	code := agreeTo(t, s, "svc_a", "a1")
	if err := s.RemoveService(t.Context(), "", "svc_a"); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveService(t.Context(), "", "svc_a"); !errors.Is(err, service.ErrNotFound) {
		t.Errorf("removed twice: %v", err)
	}
	if _, err := s.Token(t.Context(), service.KindCode, code.Hash, Start); !errors.Is(err, service.ErrGone) {
		t.Errorf("its code is still there: %v", err)
	}
	if _, err := s.Grant(t.Context(), "svc_a", "a1"); !errors.Is(err, service.ErrNotFound) {
		t.Errorf("its grant is still there: %v", err)
	}
}

func testGrants(t *testing.T, s *store.Store) {
	addService(t, s, "svc_a")
	addService(t, s, "svc_b")
	code := agreeTo(t, s, "svc_a", "a1")
	agreeTo(t, s, "svc_b", "a1")
	agreeTo(t, s, "svc_a", "a2")
	g, err := s.GrantBySubject(t.Context(), "svc_a", "suba1")
	if err != nil || g.AccountID != "a1" || !g.Status || !g.Since.Equal(Start) {
		t.Errorf("by subject: %+v, %v", g, err)
	}
	if with, err := s.Granted(t.Context(), "svc_a", "a1"); err != nil || with.Grant.Subject != "suba1" || with.Service.ID != "svc_a" || with.Service.Name == "" {
		t.Errorf("with its service: %+v, %v", with, err)
	}
	if _, err := s.Granted(t.Context(), "svc_b", "a2"); !errors.Is(err, service.ErrNotFound) {
		t.Errorf("what was not granted: %v", err)
	}
	if all, err := s.GrantsOf(t.Context(), "", "a1"); err != nil || len(all) != 2 || all[1].Service.ID != "svc_b" {
		t.Errorf("listed %+v, %v", all, err)
	}
	if err := s.Revoke(t.Context(), "svc_a", "a1"); err != nil {
		t.Fatal(err)
	}
	if err := s.Revoke(t.Context(), "svc_a", "a1"); !errors.Is(err, service.ErrNotFound) {
		t.Errorf("revoked twice: %v", err)
	}
	if _, err := s.Token(t.Context(), service.KindCode, code.Hash, Start); !errors.Is(err, service.ErrGone) {
		t.Errorf("its tokens live: %v", err)
	}
	expectEvents(t, s, "svc_a", "1 grant.revoked suba1")
	expectEvents(t, s, "svc_b")
}

func expectEvents(t *testing.T, s *store.Store, serviceID string, want ...string) {
	t.Helper()
	events, err := s.Events(t.Context(), serviceID, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range events {
		got = append(got, fmt.Sprint(e.Number, " ", e.Type, " ", e.Subject))
		if e.ID == "" || e.At.IsZero() {
			t.Errorf("an event without id or time: %+v", e)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("events of %s: %q, want %q", serviceID, got, want)
	}
}

func testServiceEvents(t *testing.T, s *store.Store) {
	addService(t, s, "svc_a")
	agreeTo(t, s, "svc_a", "a1")
	Create(t, s, NewCase("c1", "a1", Who(1)))
	Update(t, s, "c1", Moved(verification.Verified))
	Create(t, s, NewCase("c2", "a2", Who(2))) // nobody was told of a2
	Update(t, s, "c2", Moved(verification.Verified))
	if _, err := s.Erase(t.Context(), "a1", verify.Entry{At: Start, Actor: verify.ActorPC, Event: verify.EventErased}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Erase(t.Context(), "a1", verify.Entry{At: Start, Actor: verify.ActorPC, Event: verify.EventErased}, nil); err != nil {
		t.Fatal(err)
	}
	Create(t, s, NewCase("c3", "a1", Who(1)))
	Update(t, s, "c3", Moved(verification.Rejected))
	expectEvents(t, s, "svc_a", "1 verification.verified suba1", "2 identity.erased suba1", "3 verification.rejected suba1")
	if later, err := s.Events(t.Context(), "svc_a", 1, 1); err != nil || len(later) != 1 || later[0].Number != 2 {
		t.Errorf("after the first: %+v, %v", later, err)
	}
}

// testRevokeBeside: whatever is redeemed beside a revocation, nothing that was
// issued is good after it.
func testRevokeBeside(t *testing.T, s *store.Store) {
	addService(t, s, "svc_a")
	for round := range 20 {
		code := agreeTo(t, s, "svc_a", "a1")
		fresh := service.Hash(fmt.Sprint("fresh", round))
		var both sync.WaitGroup
		both.Go(func() {
			err := s.Redeem(t.Context(), "svc_a", service.KindCode, code.Hash, Start, func(of service.Token) ([]service.Token, error) {
				of.Kind, of.Hash = service.KindRefresh, fresh
				return []service.Token{of}, nil
			})
			if err != nil && !errors.Is(err, service.ErrGone) {
				t.Errorf("redeem: %v", err)
			}
		})
		both.Go(func() {
			if err := s.Revoke(t.Context(), "svc_a", "a1"); err != nil {
				t.Errorf("revoke: %v", err)
			}
		})
		both.Wait()
		if _, err := s.Token(t.Context(), service.KindRefresh, fresh, Start); !errors.Is(err, service.ErrGone) {
			t.Fatalf("round %d: a token outlived its grant: %v", round, err)
		}
	}
}

// testRevokeFamilyBeside: what is redeemed while its family is revoked is void too.
func testRevokeFamilyBeside(t *testing.T, s *store.Store) {
	addService(t, s, "svc_a")
	code := agreeTo(t, s, "svc_a", "a1")
	revoked, locks := make(chan error, 1), isPostgres(t, s)
	err := s.Redeem(t.Context(), "svc_a", service.KindCode, code.Hash, Start, func(of service.Token) ([]service.Token, error) {
		go func() { revoked <- s.RevokeFamily(t.Context(), "svc_a", code.Hash) }()
		for waiting := 0; locks && waiting == 0 && len(revoked) == 0; {
			err := s.Pool().QueryRowContext(t.Context(),
				"SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&waiting)
			if err != nil {
				return nil, err
			}
		}
		of.Kind, of.Hash = service.KindAccess, service.Hash("fresh")
		return []service.Token{of}, nil
	})
	if err != nil {
		t.Errorf("redeem: %v", err)
	}
	if err := <-revoked; err != nil {
		t.Errorf("revoke: %v", err)
	}
	if _, err := s.Token(t.Context(), service.KindAccess, service.Hash("fresh"), Start); !errors.Is(err, service.ErrGone) {
		t.Errorf("what was issued meanwhile: %v", err)
	}
}

func testRedeem(t *testing.T, s *store.Store) {
	addService(t, s, "svc_a")
	code := agreeTo(t, s, "svc_a", "a1")
	refused := errors.New("refused")
	if err := s.Redeem(t.Context(), "svc_a", service.KindCode, code.Hash, Start, func(service.Token) ([]service.Token, error) { return nil, refused }); !errors.Is(err, refused) {
		t.Errorf("refused: %v", err)
	}
	if err := s.Redeem(t.Context(), "svc_a", service.KindRefresh, code.Hash, Start, nil); !errors.Is(err, service.ErrGone) {
		t.Errorf("as another kind: %v", err)
	}
	if err := s.Redeem(t.Context(), "svc_a", service.KindCode, code.Hash, Start.Add(time.Minute), nil); !errors.Is(err, service.ErrGone) {
		t.Errorf("too late: %v", err)
	}
	if err := s.Redeem(t.Context(), "svc_b", service.KindCode, code.Hash, Start, nil); !errors.Is(err, service.ErrGone) {
		t.Errorf("of another service: %v", err)
	}
	var won, reused atomic.Int64
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			err := s.Redeem(t.Context(), "svc_a", service.KindCode, code.Hash, Start, func(of service.Token) ([]service.Token, error) {
				of.Kind, of.Hash = service.KindAccess, service.Hash(fmt.Sprint("access", i))
				return []service.Token{of}, nil
			})
			switch {
			case err == nil:
				won.Add(1)
			case errors.Is(err, service.ErrReused), errors.Is(err, service.ErrGone):
				reused.Add(1)
			default:
				t.Errorf("redeem: %v", err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 || reused.Load() != 15 {
		t.Errorf("%d won, %d were refused", won.Load(), reused.Load())
	}
	for i := range 16 {
		if _, err := s.Token(t.Context(), service.KindAccess, service.Hash(fmt.Sprint("access", i)), Start); !errors.Is(err, service.ErrGone) {
			t.Errorf("a token of a code that was used twice lives: %v", err)
		}
	}
}

func testDevices(t *testing.T, s *store.Store) {
	addService(t, s, "svc_a")
	d := service.Device{Hash: "d", UserHash: "u", ServiceID: "svc_a", ExpiresAt: Start.Add(time.Minute), Interval: 5 * time.Second}
	if err := s.AddDevice(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	poll := func(at time.Time, want service.DeviceStatus, early bool) {
		t.Helper()
		got, was, err := s.PollDevice(t.Context(), "d", at, func(service.Device) ([]service.Token, error) { return nil, nil })
		if err != nil || got.Status != want || was != early {
			t.Errorf("got %s %t %v, want %s %t", got.Status, was, err, want, early)
		}
	}
	poll(Start, service.DeviceWaiting, false)
	poll(Start.Add(4*time.Second), service.DeviceWaiting, true)
	poll(Start.Add(12*time.Second), service.DeviceWaiting, true) // ten seconds now
	found, err := s.DeviceByUserCode(t.Context(), "u", Start)
	if err != nil {
		t.Fatal(err)
	}
	found.Session.Subject = "suba1"
	g := service.Grant{ServiceID: "svc_a", AccountID: "a1", Subject: "suba1", Since: Start, At: Start}
	if err := s.AgreeDevice(t.Context(), "u", g, found); err != nil {
		t.Fatal(err)
	}
	if err := s.DeclineDevice(t.Context(), "u"); !errors.Is(err, service.ErrGone) {
		t.Errorf("declined after it was agreed to: %v", err)
	}
	poll(Start.Add(13*time.Second), service.DeviceAgreed, false)
	if _, _, err := s.PollDevice(t.Context(), "d", Start, nil); !errors.Is(err, service.ErrGone) {
		t.Errorf("taken twice: %v", err)
	}
}

func testSigningKeys(t *testing.T, s *store.Store) {
	first := service.SigningKey{ID: "k1", Private: []byte("one"), SignsFrom: Start, EndsAt: Start.Add(time.Hour)}
	var all sync.WaitGroup
	for i := range 8 { // eight processes start at once
		all.Go(func() {
			k := first
			k.ID = fmt.Sprint("k", i)
			if err := s.AddSigningKey(t.Context(), "mall", "", k, Start); err != nil {
				t.Errorf("add: %v", err)
			}
		})
	}
	all.Wait()
	kept, err := s.SigningKeys(t.Context(), "mall")
	if err != nil || len(kept) != 1 || string(kept[0].Private) != "one" {
		t.Fatalf("kept %+v, %v", kept, err)
	}
	next := service.SigningKey{ID: "next", Private: []byte("two"), SignsFrom: Start.Add(2 * time.Hour), EndsAt: Start.Add(3 * time.Hour)}
	if err := s.AddSigningKey(t.Context(), "mall", kept[0].ID, next, Start.Add(90*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if kept, err = s.SigningKeys(t.Context(), "mall"); err != nil || len(kept) != 1 || kept[0].ID != "next" {
		t.Errorf("kept %+v, %v", kept, err)
	}
	if none, err := s.SigningKeys(t.Context(), ""); err != nil || len(none) != 0 {
		t.Errorf("another realm has %+v, %v", none, err)
	}
	if err := s.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if kept, err = s.SigningKeys(t.Context(), "mall"); err != nil || len(kept) != 1 {
		t.Errorf("after a reset: %+v, %v", kept, err)
	}
}

func testPruneServices(t *testing.T, s *store.Store) {
	addService(t, s, "svc_a")
	code := agreeTo(t, s, "svc_a", "a1")
	if err := s.Once(t.Context(), "j", Start.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if err := s.Once(t.Context(), "j", Start.Add(time.Minute)); !errors.Is(err, service.ErrReused) {
		t.Errorf("twice: %v", err)
	}
	if err := s.PruneServices(t.Context(), Start.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := s.Once(t.Context(), "j", Start.Add(time.Minute)); err != nil {
		t.Errorf("after its end: %v", err)
	}
	if _, err := s.Token(t.Context(), service.KindCode, code.Hash, Start); !errors.Is(err, service.ErrGone) {
		t.Errorf("an old code is kept: %v", err)
	}
}

// testConsentRace has two pages answered at once, each with another claim.
func testConsentRace(t *testing.T, a, b *store.Store) {
	addService(t, a, "svc_a")
	for round := range 10 {
		account := fmt.Sprintf("a%d", round)
		var all sync.WaitGroup
		for claim, s := range map[string]*store.Store{"name": a, "number": b} {
			request := service.Hash(account + claim)
			if err := s.AddRequest(t.Context(), request, service.Request{ServiceID: "svc_a", ExpiresAt: Start.Add(time.Hour)}); err != nil {
				t.Fatal(err)
			}
			g := service.Grant{ServiceID: "svc_a", AccountID: account, Subject: "sub" + account, Claims: []string{claim}, Since: Start, At: Start}
			code := service.Token{Kind: service.KindCode, Hash: request, ServiceID: "svc_a", AccountID: account, Family: request, ExpiresAt: Start.Add(time.Minute)}
			all.Go(func() {
				if err := s.Agree(t.Context(), request, g, code); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		g, err := a.Grant(t.Context(), "svc_a", account)
		if slices.Sort(g.Claims); err != nil || !slices.Equal(g.Claims, []string{"name", "number"}) {
			t.Errorf("agreed to %v, %v", g.Claims, err)
		}
	}
}

// testRemovalRace removes services while their people come to ends, revoke and
// agree: nobody but the removal is kept waiting, and nothing fails.
func testRemovalRace(t *testing.T, a, b *store.Store) {
	for round := range 10 {
		id, account := fmt.Sprintf("svc_%d", round), fmt.Sprintf("a%d", round)
		addService(t, a, id)
		agreeTo(t, a, id, account)
		agreeTo(t, a, id, account+"-2")
		c := NewCase(fmt.Sprintf("c%d", round), account, Who(round))
		Create(t, a, c)
		var all sync.WaitGroup
		all.Go(func() {
			if err := a.RemoveService(t.Context(), "", id); err != nil {
				t.Errorf("remove: %v", err)
			}
		})
		all.Go(func() {
			_, err := b.Update(t.Context(), c.ID, Moved(verification.Rejected))
			if err != nil {
				t.Errorf("a verification beside it: %v", err)
			}
		})
		all.Go(func() {
			if err := b.Revoke(t.Context(), id, account+"-2"); err != nil && !errors.Is(err, service.ErrNotFound) {
				t.Errorf("revoke: %v", err)
			}
		})
		all.Wait()
	}
}
