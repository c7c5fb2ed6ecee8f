// Package broker tells those who watch a verification that it has a newer
// version. It carries ids and versions, never a View: the watcher reads the
// store, since status is a level with a version and not an event, so nothing
// can be missed. One Broker serves a process; Postgres joins several.
package broker

import (
	"context"
	"sync"

	"realname.example/shared/verification"
)

// Broker knows who is watching what. The zero value is not usable; call New.
type Broker struct {
	mu       sync.Mutex
	watchers map[verification.ID]map[chan int64]struct{}
}

// New returns a Broker without watchers.
func New() *Broker {
	return &Broker{watchers: map[verification.ID]map[chan int64]struct{}{}}
}

// Reread is published in place of a version where news may have been lost: the
// watchers read the case again.
const Reread int64 = 0

// Subscribe returns a channel with the newest version that was published since
// it was last read, or Reread. It is closed when ctx ends.
func (b *Broker) Subscribe(ctx context.Context, id verification.ID) <-chan int64 {
	slot := make(chan int64, 1)
	b.mu.Lock()
	if b.watchers[id] == nil {
		b.watchers[id] = map[chan int64]struct{}{}
	}
	b.watchers[id][slot] = struct{}{}
	b.mu.Unlock()
	context.AfterFunc(ctx, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.watchers[id], slot)
		if len(b.watchers[id]) == 0 {
			delete(b.watchers, id)
		}
		close(slot)
	})
	return slot
}

// Publish puts the version into each watcher's slot, over an older one. It
// never blocks.
func (b *Broker) Publish(id verification.ID, version int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for slot := range b.watchers[id] {
		newest := version
		select {
		case waiting := <-slot:
			newest = max(newest, waiting)
		default:
		}
		slot <- newest
	}
}

// Watched returns the ids that somebody watches.
func (b *Broker) Watched() []verification.ID {
	b.mu.Lock()
	defer b.mu.Unlock()
	ids := make([]verification.ID, 0, len(b.watchers))
	for id := range b.watchers {
		ids = append(ids, id)
	}
	return ids
}
