package live

import (
	"slices"
	"time"

	"realname.example/backend/internal/face/look"
	"realname.example/shared/verification"
)

// besideAction is how close to another movement a blink or a nod may be and
// count as part of it: people blink and dip when they turn.
const besideAction = 500 * time.Millisecond

// Answers looks for the asked actions among the movements, in their order. Movements
// that nobody asked for count against the capture, so that a capture made for
// another challenge does not fit this one.
func (s *Sequence) Answers() Refusal {
	events := s.confirmed()
	s.Numbers["events"] = float64(len(events))
	s.Numbers["turn_left_most"], s.Numbers["turn_right_most"] = s.most()
	answer, extra := s.reading(events)
	s.Steps = make([]Step, len(s.Actions))
	for i, a := range s.Actions {
		s.Steps[i] = Step{Action: a}
		if i < len(answer) {
			e := events[answer[i]]
			s.Steps[i] = Step{a, true, e.start, e.end, e.peak, e.top}
		}
	}
	switch {
	case len(answer) < len(s.Actions):
		return missing(s.Actions[len(answer)], events)
	case extra >= 0:
		return Refusal{ActionOrder, look.HintInOrder, events[extra].action}
	}
	return Refusal{}
}

// missing is the refusal where an action was not seen in its place.
func missing(a verification.Action, events []event) Refusal {
	if slices.ContainsFunc(events, func(e event) bool { return e.action == a }) {
		return Refusal{ActionOrder, look.HintInOrder, a}
	}
	return Refusal{ActionMissing, hintFor(a), a}
}

// maxReadings bounds the search in a capture that is nothing but movements.
const maxReadings = 2000

// reading matches the asked actions with events in their order, so that as many
// as possible are found and, where all are, no event is left over that nobody
// asked for; extra is one that is, or -1. A movement may show as several
// events, and only one reading of them need answer the challenge.
func (s *Sequence) reading(events []event) (answer []int, extra int) {
	extra = -1
	left := maxReadings
	var walk func(found []int, from int) bool
	walk = func(found []int, from int) bool {
		if len(found) > len(answer) {
			answer = slices.Clone(found)
		}
		if len(found) == len(s.Actions) {
			over := s.leftOver(events, found)
			if over < 0 {
				answer, extra = slices.Clone(found), -1
				return true
			}
			if extra < 0 {
				extra = over
			}
			left--
			return left == 0
		}
		for k := from; k < len(events); k++ {
			if events[k].action == s.Actions[len(found)] && s.meant(events, k) && walk(append(found, k), k+1) {
				return true
			}
		}
		return false
	}
	walk(nil, 0)
	return answer, extra
}

// meant says whether a movement can be the answer to an action: a blink only
// beside no other movement, since people blink when they move, and a nod only
// where its peak is beside no turn, since a turn drags the chin along. What a
// turn drags may run on into the nod that follows.
func (s *Sequence) meant(events []event, k int) bool {
	e := events[k]
	first, last := e.start, e.end
	if e.action == verification.Nod {
		first, last = e.top, e.top
	}
	return !slices.ContainsFunc(events, func(o event) bool {
		drags := e.action == verification.Blink && o.action != verification.Blink || e.action == verification.Nod && o.action.Turn()
		return drags && o.start <= last && first <= o.end
	})
}

// leftOver returns the first event that is neither part of the answer nor
// excused, or -1.
func (s *Sequence) leftOver(events []event, answer []int) int {
	for k, e := range events {
		if !slices.Contains(answer, k) && !s.excused(e, events, answer) {
			return k
		}
	}
	return -1
}

// excused says whether a movement that was not asked is harmless: a second one
// of the same kind right after an asked one, a blink where no blink is asked,
// or a blink or nod beside an asked movement.
func (s *Sequence) excused(e event, events []event, answer []int) bool {
	if e.action == verification.Blink && !slices.Contains(s.Actions, verification.Blink) {
		return true
	}
	for _, k := range answer {
		other := events[k]
		gap := max(s.At[other.start]-s.At[e.end], s.At[e.start]-s.At[other.end])
		same := other.action == e.action
		if gap < besideAction && (same || e.action == verification.Blink || e.action == verification.Nod) {
			return true
		}
	}
	return false
}

// most is how far the head turned to each side, in degrees.
func (s *Sequence) most() (left, right float64) {
	for _, g := range s.signals {
		if g.seen {
			left, right = max(left, g.turn()), max(right, -g.turn())
		}
	}
	return left, right
}

func hintFor(a verification.Action) look.Hint {
	switch a {
	case verification.TurnLeft, verification.TurnRight:
		return look.HintTurnMore
	case verification.Nod:
		return look.HintNodMore
	case verification.OpenMouth:
		return look.HintOpenMore
	case verification.Blink:
		return look.HintBlink
	case verification.ComeCloser:
		return look.HintNearer
	}
	return look.HintRetry
}
