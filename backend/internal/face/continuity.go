package face

import (
	"context"
	"math"
	"slices"
	"time"
)

// What continuity allows. docs/face.md has the measurements.
const (
	maxMissing   = 0.10 // part of the frames without exactly one face
	maxLostInRow = 2

	startFrames = 3    // at each end, from which the frontal look is taken
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

// presence refuses captures in which the face is missing or not alone.
func (t *trial) presence() (refusal, bool) {
	var none, many, row, worst int
	for _, l := range t.looks {
		switch l.faces {
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
	n := float64(len(t.looks))
	t.numbers["frames"] = n
	t.numbers["frames_without_face"] = float64(none)
	t.numbers["frames_with_many"] = float64(many)
	if float64(none+many) > maxMissing*n || worst > maxLostInRow {
		return refusal{reason: FaceLost, hint: HintOneFace}, true
	}
	span := t.at[len(t.at)-1] - t.at[0]
	t.numbers["seconds"] = span.Seconds()
	if span < minInterval*time.Duration(len(t.at)-1) {
		return refusal{reason: TimesImplausible, hint: HintRetry}, true
	}
	return refusal{}, false
}

// frontal takes the neutral from the first frames and demands a frontal look at
// the start and at the end.
func (t *trial) frontal() (refusal, bool) {
	first, last := t.ends()
	t.neutral = neutralOf(first, t.looks)
	n := t.neutral
	t.numbers["neutral_yaw"] = n.net.yaw
	t.numbers["neutral_yaw_mesh"] = n.depth.yaw
	t.numbers["neutral_pitch"] = n.net.pitch
	if math.Abs(n.net.yaw) > maxFrontal || math.Abs(n.depth.yaw) > maxFrontal {
		return refusal{reason: NoFrontal, hint: HintLookAhead}, true
	}
	if t.numbers["start_moves"] = sway(first); t.numbers["start_moves"] > maxSway {
		return refusal{reason: NoFrontal, hint: HintLookAhead}, true
	}
	end := neutralOf(last, t.looks)
	t.numbers["end_yaw"] = end.net.yaw - n.net.yaw
	if math.Abs(end.net.yaw-n.net.yaw) > maxReturn || math.Abs(end.depth.yaw-n.depth.yaw) > maxReturn {
		return refusal{reason: NoFrontal, hint: HintLookAhead}, true
	}
	t.signals = signalsOf(t.looks, t.at, n)
	return refusal{}, false
}

// sway is how far a head moves over some looks, in degrees, by the mesh.
func sway(looks []*look) float64 {
	var most float64
	for _, a := range looks {
		for _, b := range looks {
			most = max(most, math.Abs(a.depth.yaw-b.depth.yaw), math.Abs(a.depth.pitch-b.depth.pitch))
		}
	}
	return most
}

// ends returns the first and the last frames that show a face.
func (t *trial) ends() (first, last []*look) {
	seen := seenIn(t.looks)
	k := min(startFrames, len(seen))
	return seen[:k], seen[len(seen)-k:]
}

// sameFace compares the described frames with the mean of the first ones.
func (t *trial) sameFace() (refusal, bool) {
	first, _ := t.ends()
	mean := meanDescriptor(first)
	limit := t.engine.limits.Same
	worst, over := 0.0, 0
	for i, l := range t.looks {
		if l.faces != 1 || l.descriptor == nil {
			continue
		}
		allowed := limit
		if math.Abs(t.signals[i].turn()) > t.engine.limits.Turn/2 {
			allowed += sameLoose
		}
		d := distance(l.descriptor, mean)
		worst = max(worst, d)
		if !(d <= allowed) {
			over++
		}
	}
	t.numbers["identity_worst"] = worst
	t.numbers["identity_over"] = float64(over)
	if over > 0 {
		return refusal{reason: PersonChanged, hint: HintRetry}, true
	}
	return refusal{}, false
}

// meanDescriptor is that of looks which were described.
func meanDescriptor(looks []*look) []float32 {
	mean := make([]float32, descriptorNumbers)
	for _, l := range looks {
		for i, v := range l.descriptor {
			mean[i] += v / float32(len(looks))
		}
	}
	return mean
}

// sameInActions describes the frames at the top of each asked action too: those
// who show them must be the person whom the others show.
func (t *trial) sameInActions(ctx context.Context) (refusal, bool, error) {
	var tops []int
	for _, s := range t.steps {
		if l := t.looks[s.top]; l.faces == 1 && l.descriptor == nil {
			tops = append(tops, s.top)
		}
	}
	if err := t.again(ctx, tops, (*worker).describe); err != nil {
		return refusal{}, false, err
	}
	r, refused := t.sameFace()
	return r, refused, nil
}

// sureShare is by how much more than its threshold a movement has to be to count
// where a face was followed: there the measures differ by a degree or so from those
// of a look of its own, by which the thresholds were chosen.
const sureShare = 1.2

// movements lists those that count. At the top of each that is hardly enough, asked
// for or not, it looks once more in the whole picture.
func (t *trial) movements(ctx context.Context) ([]event, error) {
	high := map[Action]gauge{}
	for _, g := range gauges(t.engine.limits) {
		high[g.action] = g
	}
	events := eventsOf(t.signals, t.engine.limits)
	unsure := func(e event) bool {
		return e.peak < sureShare*high[e.action].high && !t.looks[e.top].found
	}
	var tops []int
	for _, e := range events {
		if unsure(e) && !slices.Contains(tops, e.top) {
			tops = append(tops, e.top)
		}
	}
	err := t.again(ctx, tops, func(w *worker, l *look) error {
		alone, err := w.see(effortMotion)
		defer alone.wipe()
		if err == nil {
			l.alone = alone
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(events, func(e event) bool {
		if !unsure(e) {
			return false
		}
		g := high[e.action]
		seen := signalsOf([]*look{t.looks[e.top].alone}, t.at[e.top:], t.neutral)[0]
		return !seen.seen || g.value(seen) < g.high
	}), nil
}

// motion refuses a face that jumps, and frames whose order is not that of a
// movement.
func (t *trial) motion() (refusal, bool) {
	t.numbers["jump"] = jumps(t.looks, t.at)
	if t.numbers["jump"] > 1 {
		return refusal{reason: PositionJump, hint: HintRetry}, true
	}
	disorder := disorderOf(t.looks)
	t.numbers["disorder"] = disorder
	if disorder > maxDisorder {
		return refusal{reason: TimesImplausible, hint: HintRetry}, true
	}
	return refusal{}, false
}

// jumps is the furthest that the face moves between two looks over what is allowed.
func jumps(looks []*look, at []time.Duration) float64 {
	worst := 0.0
	var before *look
	var when time.Duration
	for i, l := range looks {
		if l.faces != 1 {
			continue
		}
		if before != nil {
			a, b := l.box.centre(), before.box.centre()
			moved := math.Hypot(a.X-b.X, a.Y-b.Y) / max(1, before.box.width())
			allowed := jumpAtOnce + jumpPerSecond*(at[i]-when).Seconds()
			worst = max(worst, moved/allowed)
		}
		before, when = l, at[i]
	}
	return worst
}
