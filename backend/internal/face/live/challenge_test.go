package live

import (
	"slices"
	"testing"
	"time"

	"realname.example/shared/verification"
)

func TestTheMovementsMustReadAsTheChallenge(t *testing.T) {
	at := func(a verification.Action, frame int) event {
		return event{action: a, start: frame, end: frame + 4, top: frame + 2, peak: 20}
	}
	asked := []verification.Action{verification.TurnLeft, verification.Nod, verification.Blink}
	for name, c := range map[string]struct {
		events []event
		answer []int
		extra  int
	}{
		"as asked":                  {[]event{at(verification.TurnLeft, 10), at(verification.Nod, 30), at(verification.Blink, 50)}, []int{0, 1, 2}, -1},
		"another order":             {[]event{at(verification.Nod, 10), at(verification.TurnLeft, 30), at(verification.Blink, 50)}, []int{1}, -1},
		"one more that is not":      {[]event{at(verification.TurnLeft, 10), at(verification.OpenMouth, 20), at(verification.Nod, 30), at(verification.Blink, 50)}, []int{0, 2, 3}, 1},
		"a nod that a turn drags":   {[]event{at(verification.TurnLeft, 10), at(verification.Nod, 11), at(verification.Nod, 30), at(verification.Blink, 50)}, []int{0, 2, 3}, -1},
		"a nod twice":               {[]event{at(verification.TurnLeft, 10), at(verification.Nod, 30), at(verification.Nod, 36), at(verification.Blink, 50)}, []int{0, 1, 3}, -1},
		"a nod where none is asked": {[]event{at(verification.Nod, 10), at(verification.TurnLeft, 25), at(verification.Nod, 40), at(verification.Blink, 60)}, []int{1, 2, 3}, 0},
		"a blink within a turn":     {[]event{at(verification.Blink, 8), at(verification.TurnLeft, 10), at(verification.Nod, 30)}, []int{1, 2}, -1},
		"a blink within the nod":    {[]event{at(verification.TurnLeft, 10), at(verification.Nod, 30), at(verification.Blink, 33)}, []int{0, 1}, -1},
		"a nod within the turn":     {[]event{at(verification.TurnLeft, 10), at(verification.Nod, 12), at(verification.Blink, 50)}, []int{0}, -1},
		"nothing":                   {nil, nil, -1},
	} {
		tr := &Sequence{Actions: asked}
		for i := range 80 {
			tr.At = append(tr.At, time.Duration(i)*100*time.Millisecond)
		}
		answer, extra := tr.reading(c.events)
		if !slices.Equal(answer, c.answer) || extra != c.extra {
			t.Errorf("%s: %v and %d, want %v and %d", name, answer, extra, c.answer, c.extra)
		}
	}
}
