package verify

import (
	"context"
	"time"

	"realname.example/shared/identity"
)

// SendResetCode sends a code by which an account gets a new password, where mobile is
// the number that verified it; AccountID is empty where there is no such account. All
// of it happens in the background, so that nobody who waits learns whether it did;
// the caps of messages hold as for SendCode. Matched is called before the message
// goes out.
func (s *Service) SendResetCode(ctx context.Context, caller Caller, mobile, code string, matched func(context.Context) error) {
	s.running.Add(1)
	go func() {
		defer s.running.Done()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), resetWithin)
		defer cancel()
		if err := s.sendResetCode(ctx, caller, mobile, code, matched); err != nil {
			s.Logger.InfoContext(ctx, "no code for a new password was sent", "err", err)
		}
	}()
}

// resetWithin is how long the background has for a message and what goes before it.
const resetWithin = time.Minute

func (s *Service) sendResetCode(ctx context.Context, caller Caller, mobile, code string, matched func(context.Context) error) error {
	mobile, err := identity.ParseMobile(mobile)
	if err != nil || caller.AccountID == "" {
		return ErrNotFound
	}
	bound, err := s.Store.Bound(ctx, caller.AccountID)
	if err != nil {
		return err
	}
	if bound.Identity.Mobile.Reveal() != mobile {
		return ErrNotFound
	}
	now := s.Now()
	for _, t := range s.smsTraces(mobile, caller, now) {
		if err := s.Store.Trace(ctx, t); err != nil {
			return err
		}
	}
	if err := matched(ctx); err != nil {
		return err
	}
	if err := s.sendSMS(ctx, mobile, code); err != nil {
		return err
	}
	return s.Store.NoteEntry(ctx, caller.AccountID, Entry{At: now, Actor: ActorServer, Event: EventResetSent, Party: "sms"})
}

// NotePasswordReset writes to an account's trail that its password was set anew: by a
// code, or with the help of support.
func (s *Service) NotePasswordReset(ctx context.Context, accountID, how string) error {
	actor := ActorPC
	if how == "support" {
		actor = ActorOperator
	}
	return s.Store.NoteEntry(ctx, accountID, Entry{At: s.Now(), Actor: actor, Event: EventPasswordReset, Party: how})
}
