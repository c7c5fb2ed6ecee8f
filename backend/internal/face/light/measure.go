package light

import (
	"math"
	"slices"

	"realname.example/shared/handoff"
)

// place is one part of the face over all shots.
type place struct {
	facing float64
	values []chroma // skin over surroundings
	gain   float64  // how much of what was shown comes back
	weight float64  // the less, the more its colour changes by itself
}

// Fewest of what can be measured.
const (
	leastShots  = 4
	leastPlaces = 12
)

// Measure compares what was seen with what was shown. False means that too little was
// seen: too few shots, no surroundings, or hardly a face.
func Measure(shots []Shot) (Result, bool) {
	drift := driftOf(shots)
	light, varies := lights(shots, drift)
	if len(shots) < leastShots || !varies {
		return Result{}, false
	}
	places := placesOf(shots)
	if len(places) < leastPlaces {
		return Result{}, false
	}
	whole := make([]chroma, len(shots))
	sum := 0.0
	for i := range places {
		p := &places[i]
		drift.off(p.values)
		p.gain = gain(p.values, light)
		p.weight = 1 / (steadiest + rest(p.values, light, p.gain))
		sum += p.weight
		addScaled(whole, p.values, p.weight)
	}
	scale(whole, 1/sum)
	r := Result{
		Response: gain(whole, light), Change: math.Sqrt(dot(whole, whole) / dot(light, light)),
		Agreement: correlation(whole, light), Rival: rival(whole, shots, drift),
	}
	around := make([]chroma, len(shots))
	for t, s := range shots {
		around[t], _ = s.Around.chroma()
	}
	drift.off(around)
	if r.Response != 0 {
		r.Surround = gain(around, light) / r.Response
		r.relief(places, light)
	}
	return r, true
}

// drift is when each shot was taken, less the mean and at length 1.
type drift []float64

// driftTaken is the part that is taken off of what grows or shrinks evenly with time. Less
// than all: a sequence whose colours do so would be taken off as well.
const driftTaken = 0.7

func driftOf(shots []Shot) drift {
	d := make(drift, len(shots))
	var mean, squares float64
	for t, s := range shots {
		d[t] = s.At.Seconds()
		mean += d[t] / float64(len(shots))
	}
	for t := range d {
		d[t] -= mean
		squares += d[t] * d[t]
	}
	for t := range d {
		d[t] /= math.Sqrt(max(1e-12, squares))
	}
	return d
}

// off takes the mean off values, and most of what changes evenly.
func (d drift) off(values []chroma) {
	centre(values)
	var along chroma
	for t, v := range values {
		along[0] += d[t] * v[0]
		along[1] += d[t] * v[1]
	}
	for t := range values {
		values[t][0] -= driftTaken * d[t] * along[0]
		values[t][1] -= driftTaken * d[t] * along[1]
	}
}

// gain is how much of the light comes back in values.
func gain(values, light []chroma) float64 { return dot(values, light) / dot(light, light) }

func correlation(a, b []chroma) float64 {
	return dot(a, b) / math.Sqrt(max(1e-12, dot(a, a)*dot(b, b)))
}

// rival is the highest correlation with another sequence of different colours.
func rival(whole []chroma, shots []Shot, drift drift) float64 {
	var said []handoff.Colour // in the order of the shots
	for _, s := range shots {
		if !slices.Contains(said, s.Shown) {
			said = append(said, s.Shown)
		}
	}
	best := -1.0
	instead := map[handoff.Colour]handoff.Colour{}
	var walk func(k int)
	walk = func(k int) {
		if k == len(said) {
			light := make([]chroma, len(shots))
			same := true
			for t, s := range shots {
				light[t] = shown(instead[s.Shown])
				same = same && instead[s.Shown] == s.Shown
			}
			if drift.off(light); !same {
				best = max(best, correlation(whole, light))
			}
			return
		}
		for _, c := range handoff.Colours() {
			if !taken(instead, said[:k], c) {
				instead[said[k]] = c
				walk(k + 1)
			}
		}
	}
	walk(0)
	return best
}

// taken says whether a colour stands for one of those that were shown already.
func taken(instead map[handoff.Colour]handoff.Colour, said []handoff.Colour, c handoff.Colour) bool {
	return slices.ContainsFunc(said, func(s handoff.Colour) bool { return instead[s] == c })
}

// lights are what was shown, without drift, and whether there was a change.
func lights(shots []Shot, drift drift) (light []chroma, varies bool) {
	light = make([]chroma, len(shots))
	for t, s := range shots {
		light[t] = shown(s.Shown)
	}
	drift.off(light)
	return light, dot(light, light) > 0
}

// placesOf cuts the face into parts that every shot shows.
func placesOf(shots []Shot) []place {
	if len(shots) == 0 {
		return nil
	}
	var parts [grid * grid][]int
	for i, s := range shots[0].Spots {
		x, y := min(grid-1, max(0, int(s.X*grid))), min(grid-1, max(0, int(s.Y*grid)))
		parts[y*grid+x] = append(parts[y*grid+x], i)
	}
	var places []place
	for _, spots := range parts {
		if p, ok := placeOf(shots, spots); ok {
			places = append(places, p)
		}
	}
	return places
}

func placeOf(shots []Shot, spots []int) (place, bool) {
	p := place{values: make([]chroma, len(shots))}
	for t, s := range shots {
		var sum RGB
		for _, i := range spots {
			if i >= len(s.Spots) {
				return p, false
			}
			for k, v := range s.Spots[i].Colour {
				sum[k] += v / float64(len(spots))
			}
			p.facing += s.Spots[i].Facing / float64(len(spots)*len(shots))
		}
		skin, seen := sum.chroma()
		around, behind := s.Around.chroma()
		if !seen || !behind {
			return p, false
		}
		p.values[t] = chroma{skin[0] - around[0], skin[1] - around[1]}
	}
	return p, len(spots) > 0
}

// relief compares how the response lies over the face with the face's shape.
func (r *Result) relief(places []place, light []chroma) {
	var n, facing float64
	for _, p := range places {
		n += p.weight
		facing += p.weight * p.facing
	}
	facing /= n
	var shape, seen, noise float64
	sloping := make([]chroma, len(light)) // what is seen of the shape, from shot to shot
	for _, p := range places {
		f, g := p.facing-facing, p.gain-r.Response
		shape += p.weight * f * f
		seen += p.weight * g * g
		noise += p.weight * rest(p.values, light, p.gain) / dot(light, light)
		addScaled(sloping, p.values, p.weight*f)
	}
	if shape == 0 || seen == 0 {
		return
	}
	scale(sloping, 1/shape)
	slope := gain(sloping, light)
	r.Relief = slope * math.Sqrt(shape/max(leastSeen*seen, seen-noise))
	r.Fall = slope * facing / r.Response
	r.FallError = math.Sqrt(rest(sloping, light, slope)/dot(light, light)) * facing / math.Abs(r.Response)
}

// leastSeen is the part of what differs over the face that is never taken for noise.
const leastSeen = 0.2

// steadiest is a variance of chroma that no place stays below.
const steadiest = 1e-4

// free is how many numbers of a series are not used up by its means, its drifts and its
// gain.
func free(shots int) float64 { return max(1, float64(2*shots-5)) }

// rest is the variance of what the light does not explain.
func rest(values, light []chroma, gain float64) float64 {
	var sum float64
	for t, v := range values {
		a, b := v[0]-gain*light[t][0], v[1]-gain*light[t][1]
		sum += a*a + b*b
	}
	return sum / free(len(values))
}

func addScaled(sum, values []chroma, by float64) {
	for t, v := range values {
		sum[t][0] += by * v[0]
		sum[t][1] += by * v[1]
	}
}

func scale(values []chroma, by float64) {
	for t := range values {
		values[t][0] *= by
		values[t][1] *= by
	}
}

// centre takes the mean off.
func centre(values []chroma) {
	var mean chroma
	for _, v := range values {
		mean[0] += v[0] / float64(len(values))
		mean[1] += v[1] / float64(len(values))
	}
	for i := range values {
		values[i][0] -= mean[0]
		values[i][1] -= mean[1]
	}
}

func dot(a, b []chroma) float64 {
	var sum float64
	for i, v := range a {
		sum += v[0]*b[i][0] + v[1]*b[i][1]
	}
	return sum
}
