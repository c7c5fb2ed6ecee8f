package store

import (
	"context"
	"encoding/base64"
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
	return createAccount(s.db.WithContext(ctx), a)
}

func createAccount(tx *gorm.DB, a account.Account) error {
	err := tx.Create(&accountRow{
		ID: a.ID, Username: a.Username, UsernameKey: strings.ToLower(a.Username),
		PasswordHash: a.PasswordHash, MadeAt: micros(a.CreatedAt), UnverifiedAt: micros(a.CreatedAt),
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
	return row.account(), nil
}

func (r accountRow) account() account.Account {
	return account.Account{ID: r.ID, Username: r.Username, PasswordHash: r.PasswordHash, CreatedAt: moment(r.MadeAt)}
}

// SetPassword implements account.Store. Ended sessions stay, without use, so
// that a device is known again.
func (s *Store) SetPassword(ctx context.Context, accountID, hash string) error {
	return s.transact(ctx, func(tx *gorm.DB) error { return setPassword(tx, accountID, hash) })
}

func setPassword(tx *gorm.DB, accountID, hash string) error {
	set := tx.Model(&accountRow{}).Where("id = ?", accountID).Update("password_hash", hash)
	if set.Error != nil {
		return fmt.Errorf("update password: %w", set.Error)
	}
	if set.RowsAffected == 0 {
		return account.ErrNotFound
	}
	if err := dropResets(tx, accountID); err != nil {
		return err
	}
	return wrapped("end sessions", tx.Model(&sessionRow{}).Where("account_id = ?", accountID).Update("ended", 1).Error)
}

// CreateSession implements account.Store.
func (s *Store) CreateSession(ctx context.Context, n account.Session) error {
	row := sessionRow{
		TokenHash: n.TokenHash, AccountID: n.AccountID, MadeAt: micros(n.CreatedAt), ExpiresAt: micros(n.ExpiresAt),
		NewDevice: bit(n.NewDevice), NewNetwork: bit(n.NewNetwork),
	}
	var err error
	if row.Device, err = s.sealPlace(row, "device", n.Device); err != nil {
		return fmt.Errorf("seal session: %w", err)
	}
	if row.Network, err = s.sealPlace(row, "network", n.Network); err != nil {
		return fmt.Errorf("seal session: %w", err)
	}
	return s.transact(ctx, func(tx *gorm.DB) error {
		if err := seeAccount(tx, n.AccountID, n.CreatedAt); err != nil {
			return err
		}
		return wrapped("insert session", tx.Create(&row).Error)
	})
}

// seeAccount notes that an account is signed in to.
func seeAccount(tx *gorm.DB, accountID string, at time.Time) error {
	seen := tx.Model(&accountRow{}).Where("id = ?", accountID).
		Update("unverified_at", gorm.Expr("CASE WHEN unverified_at = 0 THEN unverified_at ELSE ? END", micros(at)))
	if seen.Error != nil {
		return fmt.Errorf("update account: %w", seen.Error)
	}
	if seen.RowsAffected == 0 { // it went at this very moment
		return account.ErrNotFound
	}
	return nil
}

// sealedPlace stands before a sealed device or network: rows of before have it
// in clear.
const sealedPlace = "sealed1."

// sealPlace encrypts where a session came from, under a key of the account that
// is made from one outside the database: it is read with every call, and needs
// no row of its own.
func (s *Store) sealPlace(row sessionRow, column, value string) (string, error) {
	if value == "" {
		return "", nil
	}
	sealed, err := seal(s.MAC("sessions", row.AccountID), []byte(value), "sessions", column, row.TokenHash)
	return sealedPlace + base64.RawURLEncoding.EncodeToString(sealed), err
}

// openPlace is what sealPlace was given, or "" where nobody can tell any more.
func (s *Store) openPlace(row sessionRow, column, stored string) string {
	text, sealed := strings.CutPrefix(stored, sealedPlace)
	if !sealed {
		return stored
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return ""
	}
	plain, err := unseal(s.MAC("sessions", row.AccountID), raw, "sessions", column, row.TokenHash)
	if err != nil {
		return ""
	}
	return string(plain)
}

// ownedSession is a session with its account, in one row.
type ownedSession struct {
	Session sessionRow `gorm:"embedded"`
	Owner   accountRow `gorm:"embedded;embeddedPrefix:owner_"`
}

// SessionByHash implements account.Store.
func (s *Store) SessionByHash(ctx context.Context, tokenHash string, now time.Time) (account.Session, account.Account, error) {
	var row ownedSession
	err := s.db.WithContext(ctx).Table("sessions").
		Select("sessions.*, accounts.id AS owner_id, accounts.username AS owner_username, accounts.password_hash AS owner_password_hash, accounts.made_at AS owner_made_at").
		Joins("JOIN accounts ON accounts.id = sessions.account_id").
		Where("sessions.token_hash = ? AND sessions.ended = 0 AND sessions.expires_at > ?", tokenHash, micros(now)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return account.Session{}, account.Account{}, account.ErrNotFound
	}
	if err != nil {
		return account.Session{}, account.Account{}, fmt.Errorf("read session: %w", err)
	}
	of := row.Session
	return account.Session{
		TokenHash: of.TokenHash, AccountID: of.AccountID, CreatedAt: moment(of.MadeAt), ExpiresAt: moment(of.ExpiresAt),
		Device: s.openPlace(of, "device", of.Device), Network: s.openPlace(of, "network", of.Network),
		NewDevice: of.NewDevice == 1, NewNetwork: of.NewNetwork == 1,
	}, row.Owner.account(), nil
}

// EndSession implements account.Store and issuer.Store. What the session hung on at an issuer is
// forgotten with it.
func (s *Store) EndSession(ctx context.Context, tokenHash string) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		if err := tx.Model(&sessionRow{}).Where("token_hash = ?", tokenHash).Update("ended", 1).Error; err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		return wrapped("forget session", tx.Where("token_hash = ?", tokenHash).Delete(&issuerSessionRow{}).Error)
	})
}

// alive are the sessions of an account that have not ended.
func (s *Store) alive(ctx context.Context, accountID string, now time.Time) *gorm.DB {
	return s.db.WithContext(ctx).Model(&sessionRow{}).Where("account_id = ? AND ended = 0 AND expires_at > ?", accountID, micros(now))
}

// LiveSessions implements account.Store.
func (s *Store) LiveSessions(ctx context.Context, tokenHashes []string, now time.Time) ([]string, error) {
	live := make([]string, 0, len(tokenHashes))
	err := s.db.WithContext(ctx).Model(&sessionRow{}).Where("token_hash IN ? AND ended = 0 AND expires_at > ?", tokenHashes, micros(now)).
		Pluck("token_hash", &live).Error
	return live, wrapped("read sessions", err)
}

// CountSessions implements account.Store.
func (s *Store) CountSessions(ctx context.Context, accountID string, now time.Time) (int, error) {
	var n int64
	err := s.alive(ctx, accountID, now).Count(&n).Error
	return int(n), wrapped("count sessions", err)
}

// EndSessions implements account.Store.
func (s *Store) EndSessions(ctx context.Context, accountID string, now time.Time) (int, error) {
	if err := dropResets(s.db.WithContext(ctx), accountID); err != nil {
		return 0, err
	}
	ended := s.alive(ctx, accountID, now).Update("ended", 1)
	return int(ended.RowsAffected), wrapped("end sessions", ended.Error)
}

// Places implements account.Store.
func (s *Store) Places(ctx context.Context, accountID, device, network string) (known, sameDevice, sameNetwork bool, err error) {
	var rows []sessionRow
	err = s.db.WithContext(ctx).Select("token_hash", "account_id", "device", "network").
		Where("account_id = ?", accountID).Order("made_at DESC").Limit(placesLooked).Find(&rows).Error
	if err != nil {
		return false, false, false, fmt.Errorf("read sessions: %w", err)
	}
	for _, row := range rows {
		sameDevice = sameDevice || s.openPlace(row, "device", row.Device) == device
		sameNetwork = sameNetwork || s.openPlace(row, "network", row.Network) == network
	}
	return len(rows) > 0, sameDevice, sameNetwork, nil
}

// placesLooked is how many of an account's newest sessions say which devices and
// networks it is known by.
const placesLooked = 500
