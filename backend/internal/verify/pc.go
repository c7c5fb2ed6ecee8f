package verify

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strconv"
	"time"

	"realname.example/shared/handoff"
	"realname.example/shared/verification"
)

// View returns what the PC may see of the account's case.
func (s *Service) View(ctx context.Context, accountID string, id verification.ID) (verification.View, error) {
	c, err := s.deps.Store.Case(ctx, id)
	if err != nil {
		return verification.View{}, err
	}
	if c.AccountID != accountID {
		return verification.View{}, ErrNotFound
	}
	if c, err = s.applyExpiry(ctx, c); err != nil {
		return verification.View{}, err
	}
	return s.view(c), nil
}

// Current returns the case that verifies the account, else its open case, else
// nil.
func (s *Service) Current(ctx context.Context, accountID string) (*verification.View, error) {
	bound, err := s.deps.Store.Bound(ctx, accountID)
	switch {
	case err == nil:
		v, err := s.View(ctx, accountID, bound.CaseID)
		return &v, err
	case !errors.Is(err, ErrNotFound):
		return nil, err
	}
	c, err := s.open(ctx, accountID)
	if c == nil || err != nil {
		return nil, err
	}
	v := s.view(c)
	return &v, nil
}

// Moving returns the account's case whose ID may move to it, or is about to, else its
// newest one where that did not move; else nil. What has passed Config.Retention is
// gone.
func (s *Service) Moving(ctx context.Context, accountID string) (*verification.View, error) {
	cases, err := s.deps.Store.Cases(ctx, accountID)
	if err != nil {
		return nil, err
	}
	for i, c := range cases {
		ended := c.Move != nil && c.Move.End != ""
		if movable(c) || c.Move != nil && !ended || i == 0 && ended && c.Move.End != MoveDone && !c.Identity.Number.Empty() {
			v := s.view(c)
			return &v, nil
		}
	}
	return nil, nil
}

// Offers lists the affiliates at which the caller is verified, or could be linked.
func (s *Service) Offers(ctx context.Context, caller Caller) ([]Offer, error) {
	return s.deps.Affiliates.Offers(ctx, caller)
}

// Handoff makes a ticket for the QR code. In face_required the ticket before
// stays good for Config.TicketGrace more and the typed code until its own end;
// in confirming, capturing and in_review replace revokes the phone first, and
// without it the call is a *ConflictError in confirming and capturing. In a review
// the phone is to take pictures for it, and takes over from one that was there before. A case that asks for too many is a *LimitError.
func (s *Service) Handoff(ctx context.Context, caller Caller, id verification.ID, replace bool) (Handoff, error) {
	raw, err := s.secret(handoff.TicketBytes)
	if err != nil {
		return Handoff{}, err
	}
	h := Handoff{Ticket: handoff.Ticket(raw)}
	_, err = s.updateByOwner(ctx, caller.AccountID, id, func(c step) error {
		if replace {
			if err := c.replacePhone(); err != nil {
				return err
			}
		}
		if err := c.require(verification.FaceRequired, verification.InReview); err != nil {
			return err
		}
		if c.Status == verification.InReview {
			c.Review.PicturesDeclined = false // who asks for a phone has pictures in mind
		}
		c.touch()
		c.trace(Trace{
			Bucket: BucketHandoff, Subject: string(c.ID), At: c.now,
			Limits: limits(Limit{s.cfg.HandoffsPerHour, time.Hour}, Limit{5 * s.cfg.HandoffsPerHour, day}),
		})
		c.Keys = slices.DeleteFunc(c.Keys, func(k Key) bool { return c.now.Sub(k.ExpiresAt) > KeyMemory })
		h.ExpiresAt = c.rotateTicket(h.Ticket)
		h.TypedCode, h.TypedCodeExpiresAt = s.typedCode(c)
		c.note(EventTicketMade)
		return nil
	})
	return h, err
}

// replacePhone revokes the phone that scans, or takes pictures, so that another can
// come. It leaves a case alone that no phone holds, or that judges.
func (c step) replacePhone() error {
	if !c.onPhone() || c.Status == verification.Judging {
		return nil
	}
	c.revokePhone()
	c.note(EventPhoneRevoked)
	if c.Status == verification.InReview {
		return nil
	}
	return c.move(verification.FaceRequired, "")
}

// KeyMemory is how long a dead key is remembered, to tell a second use from an
// unknown key.
const KeyMemory = time.Hour

// rotateTicket adds a ticket, gives the one before its grace, and voids older
// ones.
func (c step) rotateTicket(ticket string) time.Time {
	before := true
	for i := len(c.Keys) - 1; i >= 0; i-- {
		k := &c.Keys[i]
		if k.Kind != KeyTicket || k.Void {
			continue
		}
		if !before {
			k.Void = true
			continue
		}
		before = false
		if end := c.now.Add(c.cfg.TicketGrace); end.Before(k.ExpiresAt.Add(c.cfg.TicketGrace)) {
			k.ExpiresAt = end
		}
	}
	expires := c.now.Add(c.cfg.TicketLife)
	c.Keys = append(c.Keys, Key{Kind: KeyTicket, Hash: hashKey(ticket), ExpiresAt: expires})
	return expires
}

// typedCode returns the case's typed code, a new one where the last has ended.
// It is derived from its end by the MAC, so that it can be shown again without
// being stored.
func (s *Service) typedCode(c step) (string, time.Time) {
	for _, k := range c.Keys {
		if k.Kind == KeyTyped && !k.Void && c.now.Before(k.ExpiresAt) {
			return s.deriveTyped(c.Case, k.ExpiresAt), k.ExpiresAt
		}
	}
	expires := c.now.Add(s.cfg.TypedLife).Truncate(time.Microsecond)
	text := s.deriveTyped(c.Case, expires)
	c.Keys = append(c.Keys, Key{Kind: KeyTyped, Hash: hashKey(text), ExpiresAt: expires})
	return text, expires
}

// deriveTyped spreads 64 bits of a MAC over the alphabet; the modulo's bias is
// below 2^-24.
func (s *Service) deriveTyped(c *Case, expires time.Time) string {
	sum := s.deps.MAC("typed-code", string(c.ID)+"|"+strconv.FormatInt(expires.UnixMicro(), 10))
	n, text := binary.BigEndian.Uint64(sum), make([]byte, handoff.TypedLength)
	for i := range text {
		text[i] = handoff.TypedAlphabet[n%uint64(len(handoff.TypedAlphabet))]
		n /= uint64(len(handoff.TypedAlphabet))
	}
	return string(text)
}

// Cancel ends the account's case and revokes its phone.
func (s *Service) Cancel(ctx context.Context, caller Caller, id verification.ID) (verification.View, error) {
	c, err := s.updateByOwner(ctx, caller.AccountID, id, func(c step) error {
		return c.move(verification.Cancelled, "")
	})
	if err != nil {
		return verification.View{}, err
	}
	return s.view(c), nil
}

// Ledger returns what is stored of an account and what happened with it.
func (s *Service) Ledger(ctx context.Context, accountID string) (Ledger, error) {
	var l Ledger
	bound, err := s.deps.Store.Bound(ctx, accountID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return l, err
	}
	l.Bound = bound
	if l.Joined, err = s.deps.Store.Joined(ctx, accountID); err != nil {
		return l, err
	}
	if l.Cases, err = s.deps.Store.Cases(ctx, accountID); err != nil {
		return l, err
	}
	if l.Frames, err = s.deps.Store.Frames(ctx, accountID); err != nil {
		return l, err
	}
	if l.Pictures, err = s.deps.Store.PicturesOf(ctx, accountID); err != nil {
		return l, err
	}
	l.Entries, err = s.deps.Store.Entries(ctx, accountID)
	return l, err
}

// NoteExport writes to an account's trail that its person asked for all of their data.
func (s *Service) NoteExport(ctx context.Context, accountID string) error {
	return s.deps.Store.NoteEntry(ctx, accountID, Entry{At: s.deps.Now(), Actor: ActorPC, Event: EventExported})
}

// Erase cancels the open case and deletes the account's identity for good; the
// ID is free again.
func (s *Service) Erase(ctx context.Context, caller Caller) error {
	return s.eraseBy(ctx, caller.AccountID, Entry{Actor: ActorPC, Event: EventErased})
}

func (s *Service) eraseBy(ctx context.Context, accountID string, entry Entry) error {
	now := s.deps.Now()
	entry.At = now
	ended, err := s.deps.Store.Erase(ctx, accountID, entry, func(c *Case) (Effects, error) {
		return s.step(c, now, entry.Actor, func(c step) error { return c.move(verification.Cancelled, "") })
	})
	if err == nil && ended != nil {
		s.deps.Publisher.Publish(ended.ID, ended.Version)
	}
	if err != nil {
		return err
	}
	return s.deps.Affiliates.Forget(ctx, accountID)
}

// EndHandoffs revokes the phone of the account's open case, as a change of
// password does.
func (s *Service) EndHandoffs(ctx context.Context, accountID string) error {
	open, err := s.open(ctx, accountID)
	if open == nil || err != nil {
		return err
	}
	_, err = s.updateByOwner(ctx, accountID, open.ID, func(c step) error {
		c.revokePhone()
		c.note(EventPhoneRevoked)
		if c.Status.OnPhone() {
			return c.move(verification.FaceRequired, "")
		}
		return nil
	})
	return err
}
