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

// overdue reports whether the present status has ended by time.
func (c *Case) overdue(now time.Time) bool {
	return !c.Status.Final() && !now.Before(c.EndsAt)
}

// require returns a *ConflictError unless the case is in one of the statuses.
func (c *Case) require(in ...verification.Status) error {
	if slices.Contains(in, c.Status) {
		return nil
	}
	return c.conflict()
}

func (c *Case) conflict() error { return &ConflictError{ID: c.ID, Status: c.Status} }

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
