package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"realname.example/backend/internal/issuer"
)

var _ issuer.Store = (*Store)(nil)

// attemptMemory is how long an attempt is kept after its end, so that one that was
// used can be told from one that never was.
const attemptMemory = time.Hour

type attemptRow struct {
	ID          string `gorm:"primaryKey"`
	Issuer      string
	AccountID   string
	RedirectURI string
	Sealed      []byte
	ExpiresAt   int64
	Used        int64
	Device      int64
	Wait        int64 // microseconds
	PollAt      int64
}

func (attemptRow) TableName() string { return "issuer_attempts" }

type issuerSessionRow struct {
	TokenHash string `gorm:"primaryKey"`
	AccountID string
	Issuer    string
	Sealed    []byte
	RefreshAt int64
}

func (issuerSessionRow) TableName() string { return "issuer_sessions" }

// attemptSecrets, linkTokens and linkAddress are what is sealed of an attempt and a link.
type (
	attemptSecrets struct {
		State    string `json:"State"`
		Nonce    string `json:"Nonce"`
		Verifier string `json:"Verifier"`
		Device   string `json:"Device,omitempty"`
	}
	linkTokens struct {
		Access  string    `json:"Access"`
		Until   time.Time `json:"Until,omitzero"`
		Refresh string    `json:"Refresh"`
	}
	linkAddress struct {
		Email string    `json:"Email"`
		At    time.Time `json:"At"`
	}
)

// sealTokens encrypts what an issuer gave, under a key of its subject that is made
// from one outside the database. It is no key of a person's data: who erases that
// still signs in.
func (s *Store) sealTokens(table, subject string, value any) ([]byte, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("encode tokens: %w", err)
	}
	return seal(s.MAC(table, subject), plain, table, "sealed", subject)
}

func (s *Store) openTokens(table, subject string, sealed []byte, value any) error {
	plain, err := unseal(s.MAC(table, subject), sealed, table, "sealed", subject)
	if err != nil {
		return fmt.Errorf("open tokens: %w", err)
	}
	return json.Unmarshal(plain, value)
}

// subjectHash finds a person at an issuer. It has not the index key: nothing is
// kept from which it could be made anew.
func (s *Store) subjectHash(k issuer.Key) string {
	return hashWith(s.ring.Load().MAC, "issuer subject", k.Issuer+"|"+k.Subject)
}

// CreateAttempt implements issuer.Store.
func (s *Store) CreateAttempt(ctx context.Context, a issuer.Attempt) error {
	sealed, err := s.sealTokens("issuer_attempts", a.ID, attemptSecrets{a.State, a.Nonce, a.Verifier, a.Device})
	if err != nil {
		return err
	}
	return wrapped("insert attempt", s.db.WithContext(ctx).Create(&attemptRow{
		ID: a.ID, Issuer: a.Issuer, AccountID: a.AccountID, RedirectURI: a.RedirectURI, Sealed: sealed, ExpiresAt: micros(a.ExpiresAt),
		Device: bit(a.Device != ""), Wait: a.Interval.Microseconds(),
	}).Error)
}

// TakeAttempt implements issuer.Store.
func (s *Store) TakeAttempt(ctx context.Context, id, accountID string, now time.Time) (issuer.Attempt, error) {
	db := s.db.WithContext(ctx)
	row, err := takeAttempt(db.Where("id = ? AND account_id = ?", id, accountID))
	if err != nil {
		return issuer.Attempt{}, err
	}
	used := db.Model(&attemptRow{}).Where("id = ? AND used = 0 AND expires_at > ?", id, micros(now)).Update("used", 1)
	if used.Error != nil {
		return issuer.Attempt{}, fmt.Errorf("use attempt: %w", used.Error)
	}
	if used.RowsAffected == 0 {
		return issuer.Attempt{}, issuer.ErrSpent
	}
	return s.attemptOf(row)
}

func takeAttempt(query *gorm.DB) (attemptRow, error) {
	var row attemptRow
	err := query.Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return row, issuer.ErrNotFound
	}
	return row, wrapped("read attempt", err)
}

func (s *Store) attemptOf(row attemptRow) (issuer.Attempt, error) {
	var secret attemptSecrets
	if err := s.openTokens("issuer_attempts", row.ID, row.Sealed, &secret); err != nil {
		return issuer.Attempt{}, err
	}
	return issuer.Attempt{
		ID: row.ID, Issuer: row.Issuer, AccountID: row.AccountID, RedirectURI: row.RedirectURI,
		ExpiresAt: moment(row.ExpiresAt), State: secret.State, Nonce: secret.Nonce, Verifier: secret.Verifier,
		Device: secret.Device, Interval: time.Duration(row.Wait) * time.Microsecond,
	}, nil
}

// PollAttempt implements issuer.Store.
func (s *Store) PollAttempt(ctx context.Context, id, accountID string, now time.Time) (issuer.Attempt, time.Time, error) {
	db := s.db.WithContext(ctx)
	row, err := takeAttempt(db.Where("id = ? AND account_id = ? AND device = 1", id, accountID))
	if err != nil {
		return issuer.Attempt{}, time.Time{}, err
	}
	if row.Used == 1 || row.ExpiresAt <= micros(now) {
		return issuer.Attempt{}, time.Time{}, issuer.ErrSpent
	}
	next := micros(now) + row.Wait
	leased := db.Model(&attemptRow{}).Where("id = ? AND used = 0 AND poll_at = ? AND poll_at <= ?", id, row.PollAt, micros(now)).
		Update("poll_at", next)
	if leased.Error != nil {
		return issuer.Attempt{}, time.Time{}, fmt.Errorf("lease attempt: %w", leased.Error)
	}
	if leased.RowsAffected == 0 { // too early, or another call was first
		return issuer.Attempt{}, moment(max(row.PollAt, micros(now)+1)), nil
	}
	a, err := s.attemptOf(row)
	return a, time.Time{}, err
}

// SlowAttempt implements issuer.Store.
func (s *Store) SlowAttempt(ctx context.Context, a issuer.Attempt, due time.Time) error {
	return wrapped("put attempt off", s.db.WithContext(ctx).Model(&attemptRow{}).Where("id = ?", a.ID).
		Updates(map[string]any{"wait": a.Interval.Microseconds(), "poll_at": micros(due)}).Error)
}

// KeepSession implements issuer.Store.
func (s *Store) KeepSession(ctx context.Context, n issuer.Session) error {
	row, err := s.issuerSession(n)
	if err != nil {
		return err
	}
	return wrapped("insert session", s.db.WithContext(ctx).Create(&row).Error)
}

func (s *Store) issuerSession(n issuer.Session) (issuerSessionRow, error) {
	sealed, err := s.sealTokens("issuer_sessions", n.TokenHash, linkTokens{Refresh: n.Refresh})
	return issuerSessionRow{
		TokenHash: n.TokenHash, AccountID: n.AccountID, Issuer: n.Issuer, Sealed: sealed, RefreshAt: micros(n.RefreshAt),
	}, err
}

// DueSessions implements issuer.Store.
func (s *Store) DueSessions(ctx context.Context, now, again time.Time, limit int) ([]issuer.Session, error) {
	var due []issuer.Session
	err := s.transact(ctx, func(tx *gorm.DB) error {
		live := tx.Model(&sessionRow{}).Select("token_hash").Where("ended = 0 AND expires_at > ?", micros(now))
		err := tx.Where("refresh_at <= ? AND token_hash NOT IN (?)", micros(now), live).Delete(&issuerSessionRow{}).Error
		if err != nil {
			return fmt.Errorf("forget sessions: %w", err)
		}
		var rows []issuerSessionRow
		if err := tx.Where("refresh_at <= ?", micros(now)).Order("refresh_at").Limit(limit).Find(&rows).Error; err != nil {
			return fmt.Errorf("read sessions: %w", err)
		}
		for _, row := range rows {
			leased := tx.Model(&issuerSessionRow{}).Where("token_hash = ? AND refresh_at = ?", row.TokenHash, row.RefreshAt).
				Update("refresh_at", micros(again))
			if leased.Error != nil {
				return fmt.Errorf("lease session: %w", leased.Error)
			}
			if leased.RowsAffected == 0 { // another process has it
				continue
			}
			var tokens linkTokens
			if err := s.openTokens("issuer_sessions", row.TokenHash, row.Sealed, &tokens); err != nil {
				return err
			}
			due = append(due, issuer.Session{
				TokenHash: row.TokenHash, AccountID: row.AccountID, Issuer: row.Issuer, Refresh: tokens.Refresh, RefreshAt: moment(row.RefreshAt),
			})
		}
		return nil
	})
	return due, err
}

// SaveSession implements issuer.Store.
func (s *Store) SaveSession(ctx context.Context, n issuer.Session) error {
	row, err := s.issuerSession(n)
	if err != nil {
		return err
	}
	return wrapped("update session", s.db.WithContext(ctx).Model(&issuerSessionRow{}).Where("token_hash = ?", n.TokenHash).
		Updates(map[string]any{"sealed": row.Sealed, "refresh_at": row.RefreshAt}).Error)
}

// ForgetSession implements issuer.Store.
func (s *Store) ForgetSession(ctx context.Context, tokenHash string) (n issuer.Session, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		var row issuerSessionRow
		err := s.locking(tx).Where("token_hash = ?", tokenHash).Take(&row).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return issuer.ErrNotFound
		}
		if err != nil {
			return fmt.Errorf("read session: %w", err)
		}
		var tokens linkTokens
		if err := s.openTokens("issuer_sessions", row.TokenHash, row.Sealed, &tokens); err != nil {
			return err
		}
		n = issuer.Session{
			TokenHash: row.TokenHash, AccountID: row.AccountID, Issuer: row.Issuer, Refresh: tokens.Refresh, RefreshAt: moment(row.RefreshAt),
		}
		return wrapped("forget session", tx.Where("token_hash = ?", tokenHash).Delete(&issuerSessionRow{}).Error)
	})
	return n, err
}

type revocationRow struct {
	ID     string `gorm:"primaryKey"`
	Issuer string
	Sealed []byte
	Tries  int64
	At     int64
}

func (revocationRow) TableName() string { return "issuer_revocations" }

// KeepRevocation implements issuer.Store.
func (s *Store) KeepRevocation(ctx context.Context, r issuer.Revocation) error {
	sealed, err := s.sealTokens("issuer_revocations", r.ID, linkTokens{Refresh: r.Refresh})
	if err != nil {
		return err
	}
	row := revocationRow{ID: r.ID, Issuer: r.Issuer, Sealed: sealed, Tries: int64(r.Tries), At: micros(r.At)}
	return wrapped("keep revocation", s.db.WithContext(ctx).Save(&row).Error)
}

// DueRevocations implements issuer.Store.
func (s *Store) DueRevocations(ctx context.Context, now, again time.Time, limit int) ([]issuer.Revocation, error) {
	var due []issuer.Revocation
	err := s.transact(ctx, func(tx *gorm.DB) error {
		var rows []revocationRow
		if err := tx.Where("at <= ?", micros(now)).Order("at").Limit(limit).Find(&rows).Error; err != nil {
			return fmt.Errorf("read revocations: %w", err)
		}
		for _, row := range rows {
			leased := tx.Model(&revocationRow{}).Where("id = ? AND at = ?", row.ID, row.At).Update("at", micros(again))
			if leased.Error != nil {
				return fmt.Errorf("lease revocation: %w", leased.Error)
			}
			if leased.RowsAffected == 0 { // another process has it
				continue
			}
			var tokens linkTokens
			if err := s.openTokens("issuer_revocations", row.ID, row.Sealed, &tokens); err != nil {
				return err
			}
			due = append(due, issuer.Revocation{ID: row.ID, Issuer: row.Issuer, Refresh: tokens.Refresh, Tries: int(row.Tries), At: moment(row.At)})
		}
		return nil
	})
	return due, err
}

// DeleteRevocation implements issuer.Store.
func (s *Store) DeleteRevocation(ctx context.Context, id string) error {
	return wrapped("delete revocation", s.db.WithContext(ctx).Where("id = ?", id).Delete(&revocationRow{}).Error)
}

// pruneIssuers deletes attempts that ended long ago.
func pruneIssuers(tx *gorm.DB, now time.Time) error {
	return wrapped("prune attempts", tx.Where("expires_at < ?", micros(now.Add(-attemptMemory))).Delete(&attemptRow{}).Error)
}
