// Package storetest opens real databases for tests and holds the conformance
// suite that every database has to pass.
package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"realname.example/backend/internal/keys"
	"realname.example/backend/internal/store"
)

// migrated is the file of a SQLite database without content, whose migrations ran once
// for all tests of the process.
var migrated struct {
	once sync.Once
	file []byte
	err  error
}

// memory is where Linux keeps files without a disk.
const memory = "/dev/shm"

// folder is a test's folder for a database that no fault of a disk or a machine is meant for: in memory
// where there is such a place, since tests of many small changes wait half of their time for the sync of
// each to a disk. A benchmark's is on the disk.
func folder(t testing.TB) string {
	t.Helper()
	if _, measures := t.(*testing.B); measures {
		return t.TempDir()
	}
	path, err := os.MkdirTemp(memory, "realname-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(path); err != nil {
			t.Error(err)
		}
	})
	return path
}

// NewSQLite returns a store in a folder of the test.
func NewSQLite(t testing.TB) *store.Store {
	t.Helper()
	return Open(t, SQLite(t))
}

// SQLite returns what opens a SQLite database of the test, with keys of its own.
func SQLite(t testing.TB) store.Config {
	t.Helper()
	return store.Config{Folder: Folder(t), Keys: Keys(t)}
}

// Folder returns a data folder of the test with an empty SQLite database. It is a copy of
// one whose migrations ran already, and belongs to no mode and to no keys yet.
func Folder(t testing.TB) string {
	t.Helper()
	migrated.once.Do(func() { migrated.file, migrated.err = migrate(t.Context(), folder(t)) })
	if migrated.err != nil {
		t.Fatal(migrated.err)
	}
	path := folder(t)
	if err := os.WriteFile(filepath.Join(path, store.FileName), migrated.file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// migrate returns the file of a new SQLite database.
func migrate(ctx context.Context, folder string) ([]byte, error) {
	if err := makeEmpty(ctx, store.Config{Folder: folder}); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(folder, store.FileName))
}

// Migrate runs the migrations on an empty PostgreSQL database; each copy of it
// (pgtest.Lazy) is as good as an empty one.
func Migrate(ctx context.Context, url string) error {
	return makeEmpty(ctx, store.Config{URL: url})
}

// makeEmpty runs the migrations on an empty database, which then belongs to no mode and
// to no keys.
func makeEmpty(ctx context.Context, cfg store.Config) (err error) {
	if cfg.Keys, err = keys.New(rand.Reader); err != nil {
		return err
	}
	s, err := store.Open(ctx, filled(cfg))
	if err != nil {
		return err
	}
	_, err = s.Pool().ExecContext(ctx, "DELETE FROM meta")
	_, keysErr := s.Pool().ExecContext(ctx, "DELETE FROM index_keys")
	return errors.Join(err, keysErr, s.Close())
}

// Keys returns fresh keys.
func Keys(t testing.TB) keys.Keys {
	t.Helper()
	k, err := keys.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Open opens a store until the end of the test. What the configuration leaves
// out is filled in.
func Open(t testing.TB, cfg store.Config) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), filled(cfg))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func filled(cfg store.Config) store.Config {
	if cfg.Mode == "" {
		cfg.Mode = "sandbox"
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Random == nil {
		cfg.Random = rand.Reader
	}
	return cfg
}
