package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

// ErrPostgres is what SQLite's own backup answers of PostgreSQL.
var ErrPostgres = errors.New("PostgreSQL has its own backup: pg_dump and pg_restore, as docs/operate.md shows")

// Backup writes the whole database to a new file, as it is at one moment, while
// servers go on. The file is sealed as the database is: without the key
// document that KeyID names nobody reads it.
func (s *Store) Backup(ctx context.Context, path string) error {
	if s.postgres {
		return ErrPostgres
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("make the backup: %w", err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("make the backup: %w", err)
	}
	if err := s.db.WithContext(ctx).Exec("VACUUM INTO ?", path).Error; err != nil {
		return errors.Join(fmt.Errorf("write the backup: %w", err), os.Remove(path))
	}
	return nil
}

// Restore puts a backup in the place of a data folder's missing database, and
// opens it to see that the mode and the keys fit. Where they do not, nothing
// stays. The folder has to be nobody's.
func Restore(ctx context.Context, cfg Config, backup string) (*Store, error) {
	if cfg.URL != "" {
		return nil, ErrPostgres
	}
	to := filepath.Join(cfg.Folder, FileName)
	for _, log := range []string{to + "-wal", to + "-shm"} {
		if _, err := os.Lstat(log); !errors.Is(err, os.ErrNotExist) { // SQLite would write it over the copy
			return nil, errThere(to)
		}
	}
	if err := copyNew(backup, to); err != nil {
		return nil, err
	}
	cfg.Existing, cfg.AnySchema = true, true // an old backup is brought up to date at the next start
	s, err := Open(ctx, cfg)
	if err == nil {
		return s, nil
	}
	for _, name := range []string{to, to + "-wal", to + "-shm"} {
		if gone := os.Remove(name); !errors.Is(gone, os.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return nil, err
}

func errThere(path string) error {
	return fmt.Errorf("there is a database at %s; move it away first, with all files whose names begin so", path)
}

// copyNew copies a file to a path where there is none.
func copyNew(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("open the backup: %w", err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return errThere(to)
	}
	if err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	_, err = io.Copy(out, in)
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return errors.Join(fmt.Errorf("write the database: %w", err), os.Remove(to))
	}
	return nil
}

// KeyID names the index key that the database was made with; no key can be
// told from it.
func (s *Store) KeyID() string { return s.indexKey() }

// Integrity returns what the database says is wrong with its own pages, ""
// where nothing is. PostgreSQL has no such question.
func (s *Store) Integrity(ctx context.Context) (string, error) {
	if s.postgres {
		return "", nil
	}
	var lines []string
	if err := s.db.WithContext(ctx).Raw("PRAGMA integrity_check(20)").Scan(&lines).Error; err != nil {
		return "", fmt.Errorf("check the database: %w", err)
	}
	if len(lines) == 1 && lines[0] == "ok" {
		return "", nil
	}
	return strings.Join(lines, "\n"), nil
}

// Migration is one step of the schema.
type Migration struct {
	Version int64
	Name    string
	// AppliedAt is zero where the database has not had it.
	AppliedAt time.Time
}

// Migrations lists the steps that this version knows, and which of them a
// database has had. It changes nothing.
func Migrations(ctx context.Context, cfg Config) (steps []Migration, err error) {
	if err := cfg.present(); err != nil {
		return nil, err
	}
	s := &Store{postgres: cfg.URL != "", now: cfg.Now}
	if err := s.connect(cfg); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if !s.db.WithContext(ctx).Migrator().HasTable(versionTable) {
		return nil, ErrNone
	}
	provider, end, err := s.migrations(cfg)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, end()) }()
	status, err := provider.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	for _, step := range status {
		m := Migration{Version: step.Source.Version, Name: strings.TrimSuffix(filepath.Base(step.Source.Path), ".sql")}
		if step.State == goose.StateApplied {
			m.AppliedAt = step.AppliedAt
		}
		steps = append(steps, m)
	}
	return steps, nil
}
