package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"gorm.io/driver/postgres"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
)

// ErrNewer is a database whose schema a newer version made.
var ErrNewer = errors.New("the database was made by a newer version")

// dialector chooses the driver. SQLite writes ahead, syncs each commit, and
// takes its write lock at the start of a transaction. A full disk is noted in full.
func (cfg Config) dialector(full *atomic.Bool) (gorm.Dialector, error) {
	if cfg.URL != "" {
		if !strings.HasPrefix(cfg.URL, "postgres://") && !strings.HasPrefix(cfg.URL, "postgresql://") {
			return nil, errors.New("open database: the URL must begin with postgres://")
		}
		pool, err := cfg.postgres()
		return postgresDialector{postgres.New(postgres.Config{Conn: pool}), full}, err
	}
	if err := os.MkdirAll(cfg.Folder, 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	path := filepath.Join(cfg.Folder, FileName)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := file.Close(); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	source := sqliteFile(path) + "?_journal_mode=WAL&_synchronous=FULL&_foreign_keys=on&_secure_delete=on&_txlock=immediate&" + sqliteCommon
	return sqliteDialector{&sqlite.Dialector{DSN: source}, full}, nil
}

// sqliteCommon is what every connection to SQLite has: it waits for another process,
// and reads the text of a statement once.
const sqliteCommon = "_busy_timeout=5000&_stmt_cache_size=100"

// sqliteFile is the URI of a file: without escaping, # or ? in its path would
// end it.
func sqliteFile(path string) string {
	uri := url.URL{Path: filepath.ToSlash(path)}
	return "file:" + uri.EscapedPath()
}

// postgres opens the pool. Behind a pooler statements are not prepared, since
// the next one may meet another connection, and the pooler is asked for nothing
// at the start that it might not know.
func (cfg Config) postgres() (*sql.DB, error) {
	conn, err := pgx.ParseConfig(cfg.URL)
	if err != nil {
		return nil, errors.New("open database: the URL cannot be read") // the cause may hold the password
	}
	if cfg.DirectURL != "" {
		conn.DefaultQueryExecMode = pgx.QueryExecModeExec
	}
	if cfg.AnswerWithin > 0 {
		if cfg.DirectURL == "" {
			conn.RuntimeParams["statement_timeout"] = strconv.FormatInt(cfg.AnswerWithin.Milliseconds(), 10)
			conn.RuntimeParams["idle_in_transaction_session_timeout"] = strconv.FormatInt(idleWithin.Milliseconds(), 10)
		}
		conn.ConnectTimeout = cfg.AnswerWithin
		dial := conn.DialFunc
		conn.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := dial(ctx, network, address)
			return answering{c, cfg.AnswerWithin + answerSlack}, err
		}
	}
	if cfg.Traces != nil {
		conn.Tracer = otelpgx.NewTracer(otelpgx.WithTracerProvider(cfg.Traces), otelpgx.WithDisableConnectionDetailsInAttributes(), otelpgx.WithDisableSQLStatementInAttributes())
	}
	return stdlib.OpenDB(*conn), nil
}

// Writable makes an address of PostgreSQL lead to the primary alone, unless it says
// which it wants itself: of several hosts the one that takes writes is found, and a
// standby that took over another's address is not mistaken for it.
func Writable(url string) string {
	const attribute = "target_session_attrs="
	if url == "" || strings.Contains(url, attribute) {
		return url
	}
	separator := "?"
	if strings.Contains(url, "?") {
		separator = "&"
	}
	return url + separator + attribute + "read-write"
}

// idleWithin is after how long the server ends a transaction that says nothing: that
// of a process that is frozen, whose rows others wait for.
const idleWithin = 10 * time.Second

// answerSlack lets the server's own word about a late statement arrive first.
const answerSlack = 500 * time.Millisecond

// answering is a connection to a server that has to answer in time: one that is
// stopped or cut off would be waited for without end. Nothing is read from it
// but answers.
type answering struct {
	net.Conn
	within time.Duration
}

// Read implements net.Conn.
func (c answering) Read(b []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.within)); err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}

// migrations returns what brings the database up to date, and what ends it.
func (s *Store) migrations(cfg Config) (_ *goose.Provider, end func() error, err error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, nil, fmt.Errorf("read migrations: %w", err)
	}
	pool, dialect, options := s.pool, goose.DialectSQLite3, []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	end = func() error { return nil }
	if s.postgres {
		// A migration may take long, and its lock needs one connection throughout.
		if pool, err = sql.Open("pgx", cmp.Or(cfg.DirectURL, cfg.URL)); err != nil {
			return nil, nil, fmt.Errorf("open database: %w", err)
		}
		end = pool.Close
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, nil, errors.Join(fmt.Errorf("lock migrations: %w", err), end())
		}
		dialect, options = goose.DialectPostgres, append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(dialect, pool, files, options...)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("read migrations: %w", err), end())
	}
	return provider, end, nil
}

// migrate applies what is new, under a lock where several processes can start
// at once. A database that a newer version made is ErrNewer, and stays as it is.
func (s *Store) migrate(ctx context.Context, cfg Config) (err error) {
	provider, end, err := s.migrations(cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	if _, err = provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate database: %w", err)
	}
	if _, err = compare(ctx, provider); err != nil {
		return err
	}
	return s.migrateRiver(ctx, cfg)
}

// checkSchema returns ErrNewer or ErrOlder where the database's schema is not
// this version's, and changes nothing.
func (s *Store) checkSchema(ctx context.Context, cfg Config) (err error) {
	provider, end, err := s.migrations(cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	older, err := compare(ctx, provider)
	if err == nil && older && !cfg.AnySchema {
		err = ErrOlder
	}
	return err
}

// compare reports whether the database's schema is older than the newest that
// is known here, and returns ErrNewer for the reverse.
func compare(ctx context.Context, provider *goose.Provider) (older bool, err error) {
	version, err := provider.GetDBVersion(ctx)
	if err != nil {
		return false, fmt.Errorf("read schema version: %w", err)
	}
	known := provider.ListSources()
	newest := known[len(known)-1].Version
	if version > newest {
		return false, fmt.Errorf("%w: its schema is %d, and this one knows %d; start the newer version", ErrNewer, version, newest)
	}
	return version < newest, nil
}
