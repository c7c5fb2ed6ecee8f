package broker_test

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"realname.example/backend/internal/broker"
	"realname.example/shared/verification"
)

func TestWatcherFindsTheNewestVersionAndPublishNeverBlocks(t *testing.T) {
	b := broker.New(nil, nil)
	watched, leave := b.Subscribe("a")
	other, leaveOther := b.Subscribe("b")
	for _, v := range []int64{1, 3, 2} {
		b.Publish("a", v)
	}
	if got := <-watched; got != 3 {
		t.Errorf("got version %d", got)
	}
	select {
	case v := <-other:
		t.Errorf("another case's watcher got %d", v)
	default:
	}
	again, leaveAgain := b.Subscribe("a")
	leave()
	b.Publish("a", 4)
	if len(watched) > 0 || <-again != 4 {
		t.Error("another than who left was told")
	}
	leaveAgain()
	leaveOther()
	if left := b.Watched(); len(left) > 0 {
		t.Errorf("still watched: %v", left)
	}
	b.Publish("a", 5)
}

func TestManyPublishersOneSlot(t *testing.T) {
	b := broker.New(nil, nil)
	watched, _ := b.Subscribe("a")
	var wg sync.WaitGroup
	for v := range int64(100) {
		wg.Go(func() { b.Publish("a", v) })
	}
	wg.Wait()
	if got := <-watched; got != 99 {
		t.Errorf("got version %d", got)
	}
}

// Nobody publishes: what another process committed is found where it lies, and told
// once. Who watches a case that is gone finds out, and so do all
// where nobody could look twice in a row.
func TestTheLookTellsOfWhatIsNewer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		b := broker.New(func(_ context.Context, ids []verification.ID) (map[verification.ID]int64, error) {
			if looks++; len(ids) != 3 {
				t.Errorf("asked after %v", ids)
			}
			if looks > 2 {
				return nil, io.ErrUnexpectedEOF
			}
			return map[verification.ID]int64{"newer": 8, "same": 7}, nil
		}, slog.New(slog.DiscardHandler))
		watched := map[verification.ID]<-chan int64{}
		for _, id := range []verification.ID{"newer", "same", "gone"} {
			watched[id], _ = b.Subscribe(id)
		}
		b.Publish("same", 7)
		<-watched["same"]
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { b.Run(ctx) })
		for _, want := range []map[verification.ID]int64{
			{"newer": 8, "gone": broker.Reread},
			{"gone": broker.Reread},
			{}, // a database that is late is not asked more
			{"newer": broker.Away, "same": broker.Away, "gone": broker.Away},
		} {
			<-time.After(5 * time.Second)
			synctest.Wait()
			told := map[verification.ID]int64{}
			for id, news := range watched {
				if len(news) > 0 {
					told[id] = <-news
				}
			}
			if !maps.Equal(told, want) {
				t.Errorf("told %v, want %v", told, want)
			}
		}
		stop()
		running.Wait()
	})
}
