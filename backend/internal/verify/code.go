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
	var before *Code
	c, err := s.own(ctx, caller.AccountID, id, func(c *Case, now time.Time) error {
		if err := c.require(verification.CodeRequired); err != nil {
			return err
		}
		before = c.Code
		c.Code = &Code{
			MAC: s.codeMAC(c, text), SentAt: now, ExpiresAt: now.Add(s.cfg.CodeLife),
			GuessesLeft: s.cfg.CodeGuesses,
		}
		if before != nil && before.ProvenAt.IsZero() {
			c.Code.GuessesLeft = before.GuessesLeft
		}
		c.touch(now, s.cfg)
		s.traceSMS(c, caller, now)
		c.audit(now, ActorPC, EventCodeSent, "sms", "")
		return nil
	})
	if err != nil {
		return verification.View{}, err
	}
	receipt, err := s.sendSMS(ctx, Message{Mobile: c.Identity.Mobile.Reveal(), Code: text})
	if err != nil {
		return verification.View{}, s.unsend(ctx, c, before, err)
	}
	s.follow(ctx, c, receipt)
	return s.view(c), nil
}

// sendSMS sends within its time. A caller who hangs up does not stop it: a
// message may be under way, and its code is the one that counts.
func (s *Service) sendSMS(ctx context.Context, m Message) (Receipt, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.SMSTimeout)
	defer cancel()
	receipt, err := s.SMS.Send(ctx, m)
	if err != nil {
		s.Logger.WarnContext(ctx, "code was not sent", "err", err)
	}
	return receipt, err
}

// unsend makes the code before good again after a failed send.
func (s *Service) unsend(ctx context.Context, sent *Case, before *Code, cause error) error {
	_, err := s.update(context.WithoutCancel(ctx), sent.ID, func(c *Case, _ time.Time) error {
		if c.Code != nil && hmac.Equal(c.Code.MAC, sent.Code.MAC) {
			c.Code = before
		}
		return nil
	})
	return errors.Join(cause, err)
}

// traceSMS counts a message against every cap of docs/api.md.
func (s *Service) traceSMS(c *Case, caller Caller, now time.Time) {
	for _, t := range s.smsTraces(c.Identity.Mobile.Reveal(), caller, now) {
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
	return s.MAC("sms-code", string(c.ID)+"|"+c.Identity.Mobile.Reveal()+"|"+code)
}

// CheckCode proves that the person holds the phone, then lets the carrier and
// the risk rules decide, all within the call. It returns *CodeWrongError and
// ErrCodeExpired; ErrRequest for an empty one, which spends no guess;
// ErrProviderUnavailable where the carrier did not answer, after
// which the same code tries again.
func (s *Service) CheckCode(ctx context.Context, caller Caller, id verification.ID, code string) (verification.View, error) {
	if code = identity.Narrow(code); code == "" {
		return verification.View{}, ErrRequest
	}
	var wrong error
	c, err := s.own(ctx, caller.AccountID, id, func(c *Case, now time.Time) (err error) {
		wrong, err = s.tryCode(c, now, code)
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
func (s *Service) tryCode(c *Case, now time.Time, text string) (wrong, err error) {
	if err := c.require(verification.CodeRequired); err != nil {
		return nil, err
	}
	if c.Code == nil {
		return nil, ErrCodeExpired
	}
	proven := !c.Code.ProvenAt.IsZero()
	if proven && !now.Before(c.Code.ProvenAt.Add(s.cfg.ProvenLife)) || !proven && !now.Before(c.Code.ExpiresAt) {
		return nil, ErrCodeExpired
	}
	c.touch(now, s.cfg)
	if hmac.Equal(c.Code.MAC, s.codeMAC(c, text)) {
		if !proven {
			c.Code.ProvenAt = now
			c.audit(now, ActorPC, EventCodeRight, "", "")
		}
		c.audit(now, ActorServer, EventCarrierAsked, "carrier", "")
		return nil, c.move(now, s.cfg, verification.Checking, "", ActorPC)
	}
	c.Code.GuessesLeft--
	left := c.Code.GuessesLeft
	c.audit(now, ActorPC, EventCodeWrong, "", "")
	if left > 0 {
		return &CodeWrongError{GuessesLeft: left}, nil
	}
	return nil, c.move(now, s.cfg, verification.Rejected, verification.TooManyAttempts, ActorServer)
}

// outcome is what a case in checking comes to.
type outcome struct {
	to    verification.Status
	why   verification.Reason
	risks []RiskRule
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
			if late := settle(ctx, checking.EndsAt.Sub(s.Now()), decide); late != nil {
				s.Logger.ErrorContext(ctx, "outcome was not stored", "case", checking.ID, "err", late)
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
		return s.conclude(ctx, checking, outcome{to: verification.CodeRequired})
	}
	out, err := s.weigh(ctx, checking, answer)
	if err != nil {
		return nil, err
	}
	c, err := s.conclude(ctx, checking, out)
	if errors.Is(err, ErrIdentityBound) {
		c, err = s.conclude(ctx, checking, outcome{to: verification.Rejected, why: verification.IdentityAlreadyBound})
	}
	return c, err
}

// askCarrier tries within the time that code/check has. A carrier that will
// not take the question would not take it again at once.
func (s *Service) askCarrier(ctx context.Context, who Identity) (answer CarrierAnswer, err error) {
	for range s.cfg.CarrierTries {
		try, cancel := context.WithTimeout(ctx, s.cfg.CarrierTimeout)
		answer, err = s.Carrier.Check(try, who)
		cancel()
		if err == nil {
			return answer, nil
		}
		s.Logger.WarnContext(ctx, "carrier gave no answer", "err", err)
		if Refused(err) {
			return CarrierAnswer{}, err
		}
	}
	return CarrierAnswer{}, ErrProviderUnavailable
}

// weigh turns the carrier's answer into an outcome.
func (s *Service) weigh(ctx context.Context, c *Case, answer CarrierAnswer) (outcome, error) {
	if answer.Mismatch != "" {
		return outcome{to: verification.Rejected, why: answer.Mismatch}, nil
	}
	switch holder, err := s.Store.NumberBound(ctx, c.Identity.Key()); {
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

// note records the risk rules that a case meets.
func (c *Case) note(now time.Time, met []RiskRule) {
	for _, r := range met {
		c.audit(now, ActorServer, EventRisk, "", string(r))
	}
	c.Risks = append(c.Risks, met...)
}

// conclude moves a case that is still in the same checking; a late outcome is
// dropped.
func (s *Service) conclude(ctx context.Context, checking *Case, out outcome) (*Case, error) {
	var st standing
	if out.to == verification.Rejected {
		var err error
		if st, err = s.standing(ctx, checking); err != nil {
			return nil, err
		}
	}
	return s.update(ctx, checking.ID, func(c *Case, now time.Time) error {
		if c.Status != verification.Checking || !c.StatusSince.Equal(checking.StatusSince) {
			return nil
		}
		c.note(now, out.risks)
		switch out.to {
		case verification.CodeRequired:
			c.audit(now, ActorServer, EventCarrierAway, "carrier", "")
		case verification.Rejected:
			return s.reject(c, now, out.why, st)
		case verification.Checking, verification.FaceRequired, verification.Confirming, verification.Capturing,
			verification.Judging, verification.InReview, verification.Verified, verification.Expired, verification.Cancelled:
		}
		return c.move(now, s.cfg, out.to, out.why, ActorServer)
	})
}
