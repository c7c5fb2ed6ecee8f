package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

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
	HasPortrait   bool                `json:"HasPortrait"`
}

// Import implements registry.Store.
func (s *Store) Import(ctx context.Context, people []registry.Person) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		for _, p := range people {
			if err := s.putPerson(tx.Clauses(clause.OnConflict{
				Columns:   []clause.Column{{Name: "number_hash"}},
				DoUpdates: clause.AssignmentColumns([]string{"sealed", "portrait"}),
			}), p); err != nil {
				return err
			}
		}
		return nil
	})
}

// Add implements registry.Store.
func (s *Store) Add(ctx context.Context, p registry.Person) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		err := s.putPerson(tx, p)
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			return registry.ErrTaken
		}
		return err
	})
}

func (s *Store) putPerson(tx *gorm.DB, p registry.Person) error {
	plain := tx.Session(&gorm.Session{NewDB: true})
	key, err := s.dataKey(plain, registrySubject)
	if err != nil {
		return err
	}
	row := personRow{NumberHash: s.hash("people", p.Identity.Number.Reveal())}
	if err := plain.Model(&personRow{}).Select("COALESCE(MAX(place), 0) + 1").Scan(&row.Place).Error; err != nil {
		return fmt.Errorf("count people: %w", err)
	}
	body, err := json.Marshal(sealedPerson{
		Person: reveal(p.Identity), Carrier: p.Carrier, HolderChanged: p.HolderChanged, Silent: p.Silent,
		Outcome: p.Outcome, Account: p.Account, Own: p.Own, HasPortrait: len(p.Portrait) > 0,
	})
	if err != nil {
		return fmt.Errorf("encode person: %w", err)
	}
	if row.Sealed, err = s.seal(key, body, "people", "sealed", row.NumberHash); err != nil {
		return err
	}
	if len(p.Portrait) > 0 {
		if row.Portrait, err = s.seal(key, p.Portrait, "people", "portrait", row.NumberHash); err != nil {
			return err
		}
	}
	if err := tx.Create(&row).Error; err != nil {
		return fmt.Errorf("insert person: %w", err)
	}
	return nil
}

// ByNumber implements registry.Store.
func (s *Store) ByNumber(ctx context.Context, number string) (registry.Person, error) {
	db := s.db.WithContext(ctx)
	var row personRow
	err := db.Where("number_hash = ?", s.hash("people", number)).Take(&row).Error
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
	listed, err := openPerson(key, row)
	if err != nil || row.Portrait == nil {
		return listed.Person, err
	}
	listed.Portrait, err = unseal(key, row.Portrait, "people", "portrait", row.NumberHash)
	return listed.Person, err
}

// People implements registry.Store.
func (s *Store) People(ctx context.Context) ([]registry.Listed, error) {
	db := s.db.WithContext(ctx)
	var rows []personRow
	if err := db.Select("number_hash", "place", "sealed").Order("place, number_hash").Find(&rows).Error; err != nil {
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
		if people[i], err = openPerson(key, row); err != nil {
			return nil, err
		}
	}
	return people, nil
}

func openPerson(key []byte, row personRow) (registry.Listed, error) {
	body, err := unseal(key, row.Sealed, "people", "sealed", row.NumberHash)
	if err != nil {
		return registry.Listed{}, err
	}
	var p sealedPerson
	if err := json.Unmarshal(body, &p); err != nil {
		return registry.Listed{}, fmt.Errorf("decode person: %w", err)
	}
	return registry.Listed{HasPortrait: p.HasPortrait, Person: registry.Person{
		Identity: p.Person.identity(), Carrier: p.Carrier, HolderChanged: p.HolderChanged, Silent: p.Silent,
		Outcome: p.Outcome, Account: p.Account, Own: p.Own,
	}}, nil
}

// Clear implements registry.Store.
func (s *Store) Clear(ctx context.Context) error {
	if err := s.db.WithContext(ctx).Where("place >= 0").Delete(&personRow{}).Error; err != nil {
		return fmt.Errorf("delete people: %w", err)
	}
	return nil
}
