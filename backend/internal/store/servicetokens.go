package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"realname.example/backend/internal/service"
)

// AddRequest implements service.Tokens.
func (s *Store) AddRequest(ctx context.Context, hash string, r service.Request) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		sealed, err := s.sealJSON(tx, serviceSubject(r.ServiceID), r, "service_requests", hash)
		if err != nil {
			return err
		}
		row := requestRow{Hash: hash, ServiceID: r.ServiceID, Sealed: sealed, ExpiresAt: micros(r.ExpiresAt)}
		return wrapped("insert request", tx.Create(&row).Error)
	})
}

// Request implements service.Tokens.
func (s *Store) Request(ctx context.Context, hash string, now time.Time) (service.Request, error) {
	var row requestRow
	db := s.db.WithContext(ctx)
	if err := gone(db.Where("hash = ? AND expires_at > ?", hash, micros(now)).Take(&row).Error); err != nil {
		return service.Request{}, err
	}
	r := service.Request{}
	err := s.unsealJSON(db, serviceSubject(row.ServiceID), row.Sealed, "service_requests", hash, &r)
	r.ServiceID, r.ExpiresAt = row.ServiceID, moment(row.ExpiresAt)
	return r, err
}

// gone is service.ErrGone where there is no such row.
func gone(err error) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return service.ErrGone
	}
	return wrapped("read", err)
}

// EndRequest implements service.Tokens.
func (s *Store) EndRequest(ctx context.Context, hash string, now time.Time) error {
	return endRequest(s.db.WithContext(ctx), hash, now)
}

func endRequest(tx *gorm.DB, hash string, now time.Time) error {
	ended := tx.Where("hash = ? AND expires_at > ?", hash, micros(now)).Delete(&requestRow{})
	if ended.Error == nil && ended.RowsAffected == 0 {
		return service.ErrGone
	}
	return wrapped("end request", ended.Error)
}

// Agree implements service.Grants.
func (s *Store) Agree(ctx context.Context, requestHash string, g service.Grant, code service.Token) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		if err := endRequest(tx, requestHash, g.At); err != nil {
			return err
		}
		if err := s.agree(tx, g); err != nil {
			return err
		}
		return s.addTokens(tx, code)
	})
}

// AddToken implements service.Tokens.
func (s *Store) AddToken(ctx context.Context, t service.Token) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		if err := s.lockGrantOf(tx, t.ServiceID, t.AccountID); err != nil {
			return err
		}
		return s.addTokens(tx, t)
	})
}

func (s *Store) addTokens(tx *gorm.DB, tokens ...service.Token) error {
	rows := make([]tokenRow, len(tokens))
	for i, t := range tokens {
		sealed, err := s.sealJSON(tx, serviceSubject(t.ServiceID), t.Session, "service_tokens", t.Hash)
		if err != nil {
			return err
		}
		rows[i] = tokenRow{
			Hash: t.Hash, Kind: string(t.Kind), ServiceID: t.ServiceID, AccountID: t.AccountID, Family: t.Family,
			Sealed: sealed, ExpiresAt: micros(t.ExpiresAt),
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return wrapped("insert tokens", tx.Create(&rows).Error)
}

func (s *Store) decodeToken(tx *gorm.DB, row tokenRow) (service.Token, error) {
	t := service.Token{
		Kind: service.TokenKind(row.Kind), Hash: row.Hash, ServiceID: row.ServiceID, AccountID: row.AccountID,
		Family: row.Family, ExpiresAt: moment(row.ExpiresAt),
	}
	return t, s.unsealJSON(tx, serviceSubject(row.ServiceID), row.Sealed, "service_tokens", row.Hash, &t.Session)
}

// Token implements service.Tokens.
func (s *Store) Token(ctx context.Context, kind service.TokenKind, hash string, now time.Time) (service.Token, error) {
	var row tokenRow
	db := s.db.WithContext(ctx)
	off := db.Model(&serviceRow{}).Select("id").Where("off_at > 0")
	err := gone(db.Where("hash = ? AND kind = ? AND used = 0 AND expires_at > ? AND service_id NOT IN (?)", hash, string(kind), micros(now), off).Take(&row).Error)
	if err != nil {
		return service.Token{}, err
	}
	return s.decodeToken(db, row)
}

// Redeem implements service.Tokens. That a reused token voids its family is
// written although the caller is refused.
func (s *Store) Redeem(ctx context.Context, serviceID string, kind service.TokenKind, hash string, now time.Time, issue func(service.Token) ([]service.Token, error)) error {
	reused := false
	err := s.transact(ctx, func(tx *gorm.DB) error {
		good := func() *gorm.DB {
			return tx.Model(&tokenRow{}).Where("service_id = ? AND hash = ? AND kind = ? AND expires_at > ?", serviceID, hash, string(kind), micros(now))
		}
		// The grant first, as Revoke does: what is issued beside a revocation would
		// outlive it.
		if err := s.lockGrant(tx, serviceID, good().Select("account_id")); err != nil {
			return err
		}
		var row tokenRow
		used := good().Where("used = 0").Clauses(clause.Returning{}).Model(&row).Update("used", 1)
		if used.Error != nil {
			return fmt.Errorf("use token: %w", used.Error)
		}
		if reused = used.RowsAffected == 0; reused {
			if err := gone(good().Take(&row).Error); err != nil {
				return err
			}
			return voidFamily(tx, row.Family)
		}
		t, err := s.decodeToken(tx, row)
		if err != nil {
			return err
		}
		fresh, err := issue(t)
		if err != nil {
			return err
		}
		return s.addTokens(tx, fresh...)
	})
	if err == nil && reused {
		return service.ErrReused
	}
	return err
}

// lockGrant locks the grant under which tokens of a person are issued, or returns
// service.ErrGone where there is none any more. accountID may be a query.
func (s *Store) lockGrant(tx *gorm.DB, serviceID string, accountID any) error {
	var row grantRow
	return gone(s.locking(tx).Select("service_id").Where("service_id = ? AND account_id = (?)", serviceID, accountID).Take(&row).Error)
}

// lockGrantOf is lockGrant for a token, which has no grant where it is a service's own.
func (s *Store) lockGrantOf(tx *gorm.DB, serviceID, accountID string) error {
	if accountID == "" {
		return nil
	}
	return s.lockGrant(tx, serviceID, accountID)
}

func voidFamily(tx *gorm.DB, family string) error {
	return wrapped("void tokens", tx.Where("family = ?", family).Delete(&tokenRow{}).Error)
}

// RevokeFamily implements service.Tokens.
func (s *Store) RevokeFamily(ctx context.Context, serviceID, hash string) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		var row tokenRow
		if err := gone(tx.Where("hash = ? AND service_id = ?", hash, serviceID).Take(&row).Error); err != nil {
			return err
		}
		// As Redeem does: what is issued beside this is void as well.
		if err := s.lockGrantOf(tx, row.ServiceID, row.AccountID); err != nil {
			return err
		}
		return voidFamily(tx, row.Family)
	})
}

// Once implements service.Tokens.
func (s *Store) Once(ctx context.Context, hash string, until time.Time) error {
	err := s.db.WithContext(ctx).Create(&assertionRow{Hash: hash, ExpiresAt: micros(until)}).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return service.ErrReused
	}
	return wrapped("keep assertion", err)
}

// eventLife is how long a service can catch up on what it missed.
const eventLife = 90 * 24 * time.Hour

// PruneServices implements service.Tokens.
func (s *Store) PruneServices(ctx context.Context, now time.Time) error {
	return s.transactLong(ctx, func(tx *gorm.DB) error {
		for _, row := range []any{&requestRow{}, &tokenRow{}, &deviceRow{}, &assertionRow{}} {
			if err := tx.Where("expires_at < ?", micros(now)).Delete(row).Error; err != nil {
				return fmt.Errorf("prune services: %w", err)
			}
		}
		// The newest one of each person says when the service was last told, which may
		// not go back.
		newer := tx.Table("service_events AS newer").Select("1").
			Where("newer.service_id = service_events.service_id AND newer.subject = service_events.subject AND newer.number > service_events.number")
		old := tx.Where("at < ? AND waits = 0 AND EXISTS (?)", micros(now.Add(-eventLife)), newer)
		return wrapped("prune events", old.Delete(&eventRow{}).Error)
	})
}
