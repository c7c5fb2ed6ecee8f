package face

import (
	"context"
	"math"
	"slices"
	"time"
)

// besideAction is how close to another movement a blink or a nod may be and
// count as part of it: people blink and dip when they turn.
const besideAction = 500 * time.Millisecond

// challenge looks for the asked actions, in their order. Movements that nobody
// asked for count against the capture, so that a capture made for another
// challenge does not fit this one.
func (t *trial) challenge(ctx context.Context) (refusal, bool, error) {
	events, err := t.movements(ctx)
	if err != nil {
		return refusal{}, false, err
	}
	t.numbers["events"] = float64(len(events))
	t.numbers["turn_left_most"], t.numbers["turn_right_most"] = t.most()
	answer, extra := t.reading(events)
	t.steps = make([]Step, 0, len(t.capture.Actions))
	for i, a := range t.capture.Actions {
		if i < len(answer) {
			e := events[answer[i]]
			t.steps = append(t.steps, Step{a, true, e.start, e.end, e.peak, e.top})
			continue
		}
		t.steps = append(t.steps, Step{Action: a})
	}
	if len(answer) < len(t.capture.Actions) {
		missing := t.capture.Actions[len(answer)]
		for _, e := range events {
			if e.action == missing {
				return refusal{ActionOrder, HintInOrder, missing}, true, nil
			}
		}
		return refusal{ActionMissing, hintFor(missing), missing}, true, nil
	}
	if extra >= 0 {
		return refusal{ActionOrder, HintInOrder, events[extra].action}, true, nil
	}
	return refusal{}, false, nil
}

// maxReadings bounds the search in a capture that is nothing but movements.
const maxReadings = 2000

// reading matches the asked actions with events in their order, so that as many
// as possible are found and, where all are, no event is left over that nobody
// asked for; extra is one that is, or -1. A movement may show as several
// events, and only one reading of them need answer the challenge.
func (t *trial) reading(events []event) (answer []int, extra int) {
	extra = -1
	left := maxReadings
	var walk func(found []int, from int) bool
	walk = func(found []int, from int) bool {
		if len(found) > len(answer) {
			answer = slices.Clone(found)
		}
		if len(found) == len(t.capture.Actions) {
			over := t.leftOver(events, found)
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
			if events[k].action == t.capture.Actions[len(found)] && t.meant(events, k) && walk(append(found, k), k+1) {
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
func (t *trial) meant(events []event, k int) bool {
	e := events[k]
	first, last := e.start, e.end
	if e.action == Nod {
		first, last = e.top, e.top
	}
	return !slices.ContainsFunc(events, func(o event) bool {
		drags := e.action == Blink && o.action != Blink || e.action == Nod && o.action.Turn()
		return drags && o.start <= last && first <= o.end
	})
}

// leftOver returns the first event that is neither part of the answer nor
// excused, or -1.
func (t *trial) leftOver(events []event, answer []int) int {
	for k, e := range events {
		if !slices.Contains(answer, k) && !t.excused(e, events, answer) {
			return k
		}
	}
	return -1
}

// excused says whether a movement that was not asked is harmless: a second one
// of the same kind right after an asked one, a blink where no blink is asked,
// or a blink or nod beside an asked movement.
func (t *trial) excused(e event, events []event, answer []int) bool {
	if e.action == Blink && !slices.Contains(t.capture.Actions, Blink) {
		return true
	}
	for _, k := range answer {
		other := events[k]
		gap := max(t.at[other.start]-t.at[e.end], t.at[e.start]-t.at[other.end])
		same := other.action == e.action
		if gap < besideAction && (same || e.action == Blink || e.action == Nod) {
			return true
		}
	}
	return false
}

// most is how far the head turned to each side, in degrees.
func (t *trial) most() (left, right float64) {
	for _, s := range t.signals {
		if s.seen {
			left, right = max(left, s.turn()), max(right, -s.turn())
		}
	}
	return left, right
}

func hintFor(a Action) Hint {
	switch a {
	case TurnLeft, TurnRight:
		return HintTurnMore
	case Nod:
		return HintNodMore
	case OpenMouth:
		return HintOpenMore
	case Blink:
		return HintBlink
	case ComeCloser:
		return HintNearer
	}
	return HintRetry
}

// relief compares the landmarks of the neutral with those at the top of every
// asked turn. A plane, however it is held, moves them by a homography; a head
// does not.
func (t *trial) relief() (refusal, bool) {
	first, _ := t.ends()
	base := &first[len(first)-1].mesh
	for _, s := range t.steps {
		if !s.Action.Turn() {
			continue
		}
		top := s.Start
		for i := s.Start; i <= s.End; i++ {
			if t.signals[i].seen && math.Abs(t.signals[i].turn()) > math.Abs(t.signals[top].turn()) {
				top = i
			}
		}
		r := planeResidual(base, &t.looks[top].mesh)
		t.numbers["relief_"+string(s.Action)] = r
		if r < minRelief {
			return refusal{FlatSurface, HintRetry, s.Action}, true
		}
	}
	if still := stillness(t.looks, t.signals); still > 0 {
		t.numbers["still_texture"] = still
		if still < minTexture {
			return refusal{reason: FlatSurface, hint: HintRetry}, true
		}
	}
	return refusal{}, false
}
