package store

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// diskFull is PostgreSQL's word (SQLSTATE) for a disk without room.
const diskFull = "53100"

// FullError is a SQLite database that cannot write: its disk is full or fails.
// Nothing of the call was written, and the same call passes once there is room.
type FullError struct{ Err error }

// Error implements error.
func (e *FullError) Error() string { return "database cannot write: " + e.Err.Error() }

// Unwrap returns what SQLite said.
func (e *FullError) Unwrap() error { return e.Err }

// SQLState is what PostgreSQL calls it (disk_full), so that both databases are
// told as one.
func (e *FullError) SQLState() string { return diskFull }

// sqliteDialector is gorm's, which also tells a full disk from a wrong statement,
// and notes it.
type sqliteDialector struct {
	*sqlite.Dialector
	full *atomic.Bool
}

// Translate implements gorm.ErrorTranslator.
func (d sqliteDialector) Translate(err error) error {
	var from sqlite3.Error
	if errors.As(err, &from) && (from.Code == sqlite3.ErrFull || from.Code == sqlite3.ErrIoErr || from.Code == sqlite3.ErrCantOpen) {
		d.full.Store(true)
		return &FullError{Err: err}
	}
	return d.Dialector.Translate(err)
}

// postgresDialector is gorm's, which also notes a full disk.
type postgresDialector struct {
	gorm.Dialector
	full *atomic.Bool
}

// Translate implements gorm.ErrorTranslator.
func (d postgresDialector) Translate(err error) error {
	var from *pgconn.PgError
	if errors.As(err, &from) && from.Code == diskFull {
		d.full.Store(true)
	}
	if translator, ok := d.Dialector.(gorm.ErrorTranslator); ok {
		return translator.Translate(err)
	}
	return err
}

var (
	_ gorm.ErrorTranslator = sqliteDialector{}
	_ gorm.ErrorTranslator = postgresDialector{}
)

// room is what a database has to take, in bytes, before a disk that was full counts as
// mended: a row that is written anew may fit where it was while no other one does.
const room = 64 << 10

// Write writes a moment into a row of its own, to see whether writes are taken; after
// a full disk, whether there is room.
func (s *Store) Write(ctx context.Context, now time.Time) error {
	if s.full.Load() {
		if err := s.writeRoom(ctx); err != nil {
			return err
		}
		s.full.Store(false)
	}
	return s.writeMeta(ctx, "written", now.UTC().Format(time.RFC3339))
}

func (s *Store) writeRoom(ctx context.Context) error {
	filler := make([]byte, room/2)
	if _, err := s.random.Read(filler); err != nil {
		return fmt.Errorf("draw what is written: %w", err)
	}
	if err := s.writeMeta(ctx, "room", fmt.Sprintf("%x", filler)); err != nil {
		return err
	}
	return wrapped("take back what was written", s.db.WithContext(ctx).Where("name = ?", "room").Delete(&metaRow{}).Error)
}

func (s *Store) writeMeta(ctx context.Context, name, value string) error {
	err := s.db.WithContext(ctx).Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "name"}}, DoUpdates: clause.AssignmentColumns([]string{"value"}),
	}).Create(&metaRow{Name: name, Value: value}).Error
	return wrapped("write to the database", err)
}
