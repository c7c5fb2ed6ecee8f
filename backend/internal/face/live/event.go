package live

import (
	"cmp"
	"math"
	"slices"
	"time"

	"realname.example/shared/verification"
)

// event is one movement: the frames from which it left the neutral to which it
// came back, and how far it went in its own unit (degrees, ratio).
type event struct {
	action     verification.Action
	start, end int // first and last frame of the movement
	top        int // frame of the peak
	peak       float64
}

// gauge says how one kind of movement is measured and when it counts: it begins
// where the value passes low, counts if it reaches high, and ends where the
// value falls under low again, or under a share of its peak: a head that nodded
// may stay a little lower than before.
type gauge struct {
	action    verification.Action
	value     func(signal) float64
	low, high float64
	share     float64
	shortest  time.Duration // from low to low
	longest   time.Duration
}

// gauges of the actions, with the limits' numbers.
func gauges(t Limits) []gauge {
	return []gauge{
		{verification.TurnLeft, signal.turn, t.Turn / 2, t.Turn, 0, 80 * time.Millisecond, 6 * time.Second},
		{verification.TurnRight, func(s signal) float64 { return -s.turn() }, t.Turn / 2, t.Turn, 0, 80 * time.Millisecond, 6 * time.Second},
		{verification.Nod, nodding, t.Nod / 2, t.Nod, 0.5, 80 * time.Millisecond, 4 * time.Second},
		{verification.OpenMouth, opening, t.Mouth / 2, t.Mouth, 0, 80 * time.Millisecond, 6 * time.Second},
		{verification.Blink, func(s signal) float64 { return 1 - s.eyes }, 1 - t.EyesBack, 1 - t.EyesShut, 0, 0, time.Second},
		{verification.ComeCloser, func(s signal) float64 { return s.size - 1 }, (t.Closer - 1) / 2, t.Closer - 1, 0, 80 * time.Millisecond, 30 * time.Second},
	}
}

// nodding is the movement up or down, and none while the head is turned: a turn
// drags the pitch along.
func nodding(s signal) float64 {
	if math.Abs(s.turn()) > 12 {
		return 0
	}
	return math.Abs(s.tilt())
}

// opening is how much wider the mouth is than in neutral.
func opening(s signal) float64 { return s.mouthRel }

// eventsOf finds every movement of every kind, in the order of their starts. A
// movement that has not come back when the frames end counts only if it is an
// approach.
func eventsOf(signals []signal, t Limits) []event {
	var found []event
	for _, g := range gauges(t) {
		found = append(found, g.find(signals)...)
	}
	slices.SortStableFunc(found, func(a, b event) int { return cmp.Compare(a.top, b.top) })
	return found
}

func (g gauge) find(signals []signal) []event {
	var found []event
	var e event
	open := false
	finish := func(back bool) {
		long := signals[e.end].at - signals[e.start].at
		fits := long >= g.shortest && long <= g.longest
		if e.peak >= g.high && fits && (back || g.action == verification.ComeCloser) {
			found = append(found, e)
		}
		open = false
	}
	last := 0
	for i, s := range signals {
		if !s.seen {
			continue
		}
		last = i
		v := g.value(s)
		switch {
		case open && v < max(g.low, g.share*e.peak):
			e.end = i
			finish(true)
		case open && v > e.peak:
			e.peak, e.top = v, i
		case !open && v >= g.low:
			open = true
			e = event{g.action, max(0, i-1), i, i, v}
		}
	}
	if open {
		e.end = last
		finish(false)
	}
	return found
}
