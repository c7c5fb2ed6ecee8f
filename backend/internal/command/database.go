package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/keys"
	"realname.example/backend/internal/store"
)

// database is about the database as a whole.
type database struct {
	Create databaseCreate `cmd:"" help:"Make the database, and the key file where no keys are given; one that is there is brought to the newest schema."`
}

type databaseCreate struct{}

func (databaseCreate) Run(ctx context.Context, cfg config.Config, env Env) error {
	if cfg.Keys.Empty() {
		if _, err := keys.LoadOrCreate(cfg.Data, env.Random); err != nil {
			return err
		}
	}
	o, err := env.open(ctx, cfg, false)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Stdout, "%s is there, for %s\n", place(cfg), cfg.Mode)
	return errors.Join(err, o.Close())
}

// opened is a database with its keys.
type opened struct {
	*store.Store
	keys keys.Keys
}

// open opens the database that the settings name, and says which that is.
// existing refuses to make one for a folder that has none, which would be a
// mistyped one.
func (env Env) open(ctx context.Context, cfg config.Config, existing bool) (*opened, error) {
	ring, err := keys.Of(cfg.Keys, cfg.Data)
	if err != nil {
		return nil, err
	}
	s, err := store.Open(ctx, store.Config{
		URL: cfg.DatabaseURL, DirectURL: cfg.ListenDatabaseURL, Folder: cfg.Data, Existing: existing, Mode: string(cfg.Mode),
		Keys: ring, Now: env.Now, Random: env.Random,
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", place(cfg), err)
	}
	return &opened{Store: s, keys: ring}, nil
}

// inStore calls do with the database that the settings name, which has to be
// there.
func (env Env) inStore(ctx context.Context, cfg config.Config, do func(*opened) error) error {
	o, err := env.open(ctx, cfg, true)
	if err != nil {
		return err
	}
	return errors.Join(do(o), o.Close())
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
