package face

import (
	"slices"
	"testing"
	"time"
)

func TestTheMovementsMustReadAsTheChallenge(t *testing.T) {
	at := func(a Action, frame int) event {
		return event{action: a, start: frame, end: frame + 4, top: frame + 2, peak: 20}
	}
	asked := []Action{TurnLeft, Nod, Blink}
	for name, c := range map[string]struct {
		events []event
		answer []int
		extra  int
	}{
		"as asked":                  {[]event{at(TurnLeft, 10), at(Nod, 30), at(Blink, 50)}, []int{0, 1, 2}, -1},
		"another order":             {[]event{at(Nod, 10), at(TurnLeft, 30), at(Blink, 50)}, []int{1}, -1},
		"one more that is not":      {[]event{at(TurnLeft, 10), at(OpenMouth, 20), at(Nod, 30), at(Blink, 50)}, []int{0, 2, 3}, 1},
		"a nod that a turn drags":   {[]event{at(TurnLeft, 10), at(Nod, 11), at(Nod, 30), at(Blink, 50)}, []int{0, 2, 3}, -1},
		"a nod twice":               {[]event{at(TurnLeft, 10), at(Nod, 30), at(Nod, 36), at(Blink, 50)}, []int{0, 1, 3}, -1},
		"a nod where none is asked": {[]event{at(Nod, 10), at(TurnLeft, 25), at(Nod, 40), at(Blink, 60)}, []int{1, 2, 3}, 0},
		"a blink within a turn":     {[]event{at(Blink, 8), at(TurnLeft, 10), at(Nod, 30)}, []int{1, 2}, -1},
		"a blink within the nod":    {[]event{at(TurnLeft, 10), at(Nod, 30), at(Blink, 33)}, []int{0, 1}, -1},
		"a nod within the turn":     {[]event{at(TurnLeft, 10), at(Nod, 12), at(Blink, 50)}, []int{0}, -1},
		"nothing":                   {nil, nil, -1},
	} {
		tr := &trial{capture: Capture{Actions: asked}}
		for i := range 80 {
			tr.at = append(tr.at, time.Duration(i)*100*time.Millisecond)
		}
		answer, extra := tr.reading(c.events)
		if !slices.Equal(answer, c.answer) || extra != c.extra {
			t.Errorf("%s: %v and %d, want %v and %d", name, answer, extra, c.answer, c.extra)
		}
	}
}
