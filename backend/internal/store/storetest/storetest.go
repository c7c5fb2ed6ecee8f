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

// migrated is a SQLite database without content, whose migrations ran once for all
// tests of the process, and the keys that it was made with.
var migrated struct {
	once sync.Once
	file []byte
	keys keys.Keys
}

// NewSQLite returns a store in a folder of the test.
func NewSQLite(t testing.TB) *store.Store {
	t.Helper()
	migrated.once.Do(func() {
		folder := t.TempDir()
		migrated.keys = Keys(t)
		s, err := store.Open(t.Context(), filled(store.Config{Folder: folder, Keys: migrated.keys}))
		if err == nil {
			err = s.Close()
		}
		if err == nil {
			migrated.file, err = os.ReadFile(filepath.Join(folder, store.FileName))
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, store.FileName), migrated.file, 0o600); err != nil {
		t.Fatal(err)
	}
	return Open(t, store.Config{Folder: folder, Keys: migrated.keys})
}

// Migrate runs the migrations on an empty PostgreSQL database, which then belongs to no
// mode and to no keys: each copy of it (pgtest.Lazy) is as good as an empty one.
func Migrate(ctx context.Context, url string) error {
	k, err := keys.New(rand.Reader)
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, filled(store.Config{URL: url, Keys: k}))
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
