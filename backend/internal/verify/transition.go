package verify

import (
	"slices"
	"time"

	"realname.example/shared/verification"
)

// transitions is the one table of legal changes of status. The empty status is
// a case that does not exist yet.
var transitions = map[verification.Status][]verification.Status{
	"": {
		verification.CodeRequired, verification.FaceRequired, verification.InReview,
		verification.Verified, verification.Rejected,
	},
	verification.CodeRequired: {
		verification.Checking, verification.Rejected, verification.Expired, verification.Cancelled,
	},
	verification.Checking: {
		verification.Verified, verification.Rejected, verification.FaceRequired,
		verification.CodeRequired, verification.InReview, verification.Cancelled,
	},
	verification.FaceRequired: {
		verification.Confirming, verification.InReview, verification.Expired, verification.Cancelled,
	},
	verification.Confirming: {
		verification.Capturing, verification.FaceRequired, verification.InReview, verification.Rejected,
		verification.Cancelled,
	},
	verification.Capturing: {
		verification.Judging, verification.FaceRequired, verification.InReview, verification.Rejected,
		verification.Cancelled,
	},
	verification.Judging: {
		verification.Verified, verification.Rejected, verification.FaceRequired,
		verification.InReview, verification.Capturing, verification.Cancelled,
	},
	verification.InReview: {
		verification.Verified, verification.Rejected, verification.Expired, verification.Cancelled,
	},
	verification.Verified:  {},
	verification.Rejected:  {},
	verification.Expired:   {},
	verification.Cancelled: {},
}

// allows reports whether the table has the change.
func allows(from, to verification.Status) bool {
	return slices.Contains(transitions[from], to)
}

// needsNumber reports whether a case is about somebody in a status. The database
// holds the same.
func needsNumber(s verification.Status) bool {
	return s != verification.Rejected && s != verification.Expired && s != verification.Cancelled
}

// move applies one row of the table: the status, its reason, its end, and the
// entry that says so. A change that the table lacks is a *ConflictError.
func (c *Case) move(now time.Time, cfg Config, to verification.Status, why verification.Reason, by Actor) error {
	if !allows(c.Status, to) || needsNumber(to) && c.Identity.Number.Empty() {
		return c.conflict()
	}
	c.Status, c.Reason, c.StatusSince = to, why, now
	switch to {
	case verification.CodeRequired, verification.FaceRequired:
		c.EndsAt = c.ActiveAt.Add(cfg.CaseLife)
	case verification.Checking:
		c.EndsAt = now.Add(cfg.CheckingLife)
	case verification.Confirming:
		c.EndsAt = now.Add(cfg.ConfirmingLife)
	case verification.Capturing:
		c.EndsAt = now.Add(cfg.CapturingLife)
	case verification.Judging:
		c.EndsAt = now.Add(cfg.JudgingLife)
	case verification.InReview:
		c.EndsAt = now.Add(cfg.ReviewLife)
		c.voidKeys(KeyTicket, KeyTyped) // the phone may still watch
		c.newCapture()
		c.Review = &Review{AskedAt: now, Asked: why}
		c.audit(now, by, EventReviewAsked, "", "")
	case verification.Verified:
		c.finish(now)
		c.effects.Bind = true
		c.audit(now, by, EventVerified, "", "")
	case verification.Rejected:
		c.finish(now)
		c.audit(now, by, EventRejected, "", "")
	case verification.Expired:
		c.finish(now)
		c.revokePhone()
		c.dropPictures() // nobody decides about them any more
		c.audit(now, by, EventExpired, "", "")
	case verification.Cancelled:
		c.finish(now)
		c.revokePhone()
		c.dropPictures()
		c.audit(now, by, EventCancelled, "", "")
	}
	return nil
}

// finish ends the case. The phone may still read the result.
func (c *Case) finish(now time.Time) {
	c.EndsAt, c.FinishedAt = time.Time{}, now
	c.Code, c.Challenge = nil, nil
	c.voidKeys(KeyTicket, KeyTyped)
	if len(c.Actions) > 0 { // drawn and not judged: they wait for the next case
		c.effects.Drawn = &Draw{Actions: c.Actions, At: now}
	}
}

// overdue reports whether the present status has ended by time.
func (c *Case) overdue(now time.Time) bool {
	return !c.Status.Final() && !now.Before(c.EndsAt)
}

// lapse applies the end of the present status by time, or the death of the
// server that was at it.
func (c *Case) lapse(now time.Time, cfg Config) error {
	switch c.Status {
	case verification.CodeRequired, verification.FaceRequired, verification.InReview:
		return c.move(now, cfg, verification.Expired, "", ActorServer)
	case verification.Checking:
		return c.move(now, cfg, verification.CodeRequired, c.Reason, ActorServer)
	case verification.Confirming, verification.Capturing:
		c.revokePhone()
		return c.move(now, cfg, verification.FaceRequired, verification.TooSlow, ActorServer)
	case verification.Judging:
		c.newCapture()
		return c.move(now, cfg, verification.Capturing, "", ActorServer)
	case verification.Verified, verification.Rejected, verification.Expired, verification.Cancelled:
		return nil
	}
	return nil
}

// touch notes an act of a person, from which the case's life counts.
func (c *Case) touch(now time.Time, cfg Config) {
	c.ActiveAt = now
	if c.Status == verification.CodeRequired || c.Status == verification.FaceRequired {
		c.EndsAt = now.Add(cfg.CaseLife)
	}
}

// require returns a *ConflictError unless the case is in one of the statuses.
func (c *Case) require(in ...verification.Status) error {
	if slices.Contains(in, c.Status) {
		return nil
	}
	return c.conflict()
}

func (c *Case) conflict() error { return &ConflictError{ID: c.ID, Status: c.Status} }

// audit collects an entry under the present status and reason.
func (c *Case) audit(now time.Time, by Actor, e Event, party, detail string) {
	c.effects.Audit = append(c.effects.Audit, Entry{
		At: now, Actor: by, Event: e, Status: c.Status, Reason: c.Reason, Party: party, Detail: detail,
	})
}

// trace collects a trace.
func (c *Case) trace(t Trace) { c.effects.Traces = append(c.effects.Traces, t) }

// revokePhone ends the hand-off: no key opens the case any more.
func (c *Case) revokePhone() {
	c.voidKeys(KeyTicket, KeyTyped, KeyPhone)
	c.Phone = nil
	c.newCapture()
}

// newCapture forgets the challenge, so that another has to be asked for.
func (c *Case) newCapture() { c.Challenge = nil }

// useKeys voids every ticket and typed code by a claim.
func (c *Case) useKeys() {
	for i := range c.Keys {
		if k := &c.Keys[i]; k.Kind != KeyPhone && !k.Void {
			k.Void, k.Used = true, true
		}
	}
}

func (c *Case) voidKeys(kinds ...KeyKind) {
	for i := range c.Keys {
		if slices.Contains(kinds, c.Keys[i].Kind) {
			c.Keys[i].Void = true
		}
	}
}

// key returns the case's key with a hash, or nil.
func (c *Case) key(kind KeyKind, hash string) *Key {
	for i := range c.Keys {
		if c.Keys[i].Kind == kind && c.Keys[i].Hash == hash {
			return &c.Keys[i]
		}
	}
	return nil
}
