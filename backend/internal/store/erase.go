package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// Erase implements verify.Store. The data key goes too, so that copies of the
// sealed values in old backups cannot be opened by this database.
func (s *Store) Erase(ctx context.Context, accountID string, e verify.Entry) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		if err := s.noteErasure(tx, accountID, e); err != nil {
			return err
		}
		if err := tx.Where("account_id = ?", accountID).Delete(&identityRow{}).Error; err != nil {
			return fmt.Errorf("delete identity: %w", err)
		}
		err := tx.Model(&caseRow{}).Where("account_id = ?", accountID).
			Updates(map[string]any{"sealed": nil, "version": gorm.Expr("version + 1")}).Error
		if err != nil {
			return fmt.Errorf("erase cases: %w", err)
		}
		if err := tx.Where("subject = ?", accountID).Delete(&dataKeyRow{}).Error; err != nil {
			return fmt.Errorf("delete data key: %w", err)
		}
		return nil
	})
}

// noteErasure adds the entry to the account's newest case. An account without
// cases has nothing to erase.
func (s *Store) noteErasure(tx *gorm.DB, accountID string, e verify.Entry) error {
	var row caseRow
	err := s.locking(tx).Where("account_id = ?", accountID).Order("begun_at DESC, id").Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read case: %w", err)
	}
	e.Status, e.Reason = verification.Status(row.Status), verification.Reason(row.Reason)
	entries, err := s.link(&row, []verify.Entry{e})
	if err != nil {
		return err
	}
	err = tx.Model(&caseRow{}).Where("id = ?", row.ID).Select("audit_seq", "audit_mac").Updates(&row).Error
	if err != nil {
		return fmt.Errorf("update case: %w", err)
	}
	return addEntries(tx, entries)
}

// Prune implements verify.Store. An operator's flag stays until it is taken
// back.
func (s *Store) Prune(ctx context.Context, before time.Time) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		moment := micros(before)
		if err := tx.Where("at < ? AND bucket <> ?", moment, string(verify.BucketFlag)).Delete(&traceRow{}).Error; err != nil {
			return fmt.Errorf("prune traces: %w", err)
		}
		if err := tx.Where("expires_at < ?", moment).Delete(&caseKeyRow{}).Error; err != nil {
			return fmt.Errorf("prune keys: %w", err)
		}
		if err := tx.Where("at < ?", micros(s.now().Add(-AnswerLife))).Delete(&answerRow{}).Error; err != nil {
			return fmt.Errorf("prune answers: %w", err)
		}
		if err := tx.Where("expires_at < ?", moment).Delete(&sessionRow{}).Error; err != nil {
			return fmt.Errorf("prune sessions: %w", err)
		}
		bound := tx.Model(&identityRow{}).Select("case_id")
		err := tx.Model(&caseRow{}).
			Where("finished_at > 0 AND finished_at < ? AND sealed IS NOT NULL AND id NOT IN (?)", moment, bound).
			Updates(map[string]any{"sealed": nil, "version": gorm.Expr("version + 1")}).Error
		if err != nil {
			return fmt.Errorf("prune cases: %w", err)
		}
		return nil
	})
}
