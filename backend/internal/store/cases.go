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

var _ verify.Store = (*Store)(nil)

// final lists the statuses in which a case is over, as the partial indexes do.
var final = []string{"verified", "rejected", "expired", "cancelled"}

// updateTries bounds how often a lost race is run again.
const updateTries = 20

// errRace is a version that changed between read and write.
var errRace = errors.New("case was changed meanwhile")

// Create implements verify.Store.
func (s *Store) Create(ctx context.Context, c *verify.Case) error {
	err := s.transact(ctx, func(tx *gorm.DB) error {
		if err := s.refuseSecond(tx, c); err != nil {
			return err
		}
		c.Version = 1
		row, err := s.encode(tx, c)
		if err != nil {
			return err
		}
		entries, err := s.link(&row, c.Effects().Audit)
		if err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			if errors.Is(err, gorm.ErrDuplicatedKey) {
				return errRace
			}
			return fmt.Errorf("insert case: %w", err)
		}
		return s.applyEffects(tx, c, entries)
	})
	switch {
	case errors.Is(err, errRace): // the index saw the open case that we did not
		if open, openErr := s.OpenCase(ctx, c.AccountID); openErr == nil {
			err = &verify.ConflictError{ID: open.ID, Status: open.Status}
		}
	case err == nil:
		c.ResetEffects()
		return nil
	}
	c.Version = 0
	return err
}

// refuseSecond returns *verify.ConflictError or verify.ErrAlreadyVerified.
func (s *Store) refuseSecond(tx *gorm.DB, c *verify.Case) error {
	var bound int64
	if err := tx.Model(&identityRow{}).Where("account_id = ?", c.AccountID).Count(&bound).Error; err != nil {
		return fmt.Errorf("read identity: %w", err)
	}
	if bound > 0 {
		return verify.ErrAlreadyVerified
	}
	var open caseRow
	err := tx.Select("id", "status").Where("account_id = ? AND status NOT IN ?", c.AccountID, final).Take(&open).Error
	switch {
	case err == nil:
		return &verify.ConflictError{ID: verification.ID(open.ID), Status: verification.Status(open.Status)}
	case !errors.Is(err, gorm.ErrRecordNotFound):
		return fmt.Errorf("read open case: %w", err)
	}
	return nil
}

// Update implements verify.Store.
func (s *Store) Update(ctx context.Context, id verification.ID, change func(*verify.Case) error) (*verify.Case, error) {
	for range updateTries {
		var c *verify.Case
		err := s.transact(ctx, func(tx *gorm.DB) (err error) {
			c, err = s.updateOnce(tx, id, change)
			return err
		})
		if !errors.Is(err, errRace) {
			return c, err
		}
	}
	return nil, fmt.Errorf("update case %s: %w", id, errRace)
}

func (s *Store) updateOnce(tx *gorm.DB, id verification.ID, change func(*verify.Case) error) (*verify.Case, error) {
	before, c, err := s.take(s.locking(tx), id)
	if err != nil {
		return nil, err
	}
	if err := change(c); err != nil {
		return nil, err
	}
	c.Version = before.Version + 1
	after, err := s.encode(tx, c)
	if err != nil {
		return nil, err
	}
	if unchanged(before, after, c) {
		c.Version = before.Version
		return c, nil
	}
	after.AuditSeq, after.AuditMAC = before.AuditSeq, before.AuditMAC
	entries, err := s.link(&after, c.Effects().Audit)
	if err != nil {
		return nil, err
	}
	if after.Sealed != nil && before.Sealed != nil {
		after.Sealed = before.Sealed // an identity never changes within a case
	}
	written := tx.Model(&caseRow{}).Where("id = ? AND version = ?", before.ID, before.Version).
		Select("version", "status", "reason", "ends_at", "finished_at", "state", "sealed", "audit_seq", "audit_mac").
		Updates(&after)
	switch {
	case written.Error != nil:
		return nil, fmt.Errorf("update case: %w", written.Error)
	case written.RowsAffected != 1:
		return nil, errRace
	}
	if err := s.applyEffects(tx, c, entries); err != nil {
		return nil, err
	}
	c.ResetEffects()
	return c, nil
}

// unchanged reports whether a change left nothing to write.
func unchanged(before, after caseRow, c *verify.Case) bool {
	e := c.Effects()
	return len(e.Audit) == 0 && len(e.Traces) == 0 && !e.Bind &&
		before.Status == after.Status && before.Reason == after.Reason &&
		before.EndsAt == after.EndsAt && string(before.State) == string(after.State)
}

// take reads a case, or returns verify.ErrNotFound.
func (s *Store) take(tx *gorm.DB, id verification.ID) (caseRow, *verify.Case, error) {
	var row caseRow
	err := tx.Where("id = ?", string(id)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return row, nil, verify.ErrNotFound
	}
	if err != nil {
		return row, nil, fmt.Errorf("read case: %w", err)
	}
	c, err := s.decode(tx.Session(&gorm.Session{NewDB: true}), row)
	return row, c, err
}

// applyEffects writes what a change collected beside the case.
func (s *Store) applyEffects(tx *gorm.DB, c *verify.Case, entries []auditRow) error {
	if err := s.indexKeys(tx, c); err != nil {
		return err
	}
	if err := s.addTraces(tx, c.Effects().Traces); err != nil {
		return err
	}
	if c.Effects().Bind {
		if err := s.bind(tx, c); err != nil {
			return err
		}
	}
	return addEntries(tx, entries)
}

// indexKeys makes new keys findable.
func (s *Store) indexKeys(tx *gorm.DB, c *verify.Case) error {
	if len(c.Keys) == 0 {
		return nil
	}
	rows := make([]caseKeyRow, len(c.Keys))
	for i, k := range c.Keys {
		rows[i] = caseKeyRow{Kind: string(k.Kind), Hash: k.Hash, CaseID: string(c.ID), ExpiresAt: micros(k.ExpiresAt)}
	}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows).Error; err != nil {
		return fmt.Errorf("insert keys: %w", err)
	}
	return nil
}

// bind ties the case's number to its account; the unique index decides.
func (s *Store) bind(tx *gorm.DB, c *verify.Case) error {
	sealed, err := s.sealPerson(tx, c.AccountID, c.Identity, "identities")
	if err != nil {
		return err
	}
	err = tx.Create(&identityRow{
		AccountID: c.AccountID, NumberHash: s.hash("number", c.Identity.Number.Reveal()), CaseID: string(c.ID),
		Method: string(c.Method), BoundAt: micros(c.FinishedAt), Sealed: sealed,
	}).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return verify.ErrIdentityBound
	}
	if err != nil {
		return fmt.Errorf("insert identity: %w", err)
	}
	return nil
}

// Case implements verify.Store.
func (s *Store) Case(ctx context.Context, id verification.ID) (*verify.Case, error) {
	_, c, err := s.take(s.db.WithContext(ctx), id)
	return c, err
}

// OpenCase implements verify.Store.
func (s *Store) OpenCase(ctx context.Context, accountID string) (*verify.Case, error) {
	var row caseRow
	db := s.db.WithContext(ctx)
	err := db.Where("account_id = ? AND status NOT IN ?", accountID, final).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, verify.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read open case: %w", err)
	}
	return s.decode(db, row)
}

// Cases implements verify.Store.
func (s *Store) Cases(ctx context.Context, accountID string) ([]*verify.Case, error) {
	var rows []caseRow
	db := s.db.WithContext(ctx)
	if err := db.Where("account_id = ?", accountID).Order("begun_at DESC, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read cases: %w", err)
	}
	return s.decodeAll(db, rows)
}

// CaseByKey implements verify.Store.
func (s *Store) CaseByKey(ctx context.Context, kind verify.KeyKind, hash string) (verification.ID, error) {
	var row caseKeyRow
	err := s.db.WithContext(ctx).Where("kind = ? AND hash = ?", string(kind), hash).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return "", verify.ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("read key: %w", err)
	}
	return verification.ID(row.CaseID), nil
}

// Overdue implements verify.Store.
func (s *Store) Overdue(ctx context.Context, now time.Time, limit int) ([]verification.ID, error) {
	var ids []verification.ID
	err := s.db.WithContext(ctx).Model(&caseRow{}).Where("ends_at <= ? AND status NOT IN ?", micros(now), final).
		Order("ends_at").Limit(limit).Pluck("id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("read overdue cases: %w", err)
	}
	return ids, nil
}

// InStatus implements verify.Store.
func (s *Store) InStatus(ctx context.Context, status verification.Status) ([]*verify.Case, error) {
	var rows []caseRow
	db := s.db.WithContext(ctx)
	if err := db.Where("status = ?", string(status)).Order("begun_at, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read cases: %w", err)
	}
	return s.decodeAll(db, rows)
}

// Bound implements verify.Store.
func (s *Store) Bound(ctx context.Context, accountID string) (*verify.Bound, error) {
	var row identityRow
	db := s.db.WithContext(ctx)
	err := db.Where("account_id = ?", accountID).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, verify.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read identity: %w", err)
	}
	who, err := s.unsealPerson(db, accountID, row.Sealed, "identities")
	if err != nil {
		return nil, err
	}
	return &verify.Bound{
		AccountID: accountID, CaseID: verification.ID(row.CaseID), Method: verification.Method(row.Method),
		Identity: who, At: moment(row.BoundAt),
	}, nil
}

// NumberBound implements verify.Store.
func (s *Store) NumberBound(ctx context.Context, number string) (string, error) {
	var row identityRow
	err := s.db.WithContext(ctx).Select("account_id").Where("number_hash = ?", s.hash("number", number)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return "", verify.ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("read identity: %w", err)
	}
	return row.AccountID, nil
}
