package verify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"realname.example/shared/verification"
)

// What operators do for people: find, release, erase, unlock.

// Release frees the ID of an account for another one; what the account stated
// is deleted when its case's retention ends. It returns ErrNotFound where the
// account is not verified.
func (s *Service) Release(ctx context.Context, operators, accountID, reason string) error {
	return s.deps.Store.Unbind(ctx, accountID, "", Entry{
		At: s.deps.Now(), Actor: ActorOperator, Event: EventReleased, Party: operators, Detail: reason,
	})
}

// Join makes a further number of the person who verifies an account, as of another
// document or of a new one, count as theirs: it verifies no other account. It is
// forgotten when the account's own number is freed or erased, and moves with that. The
// errors are those of Store.Join.
func (s *Service) Join(ctx context.Context, operators, accountID, reason string, who Identity) error {
	return s.deps.Store.Join(ctx, accountID, who, s.JoinEntry(operators, reason))
}

// JoinEntry is what the account's trail says of a join, for who keeps both together.
func (s *Service) JoinEntry(operators, reason string) Entry {
	return Entry{At: s.deps.Now(), Actor: ActorOperator, Event: EventJoined, Party: operators, Detail: reason}
}

// Joined lists the numbers that were joined to an account, oldest first.
func (s *Service) Joined(ctx context.Context, accountID string) ([]Joined, error) {
	return s.deps.Store.Joined(ctx, accountID)
}

// EraseFor is Erase on a person's request to an operator.
func (s *Service) EraseFor(ctx context.Context, operators, accountID, reason string) error {
	return s.eraseBy(ctx, accountID, Entry{Actor: ActorOperator, Event: EventErased, Party: operators, Detail: reason})
}

// deskCaps are the caps that an operator may see and unlock: what one account
// did. Those that protect a mobile number or everybody stay.
func (s *Service) deskCaps() []CapUse {
	return []CapUse{
		{Bucket: BucketSMSAccount, Most: s.cfg.SMSAccount, Window: day},
		{Bucket: BucketIDsOfAccount, Most: s.cfg.IDsPerAccount, Window: month},
		{Bucket: BucketFailsAccount, Most: s.cfg.FailsPerDay, Window: day},
		{Bucket: BucketFacesAccount, Most: s.cfg.FaceAttempts, Window: day},
	}
}

// CapUse says how much of a cap an account has used; Most is 0 for no cap.
type CapUse struct {
	Bucket Bucket
	Used   int
	Most   int
	Window time.Duration
}

// Caps says how near an account is to its caps.
func (s *Service) Caps(ctx context.Context, accountID string) ([]CapUse, error) {
	caps := s.deskCaps()
	asked := make([]Counted, len(caps))
	for i, c := range caps {
		asked[i] = Counted{c.Bucket, accountID, s.deps.Now().Add(-c.Window)}
	}
	counts, err := s.deps.Store.Counts(ctx, asked...)
	if err != nil {
		return nil, err
	}
	for i, n := range counts {
		caps[i].Used = n
	}
	return caps, nil
}

// Unlock forgets what counts against an account's caps.
func (s *Service) Unlock(ctx context.Context, accountID string) error {
	for _, c := range s.deskCaps() {
		if err := s.deps.Store.Forget(ctx, c.Bucket, accountID); err != nil {
			return err
		}
	}
	return nil
}

// Holders returns the accounts that a number verifies, by Identity.Key.
func (s *Service) Holders(ctx context.Context, keys []string) ([]string, error) {
	var all []string
	for _, key := range keys {
		id, err := s.deps.Store.NumberBound(ctx, key)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, id)
	}
	return all, nil
}

// HoldersByMobile returns the accounts that were verified with a mobile number.
func (s *Service) HoldersByMobile(ctx context.Context, mobile string) ([]string, error) {
	return s.deps.Store.MobileBound(ctx, mobile)
}

// Bound returns the identity of a verified account, or ErrNotFound.
func (s *Service) Bound(ctx context.Context, accountID string) (*Bound, error) {
	return s.deps.Store.Bound(ctx, accountID)
}

// Standing is an account as an operator sees it.
type Standing struct {
	Bound *Bound // nil where the account is not verified
	Open  *verification.View
	// Entries are those of the account's cases, oldest first.
	Entries []AccountEntry
}

// Standing returns how an account stands.
func (s *Service) Standing(ctx context.Context, accountID string) (Standing, error) {
	var st Standing
	bound, err := s.deps.Store.Bound(ctx, accountID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return st, err
	}
	st.Bound = bound
	open, err := s.open(ctx, accountID)
	if err != nil {
		return st, err
	}
	if open != nil {
		v := s.view(open)
		st.Open = &v
	}
	if st.Entries, err = s.deps.Store.Entries(ctx, accountID); err != nil {
		return st, fmt.Errorf("read history: %w", err)
	}
	return st, nil
}
