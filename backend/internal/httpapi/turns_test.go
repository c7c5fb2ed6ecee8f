package httpapi

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"realname.example/shared/problem"
)

func TestThoseWhoLookTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns(2)
		given := make([]func(), 2)
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

// A stream holds its turn until it has looked: it may not look longer than a call may.
func TestAStreamOpensWithinTheTimeOfTheDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		engine := gin.New()
		s := &Server{
			cfg: Config{DatabaseTimeout: 4500 * time.Millisecond}, turns: newTurns(1),
			api: humagin.New(engine, huma.DefaultConfig("Realname", "1")),
		}
		opened := make(chan error, 1)
		s.stream(route{method: http.MethodGet, path: "/v1/events", status: http.StatusOK}, func(ctx context.Context, _ *call) (*watched, error) {
			<-ctx.Done() // a database that does not answer
			opened <- ctx.Err()
			return &watched{}, ctx.Err()
		})
		stays, leave := context.WithCancel(t.Context())
		defer leave()
		go engine.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(stays, http.MethodGet, "/v1/events", nil))
		time.AfterFunc(time.Minute, leave)
		if err := <-opened; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("it was opened until %v", err)
		}
		synctest.Wait()
		if !s.turns.free.TryAcquire(1) {
			t.Error("its turn is held")
		}
	})
}
