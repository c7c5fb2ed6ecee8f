package store

import (
	"encoding/json"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

func reveal(who verify.Identity) person {
	return person{
		CertificateType: who.CertificateType, Name: who.Name.Reveal(),
		Number: who.Number.Reveal(), Mobile: who.Mobile.Reveal(), Email: who.Email.Reveal(),
	}
}

func (p person) identity() verify.Identity {
	return verify.Identity{
		CertificateType: p.CertificateType, Name: identity.NewPII(p.Name),
		Number: identity.NewPII(p.Number), Mobile: identity.NewPII(p.Mobile), Email: identity.NewPII(p.Email),
	}
}

// encode makes the row of a case, and its personal part, which sealCase puts
// into the row. The audit chain is the caller's.
func encode(c *verify.Case) (caseRow, sealedCase, error) {
	personal := sealedCase{Person: reveal(c.Identity), Places: places{PCDevice: c.PC.Device, PCNetwork: c.PC.Network}}
	if c.Phone != nil {
		personal.Places.PhoneDevice, personal.Places.PhoneNetwork = c.Phone.Device, c.Phone.Network
	}
	if c.Review != nil {
		personal.Likeness = c.Review.Likeness
	}
	state, err := json.Marshal(stateOf(c))
	if err != nil {
		return caseRow{}, personal, fmt.Errorf("encode case: %w", err)
	}
	return caseRow{
		ID: string(c.ID), AccountID: c.AccountID, Version: c.Version, Status: string(c.Status),
		Method: string(c.Method), Reason: string(c.Reason), BegunAt: micros(c.CreatedAt),
		EndsAt: micros(c.EndsAt), FinishedAt: micros(c.FinishedAt), State: state,
		Numbered: bit(!c.Identity.Number.Empty()),
	}, personal, nil
}

// sealCase seals the personal part under the account's data key.
func (s *Store) sealCase(tx *gorm.DB, row *caseRow, personal sealedCase) error {
	key, err := s.dataKey(tx, row.AccountID)
	if err != nil {
		return err
	}
	plain, err := json.Marshal(personal)
	if err != nil {
		return fmt.Errorf("encode case: %w", err)
	}
	row.Sealed, err = seal(key, plain, "cases", "sealed", row.AccountID+"/"+row.ID)
	return err
}

// decodeCase makes the case of a row, and its personal part as it is sealed.
func decodeCase(row caseRow, keyOf func(accountID string) ([]byte, error)) (*verify.Case, sealedCase, error) {
	var personal sealedCase
	st, err := parseState(row.State)
	if err != nil {
		return nil, personal, err
	}
	c := &verify.Case{
		ID: verification.ID(row.ID), AccountID: row.AccountID, Version: row.Version,
		Status: verification.Status(row.Status), Method: verification.Method(row.Method),
		Reason: verification.Reason(row.Reason), CreatedAt: moment(row.BegunAt),
		EndsAt: moment(row.EndsAt), FinishedAt: moment(row.FinishedAt),
	}
	st.put(c)
	if row.Sealed == nil { // erased
		return c, personal, nil
	}
	if err := openJSON(keyOf, row.AccountID, row.Sealed, "cases", row.AccountID+"/"+row.ID, &personal); err != nil {
		return nil, personal, fmt.Errorf("open case %s: %w", row.ID, err)
	}
	c.Identity = personal.Person.identity()
	c.PC.Device, c.PC.Network = personal.Places.PCDevice, personal.Places.PCNetwork
	if c.Phone != nil {
		c.Phone.Device, c.Phone.Network = personal.Places.PhoneDevice, personal.Places.PhoneNetwork
	}
	if c.Review != nil {
		c.Review.Likeness = personal.Likeness
	}
	return c, personal, nil
}

// unsealJSON opens what an account's data key seals.
func (s *Store) unsealJSON(tx *gorm.DB, accountID string, sealed []byte, table, subject string, into any) error {
	return openJSON(func(subject string) ([]byte, error) { return s.existingDataKey(tx, subject) }, accountID, sealed, table, subject, into)
}

// openJSON is unsealJSON with the data keys of keyOf.
func openJSON(keyOf func(accountID string) ([]byte, error), accountID string, sealed []byte, table, subject string, into any) error {
	key, err := keyOf(accountID)
	if err != nil {
		return fmt.Errorf("read data key: %w", err)
	}
	plain, err := unseal(key, sealed, table, "sealed", subject)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(plain, into); err != nil {
		return fmt.Errorf("decode sealed value: %w", err)
	}
	return nil
}

// keysAtOnce is how many data keys one query reads.
const keysAtOnce = 500

// decodeAll makes the cases of rows. Their data keys are read together: one by one they
// took most of the time of a list.
func (s *Store) decodeAll(tx *gorm.DB, rows []caseRow) ([]*verify.Case, error) {
	wrapped := make(map[string]dataKeyRow, len(rows))
	for chunk := range slices.Chunk(rows, keysAtOnce) {
		subjects := make([]string, len(chunk))
		for i, row := range chunk {
			subjects[i] = row.AccountID
		}
		var found []dataKeyRow
		if err := tx.Session(&gorm.Session{NewDB: true}).Where("subject IN ?", subjects).Find(&found).Error; err != nil {
			return nil, fmt.Errorf("read data keys: %w", err)
		}
		for _, row := range found {
			wrapped[row.Subject] = row
		}
	}
	cases := make([]*verify.Case, len(rows))
	for i, row := range rows {
		c, _, err := decodeCase(row, s.keyOf(wrapped[row.AccountID]))
		if err != nil {
			return nil, err
		}
		cases[i] = c
	}
	return cases, nil
}
