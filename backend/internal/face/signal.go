package face

import (
	"math"
	"slices"
	"time"
)

// signal is what one frame says about movement. Angles are relative to the
// person's own neutral, in degrees.
type signal struct {
	at       time.Duration
	seen     bool // exactly one face
	yawNet   float64
	yawMesh  float64
	pitNet   float64
	pitMesh  float64
	mouth    float64 // ratio, as it is
	mouthRel float64 // less neutral
	eyes     float64 // ratio over the person's open eyes
	size     float64 // distance of the eyes over neutral's
}

// lesserShare is how much of a movement the measure that sees less of it must
// see at least: at 15°, 11.25°. A flat photo, tilted as far as it can be, moves
// either measure by 11° at most.
const lesserShare = 0.75

// turn is how far the head is turned by both measures together: their mean, but
// never more than the smaller one allows, and 0 where they disagree in sign.
func (s signal) turn() float64 { return together(s.yawNet, s.yawMesh) }

// tilt is the same for nodding.
func (s signal) tilt() float64 { return together(s.pitNet, s.pitMesh) }

func together(a, b float64) float64 {
	if a*b <= 0 {
		return 0
	}
	size := min((math.Abs(a)+math.Abs(b))/2, min(math.Abs(a), math.Abs(b))/lesserShare)
	return math.Copysign(size, a)
}

// neutral is how a person holds the head when nothing is asked.
type neutral struct {
	net, depth pose
	mouth      float64
	eyes       float64 // open
	size       float64 // distance of the eyes in pixels
}

// neutralOf is the median of the looks with one face; the eyes' opening is the
// upper quartile over all looks, since a blink may fall into the few.
func neutralOf(looks, all []*look) neutral {
	pick := func(from []*look, part float64, f func(*look) float64) float64 {
		var v []float64
		for _, l := range from {
			if l.faces == 1 {
				v = append(v, f(l))
			}
		}
		return quantile(v, part)
	}
	med := func(f func(*look) float64) float64 { return pick(looks, 0.5, f) }
	return neutral{
		net:   pose{med(func(l *look) float64 { return l.net.yaw }), med(func(l *look) float64 { return l.net.pitch }), 0},
		depth: pose{med(func(l *look) float64 { return l.depth.yaw }), med(func(l *look) float64 { return l.depth.pitch }), 0},
		mouth: med(func(l *look) float64 { return l.mouth }),
		eyes:  pick(all, 0.75, func(l *look) float64 { return l.eyes }),
		size:  med(func(l *look) float64 { return l.quality.eyes }),
	}
}

// signalsOf measures looks against a neutral.
func signalsOf(looks []*look, at []time.Duration, n neutral) []signal {
	out := make([]signal, len(looks))
	for i, l := range looks {
		out[i].at = at[i]
		if l.faces != 1 {
			continue
		}
		out[i] = signal{
			at: at[i], seen: true,
			yawNet: l.net.yaw - n.net.yaw, yawMesh: l.depth.yaw - n.depth.yaw,
			pitNet: l.net.pitch - n.net.pitch, pitMesh: l.depth.pitch - n.depth.pitch,
			mouth: l.mouth, mouthRel: l.mouth - n.mouth,
			eyes: l.eyes / max(1e-6, n.eyes),
			// Turning brings the eyes together on the screen; undo it.
			size: l.quality.eyes / math.Cos(clampAngle(l.depth.yaw)) / max(1e-6, n.size),
		}
	}
	return out
}

func clampAngle(deg float64) float64 { return max(-60, min(60, deg)) * math.Pi / 180 }

// quantile of unsorted numbers, 0 if there are none.
func quantile(v []float64, part float64) float64 {
	if len(v) == 0 {
		return 0
	}
	s := slices.Clone(v)
	slices.Sort(s)
	return s[min(len(s)-1, int(part*float64(len(s))))]
}
