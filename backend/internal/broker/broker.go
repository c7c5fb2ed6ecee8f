// Package broker tells those who watch a verification that it has a newer
// version. It carries ids and versions, never a View: the watcher reads the
// store, since status is a level with a version and not an event, so nothing
// can be missed. One Broker serves a process; Postgres joins several.
package broker

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"realname.example/shared/verification"
)

// How often and in what pieces a broker looks after what is watched, and after how many
// looks in a row that failed the database counts as away.
const (
	lookEvery   = 5 * time.Second
	lookIDs     = 1000 // of one question; SQLite takes 32,766 parameters
	looksToAway = 2
)

// answerWithin is how long a database may be silent before it is given up.
const answerWithin = 5 * time.Second

// Latest returns the versions that cases have now, without those that are gone.
type Latest func(ctx context.Context, ids []verification.ID) (map[verification.ID]int64, error)

// Broker knows who is watching what. Make it by New.
type Broker struct {
	latest Latest
	logger *slog.Logger
	mu     sync.Mutex
	topics map[verification.ID]*topic
}

// topic is a case that somebody watches.
type topic struct {
	slots []chan int64
	told  int64 // the newest version that was published while it was watched
}

// New returns a Broker without watchers.
func New(latest Latest, logger *slog.Logger) *Broker {
	return &Broker{latest: latest, logger: logger, topics: map[verification.ID]*topic{}}
}

// What is published in place of a version.
const (
	// Reread: news may have been lost, and the watchers read the case again.
	Reread int64 = 0
	// Away: nobody here can read it any more, and they look elsewhere.
	Away int64 = -1
)

// Subscribe returns a channel with the newest version that was published since
// it was last read, Reread or Away, until leave is called, once.
func (b *Broker) Subscribe(id verification.ID) (news <-chan int64, leave func()) {
	slot := make(chan int64, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	watched := b.topics[id]
	if watched == nil {
		watched = &topic{}
		b.topics[id] = watched
	}
	watched.slots = append(watched.slots, slot)
	return slot, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		watched.slots = slices.DeleteFunc(watched.slots, func(other chan int64) bool { return other == slot })
		if len(watched.slots) == 0 {
			delete(b.topics, id)
		}
	}
}

// Publish puts the version into each watcher's slot, over an older one. It
// never blocks.
func (b *Broker) Publish(id verification.ID, version int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if watched := b.topics[id]; watched != nil {
		watched.tell(version)
	}
}

func (t *topic) tell(version int64) {
	t.told = max(t.told, version)
	for _, slot := range t.slots {
		newest := version
		select {
		case waiting := <-slot:
			newest = max(newest, waiting)
		default:
		}
		slot <- newest
	}
}

// Run looks now and then, until ctx ends, whether what is watched has a newer
// version than was told of: that of another process, such as a command, or one
// whose notification got lost. It asks for many cases at once, so that waiting
// costs the database next to nothing.
func (b *Broker) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for failed := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := b.look(ctx)
		if err == nil || ctx.Err() != nil {
			failed = 0
			continue
		}
		b.logger.WarnContext(ctx, "what is watched was not looked after", "err", err)
		// No watcher is made to read: a database that is late would have each of them
		// ask, too.
		if failed++; failed >= looksToAway {
			b.tellAll(Away)
		}
	}
}

// look compares all that is watched, and ends with the first question that fails.
func (b *Broker) look(ctx context.Context) error {
	for ids := range slices.Chunk(b.Watched(), lookIDs) {
		err := within(ctx, func(ctx context.Context) error {
			versions, err := b.latest(ctx, ids)
			if err != nil {
				return err
			}
			for _, id := range ids {
				b.compare(id, versions[id])
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// compare tells the watchers of a version that they were not told of; 0 is a case
// that is gone.
func (b *Broker) compare(id verification.ID, version int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	watched := b.topics[id]
	switch {
	case watched == nil:
	case version == 0:
		watched.tell(Reread)
	case version > watched.told:
		watched.tell(version)
	}
}

// tellAll tells every watcher Reread or Away.
func (b *Broker) tellAll(instead int64) {
	for _, id := range b.Watched() {
		b.Publish(id, instead)
	}
}

// Watched returns the ids that somebody watches.
func (b *Broker) Watched() []verification.ID {
	b.mu.Lock()
	defer b.mu.Unlock()
	ids := make([]verification.ID, 0, len(b.topics))
	for id := range b.topics {
		ids = append(ids, id)
	}
	return ids
}

// within gives a call the time that a database may take to answer.
func within(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	return call(ctx)
}
