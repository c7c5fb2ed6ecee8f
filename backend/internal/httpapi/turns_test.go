package httpapi

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"realname.example/shared/problem"
)

func TestThoseWhoLookTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns()
		given := make([]func(), lookersAtOnce)
		for i := range given {
			var err error
			if given[i], err = turns.take(t.Context(), time.Second); err != nil {
				t.Fatal(err)
			}
		}
		var busy *refusal
		if _, err := turns.take(t.Context(), time.Second); !errors.As(err, &busy) || busy.code != problem.Busy || busy.retryAfter != retrySoon {
			t.Errorf("beyond them: %v", err)
		}
		gone, leave := context.WithCancel(t.Context())
		leave()
		if _, err := turns.take(gone, time.Second); !errors.Is(err, context.Canceled) {
			t.Errorf("who left: %v", err)
		}
		order := make(chan int, 2)
		for n := range 2 {
			go func() {
				if _, err := turns.take(t.Context(), 0); err != nil {
					t.Error(err)
				}
				order <- n
			}()
			synctest.Wait()
		}
		// Given back twice is once: of the two that wait, one goes on.
		given[0]()
		given[0]()
		synctest.Wait()
		if len(order) != 1 || <-order != 0 {
			t.Error("not who came first, or not one alone")
		}
		given[1]()
		if n := <-order; n != 1 {
			t.Errorf("then %d", n)
		}
	})
}
