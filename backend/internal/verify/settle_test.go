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
func TestSettlingEndsWithItsStep(t *testing.T) {
	for _, life := range []time.Duration{-time.Second, time.Second, 20 * time.Second, time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			begun, tries := time.Now(), 0
			err := verify.Settle(t.Context(), life, func(ctx context.Context) error {
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

// boundElsewhere is a database that says an identity is bound, and then is away for once.
type boundElsewhere struct {
	verify.Store
	judged int
}

func (b *boundElsewhere) Update(ctx context.Context, id verification.ID, change func(*verify.Case) error) (*verify.Case, error) {
	return b.Store.Update(ctx, id, func(c *verify.Case) error {
		if c.Status == verification.Judging {
			if b.judged++; b.judged == 1 {
				return verify.ErrIdentityBound
			}
			if b.judged == 2 {
				return io.ErrUnexpectedEOF
			}
		}
		return change(c)
	})
}

func TestThatAnIdentityIsBoundIsWrittenOnceTheDatabaseIsBack(t *testing.T) {
	w := newWorld(t)
	id, token := w.capturing()
	w.store.Store = &boundElsewhere{Store: w.store.Store}
	w.judge(token)
	w.want(w.look("demo", id), verification.Rejected, verification.IdentityAlreadyBound)
}
