package verify

import (
	"context"
	"crypto/hmac"
	"errors"
	"strings"
	"time"

	"realname.example/shared/identity"
)

// ResetTo is where a code for a new password is wanted: one of the two.
type ResetTo struct{ Mobile, Email string }

// SendResetCode sends a code by which an account gets a new password, where the number
// is the one that verified it, or the e-mail address the one that the affiliate who
// vouched for it has verified: who links the account elsewhere later gets no way in by
// that. AccountID is empty where there is no such account. All of it happens in the
// background, so that nobody who waits learns whether it did; caps like those of
// SendCode hold, apart from them. Matched is called before the message goes out.
func (s *Service) SendResetCode(ctx context.Context, caller Caller, to ResetTo, code string, matched func(context.Context) error) {
	s.running.Add(1)
	go func() {
		defer s.running.Done()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), resetWithin)
		defer cancel()
		send := s.sendResetSMS
		if to.Email != "" {
			send = s.sendResetMail
		}
		if err := send(ctx, caller, to, code, matched); err != nil {
			s.deps.Logger.InfoContext(ctx, "no code for a new password was sent", "err", err)
		}
	}()
}

// resetWithin is how long the background has for a message and what goes before it.
const resetWithin = time.Minute

// sendResetMail is the way by e-mail.
func (s *Service) sendResetMail(ctx context.Context, caller Caller, to ResetTo, code string, matched func(context.Context) error) error {
	if s.deps.Mail == nil || caller.AccountID == "" {
		return ErrNotFound
	}
	bound, err := s.deps.Store.Bound(ctx, caller.AccountID)
	if err != nil {
		return err
	}
	address := bound.Identity.Email.Reveal()
	if !sameAddress(address, to.Email) {
		return ErrNotFound
	}
	now := s.deps.Now()
	err = s.deps.Store.Trace(ctx, Trace{Bucket: BucketResetMail, Subject: foldAddress(address), At: now, Limits: s.resetLimits()})
	if err == nil {
		err = matched(ctx)
	}
	if err == nil {
		err = s.deps.Mail.SendReset(ctx, address, code) // the address that the issuer knows, letter for letter
	}
	if err != nil {
		return err
	}
	return s.deps.Store.NoteEntry(ctx, caller.AccountID, Entry{At: now, Actor: ActorServer, Event: EventResetSent, Party: "email"})
}

// sameAddress compares an address with what was typed, as people see them.
func sameAddress(kept, typed string) bool {
	return kept != "" && hmac.Equal([]byte(foldAddress(kept)), []byte(foldAddress(typed)))
}

func foldAddress(address string) string { return strings.ToLower(strings.TrimSpace(address)) }

// sendResetSMS is the way by a message to a phone.
func (s *Service) sendResetSMS(ctx context.Context, caller Caller, to ResetTo, code string, matched func(context.Context) error) error {
	mobile, err := identity.ParseMobile(to.Mobile)
	if err != nil || caller.AccountID == "" {
		return ErrNotFound
	}
	bound, err := s.deps.Store.Bound(ctx, caller.AccountID)
	if err != nil {
		return err
	}
	if bound.Identity.Mobile.Reveal() != mobile {
		return ErrNotFound
	}
	now := s.deps.Now()
	for _, t := range s.resetTraces(mobile, now) {
		if err := s.deps.Store.Trace(ctx, t); err != nil {
			return err
		}
	}
	if err := s.stillTheirs(ctx, bound.Identity); err != nil {
		return err
	}
	if err := matched(ctx); err != nil {
		return err
	}
	// What becomes of it is not asked: there is nobody who may learn it.
	if _, err := s.sendSMS(ctx, Message{Mobile: mobile, Code: code, Reset: true}); err != nil {
		return err
	}
	return s.deps.Store.NoteEntry(ctx, caller.AccountID, Entry{At: now, Actor: ActorServer, Event: EventResetSent, Party: "sms"})
}

// resetTraces are what a code for a new password counts as. It has caps of its own:
// those of SendCode would tell, to whoever verifies with that number, that there was
// a message.
func (s *Service) resetTraces(mobile string, now time.Time) []Trace {
	return []Trace{
		{Bucket: BucketResetNumber, Subject: mobile, At: now, Limits: s.resetLimits()},
		{Bucket: BucketSMSAll, At: now, Limits: limits(Limit{s.cfg.SMSAll, day})},
	}
}

// resetLimits are those of one number or address.
func (s *Service) resetLimits() []Limit {
	return limits(Limit{1, s.cfg.SMSInterval}, Limit{s.cfg.SMSHourly, time.Hour}, Limit{s.cfg.SMSDaily, day})
}

// errNumberMoved is a number that the carrier no longer has under the person's name.
var errNumberMoved = errors.New("the number is not the person's any more")

// stillTheirs asks the carrier whether the number that verified an account still is
// its person's: numbers are given to somebody else, who must not get the account
// with them. Where nobody can say, support helps.
func (s *Service) stillTheirs(ctx context.Context, who Identity) error {
	answer, err := s.askCarrier(ctx, who)
	if err != nil {
		return err
	}
	if answer.Mismatch != "" || answer.HolderChanged {
		return errNumberMoved
	}
	return nil
}

// NoteResetCode writes to an account's trail that support made a code for a new
// password.
func (s *Service) NoteResetCode(ctx context.Context, accountID string) error {
	return s.deps.Store.NoteEntry(ctx, accountID, Entry{At: s.deps.Now(), Actor: ActorOperator, Event: EventResetSent, Party: "support"})
}

// exportWait is how long after a new password nothing is exported: whoever came to
// the account by a code has that much less, and its person that long to notice.
const exportWait = 3 * day

// MayExport returns *LimitError of BucketExport where the password was set anew by a
// code not long ago.
func (l Ledger) MayExport(now time.Time) error {
	for _, e := range l.Entries {
		if until := e.At.Add(exportWait); e.Event == EventPasswordReset && now.Before(until) {
			return &LimitError{Bucket: BucketExport, RetryAt: until}
		}
	}
	return nil
}

// NotePasswordReset writes to an account's trail that its password was set anew: by a
// code, or with the help of support.
func (s *Service) NotePasswordReset(ctx context.Context, accountID, how string) error {
	actor := ActorPC
	if how == "support" {
		actor = ActorOperator
	}
	return s.deps.Store.NoteEntry(ctx, accountID, Entry{At: s.deps.Now(), Actor: actor, Event: EventPasswordReset, Party: how})
}
