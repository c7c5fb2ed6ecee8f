package live

import (
	"math"
	"slices"
	"time"

	"realname.example/backend/internal/face/look"
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

// Neutral is how a person holds the head when nothing is asked.
type Neutral struct {
	net, depth look.Pose
	mouth      float64
	eyes       float64 // open
	size       float64 // distance of the eyes in pixels
}

// neutralOf is the median of the looks with one face; the eyes' opening is the
// upper quartile over all looks, since a blink may fall into the few.
func neutralOf(looks, all []*look.Look) Neutral {
	pick := func(from []*look.Look, part float64, f func(*look.Look) float64) float64 {
		var v []float64
		for _, l := range from {
			if l.Faces == 1 {
				v = append(v, f(l))
			}
		}
		return Quantile(v, part)
	}
	med := func(f func(*look.Look) float64) float64 { return pick(looks, 0.5, f) }
	return Neutral{
		net:   look.Pose{Yaw: med(func(l *look.Look) float64 { return l.Net.Yaw }), Pitch: med(func(l *look.Look) float64 { return l.Net.Pitch }), Roll: 0},
		depth: look.Pose{Yaw: med(func(l *look.Look) float64 { return l.Depth.Yaw }), Pitch: med(func(l *look.Look) float64 { return l.Depth.Pitch }), Roll: 0},
		mouth: med(func(l *look.Look) float64 { return l.Mouth }),
		eyes:  pick(all, 0.75, func(l *look.Look) float64 { return l.Eyes }),
		size:  med(func(l *look.Look) float64 { return l.Quality.Eyes }),
	}
}

// signalsOf measures looks against a neutral.
func signalsOf(looks []*look.Look, at []time.Duration, n Neutral) []signal {
	out := make([]signal, len(looks))
	for i, l := range looks {
		out[i].at = at[i]
		if l.Faces != 1 {
			continue
		}
		out[i] = signal{
			at: at[i], seen: true,
			yawNet: l.Net.Yaw - n.net.Yaw, yawMesh: l.Depth.Yaw - n.depth.Yaw,
			pitNet: l.Net.Pitch - n.net.Pitch, pitMesh: l.Depth.Pitch - n.depth.Pitch,
			mouth: l.Mouth, mouthRel: l.Mouth - n.mouth,
			eyes: l.Eyes / max(1e-6, n.eyes),
			// Turning brings the eyes together on the screen; undo it.
			size: l.Quality.Eyes / math.Cos(clampAngle(l.Depth.Yaw)) / max(1e-6, n.size),
		}
	}
	return out
}

func clampAngle(deg float64) float64 { return max(-60, min(60, deg)) * math.Pi / 180 }

// Quantile of unsorted numbers, 0 if there are none.
func Quantile(v []float64, part float64) float64 {
	if len(v) == 0 {
		return 0
	}
	s := slices.Clone(v)
	slices.Sort(s)
	return s[min(len(s)-1, int(part*float64(len(s))))]
}
