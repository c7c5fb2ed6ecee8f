package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// AnswerLife is how long a call can be repeated without being carried out again
// (docs/api.md).
const AnswerLife = 10 * time.Minute

// reserveLife is how long a call whose process died holds its key. It is longer
// than any call may take.
const reserveLife = time.Minute

// Reserve claims the key of a call, which the caller has hashed. It returns
// (nil, true) to the one who may go on, the sealed answer where one is kept, and
// (nil, false) where another is at it right now.
func (s *Store) Reserve(ctx context.Context, key string) (answer []byte, mine bool, err error) {
	now := s.now()
	db := s.db.WithContext(ctx)
	over := clause.Expr{
		SQL:  "answers.at <= ? OR answers.done = 0 AND answers.at <= ?",
		Vars: []any{micros(now.Add(-AnswerLife)), micros(now.Add(-reserveLife))},
	}
	made := db.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "scope"}}, Where: clause.Where{Exprs: []clause.Expression{over}},
		DoUpdates: clause.AssignmentColumns([]string{"done", "sealed", "at"}),
	}).Create(&answerRow{Scope: key, At: micros(now)})
	if made.Error != nil {
		return nil, false, fmt.Errorf("insert answer: %w", made.Error)
	}
	if made.RowsAffected == 1 {
		return nil, true, nil
	}
	var row answerRow
	err = db.Where("scope = ? AND done = 1", key).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read answer: %w", err)
	}
	return row.Sealed, false, nil
}

// Keep stores the answer of a reserved key, sealed by the caller.
func (s *Store) Keep(ctx context.Context, key string, answer []byte) error {
	err := s.db.WithContext(ctx).Model(&answerRow{}).Where("scope = ? AND done = 0", key).
		Updates(map[string]any{"done": 1, "sealed": answer}).Error
	return wrapped("store answer", err)
}

// Release gives a reserved key up, so that a retry runs anew.
func (s *Store) Release(ctx context.Context, key string) error {
	err := s.db.WithContext(ctx).Where("scope = ? AND done = 0", key).Delete(&answerRow{}).Error
	return wrapped("release answer", err)
}
