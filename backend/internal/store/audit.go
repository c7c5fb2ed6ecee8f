package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"

	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// link makes the audit rows of new entries and moves the case's chain head over
// them: each MAC covers the one before (docs/threats.md, 17).
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

// auditForm and sealForm are what the MACs of the trail cover: the canonical
// bytes of a row are this struct's JSON, whose names and order stand here for
// good. A column that is added to a table later is not in them, and not
// protected, until a form of its own covers it.
type (
	auditForm struct {
		CaseID string `json:"CaseID"`
		Seq    int64  `json:"Seq"`
		At     int64  `json:"At"`
		Actor  string `json:"Actor"`
		Event  string `json:"Event"`
		Status string `json:"Status"`
		Reason string `json:"Reason"`
		Party  string `json:"Party"`
		Detail string `json:"Detail"`
		Before []byte `json:"MAC"` // of the row before
	}
	sealForm struct {
		Seq      int64  `json:"Seq"`
		CaseID   string `json:"CaseID"`
		AuditSeq int64  `json:"AuditSeq"`
		AuditMAC []byte `json:"AuditMAC"`
		Before   []byte `json:"MAC"` // of the seal before
	}
)

// auditMAC covers every column of an entry and the MAC before it.
func (s *Store) auditMAC(before []byte, row auditRow) ([]byte, error) {
	return s.chainMAC("audit", auditForm{
		CaseID: row.CaseID, Seq: row.Seq, At: row.At, Actor: row.Actor, Event: row.Event, Status: row.Status,
		Reason: row.Reason, Party: row.Party, Detail: row.Detail, Before: before,
	})
}

// sealMAC covers every column of a seal and the MAC before it.
func (s *Store) sealMAC(before []byte, row sealRow) ([]byte, error) {
	return s.chainMAC("seal", sealForm{
		Seq: row.Seq, CaseID: row.CaseID, AuditSeq: row.AuditSeq, AuditMAC: row.AuditMAC, Before: before,
	})
}

func (s *Store) chainMAC(label string, form any) ([]byte, error) {
	body, err := json.Marshal(form)
	if err != nil {
		return nil, fmt.Errorf("encode audit entry: %w", err)
	}
	m := hmac.New(sha256.New, s.ring.Load().Audit)
	_, _ = m.Write([]byte(label + "|"))
	_, _ = m.Write(body)
	return m.Sum(nil), nil
}

// Entries implements verify.Store.
func (s *Store) Entries(ctx context.Context, accountID string) ([]verify.AccountEntry, error) {
	var rows []auditRow
	db := s.db.WithContext(ctx)
	mine := db.Model(&caseRow{}).Select("id").Where("account_id = ?", accountID)
	if err := db.Where("case_id IN (?)", mine).Order("at, " + s.byBytes("case_id") + ", seq").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read audit entries: %w", err)
	}
	entries := make([]verify.AccountEntry, len(rows))
	for i, r := range rows {
		entries[i] = verify.AccountEntry{CaseID: verification.ID(r.CaseID), Seq: r.Seq, Entry: verify.Entry{
			At: moment(r.At), Actor: verify.Actor(r.Actor), Event: verify.Event(r.Event),
			Status: verification.Status(r.Status), Reason: verification.Reason(r.Reason), Party: r.Party, Detail: r.Detail,
		}}
	}
	return entries, nil
}
