package facecmd

import (
	"cmp"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
)

// pair is two pictures compared.
type pair struct {
	score float64
	a, b  int // numbers of the people; equal in a genuine pair
}

// operating is a point of the curve.
type operating struct {
	threshold float64 // accepted are scores at it or above it
	tar       float64 // share of genuine pairs accepted
}

// rates are the error rates over pairs.
type rates struct {
	eer    float64
	at1    operating // at a false match rate of at most 1 %
	at01   operating // at most 0.1 %
	curve  []step    // only where everyone counts once
	weight struct{ genuine, impostor float64 }
}

// step is the curve at one score that occurs: the shares of genuine and of
// impostor pairs at it or above it.
type step struct{ threshold, tar, fmr float64 }

// errTooFew means that there is nothing to compare.
var errTooFew = errors.New("error rates need two people or more, and one with two pictures or more")

// compareAll compares every picture with every other, the highest score first; a
// picture that was made into a portrait with all others as they are.
func compareAll(samples []sample) (pairs []pair, genuine, impostor int) {
	for i, a := range samples {
		others, template := samples[:i], a.template
		if a.portrait != nil {
			others, template = slices.Concat(samples[:i], samples[i+1:]), *a.portrait
		}
		for _, b := range others {
			pairs = append(pairs, pair{template.Score(b.template), a.person, b.person})
			if a.person == b.person {
				genuine++
			} else {
				impostor++
			}
		}
	}
	sortPairs(pairs)
	return pairs, genuine, impostor
}

// sortPairs puts the highest score first.
func sortPairs(pairs []pair) {
	slices.SortStableFunc(pairs, func(x, y pair) int { return cmp.Compare(y.score, x.score) })
}

// measure goes down the sorted pairs once. Each pair counts as often as both of
// its people do; times is nil where everyone counts once.
func measure(pairs []pair, times []int) (rates, error) {
	weigh := func(p pair) (genuine, impostor float64) {
		n := 1.0
		switch {
		case times == nil:
		case p.a == p.b:
			n = float64(times[p.a])
		default:
			n = float64(times[p.a] * times[p.b])
		}
		if p.a == p.b {
			return n, 0
		}
		return 0, n
	}
	var r rates
	for _, p := range pairs {
		g, i := weigh(p)
		r.weight.genuine += g
		r.weight.impostor += i
	}
	if r.weight.genuine == 0 || r.weight.impostor == 0 {
		return r, errTooFew
	}
	above := math.Inf(1)
	r.at1.threshold, r.at01.threshold = above, above
	gap, genuine, impostor := math.Inf(1), 0.0, 0.0
	for n, p := range pairs {
		g, i := weigh(p)
		genuine += g
		impostor += i
		if n+1 < len(pairs) && pairs[n+1].score == p.score {
			continue
		}
		s := step{p.score, genuine / r.weight.genuine, impostor / r.weight.impostor}
		if s.fmr <= 0.01 {
			r.at1 = operating{s.threshold, s.tar}
		}
		if s.fmr <= 0.001 {
			r.at01 = operating{s.threshold, s.tar}
		}
		if d := math.Abs(s.fmr - (1 - s.tar)); d < gap {
			gap, r.eer = d, (s.fmr+1-s.tar)/2
		}
		if times == nil {
			r.curve = append(r.curve, s)
		}
	}
	return r, nil
}

// at is the curve at a threshold.
func (r rates) at(threshold float64) step {
	// The steps fall; the last one at the threshold or above it counts.
	i, found := slices.BinarySearchFunc(r.curve, threshold, func(s step, t float64) int { return cmp.Compare(t, s.threshold) })
	if found {
		i++
	}
	if i == 0 {
		return step{threshold: threshold}
	}
	s := r.curve[i-1]
	s.threshold = threshold
	return s
}

// interval is where 95 % of the drawn values lie.
type interval struct{ low, high float64 }

// The people are drawn anew so often, but not so often that more than so many
// pairs are counted in all.
const (
	resamples   = 1000
	fewest      = 100
	countedMost = 200_000_000
)

// intervals draws as many people as there are, with putting back, again and
// again: the pairs of one person depend on each other, so an interval from the
// number of pairs would be too narrow. Draws without a genuine or an impostor
// pair are left out. The same seed gives the same intervals.
func intervals(pairs []pair, people int, seed uint64) (eer, at1, at01 interval) {
	draw := rand.New(rand.NewPCG(seed, 0)) // a statistic, not a secret
	var values [3][]float64
	for range max(fewest, min(resamples, countedMost/max(1, len(pairs)))) {
		times := make([]int, people)
		for range people {
			times[draw.IntN(people)]++
		}
		r, err := measure(pairs, times)
		if err != nil {
			continue
		}
		for k, v := range [3]float64{r.eer, r.at1.tar, r.at01.tar} {
			values[k] = append(values[k], v)
		}
	}
	middle := func(v []float64) interval {
		if len(v) == 0 {
			return interval{0, 1}
		}
		slices.Sort(v)
		return interval{v[len(v)*25/1000], v[min(len(v)-1, len(v)*975/1000)]}
	}
	return middle(values[0]), middle(values[1]), middle(values[2])
}

// Wilson is the 95 % interval of a share of n (Wilson's score interval).
func Wilson(share float64, n int) (low, high float64) {
	const z = 1.96
	size := float64(n)
	middle := (share + z*z/(2*size)) / (1 + z*z/size)
	half := z / (1 + z*z/size) * math.Sqrt(share*(1-share)/size+z*z/(4*size*size))
	return max(0, middle-half), min(1, middle+half)
}
