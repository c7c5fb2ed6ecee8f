package store

import (
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// caseState is the part of a case that is neither queried nor personal.
type caseState struct {
	Account          string
	StatusSince      time.Time
	ActiveAt         time.Time
	Affiliate        string
	PC               verify.Origin
	Code             *verify.Code
	Risks            []verify.RiskRule
	AttemptsLeft     int
	Keys             []verify.Key
	Phone            *verify.Phone
	Challenge        *verify.Challenge
	Challenges       int
	NumberMismatches int
	Declines         int
	TriesLeft        int
	RetryAt          time.Time
	Review           *verify.Review
}

// person is what is sealed of an identity.
type person struct {
	CertificateType identity.CertificateType
	Name            string
	Number          string
	Mobile          string
}

func reveal(who verify.Identity) person {
	return person{
		CertificateType: who.CertificateType, Name: who.Name.Reveal(),
		Number: who.Number.Reveal(), Mobile: who.Mobile.Reveal(),
	}
}

func (p person) identity() verify.Identity {
	return verify.Identity{
		CertificateType: p.CertificateType, Name: identity.NewPII(p.Name),
		Number: identity.NewPII(p.Number), Mobile: identity.NewPII(p.Mobile),
	}
}

// encode makes the row of a case; the audit chain is the caller's.
func (s *Store) encode(tx *gorm.DB, c *verify.Case) (caseRow, error) {
	state, err := json.Marshal(caseState{
		Account: c.Account, StatusSince: c.StatusSince, ActiveAt: c.ActiveAt, Affiliate: c.Affiliate,
		PC: c.PC, Code: c.Code, Risks: c.Risks, AttemptsLeft: c.AttemptsLeft, Keys: c.Keys, Phone: c.Phone,
		Challenge: c.Challenge, Challenges: c.Challenges, NumberMismatches: c.NumberMismatches,
		Declines: c.Declines, TriesLeft: c.TriesLeft, RetryAt: c.RetryAt, Review: c.Review,
	})
	if err != nil {
		return caseRow{}, fmt.Errorf("encode case: %w", err)
	}
	row := caseRow{
		ID: string(c.ID), AccountID: c.AccountID, Version: c.Version, Status: string(c.Status),
		Method: string(c.Method), Reason: string(c.Reason), BegunAt: micros(c.CreatedAt),
		EndsAt: micros(c.EndsAt), FinishedAt: micros(c.FinishedAt), State: state,
	}
	if !c.Identity.Number.Empty() {
		if row.Sealed, err = s.sealPerson(tx, c.AccountID, c.Identity, "cases"); err != nil {
			return caseRow{}, err
		}
	}
	return row, nil
}

func (s *Store) sealPerson(tx *gorm.DB, accountID string, who verify.Identity, table string) ([]byte, error) {
	key, err := s.dataKey(tx, accountID)
	if err != nil {
		return nil, err
	}
	plain, err := json.Marshal(reveal(who))
	if err != nil {
		return nil, fmt.Errorf("encode identity: %w", err)
	}
	return s.seal(key, plain, table, "sealed", accountID)
}

func (s *Store) unsealPerson(tx *gorm.DB, accountID string, sealed []byte, table string) (verify.Identity, error) {
	key, err := s.existingDataKey(tx, accountID)
	if err != nil {
		return verify.Identity{}, fmt.Errorf("read data key: %w", err)
	}
	plain, err := unseal(key, sealed, table, "sealed", accountID)
	if err != nil {
		return verify.Identity{}, err
	}
	var p person
	if err := json.Unmarshal(plain, &p); err != nil {
		return verify.Identity{}, fmt.Errorf("decode identity: %w", err)
	}
	return p.identity(), nil
}

// decode makes the case of a row.
func (s *Store) decode(tx *gorm.DB, row caseRow) (*verify.Case, error) {
	var st caseState
	if err := json.Unmarshal(row.State, &st); err != nil {
		return nil, fmt.Errorf("decode case: %w", err)
	}
	c := &verify.Case{
		ID: verification.ID(row.ID), AccountID: row.AccountID, Account: st.Account, Version: row.Version,
		Status: verification.Status(row.Status), Method: verification.Method(row.Method),
		Reason: verification.Reason(row.Reason), CreatedAt: moment(row.BegunAt), StatusSince: st.StatusSince,
		ActiveAt: st.ActiveAt, EndsAt: moment(row.EndsAt), FinishedAt: moment(row.FinishedAt),
		Affiliate: st.Affiliate, PC: st.PC, Code: st.Code, Risks: st.Risks, AttemptsLeft: st.AttemptsLeft,
		Keys: st.Keys, Phone: st.Phone, Challenge: st.Challenge, Challenges: st.Challenges,
		NumberMismatches: st.NumberMismatches, Declines: st.Declines, TriesLeft: st.TriesLeft,
		RetryAt: st.RetryAt, Review: st.Review,
	}
	if row.Sealed == nil {
		return c, nil
	}
	who, err := s.unsealPerson(tx, row.AccountID, row.Sealed, "cases")
	if err != nil {
		return nil, fmt.Errorf("open case %s: %w", row.ID, err)
	}
	c.Identity = who
	return c, nil
}

func (s *Store) decodeAll(tx *gorm.DB, rows []caseRow) ([]*verify.Case, error) {
	cases := make([]*verify.Case, len(rows))
	for i, row := range rows {
		c, err := s.decode(tx, row)
		if err != nil {
			return nil, err
		}
		cases[i] = c
	}
	return cases, nil
}
