package live

import (
	"math"
	"testing"
	"time"

	"realname.example/shared/verification"
)

// movement makes signals at 10 frames/s that follow f.
func movement(n int, f func(i int, s *signal)) []signal {
	out := make([]signal, n)
	for i := range out {
		out[i] = signal{at: time.Duration(i) * 100 * time.Millisecond, seen: true, eyes: 1, size: 1}
		f(i, &out[i])
	}
	return out
}

func TestATurnCountsOnlyWhereBothMeasuresAgree(t *testing.T) {
	swing := func(i int) float64 { return 22 * max(0, math.Sin(float64(i-5)/10*math.Pi)) * b2f(i >= 5 && i <= 15) }
	for name, c := range map[string]struct {
		net, mesh float64
		want      []verification.Action
	}{
		"to the person's left":  {1, 1, []verification.Action{verification.TurnLeft}},
		"to the person's right": {-1, -1, []verification.Action{verification.TurnRight}},
		"one measure only":      {1, 0.3, nil},
		"against each other":    {1, -1, nil},
	} {
		events := eventsOf(movement(30, func(i int, s *signal) {
			s.yawNet, s.yawMesh = c.net*swing(i), c.mesh*swing(i)
		}), DefaultLimits)
		if len(events) != len(c.want) || len(events) == 1 && events[0].action != c.want[0] {
			t.Errorf("%s: %v", name, events)
		}
	}
}

func TestAMovementThatDoesNotComeBackIsNone(t *testing.T) {
	events := eventsOf(movement(30, func(i int, s *signal) {
		s.yawNet, s.yawMesh = 25*b2f(i > 10), 25*b2f(i > 10)
	}), DefaultLimits)
	if len(events) != 0 {
		t.Errorf("found %v", events)
	}
}

func b2f(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
