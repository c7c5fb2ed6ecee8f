package live

import (
	"slices"

	"realname.example/backend/internal/face/look"
	"realname.example/shared/verification"
)

// sureShare is by how much more than its threshold a movement has to be to count
// where a face was followed: there the measures differ by a degree or so from those
// of a look of its own, by which the thresholds were chosen.
const sureShare = 1.2

// Unsure finds the movements, and lists the frames at the top of those that are hardly
// any: each of these is to be looked at by itself (Look.Alone) before Answers is asked.
func (s *Sequence) Unsure() (tops []int) {
	s.events = eventsOf(s.signals, s.Limits)
	for _, e := range s.events {
		if s.unsure(e) && !slices.Contains(tops, e.top) {
			tops = append(tops, e.top)
		}
	}
	return tops
}

// unsure says whether a movement is hardly enough, where its top was followed only.
func (s *Sequence) unsure(e event) bool {
	return e.peak < sureShare*s.gauge(e.action).high && !s.Looks[e.top].Found
}

// confirmed leaves out the unsure movements that a look by itself does not show.
func (s *Sequence) confirmed() []event {
	return slices.DeleteFunc(s.events, func(e event) bool {
		if !s.unsure(e) {
			return false
		}
		g := s.gauge(e.action)
		seen := signalsOf([]*look.Look{s.Looks[e.top].Alone}, s.At[e.top:], s.neutral)[0]
		return !seen.seen || g.value(seen) < g.high
	})
}

// gauge is that of an action.
func (s *Sequence) gauge(a verification.Action) gauge {
	all := gauges(s.Limits)
	return all[slices.IndexFunc(all, func(g gauge) bool { return g.action == a })]
}
