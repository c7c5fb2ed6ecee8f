package command

import (
	"context"
	"errors"
	"fmt"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/keys"
	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/store"
)

// keyring changes the keys of a database.
type keyring struct {
	Rotate  keysRotate  `cmd:"" help:"Add a master key, and wrap every data key with it."`
	Reindex keysReindex `cmd:"" help:"Change the index key; stop every backend first."`
}

// keysRotate adds a master key to the key file and wraps the data keys with it.
// Where the keys come from the environment, the operator adds it there first.
type keysRotate struct{}

func (keysRotate) Run(ctx context.Context, cfg config.Config, env Env) error {
	if err := env.addMaster(ctx, cfg); err != nil {
		return err
	}
	return env.inStore(ctx, cfg, func(o *opened) error {
		work, err := o.begin(ctx, env, operator.WorkRotate, 0)
		if err != nil {
			return err
		}
		n, err := o.Rotate(ctx, func(done, all int64) { work.Reach(ctx, done, all) })
		if err := work.End(ctx, err); err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.Stdout, "%s: master key %d wraps every data key, %d wrapped anew\n", place(cfg), o.keys.Current().Version, n)
		return err
	})
}

// addMaster writes the key file before anything is wrapped: a data key that is
// wrapped with a lost key is lost. It opens the database to see that the keys
// are its own.
func (env Env) addMaster(ctx context.Context, cfg config.Config) error {
	return env.inStore(ctx, cfg, func(o *opened) error {
		if !cfg.Keys.Empty() {
			return nil
		}
		next := o.Keys()
		next.Masters = append([]keys.Master{}, next.Masters...)
		if err := next.AddMaster(env.Random); err != nil {
			return err
		}
		return keys.Save(cfg.Data, next)
	})
}

// keysReindex changes the index key. The new one stands in the key file before
// the database is changed, and takes its place after.
type keysReindex struct{}

func (keysReindex) Run(ctx context.Context, cfg config.Config, env Env) error {
	if !cfg.Keys.Empty() {
		return errors.New("the keys come from REALNAME_KEYS; reindex with a key file, and put its content there afterwards")
	}
	return env.inStore(ctx, cfg, func(o *opened) error {
		if cfg.DatabaseURL != "" {
			return env.reindex(ctx, cfg, o)
		}
		alone, err := store.Hold(cfg.Data) // a server that runs would find nobody any more
		if err != nil {
			return err
		}
		return errors.Join(env.reindex(ctx, cfg, o), alone.Close())
	})
}

func (env Env) reindex(ctx context.Context, cfg config.Config, o *opened) (err error) {
	next := o.Keys() // after a reindex that was cut off, the key that it brought
	if next.NextIndex, err = keys.NewKey(env.Random); err != nil {
		return err
	}
	if err := keys.Save(cfg.Data, next); err != nil {
		return err
	}
	n, err := o.Reindex(ctx, next.NextIndex)
	if err != nil {
		return err
	}
	if err := keys.Save(cfg.Data, o.Keys()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Stdout, "%s: the index key was changed, rows with new hashes: %d\n", place(cfg), n)
	return err
}
