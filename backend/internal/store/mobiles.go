package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm"

	"realname.example/backend/internal/registry"
	"realname.example/backend/internal/service"
	"realname.example/backend/internal/verify"
)

// noMobile stands in place of a hash where somebody has no mobile number.
const noMobile = "-"

// mobileHash is what an operator finds a person by; empty numbers are nobody's.
func mobileHash(index []byte, mobile string) string {
	if mobile == "" {
		return noMobile
	}
	return hashWith(index, "mobile", mobile)
}

func (s *Store) mobileHash(mobile string) string { return mobileHash(s.ring.Load().Index, mobile) }

// WithMobile returns of whom, by verify.Identity.Key, the registry has a mobile number.
// A row whose hash an earlier version did not make counts as one that has.
func (s *Store) WithMobile(ctx context.Context, keys []string) (map[string]bool, error) {
	with := map[string]bool{}
	for some := range slices.Chunk(keys, chunkRows) {
		of := map[string]string{}
		for _, key := range some {
			of[s.hash("people", key)] = key
		}
		var found []string
		err := s.db.WithContext(ctx).Table(inForce).Where("number_hash IN ? AND mobile_hash <> ?", slices.Collect(maps.Keys(of)), noMobile).
			Pluck("number_hash", &found).Error
		if err != nil {
			return nil, fmt.Errorf("read people: %w", err)
		}
		for _, hash := range found {
			with[of[hash]] = true
		}
	}
	return with, nil
}

// mobilesBatch bounds the work of one call of IndexMobiles.
const mobilesBatch = 500

// IndexMobiles makes the hashes of rows that an earlier version wrote, and
// returns how many it made; as many as a batch has when there may be more.
func (s *Store) IndexMobiles(ctx context.Context) (n int, err error) {
	err = s.transactLong(ctx, func(tx *gorm.DB) error {
		if err := s.lock(tx, "index", "mobiles"); err != nil {
			return err
		}
		bound, err := s.indexIdentities(tx)
		if err != nil {
			return err
		}
		known, err := s.indexPeople(tx)
		n = bound + known
		return err
	})
	return n, err
}

func (s *Store) indexIdentities(tx *gorm.DB) (int, error) {
	var rows []identityRow
	if err := tx.Where("mobile_hash = ''").Limit(mobilesBatch).Find(&rows).Error; err != nil {
		return 0, fmt.Errorf("read identities: %w", err)
	}
	for _, row := range rows {
		var who person
		if err := s.unsealJSON(tx, row.AccountID, row.Sealed, "identities", row.AccountID, &who); err != nil {
			return 0, fmt.Errorf("open identity: %w", err)
		}
		err := tx.Model(&identityRow{}).Where("account_id = ?", row.AccountID).Update("mobile_hash", s.mobileHash(who.Mobile)).Error
		if err != nil {
			return 0, fmt.Errorf("update identity: %w", err)
		}
	}
	return len(rows), nil
}

func (s *Store) indexPeople(tx *gorm.DB) (int, error) {
	var rows []personRow
	if err := tx.Select("number_hash", "sealed").Where("mobile_hash = ''").Limit(mobilesBatch).Find(&rows).Error; err != nil || len(rows) == 0 {
		return 0, wrapped("read people", err)
	}
	key, err := s.existingDataKey(tx, registrySubject)
	if err != nil {
		return 0, fmt.Errorf("read data key: %w", err)
	}
	for _, row := range rows {
		p, err := openPerson(key, row)
		if err != nil {
			return 0, fmt.Errorf("open person: %w", err)
		}
		err = tx.Model(&personRow{}).Where("number_hash = ?", row.NumberHash).Update("mobile_hash", s.mobileHash(p.Identity.Mobile.Reveal())).Error
		if err != nil {
			return 0, fmt.Errorf("update person: %w", err)
		}
	}
	return len(rows), nil
}

// foundMost is how many people a search finds at most.
const foundMost = 20

// MobileBound implements verify.Store.
func (s *Store) MobileBound(ctx context.Context, mobile string) ([]string, error) {
	var ids []string
	err := s.db.WithContext(ctx).Model(&identityRow{}).Where("mobile_hash = ?", s.mobileHash(mobile)).
		Order("account_id").Limit(foundMost).Pluck("account_id", &ids).Error
	return ids, wrapped("read identities", err)
}

// Find implements registry.Store.
func (s *Store) Find(ctx context.Context, by registry.Search) ([]registry.Listed, error) {
	query := listed(s.db.WithContext(ctx))
	switch {
	case by.ID != "":
		query = query.Where("number_hash = ?", by.ID)
	case by.Key != "":
		query = query.Where("number_hash = ?", s.hash("people", by.Key))
	default:
		query = query.Where("mobile_hash = ?", s.mobileHash(by.Mobile))
	}
	var rows []listedRow
	if err := query.Order("place, number_hash").Limit(foundMost).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read people: %w", err)
	}
	var people []registry.Listed
	for p, err := range s.opened(ctx, rows) {
		if err != nil {
			return nil, err
		}
		people = append(people, p)
	}
	return people, nil
}

// Unbind implements verify.Store.
func (s *Store) Unbind(ctx context.Context, accountID, heir string, e verify.Entry) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		if err := s.lock(tx, "account", accountID); err != nil {
			return err
		}
		freed := tx.Where("account_id = ?", accountID).Delete(&identityRow{})
		if freed.Error != nil {
			return fmt.Errorf("delete identity: %w", freed.Error)
		}
		if freed.RowsAffected == 0 {
			return verify.ErrNotFound
		}
		if err := s.bequeath(tx, accountID, heir, e.At); err != nil {
			return err
		}
		if err := s.note(tx, accountID, e); err != nil {
			return err
		}
		if err := s.tellServices(tx, accountID, service.EventErased); err != nil {
			return err
		}
		return s.narrowGrants(tx, accountID) // who agreed to give their name did so as the person who is gone
	})
}

// Forget implements verify.Store.
func (s *Store) Forget(ctx context.Context, b verify.Bucket, subject string) error {
	err := s.db.WithContext(ctx).Where("bucket = ? AND subject = ?", string(b), s.traceHash(string(b), subject)).Delete(&traceRow{}).Error
	return wrapped("forget traces", err)
}
