package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"realname.example/backend/internal/operator"
)

type workRow struct {
	ID       string `gorm:"primaryKey"`
	Kind     string
	Operator string
	Done     int64
	Total    int64
	BegunAt  int64
	SeenAt   int64
	EndedAt  int64
	Failed   int64
}

func (workRow) TableName() string { return "works" }

var _ operator.Works = (*Store)(nil)

// KeepWork implements operator.Works.
func (s *Store) KeepWork(ctx context.Context, w operator.Work) error {
	row := workRow{
		ID: w.ID, Kind: string(w.Kind), Operator: w.Operator, Done: w.Done, Total: w.Total,
		BegunAt: micros(w.BegunAt), SeenAt: micros(w.SeenAt), EndedAt: micros(w.EndedAt), Failed: bit(w.Failed),
	}
	return wrapped("write work", s.db.WithContext(ctx).Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error)
}

// ListWorks implements operator.Works.
func (s *Store) ListWorks(ctx context.Context, q operator.WorkQuery) ([]operator.Work, error) {
	var rows []workRow
	query := s.db.WithContext(ctx).Order("begun_at DESC, id DESC").Limit(q.Limit)
	if q.Kind != "" {
		query = query.Where("kind = ?", string(q.Kind))
	}
	if q.Operator != "" {
		query = query.Where("operator = ?", q.Operator)
	}
	if q.Behind != "" {
		query = query.Where("(begun_at, id) < (SELECT begun_at, id FROM works WHERE id = ?)", q.Behind)
	}
	if err := query.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read works: %w", err)
	}
	all := make([]operator.Work, len(rows))
	for i, r := range rows {
		all[i] = operator.Work{
			ID: r.ID, Kind: operator.WorkKind(r.Kind), Operator: r.Operator, Done: r.Done, Total: r.Total,
			BegunAt: moment(r.BegunAt), SeenAt: moment(r.SeenAt), EndedAt: moment(r.EndedAt), Failed: r.Failed == 1,
		}
	}
	return all, nil
}

func pruneWorks(tx *gorm.DB, now time.Time) error {
	return wrapped("prune works", tx.Where("begun_at < ?", micros(now.Add(-operator.WorkLife))).Delete(&workRow{}).Error)
}
