package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"
	"go.opentelemetry.io/otel/trace"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"

	"realname.example/backend/internal/keys"
)

// FileName is the name of the SQLite database in the data folder.
const FileName = "realname.db"

//go:embed migrations/*.sql
var migrations embed.FS

// Config says which database to open.
type Config struct {
	// URL is postgres://…; empty for SQLite in Folder.
	URL string
	// DirectURL leads to the same PostgreSQL past a pooler such as PgBouncer, for
	// what needs one connection of its own; empty where URL does.
	DirectURL string
	// AnswerWithin is how long PostgreSQL may take for one statement; 0 for no
	// limit.
	AnswerWithin time.Duration
	Folder       string
	// Existing refuses a place where there is no database (ErrNone) instead of
	// making one, and one whose schema is older than this version's (ErrOlder)
	// instead of bringing it up to date under a server that runs.
	Existing bool
	// AnySchema lets an older one be, for what reads no table of it.
	AnySchema bool
	// Mode is the REALNAME_MODE that the database belongs to for good.
	Mode string
	Keys keys.Keys
	// Reload reads the keys again when a data key has a newer master key than
	// this process knows; nil where keys do not change while it runs.
	Reload func() (keys.Keys, error)
	Now    func() time.Time
	Random io.Reader
	// Traces makes spans of what PostgreSQL is asked, without parameters; nil for none.
	Traces trace.TracerProvider
}

// ErrNone is returned where a database has to be there and is not.
var ErrNone = errors.New("there is no database here yet; `backend database create` makes one, and so does the first `backend serve`")

// ErrOlder is a database that has to be brought up to date first.
var ErrOlder = errors.New("the database's schema is older than this program; `backend database create` brings it up to date, and so does the next start of the server")

// ErrMode is returned for a database that was made in another mode.
var ErrMode = errors.New("the database was made in another mode")

// Store is a database. Its methods are safe for concurrent use.
type Store struct {
	db       *gorm.DB
	pool     *sql.DB
	readers  *sql.DB                // of SQLite, which read while the one connection of pool writes; nil with PostgreSQL
	group    *groupCommit           // of SQLite; nil with PostgreSQL
	queue    *sql.DB                // of the job queue: the pool itself with SQLite
	jobs     *river.Client[*sql.Tx] // inserts, and works on none
	postgres bool
	full     atomic.Bool // a disk without room was met
	ledger   ledger
	ring     atomic.Pointer[keys.Keys]
	// serviceKeys are the data keys of services by subject, which each token takes many
	// times. Those of people are never kept: with an erasure they are gone.
	serviceKeys sync.Map
	reload      func() (keys.Keys, error)
	now         func() time.Time
	random      io.Reader
}

// Open opens the database, brings it to the newest migration, and checks that
// it belongs to the mode (ErrMode) and to the index key (ErrIndexKey).
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if cfg.Existing {
		if err := cfg.present(); err != nil {
			return nil, err
		}
	}
	cfg.URL, cfg.DirectURL = Writable(cfg.URL), Writable(cfg.DirectURL)
	s := &Store{postgres: cfg.URL != "", reload: cfg.Reload, now: cfg.Now, random: cfg.Random}
	s.ring.Store(&cfg.Keys)
	if err := s.start(ctx, cfg); err != nil {
		return nil, err
	}
	if err := s.claimMode(ctx, cfg.Mode); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.claimIndexKey(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// present returns ErrNone where there is no file of a SQLite database.
func (cfg Config) present() error {
	if cfg.URL == "" {
		if _, err := os.Stat(filepath.Join(cfg.Folder, FileName)); err != nil {
			return ErrNone
		}
	}
	return nil
}

// Processes that open one new SQLite file at the same moment get in each
// other's way when it changes to write-ahead and when its tables are made; goose
// has no lock for it. The losers try again.
const (
	startTries = 50
	startWait  = 20 * time.Millisecond
)

// start connects and migrates.
func (s *Store) start(ctx context.Context, cfg Config) (err error) {
	for range startTries {
		if err = s.startOnce(ctx, cfg); err == nil || s.postgres {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(startWait):
		}
	}
	return err
}

func (s *Store) startOnce(ctx context.Context, cfg Config) error {
	if err := s.connect(cfg); err != nil {
		return errors.Join(err, s.Close())
	}
	if cfg.Existing && !s.db.WithContext(ctx).Migrator().HasTable(versionTable) {
		return errors.Join(ErrNone, s.Close())
	}
	bring := s.migrate
	if cfg.Existing {
		bring = s.checkSchema
	}
	if err := bring(ctx, cfg); err != nil {
		return errors.Join(err, s.Close())
	}
	return nil
}

// connect opens the pools, and SQLite's group commit.
func (s *Store) connect(cfg Config) error {
	dialector, err := cfg.dialector(&s.full)
	if err != nil {
		return err
	}
	s.db, err = gorm.Open(dialector, &gorm.Config{
		TranslateError: true, Logger: logger.Discard, SkipDefaultTransaction: true,
		NowFunc: func() time.Time { return s.now().UTC() },
	})
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	if s.pool, err = s.db.DB(); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	s.limitPool()
	if err := s.openReaders(cfg); err != nil {
		return err
	}
	if err := s.openQueue(cfg); err != nil {
		return err
	}
	if s.jobs, err = s.Jobs(&river.Config{Logger: slog.New(slog.DiscardHandler)}); err != nil {
		return fmt.Errorf("open job queue: %w", err)
	}
	if !s.postgres {
		s.group = newGroupCommit(s.db)
	}
	return nil
}

// versionTable is where goose keeps which migrations a database has.
const versionTable = "goose_db_version"

// What the pools have. That of SQLite which writes is one connection.
const (
	conns   = 16 // of PostgreSQL: what two cores can use
	readers = 4  // of SQLite
	// Lookers is how many may ask at once after what they wait for: however many wait,
	// those who act find a connection.
	Lookers = conns * 3 / 4
)

// limitPool keeps SQLite to one connection that writes, so that writers queue here
// rather than fail.
func (s *Store) limitPool() {
	most := 1
	if s.postgres {
		most = conns
		s.pool.SetConnMaxIdleTime(5 * time.Minute)
	}
	s.pool.SetMaxOpenConns(most)
	s.pool.SetMaxIdleConns(most)
}

// openReaders lets what SQLite is asked outside a transaction pass those that write and
// wait for the disk: it is read from connections of its own, which see all that was
// committed. PostgreSQL's pool needs none.
func (s *Store) openReaders(cfg Config) (err error) {
	if s.postgres {
		return nil
	}
	if s.readers, err = sql.Open(sqlite.DriverName, sqliteFile(filepath.Join(cfg.Folder, FileName))+"?mode=ro&"+sqliteCommon); err != nil {
		return fmt.Errorf("open database to read: %w", err)
	}
	s.readers.SetMaxOpenConns(readers)
	s.readers.SetMaxIdleConns(readers)
	calls := s.db.Callback()
	return errors.Join(calls.Query().Before("*").Register("readers", s.readBeside), calls.Row().Before("*").Register("readers", s.readBeside))
}

// readBeside is gorm's callback before it asks: outside a transaction the readers are
// asked what is a SELECT, by gorm's own making or by its text.
func (s *Store) readBeside(db *gorm.DB) {
	text := db.Statement.SQL.String()
	if !inTransaction(db) && (text == "" || strings.HasPrefix(text, "SELECT")) {
		db.Statement.ConnPool = s.readers
	}
}

// claimMode writes the mode at first start and compares it later.
func (s *Store) claimMode(ctx context.Context, mode string) error {
	row := metaRow{Name: "mode", Value: mode}
	db := s.db.WithContext(ctx)
	if err := db.Clauses(doNothing).Create(&row).Error; err != nil {
		return fmt.Errorf("write mode: %w", err)
	}
	var have metaRow
	if err := db.Where("name = ?", "mode").Take(&have).Error; err != nil {
		return fmt.Errorf("read mode: %w", err)
	}
	if have.Value != mode {
		return fmt.Errorf("%w: it is a %s database", ErrMode, have.Value)
	}
	return nil
}

// Ping reports whether the database answers, still has this process's index key
// (ErrIndexKey) and no data key under a master key that this process cannot have
// (ErrMasterKey).
func (s *Store) Ping(ctx context.Context) error {
	var have indexKeyRow
	if err := s.db.WithContext(ctx).Take(&have).Error; err != nil {
		return fmt.Errorf("ask database: %w", err)
	}
	if have.ID != s.indexKey() {
		return ErrIndexKey
	}
	return s.learnNewest(s.db.WithContext(ctx))
}

// Pool returns the pool, for LISTEN and NOTIFY, and for its statistics.
func (s *Store) Pool() *sql.DB { return s.pool }

// Close ends all connections.
func (s *Store) Close() error {
	if s.group != nil {
		s.group.close()
	}
	// The connection that writes ends last: then it brings SQLite's log into the file.
	var errs []error
	for _, pool := range []*sql.DB{s.readers, s.queue, s.pool} {
		if pool != nil { // closing twice is closing once
			errs = append(errs, pool.Close())
		}
	}
	return errors.Join(errs...)
}

// transact runs f in one transaction. f is short: with SQLite it may share a commit
// with others, who wait for it.
func (s *Store) transact(ctx context.Context, f func(tx *gorm.DB) error) error {
	if s.group != nil {
		return s.group.transact(ctx, f)
	}
	return s.transactLong(ctx, f)
}

// transactLong is transact for what takes long or goes over many rows.
func (s *Store) transactLong(ctx context.Context, f func(tx *gorm.DB) error) error {
	return s.db.WithContext(ctx).Transaction(f)
}

// locking adds FOR UPDATE where the database has it; SQLite holds its one
// write lock already.
func (s *Store) locking(tx *gorm.DB) *gorm.DB {
	if s.postgres {
		return tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate, Table: clause.Table{Name: clause.CurrentTable}})
	}
	return tx
}
