// Package storetest opens real databases for tests and holds the conformance
// suite that every database has to pass.
package storetest

import (
	"crypto/rand"
	"testing"
	"time"

	"realname.example/backend/internal/keys"
	"realname.example/backend/internal/store"
)

// NewSQLite returns a store in a folder of the test.
func NewSQLite(t testing.TB) *store.Store {
	t.Helper()
	return Open(t, store.Config{Folder: t.TempDir(), Keys: Keys(t)})
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
