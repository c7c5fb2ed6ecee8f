package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// ErrBodyDiffers is an Idempotency-Key that was used with another body;
// ErrAnswerPending one whose first call still runs.
var (
	ErrBodyDiffers   = errors.New("the key was used with another body")
	ErrAnswerPending = errors.New("the first call with this key still runs")
)

// AnswerLife is how long a call can be repeated without being carried out again
// (product.md).
const AnswerLife = 10 * time.Minute

// pendingLife is how long a call whose process died blocks its key.
const pendingLife = 30 * time.Second

// BeginAnswer claims a scope (caller, route and key, hashed by the caller) for
// one call. It returns the sealed first answer where there is one, nil where
// this call is the first, ErrBodyDiffers or ErrAnswerPending.
func (s *Store) BeginAnswer(ctx context.Context, scope, bodyHash string) ([]byte, error) {
	now := s.now()
	db := s.db.WithContext(ctx)
	err := db.Where("scope = ? AND (at <= ? OR done = 0 AND at <= ?)",
		scope, micros(now.Add(-AnswerLife)), micros(now.Add(-pendingLife))).Delete(&answerRow{}).Error
	if err != nil {
		return nil, fmt.Errorf("prune answer: %w", err)
	}
	made := db.Clauses(clause.OnConflict{DoNothing: true}).
		Create(&answerRow{Scope: scope, BodyHash: bodyHash, At: micros(now)})
	if made.Error != nil {
		return nil, fmt.Errorf("insert answer: %w", made.Error)
	}
	if made.RowsAffected == 1 {
		return nil, nil
	}
	var row answerRow
	err = db.Where("scope = ?", scope).Take(&row).Error
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return nil, ErrAnswerPending
	case err != nil:
		return nil, fmt.Errorf("read answer: %w", err)
	case row.BodyHash != bodyHash:
		return nil, ErrBodyDiffers
	case row.Done == 0:
		return nil, ErrAnswerPending
	}
	return row.Sealed, nil
}

// FinishAnswer keeps the sealed answer of a scope; nil frees the scope, so that
// the call can be made again.
func (s *Store) FinishAnswer(ctx context.Context, scope string, sealed []byte) error {
	db := s.db.WithContext(ctx)
	var err error
	if sealed == nil {
		err = db.Where("scope = ?", scope).Delete(&answerRow{}).Error
	} else {
		err = db.Model(&answerRow{}).Where("scope = ?", scope).Updates(map[string]any{"done": 1, "sealed": sealed}).Error
	}
	if err != nil {
		return fmt.Errorf("store answer: %w", err)
	}
	return nil
}
