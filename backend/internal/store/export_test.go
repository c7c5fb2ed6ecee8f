package store

import (
	"context"
	"iter"

	"gorm.io/gorm"

	"realname.example/backend/internal/registry"
)

// ImportUnmoved is Import up to where it is in force and nothing of it has moved, as a
// process leaves it that is killed there.
func (s *Store) ImportUnmoved(ctx context.Context, people iter.Seq2[registry.Person, error]) error {
	return s.stage(ctx, people, &importing{store: s})
}

// ReplaceUnmoved is ImportUnmoved of an import that removes everybody else.
func (s *Store) ReplaceUnmoved(ctx context.Context, people iter.Seq2[registry.Person, error], confirmed int64) error {
	return s.stage(ctx, people, &importing{store: s, replaces: true, confirmed: confirmed})
}

// SettleSome is one transaction of Settle.
func (s *Store) SettleSome(ctx context.Context) (done bool, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) (err error) {
		done, err = s.settleSome(tx)
		return err
	})
	return done, err
}

// Unstage is what an import does after an error.
func (s *Store) Unstage(ctx context.Context, id string) error { return s.unstage(ctx, id) }
