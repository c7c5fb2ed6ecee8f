package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"realname.example/backend/internal/keys"
	"realname.example/shared/api"
	"realname.example/shared/identity"
)

// ErrIndexKey is returned for a database whose hashes were made with another
// index key.
var ErrIndexKey = errors.New("the database was made with another index key; restore its key file")

// ErrMasterKey is returned by a process that cannot open what another one seals.
var ErrMasterKey = errors.New("the database has data keys under a newer master key; give this server the key document of after `keys rotate`, and start it again")

// master returns a master key. One that is not known may have been added while
// this process runs: the keys are read again then.
func (s *Store) master(version int) ([]byte, error) {
	key, err := s.ring.Load().Master(version)
	if s.reload == nil || !errors.Is(err, keys.ErrMissing) {
		return key, err
	}
	fresh, err := s.reload()
	if err != nil {
		return nil, fmt.Errorf("read keys again: %w", err)
	}
	next := *s.ring.Load()
	next.Masters = fresh.Masters
	s.ring.Store(&next)
	return next.Master(version)
}

// learnNewest makes the newest master key that a data key has the one that seals from now
// on, or returns ErrMasterKey where this process cannot have it. It is one look at an
// index.
func (s *Store) learnNewest(tx *gorm.DB) error {
	var newest *int
	if err := tx.Model(&dataKeyRow{}).Select("MAX(master_version)").Scan(&newest).Error; err != nil {
		return fmt.Errorf("ask database: %w", err)
	}
	if newest == nil { // nobody is known yet
		return nil
	}
	if _, err := s.master(*newest); err != nil {
		return fmt.Errorf("%w (%w)", ErrMasterKey, err)
	}
	return nil
}

// rotateChunk is how many data keys are wrapped in one transaction, so that nobody
// waits for all of them.
const rotateChunk = 1000

// Rotate wraps every data key with the newest master key and returns how many it
// wrapped anew; reached is told how many of all are done. Nothing else is encrypted
// again. It may run beside serving processes that can reload their keys; one that is cut
// off is called again.
func (s *Store) Rotate(ctx context.Context, reached func(done, all int64)) (n int, err error) {
	newest := s.ring.Load().Current().Version
	var left int64
	if err := s.db.WithContext(ctx).Model(&dataKeyRow{}).Where("master_version <> ?", newest).Count(&left).Error; err != nil {
		return 0, fmt.Errorf("count data keys: %w", err)
	}
	for {
		var some int
		err := s.transactLong(ctx, func(tx *gorm.DB) error {
			var old []dataKeyRow
			if err := s.locking(tx).Where("master_version <> ?", newest).Order("subject").Limit(rotateChunk).Find(&old).Error; err != nil {
				return fmt.Errorf("read data keys: %w", err)
			}
			for _, row := range old {
				if err := s.rewrap(tx, row); err != nil {
					return err
				}
			}
			some = len(old)
			return nil
		})
		if err != nil || some == 0 {
			return n, err
		}
		n += some
		reached(int64(n), max(left, int64(n)))
	}
}

func (s *Store) rewrap(tx *gorm.DB, old dataKeyRow) error {
	key, err := s.openDataKey(old)
	if err != nil {
		return fmt.Errorf("open data key: %w", err)
	}
	next, err := s.wrap(old.Subject, key)
	if err != nil {
		return err
	}
	err = tx.Model(&dataKeyRow{}).Where("subject = ?", old.Subject).
		Select("master_version", "wrapped").Updates(&next).Error
	if err != nil {
		return fmt.Errorf("store data key: %w", err)
	}
	return nil
}

// indexKey names the index key without telling it.
func (s *Store) indexKey() string { return nameOf(s.ring.Load().Index) }

func nameOf(indexKey []byte) string { return hashWith(indexKey, "index key", "")[:16] }

// claimIndexKey writes the index key's name at first start and compares it
// later. Where a reindex was cut off between its commit and the key file, the
// key that it was about to write is the right one; of a backup of before a reindex
// it is the one of then.
func (s *Store) claimIndexKey(ctx context.Context) error {
	db := s.db.WithContext(ctx)
	row := indexKeyRow{Slot: 1, ID: s.indexKey()}
	if err := db.Clauses(doNothing).Create(&row).Error; err != nil {
		return fmt.Errorf("write index key's name: %w", err)
	}
	var have indexKeyRow
	if err := db.Take(&have).Error; err != nil {
		return fmt.Errorf("read index key's name: %w", err)
	}
	k := *s.ring.Load()
	if have.ID == nameOf(k.Index) {
		return nil
	}
	for _, index := range append([][]byte{k.NextIndex}, k.OtherIndexes...) {
		if have.ID == nameOf(index) {
			k = k.WithIndex(index)
			s.ring.Store(&k)
			return nil
		}
	}
	return ErrIndexKey
}

// ServingLock is the advisory lock that whoever serves a PostgreSQL database holds for
// as long as they do, all of them together.
const ServingLock int64 = 0x7265616c_73657276

// ErrServed is a database that servers use.
var ErrServed = errors.New("a server uses this database; stop every one, and call again")

// Reindex makes every hash by which an identity, a person of the registry or a
// message is found anew with another index key, in one transaction. No other
// process may serve the database meanwhile (ErrServed with PostgreSQL, Hold with
// SQLite): one that does all the same can bind no identity afterwards, since the
// database knows the new key's name only.
func (s *Store) Reindex(ctx context.Context, index []byte) (n int, err error) {
	next := s.ring.Load().WithIndex(index)
	err = s.changing(ctx, func(tx *gorm.DB, _ *peopleStateRow) error {
		if s.postgres {
			var alone bool
			if err := tx.Raw("SELECT pg_try_advisory_xact_lock(?)", ServingLock).Scan(&alone).Error; err != nil {
				return fmt.Errorf("ask who serves: %w", err)
			}
			if !alone {
				return ErrServed
			}
			if err := tx.Exec("LOCK TABLE identities, joined_numbers, people, sandbox_sms IN ACCESS EXCLUSIVE MODE").Error; err != nil {
				return fmt.Errorf("lock tables: %w", err)
			}
		}
		if err := tx.Exec("DELETE FROM people_staging").Error; err != nil { // of an import that was killed
			return fmt.Errorf("clear staging: %w", err)
		}
		for _, f := range []func(*gorm.DB, []byte) (int, error){s.reindexIdentities, s.reindexJoined, s.reindexPeople, s.reindexMessages} {
			some, err := f(tx, index)
			if err != nil {
				return err
			}
			n += some
		}
		// The foreign key of the identities follows.
		if err := tx.Model(&indexKeyRow{}).Where("slot = 1").Update("id", nameOf(index)).Error; err != nil {
			return fmt.Errorf("write index key's name: %w", err)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	s.ring.Store(&next)
	return n, nil
}

func (s *Store) reindexIdentities(tx *gorm.DB, index []byte) (int, error) {
	var rows []identityRow
	if err := tx.Find(&rows).Error; err != nil {
		return 0, fmt.Errorf("read identities: %w", err)
	}
	for _, row := range rows {
		var who person
		if err := s.unsealJSON(tx, row.AccountID, row.Sealed, "identities", row.AccountID, &who); err != nil {
			return 0, fmt.Errorf("open identity of account %s: %w", row.AccountID, err)
		}
		err := tx.Model(&identityRow{}).Where("account_id = ?", row.AccountID).
			Select("number_hash", "mobile_hash").Updates(&identityRow{
			NumberHash: hashWith(index, "number", identity.KeyOf(who.CertificateType, who.Number)), MobileHash: mobileHash(index, who.Mobile),
		}).Error
		if err != nil {
			return 0, fmt.Errorf("update identity: %w", err)
		}
	}
	return len(rows), nil
}

func (s *Store) reindexPeople(tx *gorm.DB, index []byte) (int, error) {
	var rows []personRow
	if err := tx.Find(&rows).Error; err != nil || len(rows) == 0 {
		return 0, wrapped("read people", err)
	}
	key, err := s.existingDataKey(tx, registrySubject)
	if err != nil {
		return 0, fmt.Errorf("read data key: %w", err)
	}
	for _, row := range rows {
		next, err := s.movePerson(key, row, index)
		if err != nil {
			return 0, err
		}
		err = tx.Model(&personRow{}).Where("number_hash = ?", row.NumberHash).
			Select("number_hash", "sealed", "portrait", "mobile_hash").Updates(&next).Error
		if err != nil {
			return 0, fmt.Errorf("update person: %w", err)
		}
	}
	return len(rows), nil
}

// movePerson seals a row anew, since what it is sealed for is its hash.
func (s *Store) movePerson(key []byte, row personRow, index []byte) (personRow, error) {
	p, err := openPerson(key, row)
	if err != nil {
		return personRow{}, fmt.Errorf("open person: %w", err)
	}
	body, err := unseal(key, row.Sealed, "people", "sealed", row.NumberHash)
	if err != nil {
		return personRow{}, fmt.Errorf("open person: %w", err)
	}
	next := personRow{
		NumberHash: hashWith(index, "people", p.Identity.Key()), Place: row.Place, MobileHash: mobileHash(index, p.Identity.Mobile.Reveal()),
	}
	if next.Sealed, err = seal(key, body, "people", "sealed", next.NumberHash); err != nil {
		return personRow{}, err
	}
	if row.Portrait == nil {
		return next, nil
	}
	image, err := unseal(key, row.Portrait, "people", "portrait", row.NumberHash)
	if err != nil {
		return personRow{}, fmt.Errorf("open portrait: %w", err)
	}
	next.Portrait, err = seal(key, image, "people", "portrait", next.NumberHash)
	return next, err
}

func (s *Store) reindexMessages(tx *gorm.DB, index []byte) (int, error) {
	var rows []smsRow
	if err := tx.Find(&rows).Error; err != nil || len(rows) == 0 {
		return 0, wrapped("read messages", err)
	}
	key, err := s.existingDataKey(tx, inboxSubject)
	if err != nil {
		return 0, fmt.Errorf("read data key: %w", err)
	}
	for _, row := range rows {
		body, err := unseal(key, row.Sealed, "sandbox_sms", "sealed", row.ID)
		if err != nil {
			return 0, fmt.Errorf("open message: %w", err)
		}
		var m api.SandboxSMS
		if err := json.Unmarshal(body, &m); err != nil {
			return 0, fmt.Errorf("decode message: %w", err)
		}
		err = tx.Model(&smsRow{}).Where("id = ?", row.ID).Update("mobile_hash", hashWith(index, "sms", m.Mobile)).Error
		if err != nil {
			return 0, fmt.Errorf("update message: %w", err)
		}
	}
	return len(rows), nil
}

// wrapped adds the action to an error, if there is one.
func wrapped(action string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", action, err)
}

// Keys returns the keys in use, as the key file should hold them.
func (s *Store) Keys() keys.Keys { return *s.ring.Load() }
