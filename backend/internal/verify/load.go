package verify

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"realname.example/shared/verification"
)

// update runs change on the case under the store's guard and publishes. What
// has ended by time is applied and committed first, so that no change ever sees
// a stale status.
func (s *Service) update(ctx context.Context, id verification.ID, change func(c *Case, now time.Time) error) (*Case, error) {
	for {
		now, lapsed := s.Now(), false
		c, err := s.Store.Update(ctx, id, func(c *Case) error {
			if lapsed = c.overdue(now); lapsed {
				return c.lapse(now, s.cfg)
			}
			return change(c, now)
		})
		if err != nil {
			return nil, err
		}
		s.Publisher.Publish(c.ID, c.Version)
		if !lapsed {
			return c, nil
		}
	}
}

// own is update for the account that owns the case; to others it does not
// exist.
func (s *Service) own(ctx context.Context, accountID string, id verification.ID, change func(c *Case, now time.Time) error) (*Case, error) {
	return s.update(ctx, id, func(c *Case, now time.Time) error {
		if c.AccountID != accountID {
			return ErrNotFound
		}
		return change(c, now)
	})
}

// fresh returns the case after what has ended by time was applied.
func (s *Service) fresh(ctx context.Context, c *Case) (*Case, error) {
	if !c.overdue(s.Now()) {
		return c, nil
	}
	return s.update(ctx, c.ID, func(*Case, time.Time) error { return nil })
}

// secret returns n random bytes.
func (s *Service) secret(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(s.Random, b); err != nil {
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
