package verify

import (
	"time"

	"realname.example/shared/verification"
)

// step is one change of one case: when it happens, who acts, and what it writes
// beside the case, in the same transaction.
type step struct {
	*Case
	now     time.Time
	by      Actor
	cfg     *Config
	effects *Effects
}

func newStep(c *Case, now time.Time, by Actor, cfg *Config) step {
	return step{Case: c, now: now, by: by, cfg: cfg, effects: &Effects{}}
}

// step takes one step of a case and returns what it writes beside it.
func (s *Service) step(c *Case, now time.Time, by Actor, change func(step) error) (Effects, error) {
	next := newStep(c, now, by, &s.cfg)
	err := change(next)
	return *next.effects, err
}

// as is the same step where another acts.
func (c step) as(by Actor) step {
	c.by = by
	return c
}

// note collects an entry under the present status and reason.
func (c step) note(e Event) { c.noteWith(e, "", "") }

// noteWith is note with Entry.Party and Entry.Detail.
func (c step) noteWith(e Event, party, detail string) {
	c.effects.Audit = append(c.effects.Audit, Entry{
		At: c.now, Actor: c.by, Event: e, Status: c.Status, Reason: c.Reason, Party: party, Detail: detail,
	})
	c.reached(e)
}

// noteRisks records the risk rules that the case meets.
func (c step) noteRisks(met []RiskRule) {
	for _, r := range met {
		c.as(ActorServer).noteWith(EventRisk, "", string(r))
	}
	c.Risks = append(c.Risks, met...)
}

// trace collects a trace.
func (c step) trace(t Trace) { c.effects.Traces = append(c.effects.Traces, t) }

// touch notes an act of a person, from which the case's life counts.
func (c step) touch() {
	c.ActiveAt = c.now
	if c.Status == verification.CodeRequired || c.Status == verification.FaceRequired {
		c.EndsAt = c.now.Add(c.cfg.CaseLife)
	}
}

// move applies one row of the table: the status, its reason, its end, and the
// entry that says so. A change that the table lacks is a *ConflictError.
func (c step) move(to verification.Status, why verification.Reason) error {
	if !allows(c.Status, to) || needsNumber(to) && c.Identity.Number.Empty() {
		return c.conflict()
	}
	c.Status, c.Reason, c.StatusSince = to, why, c.now
	switch to {
	case verification.CodeRequired, verification.FaceRequired:
		c.EndsAt = c.ActiveAt.Add(c.cfg.CaseLife)
	case verification.Checking:
		c.EndsAt = c.now.Add(c.cfg.CheckingLife)
	case verification.Confirming:
		c.EndsAt = c.now.Add(c.cfg.ConfirmingLife)
	case verification.Capturing:
		c.EndsAt = c.now.Add(c.cfg.CapturingLife)
	case verification.Judging:
		c.EndsAt = c.now.Add(c.cfg.JudgingLife)
	case verification.InReview:
		c.EndsAt = c.now.Add(c.cfg.ReviewLife)
		c.voidKeys(KeyTicket, KeyTyped) // the phone may still watch
		c.newCapture()
		if c.Phone != nil {
			c.Phone.Step, c.Phone.Action, c.Phone.ActionsDone = verification.StepNone, "", 0
		}
		c.Review = &Review{AskedAt: c.now, Asked: why}
		c.note(EventReviewAsked)
	case verification.Verified:
		c.finish()
		c.effects.Bind = true
		c.note(EventVerified)
	case verification.Rejected:
		c.finish()
		c.note(EventRejected)
	case verification.Expired:
		c.abandon()
		c.note(EventExpired)
	case verification.Cancelled:
		c.abandon()
		c.note(EventCancelled)
	}
	return nil
}

// finish ends the case. The phone may still read the result.
func (c step) finish() {
	c.EndsAt, c.FinishedAt = time.Time{}, c.now
	c.Code, c.Challenge = nil, nil
	c.voidKeys(KeyTicket, KeyTyped)
	if len(c.Actions) > 0 { // drawn and not judged: they wait for the next case
		c.effects.Drawn = &Draw{Actions: c.Actions, At: c.now}
	}
}

// abandon ends a case about which nobody decides any more.
func (c step) abandon() {
	c.finish()
	c.revokePhone()
	c.dropPictures()
}

// lapse applies the end of the present status by time, or the death of the
// server that was at it.
func (c step) lapse() error {
	switch c.Status {
	case verification.CodeRequired, verification.FaceRequired, verification.InReview:
		return c.move(verification.Expired, "")
	case verification.Checking:
		return c.move(verification.CodeRequired, c.Reason)
	case verification.Confirming, verification.Capturing:
		c.revokePhone()
		return c.move(verification.FaceRequired, verification.TooSlow)
	case verification.Judging:
		c.newCapture()
		return c.move(verification.Capturing, "")
	case verification.Verified, verification.Rejected, verification.Expired, verification.Cancelled:
	}
	return nil
}
