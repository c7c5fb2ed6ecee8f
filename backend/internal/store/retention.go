package store

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"realname.example/backend/internal/operator"
)

// pruneBatch is how many accounts or cases one transaction of a retention looks at,
// so that nobody waits long behind it; pruneBatches how many of these one call of
// Prune makes: the rest, as after an upgrade, is for the next calls.
const (
	pruneBatch   = 200
	pruneBatches = 100
)

// unknownUse stands for an account of before that was never looked at.
const unknownUse = 1

// inBatches repeats a step in transactions of its own until one finds nothing to look
// at, and pruneBatches times at most.
func (s *Store) inBatches(ctx context.Context, step func(tx *gorm.DB) (looked int, err error)) error {
	for range pruneBatches {
		var looked int
		err := s.transactLong(ctx, func(tx *gorm.DB) (err error) {
			looked, err = step(tx)
			return err
		})
		if err != nil || looked == 0 {
			return err
		}
	}
	return nil
}

// pruneAccounts deletes accounts that never verified and that nobody has signed in to
// for a life; zero keeps them. Each account is looked at when that is over, one in use
// every lookAgain from then on, and one that verified once: what is looked at leaves the
// index.
func (s *Store) pruneAccounts(ctx context.Context, now time.Time, life time.Duration) error {
	if life <= 0 {
		return nil
	}
	return s.inBatches(ctx, func(tx *gorm.DB) (int, error) {
		var ids []string
		err := s.locking(tx).Model(&accountRow{}).Where("unverified_at > 0 AND unverified_at < ?", micros(now.Add(-life))).
			Order("unverified_at").Limit(pruneBatch).Pluck("id", &ids).Error
		if err != nil || len(ids) == 0 {
			return 0, wrapped("read accounts", err)
		}
		verified := tx.Model(&accountRow{}).Where("id IN ? AND ("+everVerified+")", ids).Update("unverified_at", 0)
		if verified.Error != nil {
			return 0, fmt.Errorf("update accounts: %w", verified.Error)
		}
		var idle []string
		err = tx.Model(&accountRow{}).Where("id IN ? AND unverified_at > ? AND NOT ("+inUse+")", ids, unknownUse, micros(now)).Pluck("id", &idle).Error
		if err != nil {
			return 0, fmt.Errorf("read accounts: %w", err)
		}
		if err := deleteAccounts(tx, idle); err != nil {
			return 0, err
		}
		used := tx.Model(&accountRow{}).Where("id IN ? AND unverified_at > ?", ids, unknownUse)
		if err := used.Update("unverified_at", micros(now.Add(min(lookAgain, life)-life))).Error; err != nil {
			return 0, fmt.Errorf("update accounts: %w", err)
		}
		unknown := tx.Model(&accountRow{}).Where("id IN ? AND unverified_at = ?", ids, unknownUse)
		if err := unknown.Update("unverified_at", micros(now)).Error; err != nil {
			return 0, fmt.Errorf("update accounts: %w", err)
		}
		return len(ids), s.noteForgotten(tx, now, "accounts", len(idle))
	})
}

// everVerified and inUse are conditions on an account. One that a service or an
// affiliate knows is in use there, and so is an operator's own: by its name they are kept
// from deciding about themselves (operator.Caller.Owns).
const (
	everVerified = "EXISTS (SELECT 1 FROM identities WHERE account_id = accounts.id)" +
		" OR EXISTS (SELECT 1 FROM cases WHERE account_id = accounts.id AND status = 'verified')"
	inUse = "EXISTS (SELECT 1 FROM sessions WHERE account_id = accounts.id AND ended = 0 AND expires_at > ?)" +
		" OR EXISTS (SELECT 1 FROM cases WHERE account_id = accounts.id AND (sealed IS NOT NULL OR finished_at = 0))" +
		" OR EXISTS (SELECT 1 FROM service_grants WHERE account_id = accounts.id)" +
		" OR EXISTS (SELECT 1 FROM issuer_links WHERE account_id = accounts.id AND linked_at > 0)" +
		" OR EXISTS (SELECT 1 FROM operators WHERE removed_at = 0 AND accounts.username_key IN (LOWER(name), LOWER(account)))"
)

// deleteAccounts deletes accounts with all that is theirs alone. Their cases stay,
// with nothing personal, for as long as their trail does.
func deleteAccounts(tx *gorm.DB, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	for _, row := range []any{
		&sessionRow{}, &issuerSessionRow{}, &linkRow{}, &resetRow{}, &frameRow{}, &framePrintRow{},
	} {
		if err := tx.Where("account_id IN ?", ids).Delete(row).Error; err != nil {
			return fmt.Errorf("delete what is an account's: %w", err)
		}
	}
	if err := tx.Where("subject IN ?", ids).Delete(&dataKeyRow{}).Error; err != nil {
		return fmt.Errorf("delete data keys: %w", err)
	}
	return wrapped("delete accounts", tx.Where("id IN ?", ids).Delete(&accountRow{}).Error)
}

// noteForgotten tells the operators' trail what the same transaction deleted by its age.
func (s *Store) noteForgotten(tx *gorm.DB, now time.Time, what string, n int) error {
	if n == 0 {
		return nil
	}
	return s.addAct(tx, operator.Entry{At: now, Operator: operator.ByServer, Act: operator.ActForgotten, Subject: what, Detail: fmt.Sprint(n)})
}

// goneRow says that the entries of a case up to Seq are gone, of which MAC was the
// last one's.
type goneRow struct {
	CaseID string `gorm:"primaryKey"`
	Seq    int64
	MAC    []byte `gorm:"column:mac"`
	Seal   []byte
}

func (goneRow) TableName() string { return "audit_gone" }

// goneForm is what the seal of a goneRow covers.
type goneForm struct {
	CaseID string `json:"CaseID"`
	Seq    int64  `json:"Seq"`
	MAC    []byte `json:"MAC"`
}

func (s *Store) goneSeal(row goneRow) ([]byte, error) {
	return s.chainMAC("gone", goneForm{CaseID: row.CaseID, Seq: row.Seq, MAC: row.MAC})
}

// lookAgain is when what stays is looked at again. An account may be in use no more; a
// case may verify nobody any more, or have got another entry.
const lookAgain = 30 * 24 * time.Hour

// pruneAudit deletes the entries of cases that are older than a life, but for cases
// that verify an account; zero keeps them.
func (s *Store) pruneAudit(ctx context.Context, now time.Time, life time.Duration) error {
	if life <= 0 {
		return nil
	}
	var failed error
	before := micros(now.Add(-life))
	for _, due := range []struct {
		where string
		args  []any
	}{
		{"audit_look_at = 0 AND finished_at > 0 AND finished_at < ?", []any{before}},
		{"audit_look_at > 0 AND audit_look_at < ? AND finished_at > 0", []any{micros(now)}},
	} {
		err := s.inBatches(ctx, func(tx *gorm.DB) (int, error) {
			var ids []string
			err := s.locking(tx).Model(&caseRow{}).Where(due.where, due.args...).Limit(pruneBatch).Pluck("id", &ids).Error
			if err != nil || len(ids) == 0 {
				return 0, wrapped("read cases", err)
			}
			var free []caseRow
			err = tx.Select("id", "audit_sealed").
				Where("id IN ? AND id NOT IN (?) AND id NOT IN (?)", ids, tx.Model(&identityRow{}).Select("case_id"), tx.Model(&moveRow{}).Select("case_id")).
				Find(&free).Error
			if err != nil {
				return 0, fmt.Errorf("read cases: %w", err)
			}
			deleted := 0
			for _, c := range free {
				n, err := s.forgetEntries(tx, c, before)
				if err != nil {
					return 0, err
				}
				deleted += n
			}
			err = tx.Model(&caseRow{}).Where("id IN ?", ids).Update("audit_look_at", micros(now.Add(lookAgain))).Error
			if err != nil {
				return 0, fmt.Errorf("update cases: %w", err)
			}
			return len(ids), s.noteForgotten(tx, now, "audit", deleted)
		})
		failed = errors.Join(failed, err)
	}
	return failed
}

// forgetEntries deletes the beginning of a case's chain, as far as it is older than a
// moment and sealed, and returns how many entries that were.
func (s *Store) forgetEntries(tx *gorm.DB, c caseRow, before int64) (int, error) {
	var rows []auditRow
	err := tx.Select("seq", "at", "mac").Where("case_id = ? AND seq <= ?", c.ID, c.AuditSealed).Order("seq").Find(&rows).Error
	if err != nil {
		return 0, fmt.Errorf("read audit entries: %w", err)
	}
	n := 0
	for n < len(rows) && rows[n].At < before {
		n++
	}
	if n == 0 {
		return 0, nil
	}
	gone := goneRow{CaseID: c.ID, Seq: rows[n-1].Seq, MAC: rows[n-1].MAC}
	if gone.Seal, err = s.goneSeal(gone); err != nil {
		return 0, err
	}
	if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&gone).Error; err != nil {
		return 0, fmt.Errorf("write where a chain begins: %w", err)
	}
	return n, wrapped("delete audit entries", tx.Where("case_id = ? AND seq <= ?", c.ID, gone.Seq).Delete(&auditRow{}).Error)
}

// beginnings are the cases whose first entries are gone; each has to be as it was
// written.
func (s *Store) beginnings(tx *gorm.DB) (map[string]goneRow, error) {
	var rows []goneRow
	if err := tx.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read where chains begin: %w", err)
	}
	all := make(map[string]goneRow, len(rows))
	for _, row := range rows {
		seal, err := s.goneSeal(row)
		if err != nil {
			return nil, err
		}
		if !hmac.Equal(seal, row.Seal) {
			return nil, &TamperError{Table: "audit_gone", Case: row.CaseID, Seq: row.Seq, What: "was changed or moved"}
		}
		all[row.CaseID] = row
	}
	return all, nil
}
