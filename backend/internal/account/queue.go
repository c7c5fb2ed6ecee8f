package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Bounds of the queue before the password hash, which takes some 30 ms: what
// waits behind them would wait longer than a person does.
const (
	waitingPerAddress = 16
	waitingInAll      = 256
)

// busyRetry is when a caller who finds the queue full should come again.
const busyRetry = 2 * time.Second

// BusyError means that too many sign-ins wait; nothing was looked at or counted.
type BusyError struct{ RetryAfter time.Duration }

// Error implements error.
func (e *BusyError) Error() string {
	return fmt.Sprintf("too many sign-ins wait: try again in %s", e.RetryAfter)
}

// queue gives out places to hash in. Addresses take turns, so that somebody who
// guesses from one of them makes others wait for one hash, not for the guesses.
type queue struct {
	mu    sync.Mutex
	free  int
	lines map[string][]chan struct{} // of each address, in the order they came
	turns []string                   // addresses with a line
	all   int                        // who waits
}

func newQueue(places int) *queue {
	return &queue{free: places, lines: map[string][]chan struct{}{}}
}

// acquire waits for a place; release gives it back. It returns *BusyError where
// too many wait, or for longer than the caller may, or the context's error.
func (q *queue) acquire(ctx context.Context, address string) error {
	q.mu.Lock()
	if q.free > 0 {
		q.free--
		q.mu.Unlock()
		return nil
	}
	if q.all >= waitingInAll || len(q.lines[address]) >= waitingPerAddress {
		q.mu.Unlock()
		return &BusyError{RetryAfter: busyRetry}
	}
	called := make(chan struct{})
	if len(q.lines[address]) == 0 {
		q.turns = append(q.turns, address)
	}
	q.lines[address] = append(q.lines[address], called)
	q.all++
	q.mu.Unlock()
	select {
	case <-called:
		return nil
	case <-ctx.Done():
		q.leave(address, called)
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return &BusyError{RetryAfter: busyRetry}
		}
		return ctx.Err()
	}
}

// leave takes a waiter out of its line, or gives back the place that it was
// called to in the same moment.
func (q *queue) leave(address string, called chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	at := slices.Index(q.lines[address], called)
	if at < 0 {
		q.next()
		return
	}
	q.lines[address] = slices.Delete(q.lines[address], at, at+1)
	q.all--
	if len(q.lines[address]) == 0 {
		delete(q.lines, address)
		q.turns = slices.DeleteFunc(q.turns, func(a string) bool { return a == address })
	}
}

func (q *queue) release() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.next()
}

// next calls the first of the address whose turn it is; the address goes behind
// the others.
func (q *queue) next() {
	if len(q.turns) == 0 {
		q.free++
		return
	}
	address := q.turns[0]
	q.turns = q.turns[1:]
	line := q.lines[address]
	close(line[0])
	q.all--
	if q.lines[address] = line[1:]; len(q.lines[address]) == 0 {
		delete(q.lines, address)
		return
	}
	q.turns = append(q.turns, address)
}
