package store

import (
	"errors"

	"github.com/mattn/go-sqlite3"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
)

// FullError is a SQLite database that cannot write: its disk is full or fails.
// Nothing of the call was written, and the same call passes once there is room.
type FullError struct{ Err error }

// Error implements error.
func (e *FullError) Error() string { return "database cannot write: " + e.Err.Error() }

// Unwrap returns what SQLite said.
func (e *FullError) Unwrap() error { return e.Err }

// SQLState is what PostgreSQL calls it (disk_full), so that both databases are
// told as one.
func (e *FullError) SQLState() string { return "53100" }

// sqliteDialector is gorm's, which also tells a full disk from a wrong statement.
type sqliteDialector struct{ *sqlite.Dialector }

// Translate implements gorm.ErrorTranslator.
func (d sqliteDialector) Translate(err error) error {
	var from sqlite3.Error
	if errors.As(err, &from) && (from.Code == sqlite3.ErrFull || from.Code == sqlite3.ErrIoErr || from.Code == sqlite3.ErrCantOpen) {
		return &FullError{Err: err}
	}
	return d.Dialector.Translate(err)
}

var _ gorm.ErrorTranslator = sqliteDialector{}
