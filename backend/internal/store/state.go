package store

import (
	"encoding/json"
	"fmt"
	"time"

	"realname.example/backend/internal/verify"
	"realname.example/shared/handoff"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// The stored form of a case. The names in the tags are what stands in databases:
// a Go field may be renamed, a tag never. Fields are added with omitempty, so
// that older rows read as before, and processes that do not know them keep them
// (keepUnknown), except in elements of lists and in sealedCase; a field there that must
// outlive an older process, and a change of meaning, take the next stateForm.
// The suite of package storetest reads rows that schema 1 wrote.

// stateForm is the form that this process writes. Rows without one are of form
// 1, from before it was written down.
const stateForm = 1

// caseState is the part of a case that is neither queried nor personal.
type caseState struct {
	Form             int               `json:"Form,omitempty"`
	Account          string            `json:"Account"`
	StatusSince      time.Time         `json:"StatusSince"`
	ActiveAt         time.Time         `json:"ActiveAt"`
	Affiliate        string            `json:"Affiliate"`
	PC               originState       `json:"PC"`
	Code             *codeState        `json:"Code"`
	Risks            []verify.RiskRule `json:"Risks"`
	AttemptsLeft     int               `json:"AttemptsLeft"`
	Keys             []keyState        `json:"Keys"`
	Phone            *phoneState       `json:"Phone"`
	Challenge        *challengeState   `json:"Challenge"`
	Challenges       int               `json:"Challenges"`
	NumberMismatches int               `json:"NumberMismatches"`
	Declines         int               `json:"Declines"`
	TriesLeft        int               `json:"TriesLeft"`
	RetryAt          time.Time         `json:"RetryAt"`
	Review           *reviewState      `json:"Review"`

	Actions        []verification.Action `json:"Actions,omitempty"`
	Light          []handoff.Colour      `json:"Light,omitempty"`
	Refused        int                   `json:"Refused,omitempty"`
	JudgedAt       time.Time             `json:"JudgedAt,omitzero"`
	ReviewsRefused int                   `json:"ReviewsRefused,omitempty"`
	Restated       bool                  `json:"Restated,omitempty"`
	ReviewedAnew   bool                  `json:"ReviewedAnew,omitempty"`
	Proven         bool                  `json:"Proven,omitempty"`
	Move           *moveState            `json:"Move,omitempty"`
	Stages         []verify.Stage        `json:"Stages,omitempty"`
	FaceRefused    verification.Reason   `json:"FaceRefused,omitempty"`
}

// The parts of a case that have types of their own. Each converts to the
// domain's type of the same fields, so that a field which is added there does
// not build until it is added here.
type (
	originState struct {
		Device     string `json:"Device"`
		Network    string `json:"Network"`
		NewDevice  bool   `json:"NewDevice"`
		NewNetwork bool   `json:"NewNetwork"`
	}
	codeState struct {
		MAC         []byte    `json:"MAC"`
		SentAt      time.Time `json:"SentAt"`
		ExpiresAt   time.Time `json:"ExpiresAt"`
		GuessesLeft int       `json:"GuessesLeft"`
		ProvenAt    time.Time `json:"ProvenAt"`
		NextAt      time.Time `json:"NextAt,omitzero"`

		Undelivered verification.Undelivered `json:"Undelivered,omitempty"`
	}
	keyState struct {
		Kind      verify.KeyKind `json:"Kind"`
		Hash      string         `json:"Hash"`
		ExpiresAt time.Time      `json:"ExpiresAt"`
		Void      bool           `json:"Void"`
		Used      bool           `json:"Used"`
	}
	phoneState struct {
		Device          string              `json:"Device"`
		Network         string              `json:"Network"`
		PublicKey       []byte              `json:"PublicKey"`
		ClaimedAt       time.Time           `json:"ClaimedAt"`
		SeenAt          time.Time           `json:"SeenAt"`
		Online          bool                `json:"Online"`
		Number          string              `json:"Number"`
		Confirmed       bool                `json:"Confirmed"`
		ConsentVersion  string              `json:"ConsentVersion"`
		ConsentLanguage string              `json:"ConsentLanguage,omitempty"`
		ConsentAt       time.Time           `json:"ConsentAt"`
		Step            verification.Step   `json:"Step"`
		Action          verification.Action `json:"Action"`
		ActionsDone     int                 `json:"ActionsDone"`
	}
	challengeState struct {
		ID        string                `json:"ID"`
		Actions   []verification.Action `json:"Actions"`
		Nonce     string                `json:"Nonce"`
		IssuedAt  time.Time             `json:"IssuedAt"`
		ExpiresAt time.Time             `json:"ExpiresAt"`

		Light []handoff.Colour `json:"Light,omitempty"`
	}
	moveState struct {
		From    string         `json:"From"`
		AskedAt time.Time      `json:"AskedAt"`
		DueAt   time.Time      `json:"DueAt"`
		Begun   bool           `json:"Begun,omitempty"`
		End     verify.MoveEnd `json:"End,omitempty"`
	}
	reviewState struct {
		AskedAt   time.Time           `json:"AskedAt"`
		Asked     verification.Reason `json:"Asked"`
		DecidedAt time.Time           `json:"DecidedAt"`
		Operator  string              `json:"Operator"`
		Note      string              `json:"Note"`

		PicturesConsent  string                 `json:"PicturesConsent,omitempty"`
		Pictures         []verification.Picture `json:"Pictures,omitempty"`
		PicturesDeclined bool                   `json:"PicturesDeclined,omitempty"`
		CornersTold      []verification.Picture `json:"CornersTold,omitempty"`
		Likeness         float64                `json:"-"` // personal: sealedCase has it
	}
)

// sealedCase is the personal part of a case.
type sealedCase struct {
	Person person `json:"Person"`
	Places places `json:"Places"`
	// Likeness is that of the review.
	Likeness float64 `json:"Likeness,omitempty"`
}

// person is what is sealed of an identity.
type person struct {
	CertificateType identity.CertificateType `json:"CertificateType"`
	Name            string                   `json:"Name"`
	Number          string                   `json:"Number"`
	Mobile          string                   `json:"Mobile"`
	Email           string                   `json:"Email,omitempty"`
}

// places are the names that clients give themselves, often with a person's
// name in them, and their networks.
type places struct {
	PCDevice     string `json:"PCDevice"`
	PCNetwork    string `json:"PCNetwork"`
	PhoneDevice  string `json:"PhoneDevice"`
	PhoneNetwork string `json:"PhoneNetwork"`
}

// stateOf is the stored form of a case without what is personal in it.
func stateOf(c *verify.Case) caseState {
	st := caseState{
		Form: stateForm, Account: c.Account, StatusSince: c.StatusSince, ActiveAt: c.ActiveAt,
		Affiliate: c.Affiliate, PC: originState(c.PC), Code: (*codeState)(c.Code), Risks: c.Risks,
		AttemptsLeft: c.AttemptsLeft, Challenge: (*challengeState)(c.Challenge), Challenges: c.Challenges,
		NumberMismatches: c.NumberMismatches, Declines: c.Declines, TriesLeft: c.TriesLeft,
		RetryAt: c.RetryAt, Review: (*reviewState)(c.Review),
		Actions: c.Actions, Light: c.Light, Refused: c.Refused, JudgedAt: c.JudgedAt,
		ReviewsRefused: c.ReviewsRefused, Restated: c.Restated, ReviewedAnew: c.ReviewedAnew,
		Proven: c.Proven, Move: (*moveState)(c.Move), Stages: c.Stages, FaceRefused: c.FaceRefused,
	}
	for _, k := range c.Keys {
		st.Keys = append(st.Keys, keyState(k))
	}
	st.PC.Device, st.PC.Network = "", ""
	if c.Phone != nil {
		bare := phoneState(*c.Phone)
		bare.Device, bare.Network = "", ""
		st.Phone = &bare
	}
	return st
}

// put fills a case from its stored form.
func (st *caseState) put(c *verify.Case) {
	c.Account, c.StatusSince, c.ActiveAt, c.Affiliate = st.Account, st.StatusSince, st.ActiveAt, st.Affiliate
	c.PC, c.Code, c.Risks = verify.Origin(st.PC), (*verify.Code)(st.Code), st.Risks
	c.AttemptsLeft, c.Challenges = st.AttemptsLeft, st.Challenges
	c.Phone, c.Challenge = (*verify.Phone)(st.Phone), (*verify.Challenge)(st.Challenge)
	c.NumberMismatches, c.Declines = st.NumberMismatches, st.Declines
	c.TriesLeft, c.RetryAt, c.Review = st.TriesLeft, st.RetryAt, (*verify.Review)(st.Review)
	c.Actions, c.Light, c.Refused, c.JudgedAt = st.Actions, st.Light, st.Refused, st.JudgedAt
	c.ReviewsRefused, c.Restated, c.ReviewedAnew = st.ReviewsRefused, st.Restated, st.ReviewedAnew
	c.Proven, c.Move = st.Proven, (*verify.Move)(st.Move)
	c.Stages, c.FaceRefused = st.Stages, st.FaceRefused
	for _, k := range st.Keys {
		c.Keys = append(c.Keys, verify.Key(k))
	}
}

// parseState reads a stored form, or says that a newer process wrote it.
func parseState(data []byte) (caseState, error) {
	var st caseState
	if err := json.Unmarshal(data, &st); err != nil {
		return st, fmt.Errorf("decode case: %w", err)
	}
	if st.Form > stateForm {
		return st, fmt.Errorf("decode case: form %d is newer than this server's %d", st.Form, stateForm)
	}
	return st, nil
}
