package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

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
	return s.transact(ctx, func(tx *gorm.DB) error {
		key, err := s.dataKey(tx, registrySubject)
		if err != nil {
			return err
		}
		row, err := s.sealPerson(key, p)
		if err != nil {
			return err
		}
		if row.Place, err = lastPlace(tx); err != nil {
			return err
		}
		row.Place++
		err = tx.Create(&row).Error
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			return registry.ErrTaken
		}
		return wrapped("insert person", err)
	})
}

// sealPerson makes the row of a person, without a place.
func (s *Store) sealPerson(key []byte, p registry.Person) (personRow, error) {
	row := personRow{NumberHash: s.hash("people", p.Identity.Key())}
	body, err := json.Marshal(sealedPerson{
		Person: reveal(p.Identity), Carrier: p.Carrier, HolderChanged: p.HolderChanged, Silent: p.Silent,
		Outcome: p.Outcome, Account: p.Account, Own: p.Own,
	})
	if err != nil {
		return row, fmt.Errorf("encode person: %w", err)
	}
	if row.Sealed, err = s.seal(key, body, "people", "sealed", row.NumberHash); err != nil || len(p.Portrait) == 0 {
		return row, err
	}
	row.Portrait, err = s.seal(key, p.Portrait, "people", "portrait", row.NumberHash)
	return row, err
}

// ByNumber implements registry.Store.
func (s *Store) ByNumber(ctx context.Context, numberKey string) (registry.Person, error) {
	db := s.db.WithContext(ctx)
	var row personRow
	err := db.Where("number_hash = ?", s.hash("people", numberKey)).Take(&row).Error
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

// People implements registry.Store.
func (s *Store) People(ctx context.Context) ([]registry.Listed, error) {
	db := s.db.WithContext(ctx)
	var rows []struct {
		NumberHash  string
		Sealed      []byte
		HasPortrait bool
	}
	all := db.Model(&personRow{}).Select("number_hash", "sealed", "portrait IS NOT NULL AS has_portrait")
	if err := all.Order("place, number_hash").Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read people: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	key, err := s.existingDataKey(db, registrySubject)
	if err != nil {
		return nil, fmt.Errorf("read data key: %w", err)
	}
	people := make([]registry.Listed, len(rows))
	for i, row := range rows {
		if people[i].Person, err = openPerson(key, personRow{NumberHash: row.NumberHash, Sealed: row.Sealed}); err != nil {
			return nil, err
		}
		people[i].HasPortrait = row.HasPortrait
	}
	return people, nil
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
	if err := s.db.WithContext(ctx).Where("place >= 0").Delete(&personRow{}).Error; err != nil {
		return fmt.Errorf("delete people: %w", err)
	}
	return nil
}
