package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"realname.example/backend/internal/service"
)

var _ service.Desk = (*Store)(nil)

// FindServices implements service.Desk. It opens no secret.
func (s *Store) FindServices(ctx context.Context, realm string, f service.Find) ([]service.Service, error) {
	var rows []serviceRow
	query := s.db.WithContext(ctx).Where("realm = ?", realm)
	if f.Text != "" {
		like := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(f.Text))
		query = query.Where(`(id = ? OR LOWER(name) LIKE ? ESCAPE '\')`, f.Text, "%"+like+"%")
	}
	if f.After != "" {
		query = query.Where("(name, id) > (SELECT name, id FROM services WHERE id = ?)", f.After)
	}
	if err := query.Order("name, id").Limit(f.Limit).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read services: %w", err)
	}
	all := make([]service.Service, len(rows))
	for i, row := range rows {
		var err error
		if all[i], err = row.service(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// TurnService implements service.Desk. What waited is tried from now on for as long as
// what is new.
func (s *Store) TurnService(ctx context.Context, realm, id string, offAt, now time.Time) (n service.Service, err error) {
	err = s.transactLong(ctx, func(tx *gorm.DB) error {
		if n, err = s.service(tx, s.locking(tx).Where("realm = ? AND id = ?", realm, id)); err != nil {
			return err
		}
		n.OffAt = offAt
		changed := map[string]any{"off_at": micros(offAt)}
		if n.Off() {
			return wrapped("turn service off", tx.Model(&serviceRow{}).Where("id = ?", id).Updates(changed).Error)
		}
		changed["rests_until"], changed["failures"] = 0, 0
		if err := tx.Model(&serviceRow{}).Where("id = ?", id).Updates(changed).Error; err != nil {
			return fmt.Errorf("turn service on: %w", err)
		}
		waited := tx.Model(&eventRow{}).Where("service_id = ? AND waits = 1", id).Updates(map[string]any{"since": micros(now), "next_at": 0})
		if waited.Error != nil {
			return fmt.Errorf("wake events: %w", waited.Error)
		}
		return s.wakeLater(tx, id, now, time.Time{})
	})
	return n, err
}

// Backlog implements service.Desk. Both counts are by an index of what waits alone.
func (s *Store) Backlog(ctx context.Context, serviceID string) (b service.Backlog, err error) {
	db := s.db.WithContext(ctx)
	var row serviceRow
	err = db.Select("failures", "rests_until").Where("id = ?", serviceID).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return b, service.ErrNotFound
	}
	if err != nil {
		return b, fmt.Errorf("read service: %w", err)
	}
	b.Failures, b.RestsUntil = int(row.Failures), moment(row.RestsUntil)
	for column, n := range map[string]*int{"waits": &b.Waiting, "dead": &b.Dead} {
		err := db.Raw("SELECT count(*) FROM service_events WHERE service_id = ? AND "+column+" = 1", serviceID).Scan(n).Error
		if err != nil {
			return b, fmt.Errorf("count events: %w", err)
		}
	}
	return b, nil
}

// NewestEvents implements service.Desk.
func (s *Store) NewestEvents(ctx context.Context, serviceID string, before int64, limit int) ([]service.Delivered, error) {
	var rows []eventRow
	db := s.db.WithContext(ctx)
	query := db.Where("service_id = ?", serviceID)
	if before > 0 {
		query = query.Where("number < ?", before)
	}
	if err := query.Order("number DESC").Limit(limit).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	n, err := s.service(db, db.Where("id = ?", serviceID))
	if err != nil {
		return nil, err
	}
	all := make([]service.Delivered, len(rows))
	for i, row := range rows {
		all[i] = service.Delivered{Event: row.event(), State: row.delivery(n), Tries: int(row.Tries), Failure: row.Failure}
	}
	return all, nil
}

func (r eventRow) delivery(n service.Service) service.DeliveryState {
	switch {
	case r.Dead == 1:
		return service.DeliveryDead
	case r.Waits == 1:
		return service.DeliveryWaiting
	case n.Webhook == "":
		return service.DeliveryNone
	}
	return service.DeliverySent
}
