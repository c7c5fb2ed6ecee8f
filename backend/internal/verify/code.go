package verify

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"time"

	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// codeDigits is the length of an SMS code (docs/api.md).
const codeDigits = 6

// SendCode sends a code, or another one that voids the one before. It returns
// *LimitError where a cap is reached, ours or the sender's, and
// ErrProviderUnavailable where the message could not be sent; the code before
// then stays good.
func (s *Service) SendCode(ctx context.Context, caller Caller, id verification.ID) (verification.View, error) {
	n, err := s.number(1_000_000)
	if err != nil {
		return verification.View{}, err
	}
	text := fmt.Sprintf("%0*d", codeDigits, n)
	next, err := s.codeAfter(ctx, caller, id)
	if err != nil {
		return verification.View{}, err
	}
	var before *Code
	c, err := s.updateByOwner(ctx, caller.AccountID, id, func(c step) error {
		if err := c.require(verification.CodeRequired); err != nil {
			return err
		}
		before = c.Code
		c.Code = &Code{
			MAC: s.codeMAC(c.Case, text), SentAt: c.now, ExpiresAt: c.now.Add(s.cfg.CodeLife),
			GuessesLeft: s.cfg.CodeGuesses, NextAt: next,
		}
		if before != nil && before.ProvenAt.IsZero() {
			c.Code.GuessesLeft = before.GuessesLeft
		}
		c.touch()
		s.traceSMS(c, caller)
		c.noteWith(EventCodeSent, "sms", "")
		return nil
	})
	if err != nil {
		return verification.View{}, err
	}
	receipt, err := s.sendSMS(ctx, Message{Mobile: c.Identity.Mobile.Reveal(), Code: text})
	if err != nil {
		return verification.View{}, s.restoreCode(ctx, c, before, err)
	}
	s.follow(ctx, c, receipt)
	return s.view(c), nil
}

// codeAfter is when another code may follow one that is sent now, by every cap that it
// counts against.
func (s *Service) codeAfter(ctx context.Context, caller Caller, id verification.ID) (next time.Time, err error) {
	c, err := s.deps.Store.Case(ctx, id)
	if err != nil {
		return next, err
	}
	if c.AccountID != caller.AccountID {
		return next, ErrNotFound
	}
	for _, t := range s.smsTraces(c.Identity.Mobile.Reveal(), caller, s.deps.Now()) {
		for _, of := range t.Limits {
			free, err := s.freeAfter(ctx, t, of)
			if err != nil {
				return next, err
			}
			if free.After(next) {
				next = free
			}
		}
	}
	return next, nil
}

// freeAfter is when another trace may follow one by a limit; zero where it leaves room.
func (s *Service) freeAfter(ctx context.Context, t Trace, of Limit) (time.Time, error) {
	if of.N == 1 { // this one is all that the limit takes
		free := t.At.Add(of.Window)
		if t.Bucket.OverAll() {
			free = free.Truncate(time.Minute).Add(time.Minute)
		}
		return free, nil
	}
	t.Limits = []Limit{{of.N - 1, of.Window}}
	full, err := s.allowed(ctx, t)
	if err != nil || full == nil {
		return time.Time{}, err
	}
	return full.RetryAt, nil
}

// sendSMS sends within its time. A caller who hangs up does not stop it: a
// message may be under way, and its code is the one that counts.
func (s *Service) sendSMS(ctx context.Context, m Message) (Receipt, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.SMSTimeout)
	defer cancel()
	receipt, err := s.deps.SMS.Send(ctx, m)
	if err != nil {
		s.deps.Logger.WarnContext(ctx, "code was not sent", "err", err)
	}
	return receipt, err
}

// restoreCode makes the code before good again after a failed send.
func (s *Service) restoreCode(ctx context.Context, sent *Case, before *Code, cause error) error {
	_, err := s.update(context.WithoutCancel(ctx), sent.ID, ActorServer, func(c step) error {
		if c.Code != nil && hmac.Equal(c.Code.MAC, sent.Code.MAC) {
			c.Code = before
		}
		return nil
	})
	return errors.Join(cause, err)
}

// traceSMS counts a message against every cap of docs/api.md.
func (s *Service) traceSMS(c step, caller Caller) {
	for _, t := range s.smsTraces(c.Identity.Mobile.Reveal(), caller, c.now) {
		c.trace(t)
	}
}

// smsTraces are what a message to a number counts as.
func (s *Service) smsTraces(mobile string, caller Caller, now time.Time) []Trace {
	traces := []Trace{
		{
			Bucket: BucketSMSNumber, Subject: mobile, At: now,
			Limits: limits(Limit{1, s.cfg.SMSInterval}, Limit{s.cfg.SMSHourly, time.Hour}, Limit{s.cfg.SMSDaily, day}),
		},
		{Bucket: BucketSMSAccount, Subject: caller.AccountID, At: now, Limits: limits(Limit{s.cfg.SMSAccount, day})},
		{Bucket: BucketSMSAll, At: now, Limits: limits(Limit{s.cfg.SMSAll, day})},
	}
	if most := s.cfg.perAddress(caller.Trusted, s.cfg.SMSAddress, s.cfg.TrustedSMS); most > 0 {
		traces = append(traces, Trace{Bucket: BucketSMSAddress, Subject: caller.Address, At: now, Limits: limits(Limit{most, day})})
	}
	return traces
}

// codeMAC binds a code to its case and number.
func (s *Service) codeMAC(c *Case, code string) []byte {
	return s.deps.MAC("sms-code", string(c.ID)+"|"+c.Identity.Mobile.Reveal()+"|"+code)
}

// CheckCode proves that the person holds the phone, then lets the carrier and
// the risk rules decide, all within the call. It returns *CodeWrongError and
// ErrCodeExpired; ErrRequest for an empty one, which spends no guess;
// ErrProviderUnavailable where the carrier did not answer, after
// which the same code tries again.
func (s *Service) CheckCode(ctx context.Context, caller Caller, id verification.ID, code string) (verification.View, error) {
	if code = identity.Narrow(code); code == "" {
		return verification.View{}, &RequestError{Field: "code", Missing: true}
	}
	var wrong error
	c, err := s.updateByOwner(ctx, caller.AccountID, id, func(c step) (err error) {
		wrong, err = s.tryCode(c, code)
		return err
	})
	switch {
	case err != nil:
		return verification.View{}, err
	case wrong != nil:
		return verification.View{}, wrong
	case c.Status != verification.Checking:
		return s.view(c), nil
	}
	s.running.Add(1)
	defer s.running.Done()
	return s.decideMobile(context.WithoutCancel(ctx), c)
}

// tryCode spends a guess. A wrong code is committed and told; an error that
// changes nothing is returned as err.
func (s *Service) tryCode(c step, text string) (wrong, err error) {
	if err := c.require(verification.CodeRequired); err != nil {
		return nil, err
	}
	if c.Code == nil {
		return nil, ErrCodeExpired
	}
	proven := !c.Code.ProvenAt.IsZero()
	if proven && !c.now.Before(c.Code.ProvenAt.Add(s.cfg.ProvenLife)) || !proven && !c.now.Before(c.Code.ExpiresAt) {
		return nil, ErrCodeExpired
	}
	c.touch()
	if hmac.Equal(c.Code.MAC, s.codeMAC(c.Case, text)) {
		if !proven {
			c.Code.ProvenAt = c.now
			c.note(EventCodeRight)
		}
		c.as(ActorServer).noteWith(EventCarrierAsked, "carrier", "")
		return nil, c.move(verification.Checking, "")
	}
	c.Code.GuessesLeft--
	left := c.Code.GuessesLeft
	c.note(EventCodeWrong)
	if left > 0 {
		return &CodeWrongError{GuessesLeft: left}, nil
	}
	return nil, c.as(ActorServer).move(verification.Rejected, verification.TooManyAttempts)
}

// decideMobile asks the carrier and applies the order of docs/api.md: mismatch,
// already bound, risk rules, verified. Where the database is away, the caller is told
// and the outcome is written later.
func (s *Service) decideMobile(ctx context.Context, checking *Case) (verification.View, error) {
	answer, away := s.askCarrier(ctx, checking.Identity)
	var c *Case
	decide := func(ctx context.Context) (err error) {
		c, err = s.decideBy(ctx, checking, answer, away)
		return err
	}
	if err := try(ctx, decide); err != nil {
		s.running.Add(1)
		go func() {
			defer s.running.Done()
			if late := persist(ctx, checking.EndsAt.Sub(s.deps.Now()), decide); late != nil {
				s.deps.Logger.ErrorContext(ctx, "outcome was not stored", "case", checking.ID, "err", late)
			}
		}()
		return verification.View{}, err
	}
	if away != nil && c.Status == verification.CodeRequired {
		return verification.View{}, away
	}
	return s.view(c), nil
}

// decideBy writes what a carrier's answer comes to; away is why there is none.
func (s *Service) decideBy(ctx context.Context, checking *Case, answer CarrierAnswer, away error) (*Case, error) {
	if away != nil {
		return s.settle(ctx, checking, outcome{to: verification.CodeRequired})
	}
	out, err := s.outcomeOf(ctx, checking, answer)
	if err != nil {
		return nil, err
	}
	return s.settle(ctx, checking, out)
}

// askCarrier tries within the time that code/check has. A carrier that will
// not take the question would not take it again at once.
func (s *Service) askCarrier(ctx context.Context, who Identity) (answer CarrierAnswer, err error) {
	for range s.cfg.CarrierTries {
		try, cancel := context.WithTimeout(ctx, s.cfg.CarrierTimeout)
		answer, err = s.deps.Carrier.Check(try, who)
		cancel()
		if err == nil {
			return answer, nil
		}
		s.deps.Logger.WarnContext(ctx, "carrier gave no answer", "err", err)
		if Refused(err) {
			return CarrierAnswer{}, err
		}
	}
	return CarrierAnswer{}, ErrProviderUnavailable
}

// outcomeOf is what a carrier's answer comes to.
func (s *Service) outcomeOf(ctx context.Context, c *Case, answer CarrierAnswer) (outcome, error) {
	if answer.Mismatch != "" {
		return outcome{to: verification.Rejected, why: answer.Mismatch}, nil
	}
	switch holder, err := s.deps.Store.NumberBound(ctx, c.Identity.Key()); {
	case err == nil && holder != c.AccountID:
		return outcome{to: verification.Rejected, why: verification.IdentityAlreadyBound}, nil
	case err != nil && !errors.Is(err, ErrNotFound):
		return outcome{}, err
	}
	met, err := s.risks(ctx, c, answer)
	if err != nil {
		return outcome{}, err
	}
	if len(met) > 0 {
		return suspected(c, met), nil
	}
	return outcome{to: verification.Verified}, nil
}

// suspected demands a face scan of who meets risk rules.
func suspected(c *Case, met []RiskRule) outcome {
	to := verification.FaceRequired
	if c.AttemptsLeft == 0 { // spent by strangers: whoever holds the phone has a way on
		to = verification.InReview
	}
	return outcome{to: to, why: verification.Risk, risks: met}
}
