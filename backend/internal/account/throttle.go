package account

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Throttle counts wrong passwords and new accounts; several processes share
// it.
type Throttle interface {
	// Count returns how often a subject was recorded since a moment.
	Count(ctx context.Context, subject string, since time.Time) (int, error)
	// Record counts once more. It refuses nothing: most within window is what the
	// caller decides by.
	Record(ctx context.Context, subject string, at time.Time, most int, window time.Duration) error
	// Take is Record where the subject was recorded less than most times within
	// window, else *LimitError. It counts and records in one step, so that of
	// many at once no more than most pass.
	Take(ctx context.Context, subject string, at time.Time, most int, window time.Duration) error
}

// everywhere is how many times PerAccount wrong passwords for one name may come
// from all addresses together. Past it only networks from which the account has
// signed in are let try: a stranger cannot lock its holder out.
const everywhere = 10

// knownNetwork reports whether the account has signed in from there before.
func (s *Service) knownNetwork(ctx context.Context, accountID string, from Origin) (bool, error) {
	_, _, same, err := s.Store.Places(ctx, accountID, from.Device, from.Network)
	if err != nil {
		return false, fmt.Errorf("look up places: %w", err)
	}
	return same, nil
}

// wrongCap is one limit on wrong passwords.
type wrongCap struct {
	subject string
	most    int
}

// wrongCaps are those that a guess counts against: by name and address first,
// so that whoever guesses locks out themselves.
func (s *Service) wrongCaps(username string, from Origin, known bool) []wrongCap {
	name := strings.ToLower(username)
	caps := []wrongCap{
		{"name:" + name + "|" + from.Address, s.cfg.PerAccount},
		{"address:" + from.Address, perAddress(from, s.cfg.PerAddress, s.cfg.TrustedPerAddress)},
	}
	if !known {
		caps = append(caps, wrongCap{"everywhere:" + name, everywhere * s.cfg.PerAccount})
	}
	return caps
}

// prove checks a password under the caps. The count is taken while a place to
// hash is held, so that parallel guesses pass it by one at most.
func (s *Service) prove(ctx context.Context, username, password, hash string, from Origin, known bool) error {
	if err := s.hasher.places.acquire(ctx, from.Address); err != nil {
		return err
	}
	defer s.hasher.places.release()
	caps := s.wrongCaps(username, from, known)
	for _, c := range caps {
		if err := s.allow(ctx, c.subject, c.most, wrongWindow); err != nil {
			return err
		}
	}
	if fits(password, hash) {
		return nil
	}
	for _, c := range caps {
		if c.most == 0 {
			continue
		}
		if err := s.Throttle.Record(ctx, c.subject, s.Now(), c.most, wrongWindow); err != nil {
			return fmt.Errorf("record wrong password: %w", err)
		}
	}
	return ErrCredentialsWrong
}

func (s *Service) allow(ctx context.Context, subject string, most int, window time.Duration) error {
	if most == 0 {
		return nil
	}
	now := s.Now()
	n, err := s.Throttle.Count(ctx, subject, now.Add(-window))
	if err != nil {
		return fmt.Errorf("count attempts: %w", err)
	}
	if n >= most {
		return &LimitError{RetryAt: now.Add(window)}
	}
	return nil
}
