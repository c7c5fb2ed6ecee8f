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

// Case implements verify.Store.
func (s *Store) Case(ctx context.Context, id verification.ID) (*verify.Case, error) {
	_, c, _, err := s.take(s.db.WithContext(ctx), id)
	return c, err
}

// OpenCase implements verify.Store.
func (s *Store) OpenCase(ctx context.Context, accountID string) (*verify.Case, error) {
	_, c, _, err := s.takeWithKey(s.db.WithContext(ctx).Where("account_id = ? AND status NOT IN ?", accountID, final))
	return c, err
}

// Cases implements verify.Store.
func (s *Store) Cases(ctx context.Context, accountID string) ([]*verify.Case, error) {
	var rows []caseRow
	db := s.db.WithContext(ctx)
	if err := db.Where("account_id = ?", accountID).Order("begun_at DESC, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read cases: %w", err)
	}
	return s.decodeAll(db, rows)
}

// CaseByKey implements verify.Store.
func (s *Store) CaseByKey(ctx context.Context, kind verify.KeyKind, hash string) (verification.ID, error) {
	var row caseKeyRow
	err := s.db.WithContext(ctx).Where("kind = ? AND hash = ?", string(kind), hash).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return "", verify.ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("read key: %w", err)
	}
	return verification.ID(row.CaseID), nil
}

// Versions implements broker.Latest.
func (s *Store) Versions(ctx context.Context, ids []verification.ID) (map[verification.ID]int64, error) {
	type row struct { // whole ones of a thousand cases are a lot of memory, every five seconds
		ID      verification.ID
		Version int64
	}
	rows := make([]row, 0, len(ids))
	if err := s.db.WithContext(ctx).Model(&caseRow{}).Select("id", "version").Where("id IN ?", ids).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read versions: %w", err)
	}
	versions := make(map[verification.ID]int64, len(rows))
	for _, r := range rows {
		versions[r.ID] = r.Version
	}
	return versions, nil
}

// Overdue implements verify.Store.
func (s *Store) Overdue(ctx context.Context, now time.Time, limit int) ([]verification.ID, error) {
	var ids []verification.ID
	err := s.db.WithContext(ctx).Model(&caseRow{}).Where("ends_at <= ? AND status NOT IN ?", micros(now), final).
		Order("ends_at").Limit(limit).Pluck("id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("read overdue cases: %w", err)
	}
	return ids, nil
}

// InStatus implements verify.Store.
func (s *Store) InStatus(ctx context.Context, status verification.Status, after verification.ID, limit int) ([]*verify.Case, error) {
	var rows []caseRow
	db := s.db.WithContext(ctx)
	query := db.Where("status = ?", string(status)).Order("begun_at, id")
	if after != "" {
		query = query.Where("(begun_at, id) > (SELECT begun_at, id FROM cases WHERE id = ?)", string(after))
	}
	if limit > 0 {
		query = query.Limit(limit)
	}
	if err := query.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read cases: %w", err)
	}
	return s.decodeAll(db, rows)
}

// Bound implements verify.Store.
func (s *Store) Bound(ctx context.Context, accountID string) (*verify.Bound, error) {
	var row struct {
		Identity identityRow `gorm:"embedded"`
		Key      dataKeyRow  `gorm:"embedded"`
	}
	err := s.db.WithContext(ctx).Model(&identityRow{}).Select("*").Joins("LEFT JOIN data_keys ON data_keys.subject = identities.account_id").
		Where("account_id = ?", accountID).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, verify.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read identity: %w", err)
	}
	var who person
	if err := openJSON(s.keyOf(row.Key), accountID, row.Identity.Sealed, "identities", accountID, &who); err != nil {
		return nil, fmt.Errorf("open identity: %w", err)
	}
	return &verify.Bound{
		AccountID: accountID, CaseID: verification.ID(row.Identity.CaseID), Method: verification.Method(row.Identity.Method),
		Identity: who.identity(), At: moment(row.Identity.BoundAt),
	}, nil
}

// NumberBound implements verify.Store.
func (s *Store) NumberBound(ctx context.Context, key string) (string, error) {
	return numberHolder(s.db.WithContext(ctx), s.hash("number", key))
}
