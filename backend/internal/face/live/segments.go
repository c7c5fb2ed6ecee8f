package live

import (
	"cmp"
	"math"
	"slices"
	"time"

	"realname.example/backend/internal/face/look"
	"realname.example/shared/verification"
)

// Segment is a part of a recording that shows an action, from and back to the
// neutral.
type Segment struct {
	Action verification.Action `json:"action"`
	Start  time.Duration       `json:"start"`
	Top    time.Duration       `json:"top"` // where it goes farthest; of a neutral its start
	End    time.Duration       `json:"end"`
	Peak   float64             `json:"peak"` // degrees or ratio, see Thresholds
}

// Recording is what a recording of one person holds. A simulated phone shows
// the rest, then for each asked action one of its segments, then the rest again;
// no frame twice, since repeated frames are refused.
type Recording struct {
	Rest     Segment   `json:"rest"`     // the quiet look ahead from which the segments are measured
	Neutrals []Segment `json:"neutrals"` // other quiet looks ahead like it, in the order of time
	Segments []Segment `json:"segments"` // the clearest of each action first
	Frozen   []int     `json:"frozen"`   // frames that their compression left as the one before
}

// frozen is the change up to which compression left a frame as the one before;
// a phone's own pictures always differ by more, if only by their noise.
const frozen = 1.5 * sameCells

// quiet is how long a neutral lasts.
const quiet = 500 * time.Millisecond

func frozenOf(looks []*look.Look) []int {
	var still []int
	last := 0
	for i := 1; i < len(looks); i++ {
		if look.Change(looks[last].Cells, looks[i].Cells) < frozen {
			still = append(still, i)
			continue
		}
		last = i
	}
	return still
}

// SegmentsOf finds what a recording holds, of its looks and their times.
func SegmentsOf(looks []*look.Look, at []time.Duration, t Limits) Recording {
	parts := quietParts(looks, at)
	var best Recording
	bestScore := -10.0
	for i := 0; i < len(parts); {
		from := i
		first := neutralOf(looks[parts[i][0]:parts[i][1]+1], looks)
		for i++; i < len(parts) && parts[i][0] == parts[i-1][1]+1; i++ {
			if !similar(first, neutralOf(looks[parts[i][0]:parts[i][1]+1], looks)) {
				break
			}
		}
		rest := [2]int{parts[from][0], parts[i-1][1]}
		n := neutralOf(looks[rest[0]:rest[1]+1], looks)
		r := Recording{Rest: Segment{Start: at[rest[0]], Top: at[rest[0]], End: at[rest[1]]}}
		for k, p := range parts {
			if (k < from || k >= i) && similar(n, neutralOf(looks[p[0]:p[1]+1], looks)) {
				r.Neutrals = append(r.Neutrals, Segment{Start: at[p[0]], Top: at[p[0]], End: at[p[1]]})
			}
		}
		clean := cleanOf(eventsOf(signalsOf(looks, at, n), t), at, t)
		for _, e := range clean {
			r.Segments = append(r.Segments, Segment{e.action, at[e.start], at[e.top], at[e.end], e.peak})
		}
		slices.SortStableFunc(r.Segments, func(a, b Segment) int { return cmp.Compare(b.Peak, a.Peak) })
		s := variety(clean, t) - max(0, 1-(r.Rest.End-r.Rest.Start).Seconds()/wantRest.Seconds())
		if len(r.Neutrals) == 0 {
			s--
		}
		if s > bestScore {
			bestScore, best = s, r
		}
	}
	best.Frozen = frozenOf(looks)
	return best
}

// wantRest is how long the rest of a recording should last: through the quiet
// times of a capture.
const wantRest = 3 * time.Second

// longestShown is the longest movement worth showing; what lasts longer is a
// change of posture.
const longestShown = 4 * time.Second

// clearly is by how much a movement worth showing passes its limit: the neutral
// of a capture is never quite that of the recording.
const clearly = 1.05

// cleanOf keeps the movements that can be shown without showing another one:
// blinks do no harm, nor does the nod that a turn drags along.
func cleanOf(events []event, at []time.Duration, t Limits) []event {
	least := map[verification.Action]float64{}
	for _, g := range gauges(t) {
		least[g.action] = clearly * g.high
	}
	var clean []event
	for _, e := range events {
		mixed := at[e.end]-at[e.start] > longestShown || e.peak < least[e.action]
		for _, o := range events {
			harmless := o.action == e.action || o.action == verification.Blink || o.action == verification.Nod && e.action.Turn()
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
func quietParts(looks []*look.Look, at []time.Duration) [][2]int {
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
func similar(a, b Neutral) bool {
	return math.Abs(a.net.Yaw-b.net.Yaw) < 3 && math.Abs(a.depth.Yaw-b.depth.Yaw) < 3 &&
		math.Abs(a.net.Pitch-b.net.Pitch) < 5 && math.Abs(a.depth.Pitch-b.depth.Pitch) < 5 &&
		math.Abs(a.size/max(1, b.size)-1) < 0.12
}

// calm says whether looks can serve as a neutral: one face, looking ahead, not
// moving, mouth shut.
func calm(looks []*look.Look) bool {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, l := range looks {
		if l.Faces != 1 || math.Abs(l.Net.Yaw) > maxFrontal-3 || math.Abs(l.Depth.Yaw) > maxFrontal-3 || l.Mouth > 0.12 {
			return false
		}
		lo, hi = min(lo, l.Depth.Yaw+l.Depth.Pitch), max(hi, l.Depth.Yaw+l.Depth.Pitch)
	}
	return hi-lo < 5
}

// variety counts the different actions among events, and adds a little for how
// clearly the clearest of each is seen.
func variety(events []event, t Limits) float64 {
	clearest := map[verification.Action]float64{}
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
