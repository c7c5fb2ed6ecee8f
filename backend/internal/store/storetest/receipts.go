package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"realname.example/backend/internal/store"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

func testReceipts(t *testing.T, s *store.Store) {
	const n = 40
	for i := range n {
		r := verify.PendingReceipt{
			CaseID: verification.ID(fmt.Sprint("v", i)), SentAt: Start,
			Receipt: verify.Receipt{Provider: "tencent", ID: fmt.Sprint("5000:", i)},
		}
		if err := s.KeepReceipt(t.Context(), r, Start.Add(5*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	take := func(at time.Duration, limit int) []verify.PendingReceipt {
		got, err := s.TakeReceipts(t.Context(), Start.Add(at), 10*time.Second, limit)
		if err != nil {
			t.Error(err)
		}
		return got
	}
	if got := take(4*time.Second, n); len(got) != 0 {
		t.Errorf("%d before their time", len(got))
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	met := map[string]int{}
	for range 4 {
		all.Go(func() {
			for range n / 10 {
				got := take(5*time.Second, 10)
				mu.Lock()
				for _, r := range got {
					met[r.Receipt.ID]++
					if !r.SentAt.Equal(Start) || r.Receipt.Provider != "tencent" || "v"+r.Receipt.ID[len("5000:"):] != string(r.CaseID) {
						t.Errorf("came back as %+v", r)
					}
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	for _, r := range take(5*time.Second, n) { // what each of them lost to another
		met[r.Receipt.ID]++
	}
	for id, times := range met {
		if times != 1 {
			t.Errorf("%s was handed out %d times", id, times)
		}
	}
	if len(met) != n {
		t.Errorf("%d of %d were handed out", len(met), n)
	}
	if err := s.DropReceipt(t.Context(), verify.Receipt{Provider: "tencent", ID: "5000:1"}); err != nil {
		t.Fatal(err)
	}
	if got := take(15*time.Second, n); len(got) != n-1 {
		t.Errorf("%d have another turn, want %d", len(got), n-1)
	}
	if got := take(29*time.Second, n); len(got) != 0 {
		t.Errorf("%d are asked about before they are twice as old", len(got))
	}
	if got := take(30*time.Second, n); len(got) != n-1 {
		t.Errorf("%d have a third turn, want %d", len(got), n-1)
	}
	if err := s.Prune(t.Context(), Start.Add(48*time.Hour), verify.Lives{}); err != nil {
		t.Fatal(err)
	}
	if got := take(72*time.Hour, n); len(got) != 0 {
		t.Errorf("%d are left after days", len(got))
	}
}
