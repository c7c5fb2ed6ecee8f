package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"realname.example/backend/internal/service"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// Erase implements verify.Store. The data key goes too, so that copies of the
// sealed values in old backups cannot be opened by this database.
func (s *Store) Erase(ctx context.Context, accountID string, e verify.Entry, end verify.Change) (ended *verify.Case, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) (err error) {
		var counts []verify.Count
		if err := s.lock(tx, "account", accountID); err != nil {
			return err
		}
		if ended, counts, err = s.endOpen(tx, accountID, end); err != nil {
			return err
		}
		if err := s.note(tx, accountID, e); err != nil {
			return err
		}
		erased := tx.Where("account_id = ?", accountID).Delete(&identityRow{})
		if erased.Error != nil {
			return fmt.Errorf("delete identity: %w", erased.Error)
		}
		if erased.RowsAffected > 0 {
			if err := s.tellServices(tx, accountID, service.EventErased); err != nil {
				return err
			}
			if err := s.narrowGrants(tx, accountID); err != nil {
				return err
			}
		}
		if err := forget(tx, accountID); err != nil {
			return err
		}
		if ended == nil {
			return nil
		}
		return s.count(tx, ended, counts)
	})
	if err != nil {
		return nil, err
	}
	return ended, nil
}

// forget deletes what was kept of the person of an account, and the key of what stays.
func forget(tx *gorm.DB, accountID string) error {
	if err := forgetJoined(tx, accountID); err != nil {
		return err
	}
	if err := forgetPersons(tx.Where("account_id = ?", accountID)); err != nil {
		return err
	}
	for _, row := range []any{&frameRow{}, &framePrintRow{}} {
		if err := tx.Where("account_id = ?", accountID).Delete(row).Error; err != nil {
			return fmt.Errorf("forget frames: %w", err)
		}
	}
	if err := dropPictures(tx, tx.Where("account_id = ?", accountID)); err != nil {
		return err
	}
	// Addresses are sealed under no key of the account.
	if err := tx.Model(&linkRow{}).Where("account_id = ?", accountID).Update("address", nil).Error; err != nil {
		return fmt.Errorf("forget address: %w", err)
	}
	if err := tx.Where("subject = ?", accountID).Delete(&dataKeyRow{}).Error; err != nil {
		return fmt.Errorf("delete data key: %w", err)
	}
	return nil
}

// endOpen ends the account's open case, if there is one.
func (s *Store) endOpen(tx *gorm.DB, accountID string, end verify.Change) (*verify.Case, []verify.Count, error) {
	var open caseRow
	err := s.locking(tx).Select("id").Where("account_id = ? AND status NOT IN ?", accountID, final).Take(&open).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read open case: %w", err)
	}
	return s.updateOnce(tx, verification.ID(open.ID), end)
}

// forgetPersons deletes what is personal in the cases of a query.
func forgetPersons(query *gorm.DB) error {
	err := query.Model(&caseRow{}).Updates(map[string]any{
		"sealed": nil, "version": gorm.Expr("version + 1"),
		"numbered": gorm.Expr("CASE WHEN status = 'verified' THEN 1 ELSE 0 END"),
	}).Error
	return wrapped("erase cases", err)
}

// NoteEntry implements verify.Store.
func (s *Store) NoteEntry(ctx context.Context, accountID string, e verify.Entry) error {
	return s.transact(ctx, func(tx *gorm.DB) error { return s.note(tx, accountID, e) })
}

// note adds the entry to the account's newest case, where it has any.
func (s *Store) note(tx *gorm.DB, accountID string, e verify.Entry) error {
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

// sessionMemory is how long an expired session is kept, by which a device and a
// network are known again.
const sessionMemory = 30 * 24 * time.Hour

// Prune implements verify.Store.
func (s *Store) Prune(ctx context.Context, now time.Time, lives verify.Lives) error {
	if err := s.pruneOld(ctx, now, lives); err != nil {
		return err
	}
	if err := s.pruneAccounts(ctx, now, lives.Accounts); err != nil {
		return err
	}
	return s.pruneAudit(ctx, now, lives.Audit)
}

func (s *Store) pruneOld(ctx context.Context, now time.Time, lives verify.Lives) error {
	return s.transactLong(ctx, func(tx *gorm.DB) error {
		if err := pruneTraces(tx, now); err != nil {
			return err
		}
		if err := pruneCaptures(tx, now); err != nil {
			return err
		}
		if err := pruneCounts(tx, now); err != nil {
			return err
		}
		if err := pruneWorks(tx, now); err != nil {
			return err
		}
		if err := pruneIssuers(tx, now); err != nil {
			return err
		}
		if err := pruneResets(tx, now); err != nil {
			return err
		}
		if err := pruneReceipts(tx, now); err != nil {
			return err
		}
		if err := pruneOperators(tx, now); err != nil {
			return err
		}
		if err := pruneJoined(tx, now); err != nil {
			return err
		}
		if err := prunePictures(tx, now.Add(-lives.Pictures)); err != nil {
			return err
		}
		if err := tx.Where("expires_at < ?", micros(now.Add(-verify.KeyMemory))).Delete(&caseKeyRow{}).Error; err != nil {
			return fmt.Errorf("prune keys: %w", err)
		}
		if err := tx.Where("at < ?", micros(now.Add(-AnswerLife))).Delete(&answerRow{}).Error; err != nil {
			return fmt.Errorf("prune answers: %w", err)
		}
		if err := tx.Where("expires_at < ?", micros(now.Add(-sessionMemory))).Delete(&sessionRow{}).Error; err != nil {
			return fmt.Errorf("prune sessions: %w", err)
		}
		bound := tx.Model(&identityRow{}).Select("case_id")
		moving := tx.Model(&moveRow{}).Select("case_id")
		return forgetPersons(tx.Where("finished_at > 0 AND finished_at < ? AND sealed IS NOT NULL AND id NOT IN (?) AND id NOT IN (?)",
			micros(now.Add(-lives.Cases)), bound, moving))
	})
}

// pruneTraces deletes traces at the end of their bucket's own life.
func pruneTraces(tx *gorm.DB, now time.Time) error {
	for bucket, life := range verify.Buckets() {
		if life == 0 {
			continue
		}
		if bucket.OverAll() {
			if err := pruneTallies(tx, bucket, now.Add(-life)); err != nil {
				return err
			}
			continue
		}
		err := tx.Where("bucket = ? AND at < ?", string(bucket), micros(now.Add(-life))).Delete(&traceRow{}).Error
		if err != nil {
			return fmt.Errorf("prune traces: %w", err)
		}
	}
	return nil
}
