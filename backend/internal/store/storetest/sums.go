package storetest

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"realname.example/backend/internal/numbers"
	"realname.example/backend/internal/store"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// sumsEnd is when every block that the suite counts in is over.
var sumsEnd = Start.AddDate(50, 0, 0)

func sum(t *testing.T, s *store.Store) {
	t.Helper()
	if err := s.SumCounts(t.Context(), sumsEnd); err != nil {
		t.Fatal(err)
	}
}

// tally is what a test has counted, to be summed without a database.
type tally struct {
	stages []numbers.StageCount
	calls  []numbers.CallCount
}

// count counts at a stage and a call in an hour, in rows as a binary writes them that
// knows no sums.
func (k *tally) count(t *testing.T, s *store.Store, hour, n int64) {
	t.Helper()
	stage := numbers.StageCount{
		Hour: hour, Stage: []verify.Stage{verify.StageBegun, verify.StageRejected}[n%2],
		Reason: []verification.Reason{"", verification.NameMismatch, verification.Risk}[n%3], N: n,
	}
	call := numbers.CallCount{Hour: hour, Provider: "tencent", Kind: "sms", Answer: fmt.Sprint("answer ", n%2), WithinMS: 50 * (n % 3), N: n}
	k.stages, k.calls = append(k.stages, stage), append(k.calls, call)
	for _, statement := range []string{
		fmt.Sprintf(`INSERT INTO stage_counts (hour, stage, method, reason, stripe, n) VALUES (%d, '%s', 'mobile', '%s', %d, %d)
			ON CONFLICT (hour, stage, method, reason, stripe) DO UPDATE SET n = stage_counts.n + excluded.n`, hour, stage.Stage, stage.Reason, n%5, n),
		fmt.Sprintf(`INSERT INTO call_counts (hour, provider, kind, answer, within_ms, n) VALUES (%d, 'tencent', 'sms', '%s', %d, %d)
			ON CONFLICT (hour, provider, kind, answer, within_ms) DO UPDATE SET n = call_counts.n + excluded.n`, hour, call.Answer, call.WithinMS, n),
	} {
		if _, err := s.Pool().ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

// summed adds up what was counted in a span, as the store has to.
func (k *tally) summed(span numbers.Span) (stages []numbers.StageCount, calls []numbers.CallCount) {
	byStage, byCall := map[numbers.StageCount]int64{}, map[numbers.CallCount]int64{}
	for i, c := range k.stages {
		if c.Hour < span.From || c.Hour >= span.To {
			continue
		}
		call, n := k.calls[i], c.N
		c.Hour, c.N = c.Hour-(c.Hour-span.From)%span.Each, 0
		call.Hour, call.N = 0, 0
		byStage[c] += n
		byCall[call] += n
	}
	for c, n := range byStage {
		c.N = n
		stages = append(stages, c)
	}
	for c, n := range byCall {
		c.N = n
		calls = append(calls, c)
	}
	slices.SortFunc(stages, func(a, b numbers.StageCount) int {
		return cmp.Or(cmp.Compare(a.Hour, b.Hour), cmp.Compare(a.Stage, b.Stage), cmp.Compare(a.Reason, b.Reason))
	})
	slices.SortFunc(calls, func(a, b numbers.CallCount) int {
		return cmp.Or(cmp.Compare(a.Answer, b.Answer), cmp.Compare(a.WithinMS, b.WithinMS))
	})
	return stages, calls
}

// check compares the store's answers with the tally: by hours, by days that begin at
// each hour of a block, and by days that the clocks make shorter or longer.
func (k *tally) check(t *testing.T, s *store.Store, when string, first, last int64) {
	t.Helper()
	for begin := first - 1; begin < first+8; begin++ {
		for _, each := range []int64{1, 9, 23, 24, 25} {
			for _, to := range []int64{begin + 3*each, last + 1} {
				span := numbers.Span{From: begin, To: to, Each: each}
				wantStages, wantCalls := k.summed(span)
				stages, err := s.StageCounts(t.Context(), span)
				if err != nil || !slices.Equal(stages, wantStages) {
					t.Fatalf("%s: %+v: have %+v\nwant %+v, %v", when, span, stages, wantStages, err)
				}
				calls, err := s.CallCounts(t.Context(), begin, to)
				if err != nil || !slices.Equal(calls, wantCalls) {
					t.Fatalf("%s: %+v: have %+v\nwant %+v, %v", when, span, calls, wantCalls, err)
				}
			}
		}
	}
}

// testSums shows that sums change no answer, of hours that were counted in before or
// after they were summed.
func testSums(t *testing.T, s *store.Store) {
	var counted tally
	first := numbers.Hour(Start)
	last := first + 100
	for hour := first; hour <= last; hour += 1 + hour%3 {
		counted.count(t, s, hour, 1+hour%11)
	}
	counted.check(t, s, "not summed", first, last)
	if err := s.SumCounts(t.Context(), numbers.Begin(first+50)); err != nil {
		t.Fatal(err)
	}
	counted.check(t, s, "half of it summed", first, last)
	summedTo := (first + 49) / 8 * 8
	for _, table := range []string{"stage_counts", "call_counts"} {
		wrong := fmt.Sprintf("SELECT COUNT(*) FROM %s WHERE (hour < %d) <> (n = summed)", table, summedTo)
		if n := column(t, s, wrong); string(n) != "0" {
			t.Errorf("%s rows of %s are summed too soon or too late", n, table)
		}
	}
	for hour := first; hour < first+30; hour += 4 { // rows that are there, and new ones
		counted.count(t, s, hour, 1+hour%11)
		counted.count(t, s, hour, 12+hour%7)
	}
	counted.check(t, s, "more in hours that were summed", first, last)
	sum(t, s)
	counted.check(t, s, "all summed", first, last)
	sum(t, s)
	counted.check(t, s, "summed again", first, last)
	if n := column(t, s, "SELECT COUNT(*) FROM stage_sums"); string(n) == "0" {
		t.Error("nothing is summed")
	}
}

// testSumsFail shows that counts whose sum cannot be written are not taken for summed.
func testSumsFail(t *testing.T, s *store.Store) {
	var counted tally
	hour := numbers.Hour(Start)
	for n := range int64(20) {
		counted.count(t, s, hour+n, 1+n)
	}
	rename := func(from, to string) {
		t.Helper()
		if _, err := s.Pool().ExecContext(t.Context(), "ALTER TABLE "+from+" RENAME TO "+to); err != nil {
			t.Fatal(err)
		}
	}
	for _, table := range []string{"stage_sums", "call_sums"} {
		rename(table, "away")
		if err := s.SumCounts(t.Context(), sumsEnd); err == nil {
			t.Errorf("no error without %s", table)
		}
		rename("away", table)
		counted.check(t, s, "after a failure", hour, hour+20)
		sum(t, s)
		counted.check(t, s, "summed after a failure", hour, hour+20)
		counted.count(t, s, hour, 3) // for the next table
	}
}

// testSumRace has two processes count in rows that both sum at the same time.
func testSumRace(t *testing.T, a, b *store.Store) {
	const rounds = 4
	failed := race(a, b, func(i int, s *store.Store) error {
		for round := range rounds {
			if i < 16 {
				if err := s.SumCounts(t.Context(), sumsEnd); err != nil {
					return err
				}
				continue
			}
			id := fmt.Sprintf("c%d-%d", i, round)
			c := NewCase(id, "account of "+id, Who(i))
			err := s.Create(t.Context(), c, verify.Effects{Counts: []verify.Count{{At: Start, Stage: verify.StageBegun, Method: c.Method}}})
			if err != nil {
				return err
			}
			s.Called(numbers.Call{Provider: "tencent", Kind: "sms", Answer: "right", Took: time.Second})
			if err := s.WriteCounts(t.Context()); err != nil {
				return err
			}
		}
		return nil
	})
	winners(t, failed, func(error) bool { return false })
	const want = rounds * 48
	for _, when := range []string{"after the race", "summed once more"} {
		expectStages(t, a, map[string]int64{"begun ": want})
		calls, err := b.CallCounts(t.Context(), 0, numbers.Hour(sumsEnd))
		if err != nil || len(calls) != 1 || calls[0].N != want {
			t.Errorf("%s: %+v, %v", when, calls, err)
		}
		sum(t, b)
	}
	for _, table := range []string{"stage_sums", "call_sums"} {
		if n := column(t, a, "SELECT SUM(n) FROM "+table); string(n) != fmt.Sprint(want) {
			t.Errorf("%s has %s, want %d", table, n, want)
		}
	}
}
