package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"realname.example/backend/internal/store"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// race runs 64 racers over two stores and returns their errors.
func race(a, b *store.Store, run func(i int, s *store.Store) error) []error {
	const racers = 64
	failed := make([]error, racers)
	var wg sync.WaitGroup
	gate := make(chan struct{})
	for i := range racers {
		wg.Go(func() {
			<-gate
			failed[i] = run(i, []*store.Store{a, b}[i%2])
		})
	}
	close(gate)
	wg.Wait()
	return failed
}

// winners counts the racers without error; every other has to have lost in the
// way that lost tells.
func winners(t *testing.T, failed []error, lost func(error) bool) int {
	t.Helper()
	n := 0
	for i, err := range failed {
		switch {
		case err == nil:
			n++
		case !lost(err):
			t.Errorf("racer %d: %v", i, err)
		}
	}
	return n
}

func testIDRace(t *testing.T, a, b *store.Store) {
	for i := range 64 {
		Create(t, a, NewCase(fmt.Sprint("c", i), fmt.Sprint("a", i), Who(1)))
	}
	failed := race(a, b, func(i int, s *store.Store) error {
		_, err := s.Update(t.Context(), verification.ID(fmt.Sprint("c", i)), Moved(verification.Verified))
		return err
	})
	if n := winners(t, failed, func(err error) bool { return errors.Is(err, verify.ErrIdentityBound) }); n != 1 {
		t.Errorf("%d winners", n)
	}
}

func testClaimRace(t *testing.T, a, b *store.Store) {
	c := NewCase("c1", "demo", Who(1))
	c.Keys = []verify.Key{{Kind: verify.KeyTicket, Hash: "h", ExpiresAt: Start.Add(time.Minute)}}
	Create(t, a, c)
	failed := race(a, b, func(i int, s *store.Store) error {
		_, err := s.Update(t.Context(), "c1", func(c *verify.Case) (verify.Effects, error) {
			if c.Keys[0].Void {
				return verify.Effects{}, verify.ErrTicketUsed
			}
			c.Keys[0].Void = true
			c.Phone = &verify.Phone{Device: fmt.Sprint("phone ", i)}
			return verify.Effects{}, nil
		})
		return err
	})
	if n := winners(t, failed, func(err error) bool { return errors.Is(err, verify.ErrTicketUsed) }); n != 1 {
		t.Errorf("%d winners", n)
	}
}

func testCreateRace(t *testing.T, a, b *store.Store) {
	failed := race(a, b, func(i int, s *store.Store) error {
		c := NewCase(fmt.Sprint("c", i), "demo", Who(i))
		var e verify.Effects
		if i%4 == 0 { // an affiliate's claims verify at once
			e, _ = Moved(verification.Verified)(c)
		}
		return s.Create(t.Context(), c, e)
	})
	n := winners(t, failed, func(err error) bool {
		return errors.Is(err, verify.ErrAlreadyVerified) || errors.As(err, new(*verify.ConflictError))
	})
	if n != 1 {
		t.Errorf("%d winners", n)
	}
}

func testLimitRace(t *testing.T, a, b *store.Store) {
	failed := race(a, b, func(i int, s *store.Store) error {
		limits := []verify.Limit{{N: 3, Window: time.Hour}}
		c := NewCase(fmt.Sprint("c", i), fmt.Sprint("a", i), Who(i))
		return s.Create(t.Context(), c, verify.Effects{Traces: []verify.Trace{
			{Bucket: verify.BucketSMSNumber, Subject: "13800000001", At: Start, Limits: limits},
			{Bucket: verify.BucketIDsOfAccount, Subject: "demo", Item: fmt.Sprint(i), At: Start, Limits: limits},
		}})
	})
	if n := winners(t, failed, func(err error) bool { return errors.As(err, new(*verify.LimitError)) }); n != 3 {
		t.Errorf("%d passed", n)
	}
}

func testEraseRace(t *testing.T, a, b *store.Store) {
	entry := verify.Entry{At: Start, Actor: verify.ActorPC, Event: verify.EventErased}
	failed := race(a, b, func(i int, s *store.Store) error {
		if i%2 == 0 {
			_, err := s.Erase(t.Context(), "demo", entry, Moved(verification.Cancelled))
			return err
		}
		id := verification.ID(fmt.Sprint("c", i))
		if err := s.Create(t.Context(), NewCase(string(id), "demo", Who(1)), verify.Effects{}); err != nil {
			return err
		}
		_, err := s.Update(t.Context(), id, func(c *verify.Case) (verify.Effects, error) {
			if c.Status.Final() {
				return verify.Effects{}, &verify.ConflictError{ID: id}
			}
			return Moved(verification.Verified)(c)
		})
		return err
	})
	winners(t, failed, func(err error) bool {
		return errors.Is(err, verify.ErrAlreadyVerified) || errors.As(err, new(*verify.ConflictError))
	})
	if n := column(t, a, "SELECT COUNT(*) FROM identities i JOIN cases c ON c.id = i.case_id WHERE c.sealed IS NULL OR c.status <> 'verified'"); string(n) != "0" {
		t.Errorf("%s identities have no person", n)
	}
	seal(t, a)
	if _, err := b.VerifyAudit(t.Context(), nil); err != nil {
		t.Errorf("the trail: %v", err)
	}
}

func testAnswerRace(t *testing.T, a, b *store.Store) {
	busy := errors.New("busy")
	failed := race(a, b, func(_ int, s *store.Store) error {
		answer, mine, err := s.Reserve(t.Context(), "key")
		if err == nil && !mine && answer == nil {
			return busy
		}
		return err
	})
	if n := winners(t, failed, func(err error) bool { return errors.Is(err, busy) }); n != 1 {
		t.Errorf("%d run", n)
	}
}

func testLostUpdate(t *testing.T, a, b *store.Store) {
	Create(t, a, NewCase("c1", "demo", Who(1)))
	failed := race(a, b, func(_ int, s *store.Store) error {
		_, err := s.Update(t.Context(), "c1", func(c *verify.Case) (verify.Effects, error) {
			c.Declines++
			return Moved(verification.Confirming)(c)
		})
		return err
	})
	winners(t, failed, func(error) bool { return false })
	c, err := a.Case(t.Context(), "c1")
	if err != nil || c.Declines != 64 || c.Version != 65 {
		t.Errorf("%d changes, version %d, %v", c.Declines, c.Version, err)
	}
	seal(t, b)
	if report, err := b.VerifyAudit(t.Context(), nil); err != nil || report.Entries != 64 {
		t.Errorf("%d entries hold, %v", report.Entries, err)
	}
}
