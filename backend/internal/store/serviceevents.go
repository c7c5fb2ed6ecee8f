package store

import (
	"context"
	"fmt"

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

// tellServices adds an event for each service that a person let know of them.
// The services are taken in one order, so that two changes do not wait for each
// other.
func (s *Store) tellServices(tx *gorm.DB, accountID string, what service.EventType) error {
	var grants []grantRow
	err := tx.Where("account_id = ?", accountID).Order("service_id").Find(&grants).Error
	if err != nil {
		return fmt.Errorf("read grants: %w", err)
	}
	for _, g := range grants {
		if err := s.tell(tx, what, g); err != nil {
			return err
		}
	}
	return nil
}

// tell adds an event. The service's row is held until the commit, so that events
// are numbered in the order in which they can be seen.
func (s *Store) tell(tx *gorm.DB, what service.EventType, g grantRow) error {
	err := tx.Model(&serviceRow{}).Where("id = ?", g.ServiceID).Update("events", gorm.Expr("events + 1")).Error
	if err != nil {
		return fmt.Errorf("number event: %w", err)
	}
	var row serviceRow
	if err := tx.Where("id = ?", g.ServiceID).Take(&row).Error; err != nil {
		return fmt.Errorf("read service: %w", err)
	}
	id, err := s.newID()
	if err != nil {
		return err
	}
	event := eventRow{
		ServiceID: g.ServiceID, Number: row.Events, ID: "msg_" + id, Subject: g.Subject, Type: string(what), At: micros(s.now()),
	}
	return wrapped("insert event", tx.Create(&event).Error)
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
