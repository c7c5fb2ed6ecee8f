package store

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// link makes the audit rows of new entries and moves the case's chain head over
// them: each MAC covers the one before (security.md 17).
func (s *Store) link(row *caseRow, entries []verify.Entry) ([]auditRow, error) {
	if row.AuditMAC == nil {
		row.AuditMAC = []byte{}
	}
	rows := make([]auditRow, len(entries))
	for i, e := range entries {
		row.AuditSeq++
		rows[i] = auditRow{
			CaseID: row.ID, Seq: row.AuditSeq, At: micros(e.At), Actor: string(e.Actor), Event: string(e.Event),
			Status: string(e.Status), Reason: string(e.Reason), Party: e.Party, Detail: e.Detail,
		}
		mac, err := s.auditMAC(row.AuditMAC, rows[i])
		if err != nil {
			return nil, err
		}
		rows[i].MAC, row.AuditMAC = mac, mac
	}
	return rows, nil
}

func addEntries(tx *gorm.DB, rows []auditRow) error {
	if len(rows) == 0 {
		return nil
	}
	if err := tx.Create(&rows).Error; err != nil {
		return fmt.Errorf("insert audit entries: %w", err)
	}
	return nil
}

// auditMAC covers every column of an entry and the MAC before it.
func (s *Store) auditMAC(before []byte, row auditRow) ([]byte, error) {
	row.MAC = before
	return s.chainMAC("audit", row)
}

func (s *Store) chainMAC(label string, row any) ([]byte, error) {
	body, err := json.Marshal(row)
	if err != nil {
		return nil, fmt.Errorf("encode audit entry: %w", err)
	}
	m := hmac.New(sha256.New, s.keys.Audit)
	_, _ = m.Write([]byte(label + "|"))
	_, _ = m.Write(body)
	return m.Sum(nil), nil
}

// Entries implements verify.Store.
func (s *Store) Entries(ctx context.Context, accountID string) ([]verify.AccountEntry, error) {
	var rows []auditRow
	db := s.db.WithContext(ctx)
	mine := db.Model(&caseRow{}).Select("id").Where("account_id = ?", accountID)
	if err := db.Where("case_id IN (?)", mine).Order("at, case_id, seq").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read audit entries: %w", err)
	}
	entries := make([]verify.AccountEntry, len(rows))
	for i, r := range rows {
		entries[i] = verify.AccountEntry{CaseID: verification.ID(r.CaseID), Entry: verify.Entry{
			At: moment(r.At), Actor: verify.Actor(r.Actor), Event: verify.Event(r.Event),
			Status: verification.Status(r.Status), Reason: verification.Reason(r.Reason), Party: r.Party, Detail: r.Detail,
		}}
	}
	return entries, nil
}

// sealBatch bounds the work of one call of Seal.
const sealBatch = 500

// Seal links the heads of chains that grew since they were last sealed into one
// chain over all cases, so that a case that was removed whole is missed. It runs
// beside the verifications, never in their transactions, and returns how many
// heads it linked.
func (s *Store) Seal(ctx context.Context) (n int, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		if s.postgres {
			if err := tx.Exec("SELECT pg_advisory_xact_lock(?)", sealLock).Error; err != nil {
				return fmt.Errorf("lock seals: %w", err)
			}
		}
		var heads []caseRow
		sealed := tx.Model(&sealRow{}).Select("1").Where("audit_seals.case_id = cases.id AND audit_seals.audit_seq = cases.audit_seq")
		err := tx.Select("id", "audit_seq", "audit_mac").Where("NOT EXISTS (?)", sealed).Order("id").Limit(sealBatch).Find(&heads).Error
		if err != nil || len(heads) == 0 {
			return err
		}
		var last sealRow
		if err := tx.Order("seq DESC").Take(&last).Error; err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
			return err
		}
		n = len(heads)
		for _, h := range heads {
			next := sealRow{Seq: last.Seq + 1, CaseID: h.ID, AuditSeq: h.AuditSeq, AuditMAC: h.AuditMAC, MAC: last.MAC}
			if next.MAC, err = s.chainMAC("seal", next); err != nil {
				return err
			}
			if err := tx.Create(&next).Error; err != nil {
				return err
			}
			last = next
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("seal audit chains: %w", err)
	}
	return n, nil
}

// sealLock is the advisory lock of the one sealer.
const sealLock = 0x5ea1

// TamperError names the first row of the audit trail that is not as written.
type TamperError struct {
	Table string
	// Case and Seq name the row; Seq alone for a seal.
	Case string
	Seq  int64
	What string
}

// Error implements error.
func (e *TamperError) Error() string {
	return fmt.Sprintf("%s row %d of case %s: %s", e.Table, e.Seq, e.Case, e.What)
}

// VerifyAudit reads every chain and the seals over them, and returns how many
// entries hold, or *TamperError with the first row that was changed, removed or
// moved.
func (s *Store) VerifyAudit(ctx context.Context) (entries int, err error) {
	db := s.db.WithContext(ctx)
	var heads []caseRow
	if err := db.Select("id", "audit_seq", "audit_mac").Order("id").Find(&heads).Error; err != nil {
		return 0, fmt.Errorf("read cases: %w", err)
	}
	macs := make(map[string][][]byte, len(heads))
	for _, h := range heads {
		chain, err := s.verifyChain(db, h)
		if err != nil {
			return entries, err
		}
		entries += len(chain)
		macs[h.ID] = chain
	}
	return entries, s.verifySeals(db, macs)
}

// verifyChain returns the MACs of a case's entries, in order.
func (s *Store) verifyChain(db *gorm.DB, head caseRow) ([][]byte, error) {
	var rows []auditRow
	if err := db.Where("case_id = ?", head.ID).Order("seq").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read audit entries: %w", err)
	}
	before, chain := []byte{}, make([][]byte, 0, len(rows))
	for i, row := range rows {
		tampered := &TamperError{Table: "audit", Case: head.ID, Seq: int64(i) + 1}
		if row.Seq != int64(i)+1 {
			tampered.What = "is missing"
			return nil, tampered
		}
		mac, err := s.auditMAC(before, row)
		if err != nil {
			return nil, err
		}
		if !hmac.Equal(mac, row.MAC) {
			tampered.What = "was changed"
			return nil, tampered
		}
		before, chain = mac, append(chain, mac)
	}
	if int64(len(rows)) != head.AuditSeq || !bytes.Equal(before, head.AuditMAC) {
		return nil, &TamperError{Table: "audit", Case: head.ID, Seq: int64(len(rows)) + 1, What: "is missing"}
	}
	return chain, nil
}

func (s *Store) verifySeals(db *gorm.DB, macs map[string][][]byte) error {
	var seals []sealRow
	if err := db.Order("seq").Find(&seals).Error; err != nil {
		return fmt.Errorf("read seals: %w", err)
	}
	var before []byte
	for i, seal := range seals {
		tampered := &TamperError{Table: "audit_seals", Case: seal.CaseID, Seq: int64(i) + 1}
		linked := seal
		linked.MAC = before
		mac, err := s.chainMAC("seal", linked)
		if err != nil {
			return err
		}
		chain, known := macs[seal.CaseID]
		switch {
		case seal.Seq != int64(i)+1:
			tampered.What = "is missing"
		case !hmac.Equal(mac, seal.MAC):
			tampered.What = "was changed"
		case !known && seal.AuditSeq > 0:
			tampered.What = "the case that it seals was removed"
		case seal.AuditSeq > int64(len(chain)), seal.AuditSeq > 0 && !hmac.Equal(chain[seal.AuditSeq-1], seal.AuditMAC):
			tampered.What = "the chain that it seals was cut or changed"
		default:
			before = mac
			continue
		}
		return tampered
	}
	return nil
}
