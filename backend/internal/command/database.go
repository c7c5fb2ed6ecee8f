package command

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/keys"
	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/store"
)

// database is about the database as a whole.
type database struct {
	Create  databaseCreate  `cmd:"" help:"Make the database, and the key file where no keys are given; one that is there is brought to the newest schema."`
	Backup  databaseBackup  `cmd:"" help:"Write a SQLite database to a file, while the server goes on."`
	Restore databaseRestore `cmd:"" help:"Put a backup in the place of a SQLite database that is gone."`
	Check   databaseCheck   `cmd:"" help:"Say whether the database can be read whole, with which keys, and whether its audit trail holds."`
	Migrate databaseMigrate `cmd:"" help:"The steps of the schema."`
}

type databaseCreate struct{}

func (databaseCreate) Run(ctx context.Context, cfg config.Config, env Env) error {
	if cfg.Keys.Empty() {
		if _, err := keys.LoadOrCreate(cfg.Data, env.Random); err != nil {
			return err
		}
	}
	o, err := env.open(ctx, cfg, func(*store.Config) {})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Stdout, "%s is there, for %s\n", place(cfg), cfg.Mode)
	return errors.Join(err, o.Close())
}

type databaseBackup struct {
	File string `arg:"" help:"The file to make; one that is there is not touched."`
}

func (b databaseBackup) Run(ctx context.Context, cfg config.Config, env Env) error {
	o, err := env.open(ctx, cfg, func(c *store.Config) { c.Existing, c.AnySchema = true, true }) // before an upgrade above all
	if err != nil {
		return err
	}
	return closing(o, func(o *opened) error {
		if err := o.Backup(ctx, b.File); err != nil {
			return err
		}
		_, err := fmt.Fprintf(env.Stdout, "%s was written to %s. To read it takes the key document with index key %s: keep it elsewhere.\n", place(cfg), b.File, o.KeyID())
		return err
	})
}

type databaseRestore struct {
	File string `arg:"" help:"A file that database backup made."`
}

func (r databaseRestore) Run(ctx context.Context, cfg config.Config, env Env) error {
	ring, err := keys.Of(cfg.Keys, cfg.Data)
	if err != nil {
		return err
	}
	alone, err := store.Hold(cfg.Data)
	if err != nil {
		return err
	}
	s, err := store.Restore(ctx, env.storeConfig(cfg, ring), r.File)
	if err == nil {
		err = s.Close()
	}
	if err = errors.Join(err, alone.Close()); err != nil {
		return err
	}
	if bytes.Equal(s.Keys().Index, ring.Index) {
		_, err = fmt.Fprintf(env.Stdout, "%s is there again, from %s\n", place(cfg), r.File)
	} else {
		_, err = fmt.Fprintf(env.Stdout, "%s is there again, from %s, with the index key of then; `backend keys reindex` changes it\n", place(cfg), r.File)
	}
	return err
}

// databaseCheck reads all that a server reads at its start, and the audit trail.
type databaseCheck struct{}

func (databaseCheck) Run(ctx context.Context, cfg config.Config, env Env) error {
	return env.inStore(ctx, cfg, func(o *opened) error {
		wrong, err := o.Integrity(ctx)
		if err != nil {
			return err
		}
		if wrong != "" {
			return fmt.Errorf("%s is damaged; restore a backup:\n%s", place(cfg), wrong)
		}
		report, err := o.VerifyAudit(ctx, nil)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.Stdout, "%s: %s, index key %s, audit entries that hold: %d\n", place(cfg), cfg.Mode, o.KeyID(), report.Entries)
		return err
	})
}

type databaseMigrate struct {
	Status migrateStatus `cmd:"" help:"List the steps, and which of them the database has had; changes nothing."`
}

type migrateStatus struct{}

func (migrateStatus) Run(ctx context.Context, cfg config.Config, env Env) error {
	steps, err := store.Migrations(ctx, env.storeConfig(cfg, keys.Keys{}))
	if err == nil {
		env.tellPlace(cfg)
	}
	for _, step := range steps {
		applied := "not yet"
		if !step.AppliedAt.IsZero() {
			applied = step.AppliedAt.UTC().Format("2006-01-02 15:04") + " UTC"
		}
		_, _ = fmt.Fprintf(env.Stdout, "%-32s %s\n", step.Name, applied)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", place(cfg), err)
	}
	return nil
}

// opened is a database with its keys.
type opened struct {
	*store.Store
	keys keys.Keys
}

// open opens the database that the settings name, and says which that is.
// how says what a database has to be: to make one for a folder that has none,
// which would be a mistyped one, is for few.
func (env Env) open(ctx context.Context, cfg config.Config, how func(*store.Config)) (*opened, error) {
	ring, err := keys.Of(cfg.Keys, cfg.Data)
	if err != nil {
		return nil, err
	}
	to := env.storeConfig(cfg, ring)
	how(&to)
	s, err := store.Open(ctx, to)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", place(cfg), err)
	}
	return &opened{Store: s, keys: ring}, nil
}

func (env Env) storeConfig(cfg config.Config, ring keys.Keys) store.Config {
	return store.Config{
		URL: cfg.DatabaseURL, DirectURL: cfg.ListenDatabaseURL, Folder: cfg.Data, Mode: string(cfg.Mode),
		Keys: ring, Now: env.Now, Random: env.Random,
	}
}

// inStore calls do with the database that the settings name, which has to be
// there.
func (env Env) inStore(ctx context.Context, cfg config.Config, do func(*opened) error) error {
	o, err := env.open(ctx, cfg, func(c *store.Config) { c.Existing = true })
	if err != nil {
		return err
	}
	return closing(o, do)
}

// closing calls do, and closes the database.
func closing(o *opened, do func(*opened) error) error { return errors.Join(do(o), o.Close()) }

// tellPlace says beside a command's own output which database it acts on.
func (env Env) tellPlace(cfg config.Config) { _, _ = fmt.Fprintf(env.Stderr, "in %s\n", place(cfg)) }

// tellNone says beside a list that nothing is in it, and what brings something.
func (env Env) tellNone(sentence string) { _, _ = fmt.Fprintln(env.Stderr, sentence) }

// note writes to the trail of operators what a user of the machine did.
func (o *opened) note(ctx context.Context, at time.Time, a operator.Act, subject, detail string) error {
	return o.Note(ctx, act(at, a, subject, detail))
}

// act is what a user of the machine did.
func act(at time.Time, a operator.Act, subject, detail string) operator.Entry {
	return operator.Entry{At: at, Operator: shellUser(), Act: a, Subject: subject, Detail: detail}
}

// begin tells the console of a long work of a user of the machine.
func (o *opened) begin(ctx context.Context, env Env, kind operator.WorkKind, total int64) (*operator.Progress, error) {
	return operator.Begin(ctx, o, env.Now, operator.Ticking, kind, shellUser(), total)
}

// place names a database without its password.
func place(cfg config.Config) string {
	if cfg.DatabaseURL == "" {
		return filepath.Join(cfg.Data, store.FileName)
	}
	address, err := url.Parse(cfg.DatabaseURL)
	if err != nil {
		return "the database of REALNAME_DATABASE_URL"
	}
	return fmt.Sprintf("database %s at %s", cmp.Or(filepath.Base(address.Path), "of the user"), address.Host)
}
