package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"realname.example/backend/internal/service"
)

// AddDevice implements service.Tokens.
func (s *Store) AddDevice(ctx context.Context, d service.Device) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		row := deviceRow{
			Hash: d.Hash, UserHash: d.UserHash, ServiceID: d.ServiceID, Status: string(service.DeviceWaiting),
			Wait: d.Interval.Microseconds(), ExpiresAt: micros(d.ExpiresAt),
		}
		var err error
		if row.Sealed, err = s.sealJSON(tx, serviceSubject(d.ServiceID), d.Session, "service_devices", d.Hash); err != nil {
			return err
		}
		return wrapped("insert device", tx.Create(&row).Error)
	})
}

func (s *Store) decodeDevice(tx *gorm.DB, row deviceRow) (service.Device, error) {
	d := service.Device{
		Hash: row.Hash, UserHash: row.UserHash, ServiceID: row.ServiceID, AccountID: row.AccountID,
		Status: service.DeviceStatus(row.Status), Interval: time.Duration(row.Wait) * time.Microsecond, ExpiresAt: moment(row.ExpiresAt),
	}
	return d, s.unsealJSON(tx, serviceSubject(row.ServiceID), row.Sealed, "service_devices", row.Hash, &d.Session)
}

// DeviceByUserCode implements service.Tokens.
func (s *Store) DeviceByUserCode(ctx context.Context, userHash string, now time.Time) (service.Device, error) {
	var row deviceRow
	db := s.db.WithContext(ctx)
	err := gone(db.Where("user_hash = ? AND status = ? AND expires_at > ?", userHash, string(service.DeviceWaiting), micros(now)).Take(&row).Error)
	if err != nil {
		return service.Device{}, err
	}
	return s.decodeDevice(db, row)
}

// AgreeDevice implements service.Grants.
func (s *Store) AgreeDevice(ctx context.Context, userHash string, g service.Grant, d service.Device) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		sealed, err := s.sealJSON(tx, serviceSubject(d.ServiceID), d.Session, "service_devices", d.Hash)
		if err != nil {
			return err
		}
		err = answerDevice(tx, userHash, map[string]any{"status": string(service.DeviceAgreed), "account_id": g.AccountID, "sealed": sealed})
		if err != nil {
			return err
		}
		return s.agree(tx, g)
	})
}

// DeclineDevice implements service.Tokens.
func (s *Store) DeclineDevice(ctx context.Context, userHash string) error {
	return answerDevice(s.db.WithContext(ctx), userHash, map[string]any{"status": string(service.DeviceDeclined)})
}

// answerDevice changes a request that still waits for its person.
func answerDevice(tx *gorm.DB, userHash string, to map[string]any) error {
	answered := tx.Model(&deviceRow{}).Where("user_hash = ? AND status = ?", userHash, string(service.DeviceWaiting)).Updates(to)
	if answered.Error == nil && answered.RowsAffected == 0 {
		return service.ErrGone
	}
	return wrapped("answer device", answered.Error)
}

// slowDown is what each poll that comes too early adds to the interval (RFC 8628, 3.5).
const slowDown = 5 * time.Second

// PollDevice implements service.Tokens.
func (s *Store) PollDevice(ctx context.Context, hash string, now time.Time, issue func(service.Device) ([]service.Token, error)) (d service.Device, early bool, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		var row deviceRow
		if err := gone(s.locking(tx).Where("hash = ? AND expires_at > ?", hash, micros(now)).Take(&row).Error); err != nil {
			return err
		}
		if d, err = s.decodeDevice(tx, row); err != nil {
			return err
		}
		if d.Status == service.DeviceAgreed {
			return s.takeDevice(tx, d, issue)
		}
		early = row.PolledAt != 0 && now.Sub(moment(row.PolledAt)) < d.Interval
		if early {
			row.Wait += slowDown.Microseconds()
		}
		return wrapped("note poll", tx.Model(&deviceRow{}).Where("hash = ?", hash).
			Updates(map[string]any{"polled_at": micros(now), "wait": row.Wait}).Error)
	})
	return d, early, err
}

// takeDevice puts tokens in the place of a request that was agreed to.
func (s *Store) takeDevice(tx *gorm.DB, d service.Device, issue func(service.Device) ([]service.Token, error)) error {
	tokens, err := issue(d)
	if err != nil {
		return err
	}
	if err := tx.Where("hash = ?", d.Hash).Delete(&deviceRow{}).Error; err != nil {
		return fmt.Errorf("take device: %w", err)
	}
	return s.addTokens(tx, tokens...)
}
