package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
)

type joinedRow struct {
	NumberHash   string `gorm:"primaryKey"`
	AccountID    string
	JoinedAt     int64
	BequeathedAt int64 // 0 for one that its account was joined itself
	Sealed       []byte
	IndexKey     string
}

func (joinedRow) TableName() string { return "joined_numbers" }

// numberHolder returns the account that a number verifies, itself or joined to the one
// that does, by its hash; verify.ErrNotFound for none.
func numberHolder(tx *gorm.DB, hash string) (string, error) {
	var holders []string
	err := tx.Raw(`SELECT account_id FROM identities WHERE number_hash = ? UNION ALL
		SELECT j.account_id FROM joined_numbers j JOIN identities i ON i.account_id = j.account_id WHERE j.number_hash = ?`,
		hash, hash).Scan(&holders).Error
	switch {
	case err != nil:
		return "", fmt.Errorf("read holder: %w", err)
	case len(holders) == 0:
		return "", verify.ErrNotFound
	}
	return holders[0], nil
}

// claimNumber makes binding and joining one number wait for one another, and returns
// verify.ErrIdentityBound where it has a holder.
func (s *Store) claimNumber(tx *gorm.DB, hash string) error {
	if err := s.lock(tx, "number", hash); err != nil {
		return err
	}
	_, err := numberHolder(tx, hash)
	switch {
	case errors.Is(err, verify.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	return verify.ErrIdentityBound
}

// Join implements verify.Store.
func (s *Store) Join(ctx context.Context, accountID string, who verify.Identity, e verify.Entry) error {
	return s.transact(ctx, func(tx *gorm.DB) error { return s.join(tx, accountID, who, e) })
}

// JoinNoted is Join with the act of the operator who completes it: both are there, or
// neither.
func (s *Store) JoinNoted(ctx context.Context, accountID string, who verify.Identity, e verify.Entry, a operator.Entry) error {
	return s.transact(ctx, func(tx *gorm.DB) error {
		if err := s.join(tx, accountID, who, e); err != nil {
			return err
		}
		a.Detail = s.withNumber(a.Detail, who.Key())
		return s.addAct(tx, a)
	})
}

func (s *Store) join(tx *gorm.DB, accountID string, who verify.Identity, e verify.Entry) error {
	if err := s.lock(tx, "account", accountID); err != nil {
		return err
	}
	err := tx.Select("account_id").Where("account_id = ?", accountID).Take(&identityRow{}).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return verify.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("read identity: %w", err)
	}
	if err := s.claimNumber(tx, s.hash("number", who.Key())); err != nil {
		return err
	}
	if err := s.addJoined(tx, joinedRow{AccountID: accountID, JoinedAt: micros(e.At)}, who); err != nil {
		return err
	}
	e.Detail = s.withNumber(e.Detail, who.Key())
	return s.note(tx, accountID, e)
}

// withNumber adds to a detail of the trail which number it is about: 64 bits of a hash
// whose key stays as long as the trail does, so that one number is known again and none
// is told.
func (s *Store) withNumber(detail, numberKey string) string {
	return detail + "; number #" + s.traceHash("trail|number", numberKey)[:16]
}

// addJoined writes a joined number, also in the place of one that no longer counts. The
// row has the account and its times.
func (s *Store) addJoined(tx *gorm.DB, row joinedRow, who verify.Identity) error {
	key, err := s.dataKey(tx, row.AccountID)
	if err != nil {
		return err
	}
	plain, err := json.Marshal(person{CertificateType: who.CertificateType, Number: who.Number.Reveal()})
	if err != nil {
		return fmt.Errorf("encode number: %w", err)
	}
	if row.Sealed, err = seal(key, plain, "joined_numbers", "sealed", row.AccountID); err != nil {
		return err
	}
	row.NumberHash, row.IndexKey = s.hash("number", who.Key()), s.indexKey()
	return wrapped("insert joined number", tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error)
}

// Joined implements verify.Store.
func (s *Store) Joined(ctx context.Context, accountID string) ([]verify.Joined, error) {
	return s.joined(s.db.WithContext(ctx), accountID)
}

func (s *Store) joined(tx *gorm.DB, accountID string) ([]verify.Joined, error) {
	var rows []joinedRow
	if err := sealedJoined(tx).Where("account_id = ?", accountID).Order("joined_at, number_hash").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read joined numbers: %w", err)
	}
	all := make([]verify.Joined, len(rows))
	for i, row := range rows {
		var who person
		if err := s.unsealJSON(tx, accountID, row.Sealed, "joined_numbers", accountID, &who); err != nil {
			return nil, fmt.Errorf("open joined number: %w", err)
		}
		all[i] = verify.Joined{Identity: who.identity(), At: moment(row.JoinedAt)}
	}
	return all, nil
}

// sealedJoined asks for the joined numbers that can be opened. A server of before them
// erases an account's data key and leaves the rest.
func sealedJoined(tx *gorm.DB) *gorm.DB {
	return tx.Where("account_id IN (?)", tx.Model(&dataKeyRow{}).Select("subject"))
}

// bequeath gives an account's joined numbers to the account that its ID moves to, or
// forgets them where there is none.
func (s *Store) bequeath(tx *gorm.DB, accountID, heir string, at time.Time) error {
	if heir == "" {
		return forgetJoined(tx, accountID)
	}
	all, err := s.joined(tx, accountID)
	if err != nil {
		return err
	}
	for _, j := range all {
		if err := s.addJoined(tx, joinedRow{AccountID: heir, JoinedAt: micros(j.At), BequeathedAt: micros(at)}, j.Identity); err != nil {
			return err
		}
	}
	return nil
}

func forgetJoined(tx *gorm.DB, accountID string) error {
	return wrapped("delete joined numbers", tx.Where("account_id = ?", accountID).Delete(&joinedRow{}).Error)
}

// strayLife is how long a joined number waits for the identity of its account, which a
// move writes a moment later.
const strayLife = 24 * time.Hour

// pruneJoined deletes what a move that came to nothing left behind.
func pruneJoined(tx *gorm.DB, now time.Time) error {
	bound := tx.Model(&identityRow{}).Select("account_id")
	before := micros(now.Add(-strayLife))
	err := tx.Where("joined_at < ? AND bequeathed_at < ? AND account_id NOT IN (?)", before, before, bound).Delete(&joinedRow{}).Error
	return wrapped("prune joined numbers", err)
}

func (s *Store) reindexJoined(tx *gorm.DB, index []byte) (int, error) {
	var rows []joinedRow
	if err := sealedJoined(tx).Find(&rows).Error; err != nil {
		return 0, fmt.Errorf("read joined numbers: %w", err)
	}
	for _, row := range rows {
		var who person
		if err := s.unsealJSON(tx, row.AccountID, row.Sealed, "joined_numbers", row.AccountID, &who); err != nil {
			return 0, fmt.Errorf("open joined number of account %s: %w", row.AccountID, err)
		}
		err := tx.Model(&joinedRow{}).Where("number_hash = ?", row.NumberHash).
			Update("number_hash", hashWith(index, "number", identity.KeyOf(who.CertificateType, who.Number))).Error
		if err != nil {
			return 0, fmt.Errorf("update joined number: %w", err)
		}
	}
	return len(rows), nil
}
