package store

import (
	"bytes"
	"context"
	"crypto/hmac"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// sealBatch bounds the work of one call of Seal.
const sealBatch = 500

// Seal links the heads of chains that grew since they were last sealed into one
// chain over all cases, so that a case that was removed whole is missed. It runs
// beside the verifications, never in their transactions, and returns how many
// heads it linked; as many as a batch has when there may be more. The process
// calls it every second or so.
func (s *Store) Seal(ctx context.Context) (n int, err error) {
	err = s.transactLong(ctx, func(tx *gorm.DB) error {
		if err := s.lock(tx, "audit", "seals"); err != nil {
			return err
		}
		var heads []caseRow
		err := tx.Select("id", "audit_seq", "audit_mac").Where("audit_seq > audit_sealed").
			Order("id").Limit(sealBatch).Find(&heads).Error
		if err != nil {
			return err
		}
		acts, err := unsealedActs(tx)
		if err != nil {
			return err
		}
		if heads = append(heads, acts...); len(heads) == 0 {
			return nil
		}
		var last sealRow
		if err := tx.Order("seq DESC").Take(&last).Error; err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
			return err
		}
		for _, h := range heads {
			if last, err = s.sealHead(tx, last, h); err != nil {
				return err
			}
		}
		n = len(heads)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("seal audit chains: %w", err)
	}
	return n, nil
}

func (s *Store) sealHead(tx *gorm.DB, last sealRow, head caseRow) (sealRow, error) {
	next := sealRow{Seq: last.Seq + 1, CaseID: head.ID, AuditSeq: head.AuditSeq, AuditMAC: head.AuditMAC}
	var err error
	if next.MAC, err = s.sealMAC(last.MAC, next); err != nil {
		return next, err
	}
	if err := tx.Create(&next).Error; err != nil || head.ID == actsChain {
		return next, err
	}
	err = tx.Model(&caseRow{}).Where("id = ?", head.ID).Update("audit_sealed", head.AuditSeq).Error
	return next, err
}

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
	if e.Case == "" {
		return fmt.Sprintf("%s row %d %s", e.Table, e.Seq, e.What)
	}
	return fmt.Sprintf("%s row %d of case %s %s", e.Table, e.Seq, e.Case, e.What)
}

// AuditReport says what VerifyAudit found to hold.
type AuditReport struct {
	Entries int
	// Seals counts the links over all cases and Head is the last one's MAC, in
	// hexadecimal. Whoever notes them elsewhere can prove later that nothing
	// was cut off since.
	Seals int64
	Head  string
}

// sealWithin is how soon after it was written each entry has to be sealed: the
// process seals every second or so, and an end that is not sealed can be cut.
const sealWithin = time.Minute

// VerifyAudit reads every chain and the seals over them as they are at one
// moment. The error is *TamperError with the first row that was changed,
// removed or moved, that says another seal than the last one, or that was not
// sealed within sealWithin. Where noted is not nil, the seals have to contain
// its Head.
func (s *Store) VerifyAudit(ctx context.Context, noted *AuditReport) (report AuditReport, err error) {
	return s.VerifyAuditWith(ctx, noted, func(int64, int64) {})
}

// VerifyAuditWith is VerifyAudit that tells how many of all cases it has read.
func (s *Store) VerifyAuditWith(ctx context.Context, noted *AuditReport, progress func(done, all int64)) (report AuditReport, err error) {
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		var heads []caseRow
		if err := tx.Select("id", "audit_seq", "audit_mac", "audit_sealed").Order("begun_at, id").Find(&heads).Error; err != nil {
			return fmt.Errorf("read cases: %w", err)
		}
		beginnings, err := s.beginnings(tx)
		if err != nil {
			return err
		}
		chains := make(map[string]chain, len(heads))
		for i, h := range heads {
			progress(int64(i), int64(len(heads)))
			c, err := s.verifyChain(tx, h, beginnings[h.ID])
			if err != nil {
				return err
			}
			report.Entries += len(c.macs)
			chains[h.ID] = c
		}
		acts, err := s.verifyActs(tx)
		if err != nil {
			return err
		}
		report.Entries += len(acts.macs)
		chains[actsChain] = acts
		sealed, err := s.verifySeals(tx, chains, noted, &report)
		if err != nil {
			return err
		}
		heads = append(heads, caseRow{ID: actsChain, AuditSealed: sealed[actsChain]}) // kept nowhere but in the seals
		return verifySealed(heads, chains, sealed, s.now())
	})
	return report, err
}

// snapshot reads the database as it is at one moment, and keeps nobody waiting
// however long it takes.
func (s *Store) snapshot(ctx context.Context, read func(tx *gorm.DB) error) error {
	db := s.db.WithContext(ctx)
	if s.postgres {
		return db.Transaction(read, &sql.TxOptions{Isolation: sql.LevelRepeatableRead})
	}
	db.Statement.ConnPool = s.readers
	return db.Transaction(read)
}

// chain is what holds of a case's entries, in order, behind those that are gone.
type chain struct {
	gone goneRow
	macs [][]byte
	at   []int64
}

// length is how many entries the chain has, those that are gone among them.
func (c chain) length() int64 { return c.gone.Seq + int64(len(c.macs)) }

// holds reports whether an entry has a MAC. Of one that is gone, and was not the last
// of these, nobody can tell any more.
func (c chain) holds(seq int64, mac []byte) bool {
	switch {
	case seq > c.length():
		return false
	case seq > c.gone.Seq:
		return hmac.Equal(c.macs[seq-c.gone.Seq-1], mac)
	case seq == c.gone.Seq && seq > 0:
		return hmac.Equal(c.gone.MAC, mac)
	}
	return true
}

// verifyChain checks a case's entries against one another and the case.
func (s *Store) verifyChain(db *gorm.DB, head caseRow, gone goneRow) (chain, error) {
	var rows []auditRow
	if err := db.Where("case_id = ?", head.ID).Order("seq").Find(&rows).Error; err != nil {
		return chain{}, fmt.Errorf("read audit entries: %w", err)
	}
	before, found := append([]byte{}, gone.MAC...), chain{gone: gone}
	for _, row := range rows {
		next := found.length() + 1
		tampered := &TamperError{Table: "audit", Case: head.ID, Seq: next}
		if row.Seq != next {
			tampered.What = "is missing"
			return chain{}, tampered
		}
		mac, err := s.auditMAC(before, row)
		if err != nil {
			return chain{}, err
		}
		if !hmac.Equal(mac, row.MAC) {
			tampered.What = "was changed or moved"
			return chain{}, tampered
		}
		before = mac
		found.macs, found.at = append(found.macs, mac), append(found.at, row.At)
	}
	if found.length() != head.AuditSeq || !bytes.Equal(before, head.AuditMAC) {
		return chain{}, &TamperError{Table: "audit", Case: head.ID, Seq: found.length() + 1, What: "is missing"}
	}
	return found, nil
}

// verifySealed holds what each case says of its seal, which no MAC covers, to
// the seals, and asks that everything but the newest is sealed: a case that is
// said to be sealed further is never sealed again.
func verifySealed(heads []caseRow, chains map[string]chain, sealed map[string]int64, now time.Time) error {
	for _, h := range heads {
		last := sealed[h.ID]
		if h.AuditSealed != last {
			return &TamperError{Table: "cases", Case: h.ID, Seq: h.AuditSealed, What: fmt.Sprintf("is no seal's: the last one seals row %d", last)}
		}
		c := chains[h.ID]
		if last < c.length() && (last < c.gone.Seq || now.Sub(moment(c.at[last-c.gone.Seq])) > sealWithin) {
			late := &TamperError{Table: "audit", Case: h.ID, Seq: last + 1, What: "was not sealed for more than a minute"}
			if h.ID == actsChain {
				late.Table, late.Case = "operator_acts", ""
			}
			return late
		}
	}
	return nil
}

// verifySeals checks the seals against one another and the chains, and returns
// how far each case is sealed.
func (s *Store) verifySeals(db *gorm.DB, chains map[string]chain, noted *AuditReport, report *AuditReport) (map[string]int64, error) {
	var seals []sealRow
	if err := db.Order("seq").Find(&seals).Error; err != nil {
		return nil, fmt.Errorf("read seals: %w", err)
	}
	sealed := map[string]int64{}
	var before []byte
	for i, seal := range seals {
		tampered := &TamperError{Table: "audit_seals", Case: seal.CaseID, Seq: int64(i) + 1}
		mac, err := s.sealMAC(before, seal)
		if err != nil {
			return nil, err
		}
		c, known := chains[seal.CaseID]
		switch {
		case seal.Seq != int64(i)+1:
			tampered.What = "is missing"
		case !hmac.Equal(mac, seal.MAC):
			tampered.What = "was changed or moved"
		case !known && seal.AuditSeq > 0:
			tampered.What = "seals a case that was removed"
		case !c.holds(seal.AuditSeq, seal.AuditMAC):
			tampered.What = "seals a chain that was cut or changed"
		case noted != nil && noted.Seals == seal.Seq && noted.Head != hex.EncodeToString(mac):
			tampered.What = "is not the one that was noted"
		default:
			before, sealed[seal.CaseID] = mac, seal.AuditSeq
			report.Seals, report.Head = seal.Seq, hex.EncodeToString(mac)
			continue
		}
		return nil, tampered
	}
	if noted != nil && noted.Seals > report.Seals {
		return nil, &TamperError{Table: "audit_seals", Seq: report.Seals + 1, What: "is missing"}
	}
	return sealed, nil
}
