package verify_test

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// A database that hangs holds nobody longer than the step lasts.
func TestWritingLateEndsWithItsStep(t *testing.T) {
	for _, life := range []time.Duration{-time.Second, time.Second, 20 * time.Second, time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			begun, tries := time.Now(), 0
			err := verify.Persist(t.Context(), life, func(ctx context.Context) error {
				tries++
				<-ctx.Done()
				return ctx.Err()
			})
			if took := time.Since(begun); err == nil || took != max(life, 0) {
				t.Errorf("ended after %v, %v", took, err)
			}
			if most := int(life/(10*time.Second)) + 1; tries < 1 || tries > most {
				t.Errorf("%v: tried %d times", life, tries)
			}
		})
	}
}

// boundElsewhere is a database in which every identity is bound, and which is away when
// that is first to be written.
type boundElsewhere struct {
	verify.Store
	away bool
}

func (b *boundElsewhere) Update(ctx context.Context, id verification.ID, change verify.Change) (*verify.Case, error) {
	return b.Store.Update(ctx, id, func(c *verify.Case) (verify.Effects, error) {
		e, err := change(c)
		switch {
		case e.Bind:
			return e, verify.ErrIdentityBound
		case c.Status == verification.Rejected && !b.away:
			b.away = true
			return e, io.ErrUnexpectedEOF
		}
		return e, err
	})
}

func TestThatAnIdentityIsBoundIsWrittenOnceTheDatabaseIsBack(t *testing.T) {
	w := newWorld(t)
	id, token := w.capturing()
	elsewhere := &boundElsewhere{Store: w.store.Store}
	w.store.Store = elsewhere
	w.judge(token)
	w.want(w.look("demo", id), verification.Rejected, verification.IdentityAlreadyBound)
	if !elsewhere.away {
		t.Error("the database was never away")
	}
}
