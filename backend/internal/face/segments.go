package face

import (
	"context"
	"math"
	"time"
)

// Segment is a part of a recording that shows an action, from and back to the
// neutral.
type Segment struct {
	Action Action        `json:"action"`
	Start  time.Duration `json:"start"`
	End    time.Duration `json:"end"`
	Peak   float64       `json:"peak"` // degrees or ratio, see Thresholds
}

// Recording is what a recording of one person holds. A simulated phone shows
// one of the neutrals, then for each asked action one of its segments, then
// another neutral; no frame twice, since repeated frames are refused.
type Recording struct {
	Neutrals []Segment `json:"neutrals"` // quiet looks ahead, all alike; no action
	Segments []Segment `json:"segments"`
}

// quiet is how long the neutral of a recording lasts.
const quiet = 500 * time.Millisecond

// Segments finds which actions a recording of n frames holds and where. frame
// returns the i-th picture and its time; it is called from several goroutines.
// Of all quiet looks ahead it takes the one from which the most different
// actions are seen.
func (e *Engine) Segments(ctx context.Context, n int, frame func(i int) ([]byte, time.Duration, error)) (Recording, error) {
	leave, err := e.enter()
	if err != nil {
		return Recording{}, err
	}
	defer leave()
	looks := make([]*look, n)
	at := make([]time.Duration, n)
	err = e.each(ctx, n, func(w *worker, i int) error {
		data, when, err := frame(i)
		if err != nil {
			return err
		}
		l, err := w.analyse(data, effortMotion)
		if err != nil {
			return input(err, i)
		}
		l.face, l.mesh = nil, mesh{}
		looks[i], at[i] = l, when
		return nil
	})
	if err != nil {
		return Recording{}, err
	}
	return segmentsOf(looks, at, e.limits), nil
}

func segmentsOf(looks []*look, at []time.Duration, t Thresholds) Recording {
	calmest := quietParts(looks, at)
	var best Recording
	bestScore := -10.0
	for _, part := range calmest {
		n := neutralOf(looks[part[0]:part[1]+1], looks)
		r := Recording{}
		for _, other := range calmest {
			if similar(n, neutralOf(looks[other[0]:other[1]+1], looks)) {
				r.Neutrals = append(r.Neutrals, Segment{Start: at[other[0]], End: at[other[1]]})
			}
		}
		clean := cleanOf(eventsOf(signalsOf(looks, at, n), t), at)
		for _, e := range clean {
			r.Segments = append(r.Segments, Segment{e.action, at[e.start], at[e.end], e.peak})
		}
		s := variety(clean, t) - max(0, wantNeutrals-float64(len(r.Neutrals)))
		if s > bestScore {
			bestScore, best = s, r
		}
	}
	return best
}

// wantNeutrals is how many neutrals a recording should offer: for the start and
// the end of a capture, and one for a portrait.
const wantNeutrals = 3

// longestShown is the longest movement worth showing; what lasts longer is a
// change of posture.
const longestShown = 4 * time.Second

// cleanOf keeps the movements that can be shown without showing another one:
// blinks do no harm, nor does the nod that a turn drags along.
func cleanOf(events []event, at []time.Duration) []event {
	var short, clean []event
	for _, e := range events {
		if at[e.end]-at[e.start] <= longestShown {
			short = append(short, e)
		}
	}
	for _, e := range short {
		mixed := false
		for _, o := range short {
			harmless := o.action == e.action || o.action == Blink || o.action == Nod && e.action.Turn()
			near := at[o.start] < at[e.end]+besideAction && at[e.start] < at[o.end]+besideAction
			mixed = mixed || near && !harmless
		}
		if !mixed {
			clean = append(clean, e)
		}
	}
	return clean
}

// quietParts returns the first and last frame of every quiet look ahead; they
// do not overlap.
func quietParts(looks []*look, at []time.Duration) [][2]int {
	var parts [][2]int
	for i := 0; i < len(looks); {
		end := i
		for end+1 < len(looks) && at[end]-at[i] < quiet {
			end++
		}
		if at[end]-at[i] < quiet || !calm(looks[i:end+1]) {
			i++
			continue
		}
		parts = append(parts, [2]int{i, end})
		i = end + 1
	}
	return parts
}

// similar says whether two neutrals can stand for one another.
func similar(a, b neutral) bool {
	return abs(a.net.yaw-b.net.yaw) < 3 && abs(a.depth.yaw-b.depth.yaw) < 3 &&
		abs(a.net.pitch-b.net.pitch) < 5 && abs(a.depth.pitch-b.depth.pitch) < 5 &&
		abs(a.size/max(1, b.size)-1) < 0.1
}

// calm says whether looks can serve as a neutral: one face, looking ahead, not
// moving, mouth shut.
func calm(looks []*look) bool {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, l := range looks {
		if l.faces != 1 || abs(l.net.yaw) > maxFrontal-3 || abs(l.depth.yaw) > maxFrontal-3 || l.mouth > 0.12 {
			return false
		}
		lo, hi = min(lo, l.depth.yaw+l.depth.pitch), max(hi, l.depth.yaw+l.depth.pitch)
	}
	return hi-lo < 5
}

// variety counts the different actions among events, and adds a little for how
// clearly the clearest of each is seen.
func variety(events []event, t Thresholds) float64 {
	clearest := map[Action]float64{}
	for _, e := range events {
		for _, g := range gauges(t) {
			if g.action == e.action {
				clearest[e.action] = max(clearest[e.action], min(2, e.peak/g.high))
			}
		}
	}
	var sum float64
	for _, c := range clearest {
		sum += 1 + c/20
	}
	return sum
}
