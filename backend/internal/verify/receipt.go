package verify

import (
	"context"
	"errors"
	"sync"
	"time"

	"realname.example/shared/verification"
)

// When a provider is asked what became of a code. A person is told within a minute
// of a message that a carrier refuses at once; carriers give others up later, and
// whoever waits longer than a code lives has asked for another one.
const (
	receiptFirst = 5 * time.Second
	receiptAgain = 10 * time.Second
	// receiptBatch is how many messages a process asks about in a second: Tencent
	// takes 20 a second of an account (PullSmsSendStatusByPhoneNumber), Alibaba 5,000.
	receiptBatch = 8
)

// follow notes a message that the provider took on, so that FollowReceipts learns
// what becomes of it. Without the note nobody is told, and nothing else is lost.
func (s *Service) follow(ctx context.Context, c *Case, r Receipt) {
	if s.deps.Receipts == nil || r == (Receipt{}) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.SMSTimeout)
	defer cancel()
	pending := PendingReceipt{CaseID: c.ID, Receipt: r, SentAt: c.Code.SentAt}
	if err := s.deps.Store.KeepReceipt(ctx, pending, pending.SentAt.Add(receiptFirst)); err != nil {
		s.deps.Logger.WarnContext(ctx, "nobody will ask whether a code arrived", "err", err)
	}
}

// FollowReceipts asks what became of the codes whose turn it is, and tells those
// who wait for one that will not arrive. The app calls it every second or so; of
// several processes each message has one that asks.
func (s *Service) FollowReceipts(ctx context.Context) error {
	if s.deps.Receipts == nil {
		return nil
	}
	now := s.deps.Now()
	due, err := s.deps.Store.TakeReceipts(ctx, now, receiptAgain, receiptBatch)
	if err != nil {
		return err
	}
	failed := make([]error, len(due))
	var all sync.WaitGroup
	for i, r := range due {
		all.Go(func() { failed[i] = s.followReceipt(ctx, r) })
	}
	all.Wait()
	return errors.Join(failed...)
}

// followReceipt asks about one message, and forgets it where there is no more to
// learn or nobody who waits.
func (s *Service) followReceipt(ctx context.Context, r PendingReceipt) error {
	c, err := s.deps.Store.Case(ctx, r.CaseID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if err != nil || !awaits(c, r, s.deps.Now()) {
		return s.deps.Store.DropReceipt(ctx, r.Receipt)
	}
	asked, cancel := context.WithTimeout(ctx, s.cfg.SMSTimeout)
	d, err := s.deps.Receipts.Delivery(asked, SentMessage{Receipt: r.Receipt, Mobile: c.Identity.Mobile.Reveal(), At: r.SentAt})
	cancel()
	if err != nil { // its turn comes again
		s.deps.Logger.InfoContext(ctx, "nobody says whether a code arrived", "err", err)
		return nil
	}
	if !d.Known() {
		return nil
	}
	if d.Failed != "" {
		if err := s.noteUndelivered(ctx, r, d.Failed); err != nil {
			return err
		}
	}
	return s.deps.Store.DropReceipt(ctx, r.Receipt)
}

// awaits reports whether somebody still waits for the code of a message.
func awaits(c *Case, r PendingReceipt, now time.Time) bool {
	return c.Status == verification.CodeRequired && c.Code != nil && c.Code.SentAt.Equal(r.SentAt) &&
		c.Code.ProvenAt.IsZero() && c.Code.Undelivered == "" && now.Before(c.Code.ExpiresAt)
}

// noteUndelivered tells whoever waits for a code that it will not arrive.
func (s *Service) noteUndelivered(ctx context.Context, r PendingReceipt, why verification.Undelivered) error {
	_, err := s.update(ctx, r.CaseID, ActorServer, func(c step) error {
		if awaits(c.Case, r, c.now) {
			c.Code.Undelivered = why
			c.noteWith(EventUndelivered, "sms", string(why))
		}
		return nil
	})
	return err
}
