package account

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"
	"time"

	"realname.example/shared/handoff"
	"realname.example/shared/identity"
)

// ResetLife is how long a code for a new password lives, as its message says: as long as
// one of a verification.
const ResetLife = 5 * time.Minute

// Lives and guesses of other resets.
const (
	supportLife  = 24 * time.Hour
	resetGuesses = 5
	codeSpace    = 1_000_000
)

// BeginReset asks for a new password by a code to the mobile number that verified
// the account, or to the address that came with who vouched for it. The answer is the same, after the same work, whether there is such
// an account or not: what differs happens in the background. It returns *LimitError
// by the address alone.
func (s *Service) BeginReset(ctx context.Context, username string, to ResetTo, from Origin) (Reset, error) {
	if err := s.takeReset(ctx, from); err != nil {
		return Reset{}, err
	}
	id, err := s.drawID()
	if err != nil {
		return Reset{}, err
	}
	n, err := rand.Int(s.Random, big.NewInt(codeSpace))
	if err != nil {
		return Reset{}, fmt.Errorf("draw code: %w", err)
	}
	code := fmt.Sprintf("%06d", n)
	r := Reset{ID: id, ExpiresAt: s.Now().Add(ResetLife), GuessesLeft: resetGuesses}
	r.MAC = s.resetMAC(r, code)
	if err := s.Store.KeepReset(ctx, r); err != nil {
		return Reset{}, err
	}
	a, err := s.Store.AccountByUsername(ctx, username)
	if errors.Is(err, ErrNotFound) {
		a, err = Account{}, nil
	}
	if err != nil {
		return Reset{}, err
	}
	if a.PasswordHash == "" { // who signs in elsewhere has none to set
		a.ID = ""
	}
	s.Recovery.SendCode(ctx, a.ID, to, code, from, func(ctx context.Context) error {
		matched := r
		matched.AccountID = a.ID
		return s.Store.KeepReset(ctx, matched)
	})
	return r, nil
}

// takeReset counts what an address asks for about resets.
func (s *Service) takeReset(ctx context.Context, from Origin) error {
	most := perAddress(from, s.cfg.PerAddress, s.cfg.TrustedPerAddress)
	if most == 0 {
		return nil
	}
	return s.Throttle.Take(ctx, "reset:"+from.Address, s.Now(), most, wrongWindow)
}

func (s *Service) drawID() (string, error) {
	raw := make([]byte, 16)
	if _, err := io.ReadFull(s.Random, raw); err != nil {
		return "", fmt.Errorf("draw id: %w", err)
	}
	return fmt.Sprintf("%x", raw), nil
}

func (s *Service) resetMAC(r Reset, code string) []byte {
	return s.MAC("password-reset", r.ID+"|"+code)
}

// FinishReset sets a new password by the code that was sent, ends every session of
// the account and revokes the phones of its cases. It returns *InvalidError,
// *WrongCodeError, ErrCodeExpired or *LimitError.
func (s *Service) FinishReset(ctx context.Context, id, code, replacement string, from Origin) error {
	if err := checkNew("", replacement); err != nil {
		return err
	}
	r, err := s.Store.GuessReset(ctx, id, s.Now())
	if errors.Is(err, ErrNotFound) {
		return ErrCodeExpired
	}
	if err != nil {
		return err
	}
	if r.AccountID == "" || len(r.MAC) == 0 || !hmac.Equal(r.MAC, s.resetMAC(r, identity.Narrow(code))) {
		return &WrongCodeError{GuessesLeft: r.GuessesLeft}
	}
	return s.setAnew(ctx, r, replacement, "code", from)
}

// SupportReset makes a code by which the account's person sets a new password,
// once, within a day. Whoever asks has made sure of the person.
func (s *Service) SupportReset(ctx context.Context, accountID string) (code string, expires time.Time, err error) {
	a, err := s.Store.AccountByID(ctx, accountID)
	if err != nil {
		return "", expires, err
	}
	if a.PasswordHash == "" {
		return "", expires, ErrNoPassword
	}
	text := make([]byte, supportLetters)
	for i := range text {
		n, err := rand.Int(s.Random, big.NewInt(int64(len(handoff.TypedAlphabet))))
		if err != nil {
			return "", expires, fmt.Errorf("draw code: %w", err)
		}
		text[i] = handoff.TypedAlphabet[n.Int64()]
	}
	expires = s.Now().Add(supportLife)
	err = s.Store.KeepReset(ctx, Reset{ID: HashToken(string(text)), AccountID: accountID, ExpiresAt: expires, GuessesLeft: resetGuesses})
	return grouped(string(text)), expires, err
}

// supportLetters is the length of a code from support: 78 bits, which nobody guesses.
const supportLetters = 16

// grouped sets letters in fours, to be read out; letters undoes it, whatever the case.
func grouped(code string) string {
	var parts []string
	for four := range slices.Chunk([]byte(code), 4) {
		parts = append(parts, string(four))
	}
	return strings.Join(parts, "-")
}

func letters(code string) string {
	return strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(identity.Narrow(code)))
}

// RedeemReset is FinishReset by a code from support. An address has few tries.
func (s *Service) RedeemReset(ctx context.Context, code, replacement string, from Origin) error {
	if err := checkNew("", replacement); err != nil {
		return err
	}
	if err := s.takeReset(ctx, from); err != nil {
		return err
	}
	r, err := s.Store.GuessReset(ctx, HashToken(letters(code)), s.Now())
	if errors.Is(err, ErrNotFound) || err == nil && len(r.MAC) > 0 {
		return ErrCodeExpired
	}
	if err != nil {
		return err
	}
	return s.setAnew(ctx, r, replacement, "support", from)
}

// setAnew replaces the password of a reset's account.
func (s *Service) setAnew(ctx context.Context, r Reset, replacement, how string, from Origin) error {
	a, err := s.Store.AccountByID(ctx, r.AccountID)
	if err != nil {
		return err
	}
	if err := checkNew(a.Username, replacement); err != nil {
		return err
	}
	hash, err := s.hash(ctx, replacement, from.Address)
	if err != nil {
		return err
	}
	err = s.Store.FinishReset(ctx, r.ID, a.ID, hash)
	if errors.Is(err, ErrNotFound) {
		return ErrCodeExpired
	}
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	return errors.Join(s.EndHandoffs(ctx, a.ID), s.Recovery.Note(ctx, a.ID, how))
}

// checkNew says whether a new password can be taken.
func checkNew(username, replacement string) error {
	kept, ok := enforce(replacement)
	return checkPassword("new", username, kept, ok)
}
