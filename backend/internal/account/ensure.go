package account

import (
	"context"
	"errors"
	"fmt"
)

// Ensure makes accounts that all have one password, or gives them that
// password, which ends their sessions. Those that have it already are left as
// they are. The sandbox prepares its accounts with it.
func (s *Service) Ensure(ctx context.Context, password string, usernames ...string) error {
	hash := ""
	for _, username := range usernames {
		a, err := s.Store.AccountByUsername(ctx, username)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return fmt.Errorf("find account: %w", err)
		}
		missing := err != nil
		if !missing && a.PasswordHash == hash {
			continue
		}
		if !missing && hash == "" && s.fits(ctx, password, a.PasswordHash) {
			hash = a.PasswordHash
			continue
		}
		if hash == "" {
			if hash, err = s.hash(ctx, password, ""); err != nil {
				return err
			}
		}
		if missing {
			a, err = s.newAccount(username, hash)
			if err == nil {
				err = s.Store.CreateAccount(ctx, a)
			}
			if errors.Is(err, ErrUsernameTaken) {
				err = nil // another process was faster
			}
		} else {
			err = s.Store.SetPassword(ctx, a.ID, hash)
		}
		if err != nil {
			return fmt.Errorf("prepare account: %w", err)
		}
	}
	return nil
}
