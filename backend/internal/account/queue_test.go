package account

import (
	"context"
	"errors"
	"runtime"
	"testing"
)

// wait begins to wait for a place, and returns once it does.
func (q *queue) wait(ctx context.Context, t *testing.T, address string) <-chan error {
	t.Helper()
	q.mu.Lock()
	before := q.all
	q.mu.Unlock()
	done := make(chan error, 1)
	go func() { done <- q.acquire(ctx, address) }()
	for waits := false; !waits; runtime.Gosched() {
		q.mu.Lock()
		waits = q.all > before
		q.mu.Unlock()
	}
	return done
}

func TestASignInBesideGuessesWaitsForOneHash(t *testing.T) {
	q := newQueue(2)
	for range 2 {
		if err := q.acquire(t.Context(), "guesser"); err != nil {
			t.Fatal(err)
		}
	}
	var guesses []<-chan error
	for range waitingPerAddress {
		guesses = append(guesses, q.wait(t.Context(), t, "guesser"))
	}
	var busy *BusyError
	if err := q.acquire(t.Context(), "guesser"); !errors.As(err, &busy) || busy.RetryAfter <= 0 {
		t.Errorf("one guess more: %v", err)
	}
	right := q.wait(t.Context(), t, "person")
	q.release() // the guesser's turn, who came first
	if err := <-guesses[0]; err != nil {
		t.Fatal(err)
	}
	q.release() // then the person's, before the other guesses
	if err := <-right; err != nil {
		t.Fatal(err)
	}
	for range waitingPerAddress + 1 {
		q.release()
	}
	for _, g := range guesses[1:] {
		if err := <-g; err != nil {
			t.Fatal(err)
		}
	}
	if q.free != 2 || q.all != 0 || len(q.lines) != 0 || len(q.turns) != 0 {
		t.Errorf("left: %+v", q)
	}
}

func TestTheQueueIsBoundedOverAllAddresses(t *testing.T) {
	q := newQueue(0)
	ctx, leave := context.WithCancel(t.Context())
	var waiting []<-chan error
	for i := range waitingInAll {
		waiting = append(waiting, q.wait(ctx, t, string(rune('a'+i/waitingPerAddress))))
	}
	var busy *BusyError
	if err := q.acquire(t.Context(), "another"); !errors.As(err, &busy) {
		t.Errorf("one more: %v", err)
	}
	leave()
	for _, w := range waiting {
		if err := <-w; !errors.Is(err, context.Canceled) {
			t.Errorf("who left: %v", err)
		}
	}
	if q.free != 0 || q.all != 0 || len(q.lines) != 0 || len(q.turns) != 0 {
		t.Errorf("left: %+v", q)
	}
	q.release()
	if err := q.acquire(t.Context(), "another"); err != nil {
		t.Error(err)
	}
}
