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

// moveRow finds a case by the account that its ID moves from, and by when.
type moveRow struct {
	CaseID      string `gorm:"primaryKey"`
	FromAccount string
	DueAt       int64
}

func (moveRow) TableName() string { return "moves" }

// applyMove writes what a change says about the move of the case's ID.
func applyMove(tx *gorm.DB, c *verify.Case, e verify.Effects) error {
	if e.MoveEnds {
		return wrapped("end move", tx.Where("case_id = ?", string(c.ID)).Delete(&moveRow{}).Error)
	}
	if e.MoveFrom == "" {
		return nil
	}
	made := tx.Clauses(doNothing).Create(&moveRow{string(c.ID), e.MoveFrom, micros(c.Move.DueAt)})
	if made.Error != nil {
		return fmt.Errorf("insert move: %w", made.Error)
	}
	if made.RowsAffected == 0 { // it is about to move already
		return &verify.ConflictError{ID: c.ID, Status: c.Status}
	}
	return nil
}

// MoveFrom implements verify.Store.
func (s *Store) MoveFrom(ctx context.Context, accountID string) (verification.ID, error) {
	var row moveRow
	err := s.db.WithContext(ctx).Where("from_account = ?", accountID).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return "", verify.ErrNotFound
	}
	return verification.ID(row.CaseID), wrapped("read move", err)
}

// DueMoves implements verify.Store.
func (s *Store) DueMoves(ctx context.Context, now time.Time, limit int) ([]verification.ID, error) {
	var ids []verification.ID
	err := s.db.WithContext(ctx).Model(&moveRow{}).Where("due_at <= ?", micros(now)).Order("due_at, case_id").Limit(limit).Pluck("case_id", &ids).Error
	return ids, wrapped("list moves", err)
}
