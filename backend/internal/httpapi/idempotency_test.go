package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

// stuck keeps answers in a database that does not answer.
type stuck struct{ ended chan error }

func (stuck) Reserve(context.Context, string) ([]byte, bool, error) { return nil, true, nil }

func (s stuck) Keep(ctx context.Context, _ string, _ []byte) error { return s.Release(ctx, "") }

func (s stuck) Release(ctx context.Context, _ string) error {
	<-ctx.Done()
	s.ended <- ctx.Err()
	return ctx.Err()
}

// Whoever sent a key is answered where the database went away behind its reservation.
func TestAnAnswerDoesNotWaitForItsKey(t *testing.T) {
	for tries, sealed := range map[int][]byte{1: nil, 2: []byte("an answer that is kept, or its key released")} {
		t.Run(strconv.Itoa(tries), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				answers := stuck{make(chan error, 2)}
				s := &Server{
					Deps: Deps{Answers: answers, Logger: slog.New(slog.DiscardHandler)},
					cfg:  Config{DatabaseTimeout: 4500 * time.Millisecond},
				}
				ctx, hangUp := context.WithCancel(t.Context())
				hangUp()
				begun := time.Now()
				s.settle(ctx, "key", sealed)
				if took := time.Since(begun); took != settleWait {
					t.Errorf("the answer waited for %v", took)
				}
				for range tries {
					if err := <-answers.ended; !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("then: %v", err)
					}
				}
				if took := time.Since(begun); took != time.Duration(tries)*s.cfg.DatabaseTimeout {
					t.Errorf("it was tried for %v", took)
				}
			})
		})
	}
}
