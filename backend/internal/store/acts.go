package store

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"realname.example/backend/internal/operator"
)

// actsChain stands for a case's id where the trail of operators is sealed.
const actsChain = operator.ActsChain

// actRow is one line of the operators' trail: one chain, which every MAC of the
// seals covers as it covers a case's.
type actRow struct {
	Seq      int64 `gorm:"primaryKey;autoIncrement:false"`
	At       int64
	Operator string
	Act      string
	Subject  string
	Detail   string
	MAC      []byte `gorm:"column:mac"`
}

func (actRow) TableName() string { return "operator_acts" }

// actForm is what the MAC of an act covers, as auditForm is for a case's entry.
type actForm struct {
	Seq      int64  `json:"Seq"`
	At       int64  `json:"At"`
	Operator string `json:"Operator"`
	Act      string `json:"Act"`
	Subject  string `json:"Subject"`
	Detail   string `json:"Detail"`
	Before   []byte `json:"MAC"` // of the act before
}

func (s *Store) actMAC(before []byte, row actRow) ([]byte, error) {
	return s.chainMAC("act", actForm{
		Seq: row.Seq, At: row.At, Operator: row.Operator, Act: row.Act, Subject: row.Subject, Detail: row.Detail, Before: before,
	})
}

// Note implements operator.Store.
func (s *Store) Note(ctx context.Context, e operator.Entry) error {
	return s.transact(ctx, func(tx *gorm.DB) error { return s.addAct(tx, e) })
}

// addAct adds an entry at the end of the one chain; operators are few, and wait
// for one another.
func (s *Store) addAct(tx *gorm.DB, e operator.Entry) error {
	if err := s.lock(tx, "audit", "acts"); err != nil {
		return err
	}
	last, err := lastAct(tx)
	if err != nil {
		return err
	}
	row := actRow{
		Seq: last.Seq + 1, At: micros(e.At), Operator: e.Operator, Act: string(e.Act), Subject: e.Subject, Detail: e.Detail,
	}
	if row.MAC, err = s.actMAC(last.MAC, row); err != nil {
		return err
	}
	return wrapped("insert act", tx.Create(&row).Error)
}

// lastAct is the end of the chain; without acts it is empty.
func lastAct(tx *gorm.DB) (actRow, error) {
	var last actRow
	err := tx.Order("seq DESC").Take(&last).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return actRow{}, nil
	}
	return last, wrapped("read acts", err)
}

// unsealedActs is the head of the chain, as a case's, where it grew since it was
// last sealed.
func unsealedActs(tx *gorm.DB) ([]caseRow, error) {
	last, err := lastAct(tx)
	if err != nil || last.Seq == 0 {
		return nil, err
	}
	var sealed sealRow
	err = tx.Where("case_id = ?", actsChain).Order("seq DESC").Take(&sealed).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, fmt.Errorf("read seals: %w", err)
	}
	if sealed.AuditSeq == last.Seq {
		return nil, nil
	}
	return []caseRow{{ID: actsChain, AuditSeq: last.Seq, AuditMAC: last.MAC}}, nil
}

// verifyActs checks the acts against one another.
func (s *Store) verifyActs(tx *gorm.DB) (found chain, err error) {
	var rows []actRow
	if err := tx.Order("seq").Find(&rows).Error; err != nil {
		return found, fmt.Errorf("read acts: %w", err)
	}
	var before []byte
	for i, row := range rows {
		tampered := &TamperError{Table: "operator_acts", Seq: int64(i) + 1}
		if row.Seq != int64(i)+1 {
			tampered.What = "is missing"
			return chain{}, tampered
		}
		if before, err = s.actMAC(before, row); err != nil {
			return chain{}, err
		}
		if !hmac.Equal(before, row.MAC) {
			tampered.What = "was changed or moved"
			return chain{}, tampered
		}
		found.macs, found.at = append(found.macs, before), append(found.at, row.At)
	}
	return found, nil
}
