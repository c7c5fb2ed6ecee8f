package verify

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"

	"realname.example/shared/verification"
)

// update runs change on the case under the store's guard, as an act of by, and publishes. What
// has ended by time is applied and committed first, so that no change ever sees
// a stale status.
func (s *Service) update(ctx context.Context, id verification.ID, by Actor, change func(c step) error) (*Case, error) {
	for {
		now, lapsed := s.deps.Now(), false
		c, err := s.deps.Store.Update(ctx, id, func(c *Case) (Effects, error) {
			if lapsed = c.overdue(now); lapsed {
				return s.step(c, now, ActorServer, step.lapse)
			}
			return s.step(c, now, by, change)
		})
		if err != nil {
			return nil, err
		}
		s.deps.Publisher.Publish(c.ID, c.Version)
		if !lapsed {
			return c, nil
		}
	}
}

// updateByOwner is update for the account that owns the case; to others it does not
// exist.
func (s *Service) updateByOwner(ctx context.Context, accountID string, id verification.ID, change func(c step) error) (*Case, error) {
	return s.update(ctx, id, ActorPC, func(c step) error {
		if c.AccountID != accountID {
			return ErrNotFound
		}
		return change(c)
	})
}

// applyExpiry returns the case after what has ended by time was applied.
func (s *Service) applyExpiry(ctx context.Context, c *Case) (*Case, error) {
	if !c.overdue(s.deps.Now()) {
		return c, nil
	}
	return s.update(ctx, c.ID, ActorServer, func(step) error { return nil })
}

// secret returns n random bytes.
func (s *Service) secret(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(s.deps.Random, b); err != nil {
		return nil, fmt.Errorf("read randomness: %w", err)
	}
	return b, nil
}

// token returns 256 random bits for a bearer.
func (s *Service) token() (string, error) {
	b, err := s.secret(32)
	return base64.RawURLEncoding.EncodeToString(b), err
}

// number returns a uniform random number below n, which is at most 1 << 32.
func (s *Service) number(n uint64) (uint64, error) {
	const space = uint64(1) << 32
	for {
		b, err := s.secret(4)
		if err != nil {
			return 0, err
		}
		v := uint64(b[0])<<24 | uint64(b[1])<<16 | uint64(b[2])<<8 | uint64(b[3])
		if v < space-space%n {
			return v % n, nil
		}
	}
}

// newID returns an id for a case or a challenge.
func (s *Service) newID() (string, error) {
	b, err := s.secret(16)
	return hex.EncodeToString(b), err
}

// hashKey is how a long random secret is stored.
func hashKey(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
