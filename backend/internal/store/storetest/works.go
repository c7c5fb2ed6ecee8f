package storetest

import (
	"errors"
	"testing"
	"time"

	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/store"
)

// never is operator.Alive of a work that only says how far it is.
func never(time.Duration) (<-chan time.Time, func()) { return nil, func() {} }

func testWorks(t *testing.T, s *store.Store) {
	now := Start
	clock := func() time.Time { return now }
	newest := func() operator.Work {
		t.Helper()
		all, err := s.ListWorks(t.Context(), operator.WorkQuery{Limit: 10})
		if err != nil || len(all) == 0 {
			t.Fatalf("%v, %v", all, err)
		}
		return all[0]
	}
	p, err := operator.Begin(t.Context(), s, clock, never, operator.WorkImport, "shell:li", 2000)
	if err != nil {
		t.Fatal(err)
	}
	for range 1500 {
		p.Add(t.Context(), 1)
	}
	if w := newest(); w.Done != 0 || w.State(now) != operator.WorkRuns {
		t.Errorf("within a second: %+v", w)
	}
	now = now.Add(time.Second)
	p.Add(t.Context(), 1)
	if w := newest(); w.Done != 1501 || w.Total != 2000 || w.Operator != "shell:li" {
		t.Errorf("after a second: %+v", w)
	}
	if w := newest(); w.State(now.Add(2*time.Minute)) != operator.WorkLost {
		t.Errorf("unheard of: %+v", w)
	}
	broken := errors.New("the disk is full")
	if err := p.End(t.Context(), broken); !errors.Is(err, broken) || newest().State(now) != operator.WorkFailed {
		t.Errorf("%+v, %v", newest(), err)
	}
	now = now.Add(time.Minute)
	second, err := operator.Begin(t.Context(), s, clock, never, operator.WorkExport, "wang", 0)
	if err != nil {
		t.Fatal(err)
	}
	second.Add(t.Context(), 7)
	if err := second.End(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	w := newest()
	if w.State(now) != operator.WorkDone || w.Done != 7 || w.Total != 7 {
		t.Errorf("%+v", w)
	}
	for _, q := range []operator.WorkQuery{
		{Behind: w.ID}, {Kind: operator.WorkImport}, {Operator: "shell:li"}, {Kind: operator.WorkImport, Operator: "shell:li"},
	} {
		q.Limit = 10
		if found, err := s.ListWorks(t.Context(), q); err != nil || len(found) != 1 || found[0].Kind != operator.WorkImport {
			t.Errorf("%+v: %+v, %v", q, found, err)
		}
	}
	if found, err := s.ListWorks(t.Context(), operator.WorkQuery{Kind: operator.WorkRotate, Limit: 10}); err != nil || len(found) != 0 {
		t.Errorf("what nobody began: %+v, %v", found, err)
	}
}
