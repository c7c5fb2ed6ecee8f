package store_test

import (
	"crypto/rand"
	"errors"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"realname.example/backend/internal/store"
	"realname.example/backend/internal/store/storetest"
)

// TestPostgreSQLIsDumpedAndRestored by the two commands that docs/operate.md
// shows.
func TestPostgreSQLIsDumpedAndRestored(t *testing.T) {
	cfg := onPostgres(t)
	s := storetest.Open(t, cfg)
	storetest.Create(t, s, storetest.NewCase("c1", "demo", storetest.Who(1)))
	if err := s.Backup(t.Context(), filepath.Join(t.TempDir(), "b")); !errors.Is(err, store.ErrPostgres) {
		t.Errorf("a backup as of SQLite: %v", err)
	}
	dump, empty := filepath.Join(t.TempDir(), "realname.dump"), postgres.Empty(t)
	for _, c := range [][]string{
		{"pg_dump", "--format=custom", "--file=" + dump, cfg.URL},
		{"pg_restore", "--exit-on-error", "--no-owner", "--dbname=" + empty, dump},
	} {
		if out, err := exec.CommandContext(t.Context(), c[0], c[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", c, err, out)
		}
	}
	cfg.URL, cfg.Existing = empty, true
	restored := storetest.Open(t, cfg)
	if c, err := restored.Case(t.Context(), "c1"); err != nil || c.Identity != storetest.Who(1) {
		t.Errorf("restored %+v, %v", c, err)
	}
	if restored.KeyID() != s.KeyID() {
		t.Error("the restored database names another key")
	}
	other := store.Config{URL: empty, Keys: storetest.Keys(t), Mode: "sandbox", Now: time.Now, Random: rand.Reader}
	if _, err := store.Open(t.Context(), other); !errors.Is(err, store.ErrIndexKey) {
		t.Errorf("with another index key: %v", err)
	}
}
