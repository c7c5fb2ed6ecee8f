package live

import (
	"math"
	"time"

	"realname.example/backend/internal/face/look"
)

// What continuity allows. docs/face.md has the measurements.
const (
	maxMissing   = 0.10 // part of the frames without exactly one face
	MaxLostInRow = 2

	StartFrames = 3    // at each end, from which the frontal look is taken
	maxFrontal  = 15.0 // degrees off the camera in the neutral
	maxReturn   = 12.0 // degrees off the neutral at the end
	maxSway     = 6.0  // degrees between the first frames

	sameLoose = 0.06 // added to Thresholds.Same for a head that is turned

	// A face may move this many of its own widths at once (a cut in what a
	// phone sends) and this many a second.
	jumpAtOnce    = 0.8
	jumpPerSecond = 4.0

	minInterval = 12 * time.Millisecond // between frames, the mean: no phone is faster
)

// Presence refuses captures in which the face is missing or not alone.
func (s *Sequence) Presence() Refusal {
	var none, many, row, worst int
	for _, l := range s.Looks {
		switch l.Faces {
		case 1:
			row = 0
			continue
		case 0:
			none++
		default:
			many++
		}
		row++
		worst = max(worst, row)
	}
	n := float64(len(s.Looks))
	s.Numbers["frames"] = n
	s.Numbers["frames_without_face"] = float64(none)
	s.Numbers["frames_with_many"] = float64(many)
	if float64(none+many) > maxMissing*n || worst > MaxLostInRow {
		return Refusal{Reason: FaceLost, Hint: look.HintOneFace}
	}
	span := s.At[len(s.At)-1] - s.At[0]
	s.Numbers["seconds"] = span.Seconds()
	if span < minInterval*time.Duration(len(s.At)-1) {
		return Refusal{Reason: TimesImplausible, Hint: look.HintRetry}
	}
	return Refusal{}
}

// Frontal takes the neutral from the first frames and demands a frontal look at
// the start and at the end.
func (s *Sequence) Frontal() Refusal {
	first, last := s.Ends()
	s.neutral = neutralOf(first, s.Looks)
	n := s.neutral
	s.Numbers["neutral_yaw"] = n.net.Yaw
	s.Numbers["neutral_yaw_mesh"] = n.depth.Yaw
	s.Numbers["neutral_pitch"] = n.net.Pitch
	if math.Abs(n.net.Yaw) > maxFrontal || math.Abs(n.depth.Yaw) > maxFrontal {
		return Refusal{Reason: NoFrontal, Hint: look.HintLookAhead}
	}
	if s.Numbers["start_moves"] = sway(first); s.Numbers["start_moves"] > maxSway {
		return Refusal{Reason: NoFrontal, Hint: look.HintLookAhead}
	}
	end := neutralOf(last, s.Looks)
	s.Numbers["end_yaw"] = end.net.Yaw - n.net.Yaw
	if math.Abs(end.net.Yaw-n.net.Yaw) > maxReturn || math.Abs(end.depth.Yaw-n.depth.Yaw) > maxReturn {
		return Refusal{Reason: NoFrontal, Hint: look.HintLookAhead}
	}
	s.signals = signalsOf(s.Looks, s.At, n)
	return Refusal{}
}

// sway is how far a head moves over some looks, in degrees, by the mesh.
func sway(looks []*look.Look) float64 {
	var most float64
	for _, a := range looks {
		for _, b := range looks {
			most = max(most, math.Abs(a.Depth.Yaw-b.Depth.Yaw), math.Abs(a.Depth.Pitch-b.Depth.Pitch))
		}
	}
	return most
}

// SameFace compares the described frames with the mean of the first ones.
func (s *Sequence) SameFace() Refusal {
	first, _ := s.Ends()
	mean := MeanDescriptor(first)
	limit := s.Limits.Same
	worst, over := 0.0, 0
	for i, l := range s.Looks {
		if l.Faces != 1 || l.Descriptor == nil {
			continue
		}
		allowed := limit
		if math.Abs(s.signals[i].turn()) > s.Limits.Turn/2 {
			allowed += sameLoose
		}
		d := look.Distance(l.Descriptor, mean)
		worst = max(worst, d)
		if !(d <= allowed) {
			over++
		}
	}
	s.Numbers["identity_worst"] = worst
	s.Numbers["identity_over"] = float64(over)
	if over > 0 {
		return Refusal{Reason: PersonChanged, Hint: look.HintRetry}
	}
	return Refusal{}
}

// MeanDescriptor is that of looks which were described.
func MeanDescriptor(looks []*look.Look) []float32 {
	mean := make([]float32, look.DescriptorNumbers)
	for _, l := range looks {
		for i, v := range l.Descriptor {
			mean[i] += v / float32(len(looks))
		}
	}
	return mean
}

// Undescribed lists the frames at the top of each asked action that no descriptor
// was made of yet.
func (s *Sequence) Undescribed() []int {
	var tops []int
	for _, step := range s.Steps {
		if l := s.Looks[step.top]; l.Faces == 1 && l.Descriptor == nil {
			tops = append(tops, step.top)
		}
	}
	return tops
}

// Motion refuses a face that jumps, and frames whose order is not that of a
// movement.
func (s *Sequence) Motion() Refusal {
	s.Numbers["jump"] = Jumps(s.Looks, s.At)
	if s.Numbers["jump"] > 1 {
		return Refusal{Reason: PositionJump, Hint: look.HintRetry}
	}
	disorder := disorderOf(s.Looks)
	s.Numbers["disorder"] = disorder
	if disorder > maxDisorder {
		return Refusal{Reason: TimesImplausible, Hint: look.HintRetry}
	}
	return Refusal{}
}

// Jumps is the furthest that the face moves between two looks over what is allowed.
func Jumps(looks []*look.Look, at []time.Duration) float64 {
	worst := 0.0
	var before *look.Look
	var when time.Duration
	for i, l := range looks {
		if l.Faces != 1 {
			continue
		}
		if before != nil {
			a, b := l.Box.Centre(), before.Box.Centre()
			moved := math.Hypot(a.X-b.X, a.Y-b.Y) / max(1, before.Box.Width())
			allowed := jumpAtOnce + jumpPerSecond*(at[i]-when).Seconds()
			worst = max(worst, moved/allowed)
		}
		before, when = l, at[i]
	}
	return worst
}
