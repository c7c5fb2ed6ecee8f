package store

import (
	"context"
	"errors"
	"sync"

	"gorm.io/gorm"
)

// groupCommit brings transactions of SQLite that wait for one another to the disk by one
// sync, which takes longer than their statements. Each is a savepoint in the transaction
// of its group: what fails is undone alone, and nobody is told that something was written
// before it is on the disk.
type groupCommit struct {
	db    *gorm.DB
	queue chan part // without room: who sends waits for a turn
	quit  chan struct{}
	end   func()
	ended chan struct{}
}

// groupMost is how many transactions one commit keeps: the first of them waits for
// the statements of the others.
const groupMost = 16

// part is one transaction of a group.
type part struct {
	turn chan *gorm.DB   // the group's transaction, when the others' statements are done
	left <-chan struct{} // closed where the caller does not wait for its turn any more
	done chan error      // nil, or why the group's transaction is lost
	kept chan error      // how the group's transaction ended
}

// lostError is what those are told whose group was undone by the fault of another:
// nothing of the call was written, and it may be sent again. It says what that one met,
// and does not wrap it: none of it is this call's answer.
type lostError struct{ err error }

func (e lostError) Error() string { return "transaction undone with its group: " + e.err.Error() }

// SQLState is what PostgreSQL calls it (transaction_rollback).
func (lostError) SQLState() string { return "40000" }

var errStoreClosed = errors.New("the database was closed")

// newGroupCommit begins to take transactions. End them with close.
func newGroupCommit(db *gorm.DB) *groupCommit {
	g := &groupCommit{db: db, queue: make(chan part), quit: make(chan struct{}), ended: make(chan struct{})}
	g.end = sync.OnceFunc(func() { close(g.quit) })
	go g.work()
	return g
}

// close waits for the group that is under way, and takes no more.
func (g *groupCommit) close() {
	g.end()
	<-g.ended
}

// transact runs f in one transaction. A caller who goes away while it waits for its turn
// leaves nothing; later f is not cut short, since SQLite would undo the others with it.
func (g *groupCommit) transact(ctx context.Context, f func(tx *gorm.DB) error) error {
	p := part{turn: make(chan *gorm.DB), left: ctx.Done(), done: make(chan error, 1), kept: make(chan error, 1)}
	select {
	case g.queue <- p:
	case <-ctx.Done():
		return ctx.Err()
	case <-g.quit:
		return errStoreClosed
	}
	select {
	case tx := <-p.turn:
		if err := p.run(tx.WithContext(context.WithoutCancel(ctx)), f); err != nil {
			return err
		}
		return <-p.kept
	case <-ctx.Done():
		return ctx.Err()
	case err := <-p.kept: // it could not begin
		return err
	}
}

// run calls f between a savepoint and its release. Where SQLite has ended the whole
// transaction, as it does on a full disk, the savepoint is gone, and the group with it.
func (p part) run(tx *gorm.DB, f func(tx *gorm.DB) error) (err error) {
	if err = tx.Exec("SAVEPOINT part").Error; err != nil {
		p.done <- err
		return err
	}
	last := "ROLLBACK TO part" // on a panic too
	defer func() {
		lost := tx.Exec(last).Error
		if lost != nil {
			lost = errors.Join(lost, err)
		}
		p.done <- lost
	}()
	if err = f(tx); err == nil {
		last = "RELEASE part"
	}
	return err
}

// work commits group after group.
func (g *groupCommit) work() {
	defer close(g.ended)
	for {
		select {
		case first := <-g.queue:
			g.commit(first)
		case <-g.quit:
			return
		}
	}
}

// commit runs the parts that wait, one after the other, and keeps what they wrote.
func (g *groupCommit) commit(first part) {
	tx := g.db.Begin()
	if tx.Error != nil {
		first.kept <- tx.Error
		return
	}
	group := []part{first}
	err := first.take(tx)
	for err == nil && len(group) < groupMost {
		next, waits := g.next()
		if !waits {
			break
		}
		group = append(group, next)
		err = next.take(tx)
	}
	if err == nil {
		err = tx.Commit().Error
	} else {
		tx.Rollback()
		err = lostError{err}
	}
	for _, p := range group {
		p.kept <- err
	}
}

// next returns a part that waits already, if there is one.
func (g *groupCommit) next() (p part, waits bool) {
	select {
	case p = <-g.queue:
		return p, true
	default:
		return p, false
	}
}

// take gives a part its turn, and returns why the group's transaction is lost.
func (p part) take(tx *gorm.DB) error {
	select {
	case p.turn <- tx:
		return <-p.done
	case <-p.left:
		return nil
	}
}
