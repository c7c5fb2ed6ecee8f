package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"realname.example/backend/internal/store"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

func testLimits(t *testing.T, s *store.Store) {
	trace := verify.Trace{Bucket: verify.BucketSMSNumber, Subject: "13800000001", Limits: []verify.Limit{
		{N: 1, Window: time.Minute}, {N: 3, Window: time.Hour}, {N: 0, Window: time.Hour}, // zero is off
	}}
	for _, step := range []struct {
		at    time.Duration
		retry time.Duration // zero where it passes
	}{
		{0, 0},
		{59 * time.Second, time.Minute},
		{time.Minute, 0}, // the moment that was told
		{2 * time.Minute, 0},
		{3 * time.Minute, time.Hour},
		{time.Hour - time.Microsecond, time.Hour},
		{time.Hour, 0},
		{time.Hour + 30*time.Second, time.Hour + time.Minute},
	} {
		trace.At = Start.Add(step.at)
		expectLimit(t, s.Trace(t.Context(), trace), step.at, step.retry)
	}
	if n, err := s.Count(t.Context(), trace.Bucket, trace.Subject, Start.Add(-1)); err != nil || n != 4 {
		t.Errorf("counted %d, %v", n, err)
	}
	if n, err := s.Count(t.Context(), trace.Bucket, "13800000002", time.Time{}); err != nil || n != 0 {
		t.Errorf("another number: counted %d, %v", n, err)
	}
	counts, err := s.Counts(t.Context(),
		verify.Counted{Bucket: trace.Bucket, Subject: "13800000002", Since: time.Time{}},
		verify.Counted{Bucket: trace.Bucket, Subject: trace.Subject, Since: Start.Add(-1)},
		verify.Counted{Bucket: verify.BucketSMSAll, Since: Start.Add(-1)})
	if err != nil || !slices.Equal(counts, []int{0, 4, 0}) {
		t.Errorf("together: counted %d, %v", counts, err)
	}
}

func expectLimit(t *testing.T, err error, at, retry time.Duration) {
	t.Helper()
	var limit *verify.LimitError
	switch {
	case retry == 0 && err != nil:
		t.Errorf("after %v: %v", at, err)
	case retry > 0 && !errors.As(err, &limit):
		t.Errorf("after %v: passed, %v", at, err)
	case retry > 0 && !limit.RetryAt.Equal(Start.Add(retry)):
		t.Errorf("after %v: told to retry at %v", at, limit.RetryAt)
	}
}

// testTallies shows the limit over everybody: a minute is in the window until all
// of it has left.
func testTallies(t *testing.T, s *store.Store) {
	minute := Start.Truncate(time.Minute)
	trace := verify.Trace{Bucket: verify.BucketSMSAll, Limits: []verify.Limit{{N: 3, Window: time.Hour}, {N: 0, Window: time.Hour}}}
	for _, step := range []struct{ at, retry time.Duration }{
		{10 * time.Second, 0},
		{50 * time.Second, 0},
		{2 * time.Minute, 0},
		{3 * time.Minute, time.Hour + time.Minute},
		{time.Hour + 59*time.Second, time.Hour + time.Minute},
		{time.Hour + time.Minute, 0},
		{time.Hour + time.Minute, 0},
		{time.Hour + time.Minute, time.Hour + 3*time.Minute},
	} {
		trace.At = minute.Add(step.at)
		if step.retry > 0 {
			step.retry -= Start.Sub(minute)
		}
		expectLimit(t, s.Trace(t.Context(), trace), step.at, step.retry)
	}
	for since, want := range map[time.Duration]int{0: 5, 59 * time.Second: 5, time.Minute: 3, 3 * time.Minute: 2, 2 * time.Hour: 0} {
		if n, err := s.Count(t.Context(), trace.Bucket, "", minute.Add(since)); err != nil || n != want {
			t.Errorf("counted %d since %v, want %d: %v", n, since, want, err)
		}
	}
}

func testItems(t *testing.T, s *store.Store) {
	for _, step := range []struct {
		item  string
		at    time.Duration
		retry time.Duration
	}{
		{"a", 0, 0},
		{"a", time.Minute, 0},
		{"b", 2 * time.Minute, 0},
		{"c", 3 * time.Minute, time.Minute + time.Hour}, // a counts by its newest
		{"b", 4 * time.Minute, 0},
		{"c", time.Minute + time.Hour, 0},
	} {
		err := s.Trace(t.Context(), verify.Trace{
			Bucket: verify.BucketIDsOfAccount, Subject: "demo", Item: step.item, At: Start.Add(step.at),
			Limits: []verify.Limit{{N: 2, Window: time.Hour}},
		})
		expectLimit(t, err, step.at, step.retry)
	}
	if n, err := s.Count(t.Context(), verify.BucketIDsOfAccount, "demo", Start.Add(-1)); err != nil || n != 3 {
		t.Errorf("counted %d, %v", n, err)
	}
}

func testLimitReopen(t *testing.T, cfg store.Config) {
	trace := verify.Trace{Bucket: verify.BucketSMSAll, At: Start, Limits: []verify.Limit{{N: 2, Window: time.Hour}}}
	for i := range 3 {
		s := Open(t, cfg)
		err := s.Trace(t.Context(), trace)
		if limited := errors.As(err, new(*verify.LimitError)); limited != (i == 2) {
			t.Errorf("start %d: %v", i, err)
		}
	}
}

func testPrune(t *testing.T, s *store.Store) {
	for i := range 3 {
		c := NewCase(fmt.Sprint("c", i), fmt.Sprint("a", i), Who(i))
		c.Keys = []verify.Key{{Kind: verify.KeyTicket, Hash: fmt.Sprint(i), ExpiresAt: Start}}
		Create(t, s, c)
	}
	Update(t, s, "c0", Moved("rejected"))
	Update(t, s, "c1", Moved("verified"))
	now := Start.Add(24 * time.Hour)
	if err := s.Prune(t.Context(), now, verify.Lives{Cases: time.Nanosecond}); err != nil {
		t.Fatal(err)
	}
	for i, kept := range []bool{false, true, true} { // refused, bound, open
		c, err := s.Case(t.Context(), verification.ID(fmt.Sprint("c", i)))
		if err != nil || c.Identity.Number.Empty() == kept || (c.PC.Device != "") != kept {
			t.Errorf("case %d: %+v, %v", i, c, err)
		}
	}
	if _, err := s.CaseByKey(t.Context(), verify.KeyTicket, "0"); !errors.Is(err, verify.ErrNotFound) {
		t.Errorf("an old key: %v", err)
	}
}

// testPruneTraces shows that no retention, however short, empties a cap: each
// bucket is pruned by its own life.
func testPruneTraces(t *testing.T, s *store.Store) {
	for b, life := range verify.Buckets() {
		if err := s.Trace(t.Context(), verify.Trace{Bucket: b, Subject: "demo", At: Start}); err != nil {
			t.Fatal(err)
		}
		end, left := life, 0
		if life == 0 { // a flag stays
			end, left = 20*365*24*time.Hour, 1
		}
		after := time.Microsecond
		if b.OverAll() {
			after = time.Minute
		}
		expectTraces(t, s, b, Start.Add(end), 1)
		expectTraces(t, s, b, Start.Add(end+after), left)
	}
}

func expectTraces(t *testing.T, s *store.Store, b verify.Bucket, pruned time.Time, want int) {
	t.Helper()
	if err := s.Prune(t.Context(), pruned, verify.Lives{Cases: time.Nanosecond}); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Count(t.Context(), b, "demo", time.Time{}); err != nil || n != want {
		t.Errorf("%s pruned at %v: %d traces, %v", b, pruned, n, err)
	}
}
