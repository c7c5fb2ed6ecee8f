package operator_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"realname.example/backend/internal/operator"
)

// heard keeps works as they are told.
type heard chan operator.Work

func (h heard) KeepWork(_ context.Context, w operator.Work) error {
	h <- w
	return nil
}

func (h heard) ListWorks(context.Context, operator.WorkQuery) ([]operator.Work, error) {
	return nil, nil
}

// TestAWorkThatTakesLongForOneStepIsNotLost shows that a work lives until its end,
// without a row more.
func TestAWorkThatTakesLongForOneStepIsNotLost(t *testing.T) {
	now := time.Date(2026, 11, 30, 11, 0, 0, 0, time.UTC)
	told, ticks, stopped := make(heard, 1), make(chan time.Time), false
	var every time.Duration
	alive := func(d time.Duration) (<-chan time.Time, func()) {
		every = d
		return ticks, func() { stopped = true }
	}
	p, err := operator.Begin(t.Context(), told, func() time.Time { return now }, alive, operator.WorkImport, "wang", 3)
	if err != nil {
		t.Fatal(err)
	}
	<-told
	for range 8 {
		now = now.Add(every)
		ticks <- now
		if w := <-told; w.State(now) != operator.WorkRuns || !w.SeenAt.Equal(now) {
			t.Fatalf("%+v", w)
		}
	}
	broken := errors.New("the disk is full")
	if err := p.End(t.Context(), broken); !errors.Is(err, broken) || !stopped {
		t.Errorf("%v, stopped %v", err, stopped)
	}
	if w := <-told; w.State(now.Add(time.Hour)) != operator.WorkFailed {
		t.Errorf("%+v", w)
	}
}
