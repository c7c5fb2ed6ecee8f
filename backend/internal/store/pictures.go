package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

type pictureRow struct {
	CaseID    string `gorm:"primaryKey"`
	Picture   string `gorm:"primaryKey"`
	AccountID string
	At        int64
	Sealed    []byte
}

func (pictureRow) TableName() string { return "review_pictures" }

// picturesKey names the data key of a case's pictures. It goes with them, so that
// those in an old backup cannot be opened with what the database has.
func picturesKey(caseID string) string { return "pictures|" + caseID }

// applyPictures writes what a change says about a review's pictures.
func (s *Store) applyPictures(tx *gorm.DB, c *verify.Case, e verify.Effects) error {
	if e.DropPictures {
		return dropPictures(tx, tx.Where("case_id = ?", string(c.ID)))
	}
	for _, p := range e.Pictures {
		key, err := s.dataKey(tx, picturesKey(string(c.ID)))
		if err != nil {
			return err
		}
		sealed, err := seal(key, p.JPEG, "review_pictures", "sealed", string(c.ID)+"/"+string(p.Picture))
		if err != nil {
			return err
		}
		row := pictureRow{string(c.ID), string(p.Picture), c.AccountID, micros(p.At), sealed}
		if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error; err != nil {
			return fmt.Errorf("insert picture: %w", err)
		}
	}
	return nil
}

// dropPictures deletes the pictures of a query with the keys of their cases.
func dropPictures(tx *gorm.DB, query *gorm.DB) error {
	var cases []string
	if err := query.Model(&pictureRow{}).Distinct().Pluck("case_id", &cases).Error; err != nil {
		return fmt.Errorf("find pictures: %w", err)
	}
	for _, id := range cases {
		if err := tx.Where("case_id = ?", id).Delete(&pictureRow{}).Error; err != nil {
			return fmt.Errorf("delete pictures: %w", err)
		}
		if err := tx.Where("subject = ?", picturesKey(id)).Delete(&dataKeyRow{}).Error; err != nil {
			return fmt.Errorf("delete the pictures' key: %w", err)
		}
	}
	return nil
}

// Picture implements verify.Store.
func (s *Store) Picture(ctx context.Context, id verification.ID, p verification.Picture) ([]byte, error) {
	db := s.db.WithContext(ctx)
	var row pictureRow
	err := db.Where("case_id = ? AND picture = ?", string(id), string(p)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, verify.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read picture: %w", err)
	}
	key, err := s.existingDataKey(db, picturesKey(row.CaseID))
	if errors.Is(err, gorm.ErrRecordNotFound) { // deleted meanwhile
		return nil, verify.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read the pictures' key: %w", err)
	}
	return unseal(key, row.Sealed, "review_pictures", "sealed", row.CaseID+"/"+row.Picture)
}

// PicturesOf implements verify.Store.
func (s *Store) PicturesOf(ctx context.Context, accountID string) ([]verify.PictureRecord, error) {
	var rows []pictureRow
	err := s.db.WithContext(ctx).Select("case_id", "picture", "at").Where("account_id = ?", accountID).Order("at, case_id, picture").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list pictures: %w", err)
	}
	all := make([]verify.PictureRecord, len(rows))
	for i, row := range rows {
		all[i] = verify.PictureRecord{CaseID: verification.ID(row.CaseID), Picture: verification.Picture(row.Picture), At: moment(row.At)}
	}
	return all, nil
}

// prunePictures deletes those of reviews that ended before a moment.
func prunePictures(tx *gorm.DB, before time.Time) error {
	over := tx.Model(&caseRow{}).Select("id").Where("finished_at > 0 AND finished_at <= ?", micros(before))
	return dropPictures(tx, tx.Where("case_id IN (?)", over))
}
