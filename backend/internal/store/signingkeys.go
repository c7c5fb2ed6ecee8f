package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"realname.example/backend/internal/service"
)

// signingSubject is whose data key seals the signing keys of a realm.
func signingSubject(realm string) string { return "signing:" + realm }

// SigningKeys implements service.Keys.
func (s *Store) SigningKeys(ctx context.Context, realm string) ([]service.SigningKey, error) {
	var rows []signingKeyRow
	db := s.db.WithContext(ctx)
	if err := db.Where("realm = ?", realm).Order("signs_from, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read signing keys: %w", err)
	}
	all := make([]service.SigningKey, len(rows))
	for i, row := range rows {
		all[i] = service.SigningKey{ID: row.ID, SignsFrom: moment(row.SignsFrom), EndsAt: moment(row.EndsAt)}
		if err := s.unsealJSON(db, signingSubject(realm), row.Sealed, "signing_keys", row.ID, &all[i].Private); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// AddSigningKey implements service.Keys.
func (s *Store) AddSigningKey(ctx context.Context, realm, newest string, k service.SigningKey, now time.Time) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		if err := s.lock(tx, "signing", realm); err != nil {
			return err
		}
		var last signingKeyRow
		err := tx.Where("realm = ?", realm).Order("signs_from DESC, id DESC").Take(&last).Error
		if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
			return fmt.Errorf("read signing keys: %w", err)
		}
		if last.ID != newest {
			return nil
		}
		if err := tx.Where("realm = ? AND ends_at < ?", realm, micros(now)).Delete(&signingKeyRow{}).Error; err != nil {
			return fmt.Errorf("delete signing keys: %w", err)
		}
		row := signingKeyRow{ID: k.ID, Realm: realm, SignsFrom: micros(k.SignsFrom), EndsAt: micros(k.EndsAt)}
		if row.Sealed, err = s.sealJSON(tx, signingSubject(realm), k.Private, "signing_keys", k.ID); err != nil {
			return err
		}
		return wrapped("insert signing key", tx.Create(&row).Error)
	})
}
