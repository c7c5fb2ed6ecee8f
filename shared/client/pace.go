package client

import (
	"errors"
	"time"

	"realname.example/shared/problem"
)

// pace is how soon a watcher asks its server again. A slow server is asked less: what is
// waited grows with the time that its last answer took, and doubles with each failure in
// a row. So what many watchers ask together stays below what the server can answer.
type pace struct {
	took   time.Duration // of the last answer, or until it was given up
	failed int           // answers in a row that brought nothing
	least  time.Duration // Retry-After of the last answer
}

// Bounds of a pace, before it is spread.
const (
	backoffMost = 10 * time.Second
	restFactor  = 4 // a server is let alone for so many times as long as it took
	restMost    = 30 * time.Second
)

// answered notes how long an answer took, and by err whether it brought what was asked for.
func (p *pace) answered(took time.Duration, err error) {
	p.took, p.least = took, 0
	if err == nil {
		p.failed = 0
		return
	}
	p.failed++
	var refused *problem.Problem
	if errors.As(err, &refused) {
		p.least = refused.RetryAfter
	}
}

// wait returns how long to wait, where base is for a server that answers well and at
// once. By jitter, in [0, 1), it is spread from half to twice as long, so that those who
// were cut off at one moment do not come back at one. It is never shorter than the
// server asked for.
func (p *pace) wait(base time.Duration, jitter float64) time.Duration {
	d := max(min(base<<min(p.failed, 10), max(base, backoffMost)), min(restFactor*p.took, restMost))
	return p.least + d/2 + time.Duration(jitter*1.5*float64(d))
}
