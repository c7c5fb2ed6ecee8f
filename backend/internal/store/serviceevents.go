package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"realname.example/backend/internal/service"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// tellOf tells services of a case that has just become verified or rejected.
func (s *Store) tellOf(tx *gorm.DB, before string, c *verify.Case) error {
	if string(c.Status) == before {
		return nil
	}
	switch c.Status { //nolint:exhaustive // services are told of these two alone
	case verification.Verified:
		return s.tellServices(tx, c.AccountID, service.EventVerified)
	case verification.Rejected:
		return s.tellServices(tx, c.AccountID, service.EventRejected)
	}
	return nil
}

// tellServices adds an event for each service that a person lets know whether
// they are verified. The services are taken in one order, so that two changes do
// not wait for each other.
func (s *Store) tellServices(tx *gorm.DB, accountID string, what service.EventType) error {
	var grants []grantRow
	err := tx.Where("account_id = ?", accountID).Order("service_id").Find(&grants).Error
	if err != nil {
		return fmt.Errorf("read grants: %w", err)
	}
	for _, row := range grants {
		g, err := row.grant()
		if err != nil {
			return err
		}
		if !g.Status {
			continue
		}
		if err := s.tell(tx, what, row); err != nil {
			return err
		}
	}
	return nil
}

// tell adds an event, and the job that sends it where none waits. The service's
// row is held until the commit, so that events are numbered in the order in
// which they can be seen.
func (s *Store) tell(tx *gorm.DB, what service.EventType, g grantRow) error {
	var row serviceRow
	err := s.locking(tx).Where("id = ?", g.ServiceID).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) { // it was removed meanwhile: nobody is left to be told
		return nil
	}
	if err != nil {
		return fmt.Errorf("read service: %w", err)
	}
	var n service.Service
	if err := json.Unmarshal(row.State, &n); err != nil {
		return fmt.Errorf("decode service: %w", err)
	}
	id, err := s.newID()
	if err != nil {
		return err
	}
	now := micros(s.now())
	event := eventRow{
		ServiceID: g.ServiceID, Number: row.Events + 1, ID: "msg_" + id, Subject: g.Subject, Type: string(what),
		At: now, Since: now, Waits: bit(n.Webhook != ""),
	}
	if err := tx.Create(&event).Error; err != nil {
		return fmt.Errorf("insert event: %w", err)
	}
	queued := row.Queued
	if n.Webhook != "" && queued == 0 {
		queued = 1
		if err := s.enqueue(tx, service.DeliverJob{ServiceID: row.ID}, time.Time{}); err != nil {
			return err
		}
	}
	return wrapped("number event", tx.Model(&serviceRow{}).Where("id = ?", row.ID).
		Updates(map[string]any{"events": event.Number, "queued": queued}).Error)
}

// Events implements service.Events.
func (s *Store) Events(ctx context.Context, serviceID string, after int64, limit int) ([]service.Event, error) {
	var rows []eventRow
	err := s.db.WithContext(ctx).Where("service_id = ? AND number > ?", serviceID, after).Order("number").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	events := make([]service.Event, len(rows))
	for i, row := range rows {
		events[i] = row.event()
	}
	return events, nil
}

func (r eventRow) event() service.Event {
	return service.Event{Number: r.Number, ID: r.ID, Type: service.EventType(r.Type), Subject: r.Subject, At: moment(r.At)}
}

// LastTold implements service.Events.
func (s *Store) LastTold(ctx context.Context, serviceID, subject string) (time.Time, error) {
	var row eventRow
	err := s.db.WithContext(ctx).Where("service_id = ? AND subject = ?", serviceID, subject).Order("number DESC").Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return time.Time{}, nil
	}
	return moment(row.At), wrapped("read events", err)
}
