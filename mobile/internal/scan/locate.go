package scan

import (
	"math"
	"sort"
)

// triple is three finders that may be one code's; corner[0] is the supposed
// top left.
type triple struct {
	corner  [3]point
	depth   [2]float64
	module  float64 // pixels
	modules float64 // along a side, not yet rounded
	penalty float64 // lower is likelier
}

// maxTriples bounds the fits of one look at a picture.
const maxTriples = 6

// triples lists what may be codes, likeliest first.
func triples(b ink, found []finder) []triple {
	var out []triple
	for i := range found {
		for j := i + 1; j < len(found); j++ {
			for k := j + 1; k < len(found); k++ {
				f := [3]*finder{&found[i], &found[j], &found[k]}
				lo := min(f[0].module, f[1].module, f[2].module)
				hi := max(f[0].module, f[1].module, f[2].module)
				if hi > 2.2*lo {
					continue
				}
				for c := 0; c < 3; c++ {
					if t, ok := arrange(b, f[c], f[(c+1)%3], f[(c+2)%3]); ok {
						out = append(out, t)
					}
				}
			}
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].penalty < out[j].penalty })
	return out[:min(len(out), maxTriples)]
}

// arrange takes a as the top left square and says how code-like that is.
func arrange(in ink, a, b, c *finder) (triple, bool) {
	cross := (b.at.x-a.at.x)*(c.at.y-a.at.y) - (b.at.y-a.at.y)*(c.at.x-a.at.x)
	if cross < 0 { // clockwise: top left, top right, bottom left
		b, c = c, b
	}
	ab, ac, bc := a.at.to(b.at), a.at.to(c.at), b.at.to(c.at)
	module := (a.module + b.module + c.module) / 3
	if min(ab, ac) < 9*module || max(ab, ac) > 2.5*min(ab, ac) {
		return triple{}, false
	}
	cosine := (ab*ab + ac*ac - bc*bc) / (2 * ab * ac)
	if math.Abs(cosine) > 0.75 {
		return triple{}, false
	}
	ea, eb := edge(in, a.at, b.at, module), edge(in, b.at, a.at, module)
	fa, fc := edge(in, a.at, c.at, module), edge(in, c.at, a.at, module)
	across, down := ab/math.Sqrt(ea*eb), ac/math.Sqrt(fa*fc)
	t := triple{
		corner:  [3]point{a.at, b.at, c.at},
		depth:   [2]float64{bounded(math.Sqrt(ea / eb)), bounded(math.Sqrt(fa / fc))},
		module:  module,
		modules: (across+down)/2 + 7,
		// A square code is as many modules wide as high, and its corner is
		// seen as a right angle or not far from one.
		penalty: math.Abs(math.Log(across/down)) + 0.7*math.Abs(cosine) - 0.02*float64(a.hits+b.hits+c.hits),
	}
	return t, t.modules > 17 && t.modules < 181
}

// bounded keeps a measured depth within what 50° of tilt can make of it.
func bounded(depth float64) float64 { return max(0.5, min(2, depth)) }

// goodFit is the agreement below which reading the modules is a waste.
const goodFit = 0.35

// fit finds the code that a triple belongs to.
func (s *looker) fit(p Plane, t triple) (pose, bool) {
	version := int(math.Round((t.modules - 17) / 4))
	var best pose
	score := -1.0
	for v := max(1, version-1); v <= min(40, version+1); v++ {
		start := pose{corner: t.corner, depth: t.depth, modules: 17 + 4*v}
		// Squares that are not finder squares all through, or not this far
		// apart in modules, do not deserve the search.
		if agreement(p, &s.level, &start, s.marks(start.modules), false) < goodFit/2 {
			continue
		}
		if ps, sc := coarse(p, &s.level, start, s.marks(start.modules)); sc > score {
			best, score = ps, sc
		}
	}
	if score < goodFit/2 {
		return best, false
	}
	best, score = refine(p, &s.level, best, s.marks(best.modules), t.module)
	return best, score >= goodFit
}

// marks remembers marksOf for the sizes that were seen.
func (s *looker) marks(modules int) []mark {
	if s.known == nil {
		s.known = make(map[int][]mark)
	}
	m, ok := s.known[modules]
	if !ok {
		m = marksOf(modules)
		s.known[modules] = m
	}
	return m
}
