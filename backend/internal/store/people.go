package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"gorm.io/gorm"

	"realname.example/backend/internal/operator"
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

// listed selects rows of listedRow from those in force.
func listed(db *gorm.DB) *gorm.DB {
	return db.Table(inForce).Select("number_hash", "sealed", "portrait IS NOT NULL AS has_portrait")
}

// People implements registry.Store.
func (s *Store) People(ctx context.Context) ([]registry.Listed, error) {
	var rows []listedRow
	if err := listed(s.db.WithContext(ctx)).Order("place, number_hash").Scan(&rows).Error; err != nil {
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

// CountPeople returns how many the registry has.
func (s *Store) CountPeople(ctx context.Context) (n int64, err error) {
	return n, wrapped("count people", s.db.WithContext(ctx).Table(inForce).Count(&n).Error)
}

// All implements registry.Store. It reads page by page, each behind the end of the one
// before.
func (s *Store) All(ctx context.Context) iter.Seq2[registry.Listed, error] {
	return func(yield func(registry.Listed, error) bool) {
		db := s.db.WithContext(ctx)
		for behind, more := "", true; more; {
			end, err := pageEnd(db, behind)
			page := listed(db).Where("number_hash > ?", behind)
			if more = end != ""; more {
				page = page.Where("number_hash <= ?", end)
			}
			var rows []listedRow
			if err == nil {
				err = page.Scan(&rows).Error
			}
			if err != nil {
				yield(registry.Listed{}, fmt.Errorf("read people: %w", err))
				return
			}
			for p, err := range s.opened(ctx, rows) {
				if !yield(p, err) || err != nil {
					return
				}
			}
			behind = end
		}
	}
}

// pageEnd is the hash at which a page of those in force ends, or empty for the last page:
// neither table has more than chunkRows of them up to there. (To order the view itself,
// a database sorts everybody for each page.)
func pageEnd(db *gorm.DB, behind string) (string, error) {
	var end *string
	err := db.Raw(`SELECT MIN(number_hash) FROM (
		SELECT number_hash FROM (SELECT number_hash FROM people
			WHERE number_hash > ? ORDER BY number_hash LIMIT 1 OFFSET ?) p
		UNION ALL
		SELECT number_hash FROM (SELECT number_hash FROM people_staging
			WHERE import_id = (SELECT import_id FROM people_state) AND number_hash > ? ORDER BY number_hash LIMIT 1 OFFSET ?) s) ends`,
		behind, chunkRows-1, behind, chunkRows-1).Scan(&end).Error
	if end == nil {
		return "", err
	}
	return *end, err
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

// RemoveNoted removes one person by verify.Identity.Key, together with the act of who
// does, or returns registry.ErrNotFound. What an import has in force goes where it lies, so
// that nobody waits until its rows have moved.
func (s *Store) RemoveNoted(ctx context.Context, numberKey string, e operator.Entry) error {
	hash := s.hash("people", numberKey)
	return s.transact(ctx, func(tx *gorm.DB) error {
		state, err := s.peopleState(s.locking(tx))
		if err != nil {
			return err
		}
		var there int64
		if err := tx.Table(inForce).Where("number_hash = ?", hash).Count(&there).Error; err != nil {
			return fmt.Errorf("read person: %w", err)
		}
		if there == 0 {
			return registry.ErrNotFound
		}
		if err := tx.Where("number_hash = ?", hash).Delete(&personRow{}).Error; err != nil {
			return fmt.Errorf("remove person: %w", err)
		}
		staged := tx.Where("import_id = ? AND number_hash = ?", state.ImportID, hash).Delete(&stagedRow{})
		if staged.Error != nil {
			return fmt.Errorf("remove person: %w", staged.Error)
		}
		state.Staged -= staged.RowsAffected
		state.Version++
		if err := tx.Save(&state).Error; err != nil {
			return fmt.Errorf("write the registry's state: %w", err)
		}
		return s.addAct(tx, e)
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
