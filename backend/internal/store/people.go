package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"gorm.io/gorm"

	"realname.example/backend/internal/registry"
	"realname.example/shared/verification"
)

var _ registry.Store = (*Store)(nil)

// registrySubject is whose data key seals the registry: one for all of it,
// since a person in it is no account's.
const registrySubject = "registry"

// sealedPerson is what is sealed of a row of the registry.
type sealedPerson struct {
	Person        person              `json:"Person"`
	Carrier       verification.Reason `json:"Carrier"`
	HolderChanged bool                `json:"HolderChanged"`
	Silent        bool                `json:"Silent"`
	Outcome       string              `json:"Outcome"`
	Account       string              `json:"Account"`
	Own           bool                `json:"Own"`
}

// Add implements registry.Store.
func (s *Store) Add(ctx context.Context, p registry.Person) error {
	return s.changing(ctx, func(tx *gorm.DB, state *peopleStateRow) error {
		key, err := s.dataKey(tx, registrySubject)
		if err != nil {
			return err
		}
		row, err := s.sealPerson(key, p)
		if err != nil {
			return err
		}
		state.Places++
		row.Place = state.Places
		err = tx.Create(&row).Error
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			return registry.ErrTaken
		}
		return wrapped("insert person", err)
	})
}

// sealPerson makes the row of a person, without a place.
func (s *Store) sealPerson(key []byte, p registry.Person) (personRow, error) {
	row := personRow{NumberHash: s.hash("people", p.Identity.Key()), MobileHash: s.mobileHash(p.Identity.Mobile.Reveal())}
	body, err := json.Marshal(sealedPerson{
		Person: reveal(p.Identity), Carrier: p.Carrier, HolderChanged: p.HolderChanged, Silent: p.Silent,
		Outcome: p.Outcome, Account: p.Account, Own: p.Own,
	})
	if err != nil {
		return row, fmt.Errorf("encode person: %w", err)
	}
	if row.Sealed, err = seal(key, body, "people", "sealed", row.NumberHash); err != nil || len(p.Portrait) == 0 {
		return row, err
	}
	row.Portrait, err = seal(key, p.Portrait, "people", "portrait", row.NumberHash)
	return row, err
}

// ByNumber implements registry.Store.
func (s *Store) ByNumber(ctx context.Context, numberKey string) (registry.Person, error) {
	db := s.db.WithContext(ctx)
	var row personRow
	err := db.Table(inForce).Where("number_hash = ?", s.hash("people", numberKey)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return registry.Person{}, registry.ErrNotFound
	}
	if err != nil {
		return registry.Person{}, fmt.Errorf("read person: %w", err)
	}
	key, err := s.existingDataKey(db, registrySubject)
	if err != nil {
		return registry.Person{}, fmt.Errorf("read data key: %w", err)
	}
	p, err := openPerson(key, row)
	if err != nil || row.Portrait == nil {
		return p, err
	}
	p.Portrait, err = unseal(key, row.Portrait, "people", "portrait", row.NumberHash)
	return p, err
}

// listedRow is a row of the registry without its portrait.
type listedRow struct {
	NumberHash  string
	Sealed      []byte
	HasPortrait bool
}

// listed selects rows of listedRow from the people or from those in force.
func listed(db *gorm.DB, table string) *gorm.DB {
	return db.Table(table).Select("number_hash", "sealed", "portrait IS NOT NULL AS has_portrait")
}

// People implements registry.Store.
func (s *Store) People(ctx context.Context) ([]registry.Listed, error) {
	var rows []listedRow
	err := s.settled(ctx, func(tx *gorm.DB, _ *peopleStateRow) error {
		return wrapped("read people", listed(tx, "people").Order("place, number_hash").Scan(&rows).Error)
	})
	if err != nil {
		return nil, err
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

// CountPeople returns how many the registry has.
func (s *Store) CountPeople(ctx context.Context) (n int64, err error) {
	err = s.settled(ctx, func(tx *gorm.DB, _ *peopleStateRow) error {
		return wrapped("count people", tx.Model(&personRow{}).Count(&n).Error)
	})
	return n, err
}

// All implements registry.Store. It reads page by page, each behind the last
// row of the one before.
func (s *Store) All(ctx context.Context) iter.Seq2[registry.Listed, error] {
	return func(yield func(registry.Listed, error) bool) {
		last := ""
		for {
			var rows []listedRow
			err := s.settled(ctx, func(tx *gorm.DB, _ *peopleStateRow) error {
				return wrapped("read people", listed(tx, "people").Where("number_hash > ?", last).Order("number_hash").Limit(chunkRows).Scan(&rows).Error)
			})
			if err != nil {
				yield(registry.Listed{}, err)
				return
			}
			if len(rows) == 0 {
				return
			}
			for p, err := range s.opened(ctx, rows) {
				if !yield(p, err) || err != nil {
					return
				}
			}
			last = rows[len(rows)-1].NumberHash
		}
	}
}

// opened unseals rows.
func (s *Store) opened(ctx context.Context, rows []listedRow) iter.Seq2[registry.Listed, error] {
	return func(yield func(registry.Listed, error) bool) {
		if len(rows) == 0 {
			return // and no key yet
		}
		key, err := s.existingDataKey(s.db.WithContext(ctx), registrySubject)
		if err != nil {
			yield(registry.Listed{}, fmt.Errorf("read data key: %w", err))
			return
		}
		for _, row := range rows {
			p, err := openPerson(key, personRow{NumberHash: row.NumberHash, Sealed: row.Sealed})
			if !yield(registry.Listed{Person: p, ID: row.NumberHash, HasPortrait: row.HasPortrait}, err) {
				return
			}
		}
	}
}

// Remove implements registry.Store.
func (s *Store) Remove(ctx context.Context, numberKey string) error {
	return s.changing(ctx, func(tx *gorm.DB, _ *peopleStateRow) error {
		done := tx.Where("number_hash = ?", s.hash("people", numberKey)).Delete(&personRow{})
		if done.Error == nil && done.RowsAffected == 0 {
			return registry.ErrNotFound
		}
		return wrapped("remove person", done.Error)
	})
}

func openPerson(key []byte, row personRow) (registry.Person, error) {
	body, err := unseal(key, row.Sealed, "people", "sealed", row.NumberHash)
	if err != nil {
		return registry.Person{}, err
	}
	var p sealedPerson
	if err := json.Unmarshal(body, &p); err != nil {
		return registry.Person{}, fmt.Errorf("decode person: %w", err)
	}
	return registry.Person{
		Identity: p.Person.identity(), Carrier: p.Carrier, HolderChanged: p.HolderChanged, Silent: p.Silent,
		Outcome: p.Outcome, Account: p.Account, Own: p.Own,
	}, nil
}

// Clear implements registry.Store.
func (s *Store) Clear(ctx context.Context) error {
	return s.changing(ctx, func(tx *gorm.DB, _ *peopleStateRow) error {
		return wrapped("delete people", tx.Where("place >= 0").Delete(&personRow{}).Error)
	})
}
