package broker_test

import (
	"context"
	"sync"
	"testing"

	"realname.example/backend/internal/broker"
)

func TestWatcherFindsTheNewestVersionAndPublishNeverBlocks(t *testing.T) {
	b := broker.New()
	ctx, cancel := context.WithCancel(t.Context())
	watched, other := b.Subscribe(ctx, "a"), b.Subscribe(ctx, "b")
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
	cancel()
	if _, open := <-watched; open {
		t.Error("the channel outlives its context")
	}
	for len(b.Watched()) > 0 { // AfterFunc runs on its own goroutine
		<-other
	}
	b.Publish("a", 4)
}

func TestManyPublishersOneSlot(t *testing.T) {
	b := broker.New()
	watched := b.Subscribe(t.Context(), "a")
	var wg sync.WaitGroup
	for v := range int64(100) {
		wg.Go(func() { b.Publish("a", v) })
	}
	wg.Wait()
	if got := <-watched; got != 99 {
		t.Errorf("got version %d", got)
	}
}
