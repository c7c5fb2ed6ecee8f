package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

var _ verify.Store = (*Store)(nil)

// final lists the statuses in which a case is over, as the partial indexes do.
var final = []string{"verified", "rejected", "expired", "cancelled"}

// updateTries bounds how often a lost race is run again.
const updateTries = 20

// errRace is a version that changed between read and write, or a key that
// another case has.
var errRace = errors.New("case was changed meanwhile")

// errNoNumber is a case that would verify somebody as nobody.
var errNoNumber = errors.New("the case has no ID number")

// Create implements verify.Store.
func (s *Store) Create(ctx context.Context, c *verify.Case, e verify.Effects) error {
	c.Version = 1
	err := s.transact(ctx, func(tx *gorm.DB) error { return s.createOnce(tx, c, e) })
	if err != nil {
		c.Version = 0
	}
	return err
}

func (s *Store) createOnce(tx *gorm.DB, c *verify.Case, e verify.Effects) error {
	// Two cases of one account that begin at once would each miss the other.
	if err := s.lock(tx, "account", c.AccountID); err != nil {
		return err
	}
	if err := s.refuseSecond(tx, c); err != nil {
		return err
	}
	row, personal, err := encode(c)
	if err != nil {
		return err
	}
	if err := s.sealCase(tx, &row, personal); err != nil {
		return err
	}
	entries, err := s.link(&row, e.Audit)
	if err != nil {
		return err
	}
	if err := tx.Create(&row).Error; err != nil {
		return fmt.Errorf("insert case: %w", err)
	}
	if err := s.applyEffects(tx, c, e, nil, entries); err != nil {
		return err
	}
	if err := s.tellOf(tx, "", c); err != nil {
		return err
	}
	return s.count(tx, c, e.Counts)
}

// refuseSecond returns *verify.ConflictError or verify.ErrAlreadyVerified. The
// open case is asked for first: one that is being verified meanwhile is seen as
// open or as bound.
func (s *Store) refuseSecond(tx *gorm.DB, c *verify.Case) error {
	var open caseRow
	err := tx.Select("id", "status").Where("account_id = ? AND status NOT IN ?", c.AccountID, final).Take(&open).Error
	switch {
	case err == nil:
		return &verify.ConflictError{ID: verification.ID(open.ID), Status: verification.Status(open.Status)}
	case !errors.Is(err, gorm.ErrRecordNotFound):
		return fmt.Errorf("read open case: %w", err)
	}
	var bound int64
	if err := tx.Model(&identityRow{}).Where("account_id = ?", c.AccountID).Count(&bound).Error; err != nil {
		return fmt.Errorf("read identity: %w", err)
	}
	if bound > 0 {
		return verify.ErrAlreadyVerified
	}
	return nil
}

// Update implements verify.Store.
func (s *Store) Update(ctx context.Context, id verification.ID, change verify.Change) (*verify.Case, error) {
	for range updateTries {
		var c *verify.Case
		err := s.transact(ctx, func(tx *gorm.DB) (err error) {
			var counts []verify.Count
			if c, counts, err = s.updateOnce(tx, id, change); err != nil {
				return err
			}
			return s.count(tx, c, counts)
		})
		switch {
		case err == nil:
			return c, nil
		case !errors.Is(err, errRace):
			return nil, err
		}
	}
	return nil, fmt.Errorf("update case %s: %w", id, errRace)
}

// updateOnce is one try of Update. What it returns has to be counted last.
func (s *Store) updateOnce(tx *gorm.DB, id verification.ID, change verify.Change) (*verify.Case, []verify.Count, error) {
	before, c, sealed, err := s.take(s.locking(tx), id)
	if err != nil {
		return nil, nil, err
	}
	known := hashes(c.Keys)
	e, err := change(c)
	if err != nil {
		return nil, nil, err
	}
	after, personal, err := encode(c)
	if err == nil {
		after.State, err = keepUnknown(before.State, after.State)
	}
	if err != nil {
		return nil, nil, err
	}
	if unchanged(before, after, e) && personal == sealed {
		return c, nil, nil
	}
	c.Version = before.Version + 1
	after.Version, after.Sealed = c.Version, before.Sealed
	after.AuditSeq, after.AuditMAC = before.AuditSeq, before.AuditMAC
	if personal != sealed {
		if err := s.sealCase(tx, &after, personal); err != nil {
			return nil, nil, err
		}
	}
	entries, err := s.link(&after, e.Audit)
	if err != nil {
		return nil, nil, err
	}
	if err := write(tx, before, after); err != nil {
		return nil, nil, err
	}
	if err := s.applyEffects(tx, c, e, known, entries); err != nil {
		return nil, nil, err
	}
	return c, e.Counts, s.tellOf(tx, before.Status, c)
}

// write replaces a row where it is still the one that was read, or returns
// errRace.
func write(tx *gorm.DB, before, after caseRow) error {
	written := tx.Model(&caseRow{}).Where("id = ? AND version = ?", before.ID, before.Version).
		Select("version", "status", "reason", "ends_at", "finished_at", "state", "sealed", "audit_seq", "audit_mac").
		Updates(&after)
	if written.Error != nil {
		return fmt.Errorf("update case: %w", written.Error)
	}
	if written.RowsAffected != 1 {
		return errRace
	}
	return nil
}

// unchanged reports whether a change left nothing to write.
func unchanged(before, after caseRow, e verify.Effects) bool {
	return none(e) &&
		before.Status == after.Status && before.Reason == after.Reason &&
		before.EndsAt == after.EndsAt && before.FinishedAt == after.FinishedAt &&
		bytes.Equal(before.State, after.State)
}

// none says whether a change has no effect beside its case.
func none(e verify.Effects) bool {
	return len(e.Audit) == 0 && len(e.Traces) == 0 && !e.Bind && e.Drawn == nil &&
		len(e.Judged) == 0 && len(e.Frames) == 0 && len(e.Prints) == 0 && len(e.Pictures) == 0 && !e.DropPictures && e.MoveFrom == "" && !e.MoveEnds
}

// take reads a case, or returns verify.ErrNotFound.
func (s *Store) take(tx *gorm.DB, id verification.ID) (caseRow, *verify.Case, sealedCase, error) {
	return s.takeWithKey(tx.Where("id = ?", string(id)))
}

// takeWithKey is take of the first that a query finds. The data key comes along.
func (s *Store) takeWithKey(query *gorm.DB) (caseRow, *verify.Case, sealedCase, error) {
	var row struct {
		Case caseRow    `gorm:"embedded"`
		Key  dataKeyRow `gorm:"embedded"`
	}
	err := query.Model(&caseRow{}).Select("*").Joins("LEFT JOIN data_keys ON data_keys.subject = cases.account_id").Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return row.Case, nil, sealedCase{}, verify.ErrNotFound
	}
	if err != nil {
		return row.Case, nil, sealedCase{}, fmt.Errorf("read case: %w", err)
	}
	c, sealed, err := decodeCase(row.Case, s.keyOf(row.Key))
	return row.Case, c, sealed, err
}

// applyEffects writes what a change collected beside the case. known are the
// keys that the case had before.
func (s *Store) applyEffects(tx *gorm.DB, c *verify.Case, e verify.Effects, known map[string]bool, entries []auditRow) error {
	if err := s.addTraces(tx, e.Traces); err != nil {
		return err
	}
	if err := indexKeys(tx, c, known); err != nil {
		return err
	}
	if err := s.applyCapture(tx, c, e); err != nil {
		return err
	}
	if err := s.applyPictures(tx, c, e); err != nil {
		return err
	}
	if err := applyMove(tx, c, e); err != nil {
		return err
	}
	if e.Bind {
		if err := s.bind(tx, c); err != nil {
			return err
		}
	}
	return addEntries(tx, entries)
}

func hashes(keys []verify.Key) map[string]bool {
	all := make(map[string]bool, len(keys))
	for _, k := range keys {
		all[string(k.Kind)+k.Hash] = true
	}
	return all
}

// indexKeys makes new keys findable. Where another case has the hash, as can
// happen with short typed codes, it returns errRace, so that the change draws
// again.
func indexKeys(tx *gorm.DB, c *verify.Case, known map[string]bool) error {
	var rows []caseKeyRow
	for _, k := range c.Keys {
		if !known[string(k.Kind)+k.Hash] {
			rows = append(rows, caseKeyRow{Kind: string(k.Kind), Hash: k.Hash, CaseID: string(c.ID), ExpiresAt: micros(k.ExpiresAt)})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	made := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows)
	if made.Error != nil {
		return fmt.Errorf("insert keys: %w", made.Error)
	}
	if made.RowsAffected != int64(len(rows)) {
		return errRace
	}
	return nil
}

// bind ties the case's number to its account, unless one has it, itself or by a number
// that was joined; the unique index decides.
func (s *Store) bind(tx *gorm.DB, c *verify.Case) error {
	if c.Identity.Number.Empty() {
		return errNoNumber
	}
	hash := s.hash("number", c.Identity.Key())
	if err := s.claimNumber(tx, hash); err != nil {
		return err
	}
	// Where a move that came to nothing left the number to an account, it counts there no more.
	if err := tx.Where("number_hash = ?", hash).Delete(&joinedRow{}).Error; err != nil {
		return fmt.Errorf("delete stray number: %w", err)
	}
	key, err := s.dataKey(tx, c.AccountID)
	if err != nil {
		return err
	}
	plain, err := json.Marshal(reveal(c.Identity))
	if err != nil {
		return fmt.Errorf("encode identity: %w", err)
	}
	sealed, err := seal(key, plain, "identities", "sealed", c.AccountID)
	if err != nil {
		return err
	}
	err = tx.Create(&identityRow{
		AccountID: c.AccountID, NumberHash: hash, CaseID: string(c.ID),
		Method: string(c.Method), BoundAt: micros(c.FinishedAt), Sealed: sealed, IndexKey: s.indexKey(),
		MobileHash: s.mobileHash(c.Identity.Mobile.Reveal()),
	}).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return verify.ErrIdentityBound
	}
	if err != nil {
		return fmt.Errorf("insert identity: %w", err)
	}
	return nil
}
