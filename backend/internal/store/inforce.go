package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"realname.example/backend/internal/registry"
)

// inForce is the view by which the registry is read: an import shows in it whole from the
// moment that it is in force, though its rows move to the table of people later (Settle).
const inForce = "people_in_force"

// peopleStateRow is the one row that says what of the registry is in force; the
// migration that makes it tells what each column means.
type peopleStateRow struct {
	Slot     int64 `gorm:"primaryKey;autoIncrement:false"`
	Version  int64
	Places   int64
	ImportID string
	Behind   int64
	Staged   int64
	Removing int64
	Looked   string
}

func (peopleStateRow) TableName() string { return "people_state" }

// errUnsettled is an import whose rows have to move first.
var errUnsettled = errors.New("an import is in force whose rows have not moved")

// settled runs f in a transaction in which the table of people is all that is in force,
// and nobody else changes that.
func (s *Store) settled(ctx context.Context, f func(tx *gorm.DB, state *peopleStateRow) error) error {
	for {
		if err := s.Settle(ctx); err != nil {
			return err
		}
		err := s.transactLong(ctx, func(tx *gorm.DB) error {
			state, err := s.peopleState(s.locking(tx))
			if err != nil {
				return err
			}
			if state.ImportID != "" {
				return errUnsettled
			}
			return f(tx, &state)
		})
		if !errors.Is(err, errUnsettled) {
			return err
		}
	}
}

// changing runs change where everything is settled, and counts it as a change of the
// registry.
func (s *Store) changing(ctx context.Context, change func(tx *gorm.DB, state *peopleStateRow) error) error {
	return s.settled(ctx, func(tx *gorm.DB, state *peopleStateRow) error {
		if err := change(tx, state); err != nil {
			return err
		}
		state.Version++
		return wrapped("write the registry's state", tx.Save(state).Error)
	})
}

func (s *Store) peopleState(tx *gorm.DB) (state peopleStateRow, err error) {
	return state, wrapped("read the registry's state", tx.Take(&state).Error)
}

// Settle moves what an import has in force to the table of people, a few rows in each
// transaction, so that nobody waits long behind it. An import does so itself; what one
// left behind that was killed is moved by who changes the registry next, or by a server.
// Readers see the same before, meanwhile and afterwards.
func (s *Store) Settle(ctx context.Context) error {
	state, err := s.peopleState(s.db.WithContext(ctx))
	if err != nil || state.ImportID == "" {
		return err
	}
	if err := s.allStaged(ctx); err != nil {
		return err
	}
	return s.piecemeal(ctx, s.settleSome)
}

// allStaged returns registry.ErrRowsMissing where rows of the import in force are gone
// that have not moved. One statement sees state and rows of one moment.
func (s *Store) allStaged(ctx context.Context) error {
	var missing int64
	err := s.db.WithContext(ctx).Raw(`SELECT s.staged - (SELECT COUNT(*) FROM people_staging r WHERE r.import_id = s.import_id) FROM people_state s`).
		Scan(&missing).Error
	if err == nil && missing > 0 {
		return fmt.Errorf("%w (%d rows)", registry.ErrRowsMissing, missing)
	}
	return wrapped("count staged people", err)
}

// settleSome is one transaction of Settle.
func (s *Store) settleSome(tx *gorm.DB) (done bool, err error) {
	state, err := s.peopleState(s.locking(tx))
	if err != nil || state.ImportID == "" {
		return true, err
	}
	step := s.moveStaged
	if state.Removing == 1 {
		step = s.removeOthers
	}
	if err := step(tx, &state); err != nil {
		return false, err
	}
	return state.ImportID == "", wrapped("write the registry's state", tx.Save(&state).Error)
}

// moveStaged is a step of Settle: the next staged rows become people.
func (s *Store) moveStaged(tx *gorm.DB, state *peopleStateRow) error {
	last, more, err := piece(tx.Model(&stagedRow{}).Where("import_id = ?", state.ImportID))
	if err != nil {
		return err
	}
	// In the order of the index that it fills, which takes a fraction of the time.
	err = tx.Exec(`INSERT INTO people (number_hash, place, sealed, portrait, mobile_hash)
		SELECT number_hash, place + ?, sealed, portrait, mobile_hash FROM people_staging WHERE import_id = ? AND number_hash <= ? ORDER BY number_hash
		ON CONFLICT (number_hash) DO UPDATE
		SET sealed = excluded.sealed, mobile_hash = excluded.mobile_hash, portrait = COALESCE(excluded.portrait, people.portrait)`,
		state.Behind, state.ImportID, last).Error
	if err != nil {
		return fmt.Errorf("import people: %w", err)
	}
	moved := tx.Where("import_id = ? AND number_hash <= ?", state.ImportID, last).Delete(&stagedRow{})
	if state.Staged -= moved.RowsAffected; !more {
		state.ImportID, state.Staged = "", 0
	}
	return wrapped("clear staging", moved.Error)
}

// removeOthers is a step of Settle: of the next people, those are deleted whom the
// import does not have.
func (s *Store) removeOthers(tx *gorm.DB, state *peopleStateRow) error {
	last, more, err := piece(tx.Model(&personRow{}).Where("number_hash > ?", state.Looked))
	if err != nil {
		return err
	}
	err = tx.Where(`number_hash > ? AND number_hash <= ? AND NOT EXISTS
		(SELECT 1 FROM people_staging s WHERE s.import_id = ? AND s.number_hash = people.number_hash)`, state.Looked, last, state.ImportID).
		Delete(&personRow{}).Error
	if state.Looked = last; !more {
		state.Removing, state.Looked = 0, ""
	}
	return wrapped("remove people", err)
}

// piece finds how far one transaction goes among rows that have a number's hash and a
// portrait: the hash of the last one that it takes, and whether more may follow.
func piece(rows *gorm.DB) (last string, more bool, err error) {
	var sizes []struct {
		NumberHash string
		Bytes      int
	}
	err = rows.Select("number_hash", "COALESCE(LENGTH(portrait), 0) AS bytes").Order("number_hash").Limit(chunkRows).Scan(&sizes).Error
	bytes := 0
	for i, row := range sizes {
		last, bytes = row.NumberHash, bytes+row.Bytes
		if bytes >= chunkBytes {
			return last, i+1 < len(sizes) || len(sizes) == chunkRows, nil
		}
	}
	return last, len(sizes) == chunkRows, wrapped("read people", err)
}

// giveWay is how long the write lock of SQLite stays free, at most, between two
// transactions of a long work. It has no queue: another process that waits for it looks
// again every so often, 100 ms apart in the end, and would find it taken each time.
const giveWay = 20 * time.Millisecond

// piecemeal repeats a step in transactions of its own until it is done.
func (s *Store) piecemeal(ctx context.Context, step func(tx *gorm.DB) (done bool, err error)) error {
	for done := false; ; {
		began := time.Now()
		err := s.transactLong(ctx, func(tx *gorm.DB) (err error) {
			done, err = step(tx)
			return err
		})
		if done || err != nil {
			return err
		}
		if s.postgres {
			continue
		}
		select {
		case <-time.After(min(time.Since(began), giveWay)):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
