package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"realname.example/backend/internal/service"
)

var _ service.Outbox = (*Store)(nil)

// LeaseService implements service.Outbox. What is added from now on brings a job of its
// own.
func (s *Store) LeaseService(ctx context.Context, serviceID string, now, until time.Time) (d service.Delivery, free time.Time, err error) {
	off := false
	err = s.transact(ctx, func(tx *gorm.DB) error {
		var row serviceRow
		err := s.locking(tx).Where("id = ?", serviceID).Take(&row).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return service.ErrNotFound
		}
		if err != nil {
			return fmt.Errorf("read service: %w", err)
		}
		if row.OffAt > 0 { // what is added later brings a job that ends here too; turning it on brings one that sends
			off = true
			return wrapped("leave service", tx.Model(&serviceRow{}).Where("id = ?", serviceID).Update("queued", 0).Error)
		}
		if busy := max(row.LeasedUntil, row.RestsUntil); busy > micros(now) {
			free = moment(busy)
			return nil
		}
		if d.Service, err = s.decodeService(tx, row); err != nil {
			return err
		}
		d.Failures = int(row.Failures)
		return wrapped("lease service", tx.Model(&serviceRow{}).Where("id = ?", serviceID).
			Updates(map[string]any{"queued": 0, "leased_until": micros(until)}).Error)
	})
	if err == nil && off {
		err = service.ErrNotFound
	}
	return d, free, err
}

// RenewService implements service.Outbox.
func (s *Store) RenewService(ctx context.Context, serviceID string, until, next time.Time) (bool, error) {
	renewed := s.db.WithContext(ctx).Model(&serviceRow{}).Where("id = ? AND leased_until = ?", serviceID, micros(until)).
		Update("leased_until", micros(next))
	return renewed.RowsAffected == 1, wrapped("renew lease", renewed.Error)
}

// WakeServices implements service.Outbox.
func (s *Store) WakeServices(ctx context.Context, now time.Time, alone bool) error {
	return s.transactLong(ctx, func(tx *gorm.DB) error {
		if alone {
			if err := tx.Model(&serviceRow{}).Where("leased_until > 0").Update("leased_until", 0).Error; err != nil {
				return fmt.Errorf("end leases: %w", err)
			}
		}
		var waiting []string
		if err := tx.Model(&eventRow{}).Where("waits = 1").Distinct().Pluck("service_id", &waiting).Error; err != nil {
			return fmt.Errorf("read events: %w", err)
		}
		for _, id := range waiting {
			if err := s.enqueue(tx, service.DeliverJob{ServiceID: id, At: now.Unix()}, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// WaitingEvents implements service.Outbox.
func (s *Store) WaitingEvents(ctx context.Context, serviceID string, now time.Time, limit int) ([]service.Pending, error) {
	var rows []eventRow
	db := s.db.WithContext(ctx)
	later := db.Model(&eventRow{}).Select("subject").Where("service_id = ? AND waits = 1 AND next_at > ?", serviceID, micros(now))
	err := db.Where("service_id = ? AND waits = 1 AND subject NOT IN (?)", serviceID, later).Order("number").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	waiting := make([]service.Pending, len(rows))
	for i, row := range rows {
		waiting[i] = service.Pending{Event: row.event(), Tries: int(row.Tries), Since: moment(row.Since)}
	}
	return waiting, nil
}

// SentEvents implements service.Outbox.
func (s *Store) SentEvents(ctx context.Context, serviceID string, done []int64, failed []service.Failure) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		if len(done) > 0 {
			err := tx.Model(&eventRow{}).Where("service_id = ? AND number IN ?", serviceID, done).
				Updates(map[string]any{"waits": 0, "failure": ""}).Error
			if err != nil {
				return fmt.Errorf("note delivery: %w", err)
			}
		}
		for _, f := range failed {
			dead := f.Next.IsZero()
			err := tx.Model(&eventRow{}).Where("service_id = ? AND number = ?", serviceID, f.Number).Updates(map[string]any{
				"tries": gorm.Expr("tries + 1"), "next_at": micros(f.Next), "failure": f.Why, "dead": bit(dead), "waits": bit(!dead),
			}).Error
			if err != nil {
				return fmt.Errorf("note failure: %w", err)
			}
		}
		return nil
	})
}

// ReleaseService implements service.Outbox.
func (s *Store) ReleaseService(ctx context.Context, serviceID string, now, rest, from time.Time) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		failures := gorm.Expr("0")
		if !rest.IsZero() {
			failures = gorm.Expr("failures + 1")
			err := tx.Model(&eventRow{}).Where("service_id = ? AND waits = 1 AND since < ?", serviceID, micros(from)).
				Updates(map[string]any{"waits": 0, "dead": 1}).Error
			if err != nil {
				return fmt.Errorf("give events up: %w", err)
			}
		}
		err := tx.Model(&serviceRow{}).Where("id = ?", serviceID).
			Updates(map[string]any{"leased_until": 0, "rests_until": micros(rest), "failures": failures}).Error
		if err != nil {
			return fmt.Errorf("release service: %w", err)
		}
		return s.wakeLater(tx, serviceID, now, rest)
	})
}

// wakeSlot is what moments at which jobs try again are rounded up to, so that a
// service has few of them.
const wakeSlot = 5 * time.Second

// wakeLater puts a job where events still wait: when the first can be tried.
func (s *Store) wakeLater(tx *gorm.DB, serviceID string, now, rest time.Time) error {
	var waiting []eventRow
	err := tx.Select("next_at").Where("service_id = ? AND waits = 1", serviceID).Order("next_at").Limit(1).Find(&waiting).Error
	if err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	if len(waiting) == 0 {
		return nil
	}
	at := moment(max(waiting[0].NextAt, micros(rest), micros(now)))
	if at.After(now) {
		at = at.Add(wakeSlot - 1).Truncate(wakeSlot)
	}
	return s.enqueue(tx, service.DeliverJob{ServiceID: serviceID, At: at.Unix()}, at)
}

// DeadEvents implements service.Outbox.
func (s *Store) DeadEvents(ctx context.Context, serviceID string, limit int) ([]service.Event, error) {
	var rows []eventRow
	err := s.db.WithContext(ctx).Where("service_id = ? AND dead = 1", serviceID).Order("number").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	events := make([]service.Event, len(rows))
	for i, row := range rows {
		events[i] = row.event()
	}
	return events, nil
}

// ResendEvents implements service.Outbox.
func (s *Store) ResendEvents(ctx context.Context, serviceID string, now time.Time) (n int, err error) {
	err = s.transactLong(ctx, func(tx *gorm.DB) error {
		again := tx.Model(&eventRow{}).Where("service_id = ? AND dead = 1", serviceID).
			Updates(map[string]any{"dead": 0, "waits": 1, "tries": 0, "next_at": 0, "since": micros(now)})
		n = int(again.RowsAffected)
		if again.Error != nil || n == 0 {
			return wrapped("send again", again.Error)
		}
		err := tx.Model(&serviceRow{}).Where("id = ?", serviceID).Updates(map[string]any{"rests_until": 0, "failures": 0}).Error
		if err != nil {
			return fmt.Errorf("wake service: %w", err)
		}
		return s.wakeLater(tx, serviceID, now, time.Time{})
	})
	return n, err
}
