package store

import (
	"context"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"

	"realname.example/shared/api"
)

// inboxSubject is whose data key seals the sandbox's SMS inbox.
const inboxSubject = "sandbox_sms"

// AddMessage puts a message into the inbox.
func (s *Store) AddMessage(ctx context.Context, m api.SandboxSMS) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		key, err := s.dataKey(tx, inboxSubject)
		if err != nil {
			return err
		}
		id, err := s.newID()
		if err != nil {
			return err
		}
		body, err := json.Marshal(m)
		if err != nil {
			return fmt.Errorf("encode message: %w", err)
		}
		row := smsRow{ID: id, MobileHash: s.hash("sms", m.Mobile), At: micros(m.At)}
		if row.Sealed, err = seal(key, body, "sandbox_sms", "sealed", id); err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			return fmt.Errorf("insert message: %w", err)
		}
		return nil
	})
}

// Messages returns the newest messages first, at most limit of them; of all
// numbers where mobile is empty.
func (s *Store) Messages(ctx context.Context, mobile string, limit int) ([]api.SandboxSMS, error) {
	db := s.db.WithContext(ctx)
	query := db.Order("at DESC, id DESC").Limit(limit)
	if mobile != "" {
		query = query.Where("mobile_hash = ?", s.hash("sms", mobile))
	}
	var rows []smsRow
	if err := query.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	messages := make([]api.SandboxSMS, len(rows))
	if len(rows) == 0 {
		return messages, nil
	}
	key, err := s.existingDataKey(db, inboxSubject)
	if err != nil {
		return nil, fmt.Errorf("read data key: %w", err)
	}
	for i, row := range rows {
		body, err := unseal(key, row.Sealed, "sandbox_sms", "sealed", row.ID)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(body, &messages[i]); err != nil {
			return nil, fmt.Errorf("decode message: %w", err)
		}
	}
	return messages, nil
}

// ResetOrder lists what Reset empties whole, in this order: a table before those that it
// points to.
func ResetOrder() []string {
	return []string{
		"audit_seals", "operator_acts", "audit", "audit_gone", "case_keys", "joined_numbers", "identities", "cases", "traces", "tallies", "waiting_actions", "frames", "frame_prints", "answers", "issuer_attempts", "sandbox_sms", "people", "people_staging",
		"stage_counts", "stage_sums", "call_counts", "call_sums", "cap_counts", "works", "review_pictures", "operator_requests", "password_resets", "moves", "receipts",
		"service_events", "service_devices", "service_tokens", "service_requests", "service_grants",
	}
}

// Reset empties a sandbox: everything but the mode, the accounts, their
// sessions and what they sign in by, the services and the keys that sign for them.
func (s *Store) Reset(ctx context.Context) error {
	return s.changing(ctx, func(tx *gorm.DB, _ *peopleStateRow) error {
		for _, table := range ResetOrder() {
			if err := tx.Exec("DELETE FROM " + table).Error; err != nil {
				return fmt.Errorf("empty %s: %w", table, err)
			}
		}
		if err := forgetLinks(tx.Where("linked_at > 0")); err != nil {
			return err
		}
		return wrapped("empty data_keys", tx.Where("subject NOT LIKE ? AND subject NOT LIKE ?", serviceSubject("%"), signingSubject("%")).
			Delete(&dataKeyRow{}).Error)
	})
}
