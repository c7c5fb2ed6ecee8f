package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// receiptRow is a message whose delivery is not known yet.
type receiptRow struct {
	Provider string `gorm:"primaryKey"`
	ID       string `gorm:"primaryKey"`
	CaseID   string
	SentAt   int64
	DueAt    int64
}

func (receiptRow) TableName() string { return "receipts" }

func (r receiptRow) pending() verify.PendingReceipt {
	return verify.PendingReceipt{
		CaseID: verification.ID(r.CaseID), SentAt: moment(r.SentAt),
		Receipt: verify.Receipt{Provider: r.Provider, ID: r.ID},
	}
}

// KeepReceipt implements verify.Store.
func (s *Store) KeepReceipt(ctx context.Context, r verify.PendingReceipt, from time.Time) error {
	row := receiptRow{r.Receipt.Provider, r.Receipt.ID, string(r.CaseID), micros(r.SentAt), micros(from)}
	return wrapped("keep receipt", s.db.WithContext(ctx).Clauses(doNothing).Create(&row).Error)
}

// TakeReceipts implements verify.Store. Where none is due it writes nothing.
func (s *Store) TakeReceipts(ctx context.Context, now time.Time, again time.Duration, limit int) ([]verify.PendingReceipt, error) {
	var due []receiptRow
	err := s.db.WithContext(ctx).Where("due_at <= ?", micros(now)).Order("due_at").Limit(limit).Find(&due).Error
	if err != nil || len(due) == 0 {
		return nil, wrapped("list receipts", err)
	}
	var taken []verify.PendingReceipt
	err = s.transact(ctx, func(tx *gorm.DB) error {
		taken = nil
		for _, row := range due {
			age := now.Sub(moment(row.SentAt))
			mine := tx.Model(&receiptRow{}).Where("provider = ? AND id = ? AND due_at = ?", row.Provider, row.ID, row.DueAt).Update("due_at", micros(now.Add(max(again, age))))
			if mine.Error != nil {
				return fmt.Errorf("take receipt: %w", mine.Error)
			}
			if mine.RowsAffected == 1 {
				taken = append(taken, row.pending())
			}
		}
		return nil
	})
	return taken, err
}

// DropReceipt implements verify.Store.
func (s *Store) DropReceipt(ctx context.Context, r verify.Receipt) error {
	return wrapped("drop receipt", s.db.WithContext(ctx).Where("provider = ? AND id = ?", r.Provider, r.ID).Delete(&receiptRow{}).Error)
}

// receiptLife is longer than any code's.
const receiptLife = 24 * time.Hour

// pruneReceipts deletes those that nobody asks about any more, as after another
// choice of providers.
func pruneReceipts(tx *gorm.DB, now time.Time) error {
	return wrapped("prune receipts", tx.Where("sent_at <= ?", micros(now.Add(-receiptLife))).Delete(&receiptRow{}).Error)
}
