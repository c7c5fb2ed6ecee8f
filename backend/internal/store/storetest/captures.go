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

// draw is a change that draws actions at a moment.
func draw(fresh bool, at time.Time, actions ...verification.Action) verify.Change {
	return func(c *verify.Case) (verify.Effects, error) {
		c.Actions = actions
		return verify.Effects{Drawn: &verify.Draw{Actions: actions, At: at, Fresh: fresh}}, nil
	}
}

func testWaiting(t *testing.T, s *store.Store) {
	for i, account := range []string{"demo", "other", "third"} {
		Create(t, s, NewCase(fmt.Sprint("c", i), account, Who(i/2))) // demo and other share a number
	}
	expect := func(when, account string, number int, since time.Time, want ...verification.Action) {
		t.Helper()
		got, err := s.Waiting(t.Context(), account, Who(number).Number.Reveal(), since)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", when, got, err)
		}
	}
	nod, blink := verification.Nod, verification.Blink
	Update(t, s, "c0", draw(true, Start, nod, blink))
	expect("drawn", "demo", 0, Start.Add(-1), nod, blink)
	expect("another account", "other", 0, Start.Add(-1), nod, blink)
	expect("another number", "demo", 1, Start.Add(-1), nod, blink)
	expect("neither", "other", 1, Start.Add(-1))
	expect("too old", "demo", 0, Start)
	if _, err := s.Update(t.Context(), "c1", draw(true, Start, blink)); !errors.Is(err, verify.ErrDrawn) {
		t.Errorf("another draw for the number: %v", err)
	}
	Update(t, s, "c1", draw(false, Start, blink)) // handed on: the first stay for the number
	expect("the number comes first", "other", 0, Start.Add(-1), nod, blink)
	expect("the account's own", "other", 9, Start.Add(-1), blink)
	Update(t, s, "c0", With(verify.Effects{Judged: []verification.Action{nod, blink}}))
	expect("judged", "demo", 0, Start.Add(-1))
	Update(t, s, "c2", draw(true, Start, nod))
	Update(t, s, "c2", draw(true, Start.Add(verify.WaitingLife), blink)) // the first has ended
	expect("a day later", "third", 1, Start, blink)
	if err := s.Prune(t.Context(), Start.Add(2*verify.WaitingLife+time.Microsecond), verify.Lives{Cases: time.Hour}); err != nil {
		t.Fatal(err)
	}
	expect("pruned", "third", 1, time.Time{})
}

func testFrames(t *testing.T, s *store.Store) {
	Create(t, s, NewCase("c1", "demo", Who(1)))
	Create(t, s, NewCase("c2", "other", Who(2)))
	remember := func(c *verify.Case) (verify.Effects, error) {
		c.StatusSince, c.JudgedAt = Start, Start
		return verify.Effects{Frames: []string{"a", "b"}, Prints: []verify.Print{{1}, {2}}}, nil
	}
	Update(t, s, "c1", remember)
	if _, err := s.Update(t.Context(), "c2", remember); !errors.Is(err, verify.ErrFrameSeen) {
		t.Errorf("a second time: %v", err)
	}
	expect := func(when string, seen bool, prints int) {
		t.Helper()
		got, err := s.FramesSeen(t.Context(), []string{"x", "b"})
		if err != nil || got != seen {
			t.Errorf("%s: seen %v, %v", when, got, err)
		}
		for _, by := range [][2]string{{"demo", Who(9).Number.Reveal()}, {"nobody", Who(1).Number.Reveal()}} {
			if found, err := s.Prints(t.Context(), by[0], by[1]); err != nil || len(found) != prints {
				t.Errorf("%s: %d prints by %v, %v", when, len(found), by, err)
			}
		}
		ledger, err := s.Frames(t.Context(), "demo")
		if err != nil || ledger.Frames != prints || prints > 0 && !ledger.Last.Equal(Start) {
			t.Errorf("%s: the ledger says %+v, %v", when, ledger, err)
		}
	}
	expect("remembered", true, 2)
	if found, err := s.Prints(t.Context(), "other", Who(2).Number.Reveal()); err != nil || len(found) != 0 {
		t.Errorf("another person has %d prints, %v", len(found), err)
	}
	if err := s.Prune(t.Context(), Start.Add(verify.FrameLife), verify.Lives{Cases: time.Nanosecond}); err != nil {
		t.Fatal(err)
	}
	expect("at the end of their life", true, 2)
	if err := s.Prune(t.Context(), Start.Add(verify.FrameLife+time.Microsecond), verify.Lives{Cases: time.Nanosecond}); err != nil {
		t.Fatal(err)
	}
	expect("after their life", false, 0)
}

func testAllows(t *testing.T, s *store.Store) {
	trace := verify.Trace{Bucket: verify.BucketFacesID, Subject: "1", At: Start, Limits: []verify.Limit{{N: 2, Window: time.Hour}}}
	for range 3 {
		expectLimit(t, s.Allows(t.Context(), trace), 0, 0) // it leaves nothing
	}
	for i := range 2 {
		trace.At = Start.Add(time.Duration(i) * time.Minute)
		if err := s.Trace(t.Context(), trace); err != nil {
			t.Fatal(err)
		}
	}
	expectLimit(t, s.Allows(t.Context(), trace), time.Minute, time.Hour)
	other := trace
	other.Subject = "2"
	expectLimit(t, s.Allows(t.Context(), other), 0, 0)
	expectLimit(t, s.Allows(t.Context(), other, trace), time.Minute, time.Hour)
}

func testDrawRace(t *testing.T, a, b *store.Store) {
	for i := range 64 {
		Create(t, a, NewCase(fmt.Sprint("c", i), fmt.Sprint("a", i), Who(1)))
	}
	actions := verification.Actions()
	failed := race(a, b, func(i int, s *store.Store) error {
		_, err := s.Update(t.Context(), verification.ID(fmt.Sprint("c", i)), draw(true, Start, actions[i%6], actions[i%5]))
		return err
	})
	winners(t, failed, func(err error) bool { return errors.Is(err, verify.ErrDrawn) })
	var first []verification.Action
	for i, err := range failed {
		c, caseErr := a.Case(t.Context(), verification.ID(fmt.Sprint("c", i)))
		if caseErr != nil {
			t.Fatal(caseErr)
		}
		switch {
		case err != nil:
		case first == nil:
			first = c.Actions
		case !slices.Equal(first, c.Actions):
			t.Errorf("%v and %v were both drawn", first, c.Actions)
		}
	}
}
