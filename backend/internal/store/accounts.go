package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"realname.example/backend/internal/account"
)

var _ account.Store = (*Store)(nil)

// CreateAccount implements account.Store.
func (s *Store) CreateAccount(ctx context.Context, a account.Account) error {
	err := s.db.WithContext(ctx).Create(&accountRow{
		ID: a.ID, Username: a.Username, UsernameKey: strings.ToLower(a.Username),
		PasswordHash: a.PasswordHash, MadeAt: micros(a.CreatedAt),
	}).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return account.ErrUsernameTaken
	}
	if err != nil {
		return fmt.Errorf("insert account: %w", err)
	}
	return nil
}

// AccountByUsername implements account.Store.
func (s *Store) AccountByUsername(ctx context.Context, username string) (account.Account, error) {
	return s.account(ctx, "username_key = ?", strings.ToLower(username))
}

// AccountByID implements account.Store.
func (s *Store) AccountByID(ctx context.Context, id string) (account.Account, error) {
	return s.account(ctx, "id = ?", id)
}

func (s *Store) account(ctx context.Context, where, value string) (account.Account, error) {
	var row accountRow
	err := s.db.WithContext(ctx).Where(where, value).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return account.Account{}, account.ErrNotFound
	}
	if err != nil {
		return account.Account{}, fmt.Errorf("read account: %w", err)
	}
	return account.Account{
		ID: row.ID, Username: row.Username, PasswordHash: row.PasswordHash, CreatedAt: moment(row.MadeAt),
	}, nil
}

// SetPassword implements account.Store. Ended sessions stay, without use, so
// that a device is known again.
func (s *Store) SetPassword(ctx context.Context, accountID, hash string) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		set := tx.Model(&accountRow{}).Where("id = ?", accountID).Update("password_hash", hash)
		if set.Error != nil {
			return fmt.Errorf("update password: %w", set.Error)
		}
		if set.RowsAffected == 0 {
			return account.ErrNotFound
		}
		if err := tx.Model(&sessionRow{}).Where("account_id = ?", accountID).Update("ended", 1).Error; err != nil {
			return fmt.Errorf("end sessions: %w", err)
		}
		return nil
	})
}

// CreateSession implements account.Store.
func (s *Store) CreateSession(ctx context.Context, n account.Session) error {
	err := s.db.WithContext(ctx).Create(&sessionRow{
		TokenHash: n.TokenHash, AccountID: n.AccountID, MadeAt: micros(n.CreatedAt), ExpiresAt: micros(n.ExpiresAt),
		Device: n.Device, Network: n.Network, NewDevice: bit(n.NewDevice), NewNetwork: bit(n.NewNetwork),
	}).Error
	if err != nil {
		return fmt.Errorf("insert session: %w", err)
	}
	return nil
}

// SessionByHash implements account.Store.
func (s *Store) SessionByHash(ctx context.Context, tokenHash string, now time.Time) (account.Session, error) {
	var row sessionRow
	err := s.db.WithContext(ctx).
		Where("token_hash = ? AND ended = 0 AND expires_at > ?", tokenHash, micros(now)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return account.Session{}, account.ErrNotFound
	}
	if err != nil {
		return account.Session{}, fmt.Errorf("read session: %w", err)
	}
	return account.Session{
		TokenHash: row.TokenHash, AccountID: row.AccountID, CreatedAt: moment(row.MadeAt), ExpiresAt: moment(row.ExpiresAt),
		Device: row.Device, Network: row.Network, NewDevice: row.NewDevice == 1, NewNetwork: row.NewNetwork == 1,
	}, nil
}

// DeleteSession implements account.Store.
func (s *Store) DeleteSession(ctx context.Context, tokenHash string) error {
	if err := s.db.WithContext(ctx).Model(&sessionRow{}).Where("token_hash = ?", tokenHash).Update("ended", 1).Error; err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// Places implements account.Store.
func (s *Store) Places(ctx context.Context, accountID, device, network string) (known, sameDevice, sameNetwork bool, err error) {
	var n struct{ Sessions, Devices, Networks int64 }
	err = s.db.WithContext(ctx).Model(&sessionRow{}).Where("account_id = ?", accountID).
		Select("COUNT(*) AS sessions, COUNT(CASE WHEN device = ? THEN 1 END) AS devices, "+
			"COUNT(CASE WHEN network = ? THEN 1 END) AS networks", device, network).Scan(&n).Error
	if err != nil {
		return false, false, false, fmt.Errorf("count sessions: %w", err)
	}
	return n.Sessions > 0, n.Devices > 0, n.Networks > 0, nil
}
