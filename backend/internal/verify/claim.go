package verify

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"realname.example/shared/handoff"
	"realname.example/shared/verification"
)

// numbers is how many two-digit numbers there are, from 10.
const numbers = 90

// Ticket returns who asks, for the page behind a QR code. It claims nothing.
// It returns ErrTicketExpired or ErrTicketUsed.
func (s *Service) Ticket(ctx context.Context, ticket string) (Ask, error) {
	hash := hashKey(strings.ToUpper(ticket))
	id, err := s.caseByKey(ctx, KeyTicket, hash)
	if err != nil {
		return Ask{}, err
	}
	c, err := s.deps.Store.Case(ctx, id)
	if err == nil {
		c, err = s.applyExpiry(ctx, c)
	}
	if err != nil {
		return Ask{}, err
	}
	if err := claimable(c, KeyTicket, hash, s.deps.Now()); err != nil {
		return Ask{}, err
	}
	return ask(c), nil
}

// Claim gives the case to a phone: one claim, by ticket or typed code, voids
// all. It returns ErrTicketExpired, ErrTicketUsed, ErrForbidden for the bearer
// of another account, ErrRequest, or *LimitError for too many typed codes from
// one address and for a phone that has spent its face attempts.
func (s *Service) Claim(ctx context.Context, r ClaimRequest) (Claimed, error) {
	kind, hash, err := s.claimKey(ctx, r)
	if err != nil {
		return Claimed{}, err
	}
	id, err := s.caseByKey(ctx, kind, hash)
	if err != nil {
		return Claimed{}, err
	}
	token, err := s.token()
	if err != nil {
		return Claimed{}, err
	}
	n, err := s.number(numbers)
	if err != nil {
		return Claimed{}, err
	}
	spent, err := s.spentByPhone(ctx, id, r.PublicKey)
	if err != nil {
		return Claimed{}, err
	}
	var foreign bool
	c, err := s.update(ctx, id, ActorPhone, func(c step) error {
		if err := claimable(c.Case, kind, hash, c.now); err != nil {
			return err
		}
		if foreign = r.AccountID != "" && r.AccountID != c.AccountID; foreign {
			c.note(EventClaimForbidden)
			return nil
		}
		c.useKeys()
		c.voidKeys(KeyPhone)
		c.Keys = append(c.Keys, Key{Kind: KeyPhone, Hash: hashKey(token), ExpiresAt: c.now.Add(s.cfg.ReviewLife)})
		c.newCapture()
		c.Challenges = 0
		c.Phone = &Phone{
			Device: DeviceName(r.Device), Network: r.Origin.Network, PublicKey: r.PublicKey,
			ClaimedAt: c.now, SeenAt: c.now, Online: true, Number: fmt.Sprintf("%d", n+100-numbers),
			Step: verification.StepNumber,
		}
		c.touch()
		c.note(EventClaimed)
		if c.Status == verification.InReview { // it takes pictures, and nobody's face is judged
			return nil
		}
		c.trace(Trace{
			Bucket: BucketIDsOfPhone, Subject: phoneSubject(r.PublicKey),
			Item: c.Identity.Number.Reveal(), At: c.now,
		})
		c.AttemptsLeft = min(c.AttemptsLeft, s.cfg.FaceAttempts-spent)
		return c.move(verification.Confirming, "")
	})
	switch {
	case err != nil:
		return Claimed{}, err
	case foreign:
		return Claimed{}, ErrForbidden
	}
	return Claimed{Token: token, Ask: ask(c)}, nil
}

// spentByPhone returns the face attempts that a phone has spent, or *LimitError
// where none are left. A review asks for none.
func (s *Service) spentByPhone(ctx context.Context, id verification.ID, publicKey []byte) (int, error) {
	c, err := s.deps.Store.Case(ctx, id)
	if err != nil || c.Status == verification.InReview {
		return 0, err
	}
	phone := phoneSubject(publicKey)
	if err := s.facesLeft(ctx, BucketFacesPhone, phone); err != nil {
		return 0, err
	}
	return s.deps.Store.Count(ctx, BucketFacesPhone, phone, s.deps.Now().Add(-day))
}

// claimKey checks the request's form and returns the key that it names.
func (s *Service) claimKey(ctx context.Context, r ClaimRequest) (KeyKind, string, error) {
	if len(r.PublicKey) != ed25519.PublicKeySize || (r.Ticket == "") == (r.TypedCode == "") {
		return "", "", ErrRequest
	}
	if r.Ticket != "" {
		return KeyTicket, hashKey(strings.ToUpper(r.Ticket)), nil
	}
	if most := s.cfg.perAddress(r.Trusted, s.cfg.ClaimsPerHour, s.cfg.TrustedClaims); most > 0 {
		err := s.deps.Store.Trace(ctx, Trace{
			Bucket: BucketClaimAddress, Subject: r.Address, At: s.deps.Now(),
			Limits: limits(Limit{most, time.Hour}),
		})
		if err != nil {
			return "", "", err
		}
	}
	typed, err := handoff.ParseTyped(r.TypedCode)
	if err != nil {
		return "", "", ErrTicketExpired
	}
	return KeyTyped, hashKey(typed), nil
}

func (s *Service) caseByKey(ctx context.Context, kind KeyKind, hash string) (verification.ID, error) {
	id, err := s.deps.Store.CaseByKey(ctx, kind, hash)
	if errors.Is(err, ErrNotFound) {
		return "", ErrTicketExpired
	}
	return id, err
}

// claimable reports whether a key opens the case now.
func claimable(c *Case, kind KeyKind, hash string, now time.Time) error {
	switch k := c.key(kind, hash); {
	case k == nil:
		return ErrTicketExpired
	case k.Used:
		return ErrTicketUsed
	case k.Void || !now.Before(k.ExpiresAt):
		return ErrTicketExpired
	}
	return c.require(verification.FaceRequired, verification.InReview)
}

// maxDeviceName is how much of a device's own name is shown, in characters.
const maxDeviceName = 40

// DeviceName makes the name that a client gives itself fit to show: printable,
// short, one line.
func DeviceName(name string) string {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, name)
	r := []rune(strings.TrimSpace(clean))
	return string(r[:min(len(r), maxDeviceName)])
}
