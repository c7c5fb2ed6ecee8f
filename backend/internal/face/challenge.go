package face

import (
	"math"
	"time"
)

// besideAction is how close to another movement a blink or a nod may be and
// count as part of it: people blink and dip when they turn.
const besideAction = 500 * time.Millisecond

// challenge looks for the asked actions, in their order. Movements that nobody
// asked for count against the capture, so that a capture made for another
// challenge does not fit this one.
func (t *trial) challenge() (refusal, bool) {
	events := eventsOf(t.signals, t.engine.limits)
	t.steps = make([]Step, 0, len(t.capture.Actions))
	used := make([]bool, len(events))
	from := 0
	var missing Action
	for _, a := range t.capture.Actions {
		step := Step{Action: a}
		for k := from; k < len(events); k++ {
			if events[k].action == a {
				step = Step{a, true, events[k].start, events[k].end, events[k].peak}
				used[k] = true
				from = k + 1
				break
			}
		}
		if !step.Found && missing == "" {
			missing = a
		}
		t.steps = append(t.steps, step)
	}
	t.numbers["events"] = float64(len(events))
	t.numbers["turn_left_most"], t.numbers["turn_right_most"] = t.most()
	if missing != "" {
		for _, e := range events {
			if e.action == missing {
				return refusal{ActionOrder, HintInOrder, missing}, true
			}
		}
		return refusal{ActionMissing, hintFor(missing), missing}, true
	}
	for k, e := range events {
		if !used[k] && !t.excused(e, events, used) {
			return refusal{ActionOrder, HintInOrder, e.action}, true
		}
	}
	return refusal{}, false
}

// excused says whether a movement that was not asked is harmless: a second one
// of the same kind right after an asked one, a blink where no blink is asked,
// or a blink or nod beside an asked movement.
func (t *trial) excused(e event, events []event, used []bool) bool {
	asked := false
	for _, a := range t.capture.Actions {
		asked = asked || a == e.action
	}
	if e.action == Blink && !asked {
		return true
	}
	for k, other := range events {
		if !used[k] {
			continue
		}
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
