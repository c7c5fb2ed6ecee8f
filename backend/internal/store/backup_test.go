package store_test

import (
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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

// TestAClosedSQLiteIsOneFile: whoever copies it then has everything, and what was erased
// stays in no log beside it.
func TestAClosedSQLiteIsOneFile(t *testing.T) {
	cfg := onSQLite(t)
	cfg.Mode, cfg.Now, cfg.Random = "sandbox", time.Now, rand.Reader
	s, err := store.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	storetest.Create(t, s, storetest.NewCase("c1", "demo", storetest.Who(1)))
	if _, err := s.Case(t.Context(), "c1"); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(cfg.Folder)
	if err != nil || len(files) != 1 || files[0].Name() != store.FileName {
		t.Errorf("left behind: %v, %v", files, err)
	}
}

// TestNothingIsRestoredBesideALog: SQLite would write what a log holds over the file
// that was restored.
func TestNothingIsRestoredBesideALog(t *testing.T) {
	cfg := onSQLite(t)
	backup := filepath.Join(t.TempDir(), "backup.db")
	if err := storetest.Open(t, cfg).Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	cfg.Folder, cfg.Mode, cfg.Now, cfg.Random = t.TempDir(), "sandbox", time.Now, rand.Reader
	log := filepath.Join(cfg.Folder, store.FileName+"-wal")
	if err := os.WriteFile(log, []byte("of before"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Restore(t.Context(), cfg, backup); err == nil || !strings.Contains(err.Error(), "move it away first, with all files") {
		t.Errorf("restored beside a log: %v", err)
	}
	if files, err := os.ReadDir(cfg.Folder); err != nil || len(files) != 1 {
		t.Errorf("there are %v, %v", files, err)
	}
}
