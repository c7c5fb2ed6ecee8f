package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"realname.example/backend/internal/account"
)

type resetRow struct {
	ID          string `gorm:"primaryKey"`
	AccountID   string
	MAC         []byte `gorm:"column:mac"`
	ExpiresAt   int64
	GuessesLeft int
}

func (resetRow) TableName() string { return "password_resets" }

// KeepReset implements account.Store.
func (s *Store) KeepReset(ctx context.Context, r account.Reset) error {
	mac := r.MAC
	if mac == nil {
		mac = []byte{}
	}
	row := resetRow{r.ID, r.AccountID, mac, micros(r.ExpiresAt), r.GuessesLeft}
	// The guesses of one that is there are not given back.
	kept := clause.OnConflict{Columns: []clause.Column{{Name: "id"}}, DoUpdates: clause.AssignmentColumns([]string{"account_id"})}
	return s.transact(ctx, func(tx *gorm.DB) error {
		if r.AccountID != "" && len(r.MAC) == 0 {
			if err := tx.Where("account_id = ? AND mac = ?", r.AccountID, []byte{}).Delete(&resetRow{}).Error; err != nil {
				return fmt.Errorf("void resets: %w", err)
			}
		}
		return wrapped("keep reset", tx.Clauses(kept).Create(&row).Error)
	})
}

// GuessReset implements account.Store.
func (s *Store) GuessReset(ctx context.Context, id string, now time.Time) (r account.Reset, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		spent := tx.Model(&resetRow{}).Where("id = ? AND expires_at > ? AND guesses_left > 0", id, micros(now)).
			Update("guesses_left", gorm.Expr("guesses_left - 1"))
		if spent.Error != nil {
			return fmt.Errorf("spend a guess: %w", spent.Error)
		}
		if spent.RowsAffected == 0 {
			return account.ErrNotFound
		}
		var row resetRow
		if err := tx.Where("id = ?", id).Take(&row).Error; err != nil {
			return fmt.Errorf("read reset: %w", err)
		}
		r = account.Reset{ID: row.ID, AccountID: row.AccountID, MAC: row.MAC, ExpiresAt: moment(row.ExpiresAt), GuessesLeft: row.GuessesLeft}
		return nil
	})
	return r, err
}

// FinishReset implements account.Store.
func (s *Store) FinishReset(ctx context.Context, id, accountID, hash string) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		gone := tx.Where("id = ? AND account_id = ?", id, accountID).Delete(&resetRow{})
		if gone.Error != nil {
			return fmt.Errorf("use reset: %w", gone.Error)
		}
		if gone.RowsAffected == 0 {
			return account.ErrNotFound
		}
		return setPassword(tx, accountID, hash)
	})
}

// dropResets ends every code that was made for an account.
func dropResets(tx *gorm.DB, accountID string) error {
	return wrapped("delete resets", tx.Where("account_id = ?", accountID).Delete(&resetRow{}).Error)
}

// pruneResets deletes those that have ended.
func pruneResets(tx *gorm.DB, now time.Time) error {
	return wrapped("prune resets", tx.Where("expires_at <= ?", micros(now)).Delete(&resetRow{}).Error)
}
