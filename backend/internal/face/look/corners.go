package look

import (
	"cmp"
	"math"
	"slices"

	"realname.example/backend/internal/face/raster"
)

// How a card's edges are looked for. Lengths are pixels of the picture halved until its
// longer side has edgeSide at most; shares of support are of points along an edge. The
// limits were chosen with the drawn cards of the tests, and lean to saying nothing.
const (
	edgeSide    = 400
	edgeTurns   = 180 // directions that are told apart, 1° each
	edgeAlike   = 32  // of these between opposite sides of a card seen at an angle, at most
	edgeLines   = 20  // lines that are looked at
	edgeLeast   = 6.0 // grey levels a pixel that an edge rises by
	edgeBusy    = 0.8 // share of a picture's points that are no edge
	edgeShort   = 0.2 // of the picture's shorter side, below which no line counts
	edgeSupport = 0.75
	edgeBeyond  = 0.4  // support past a corner from which on the line goes on there
	edgeRound   = 5.0  // so far from a corner its own edges are seen
	minCardArea = 0.12 // of the picture
	minCardForm = 1.3  // longer to shorter side; a passport's page has 1.42, ID-1 1.59
	maxCardForm = 2.0
)

// line is x·cos + y·sin = rho.
type line struct {
	turn         int
	cos, sin     float64
	rho, support float64
}

// edges is the gradient of a picture.
type edges struct {
	w, h   int
	dx, dy []float32
	least  float64 // what counts as an edge here
}

// cutOff reports whether a card can be seen to leave the picture: one of its corners is
// there, and a side that begins in it runs out of the picture; or its four sides are
// there and meet outside. It is false where the whole card is seen, and where nothing can
// be told: of a scan that ends with the card, or a card whose colour is its table's.
func cutOff(p *raster.Raster) bool {
	for max(p.W, p.H) > edgeSide {
		p = p.Half()
	}
	if min(p.W, p.H) < edgeSide/8 {
		return false
	}
	e := gradient(p)
	lines := e.lines()
	inside, outside := e.cards(lines)
	return !inside && (outside || e.leaves(lines))
}

// gradient measures how fast the colour that changes most does.
func gradient(p *raster.Raster) edges {
	e := edges{w: p.W, h: p.H, dx: make([]float32, p.W*p.H), dy: make([]float32, p.W*p.H)}
	all := make([]float64, 0, p.W*p.H)
	at := func(x, y, c int) float64 { return float64(p.Pix[3*(y*p.W+x)+c]) }
	for y := 1; y+1 < p.H; y++ {
		for x := 1; x+1 < p.W; x++ {
			i, most := y*p.W+x, -1.0
			for c := range 3 {
				dx := (at(x+1, y-1, c) - at(x-1, y-1, c) + 2*(at(x+1, y, c)-at(x-1, y, c)) + at(x+1, y+1, c) - at(x-1, y+1, c)) / 8
				dy := (at(x-1, y+1, c) - at(x-1, y-1, c) + 2*(at(x, y+1, c)-at(x, y-1, c)) + at(x+1, y+1, c) - at(x+1, y-1, c)) / 8
				if m := dx*dx + dy*dy; m > most {
					most, e.dx[i], e.dy[i] = m, float32(dx), float32(dy)
				}
			}
			all = append(all, math.Sqrt(most))
		}
	}
	slices.Sort(all)
	e.least = max(edgeLeast, all[int(edgeBusy*float64(len(all)))])
	return e
}

// lines finds the straight lines that most edges lie on (Hough's transform by the
// direction of the gradient), strongest first.
func (e *edges) lines() []line {
	reach := int(math.Hypot(float64(e.w), float64(e.h)))
	votes := make([]int, edgeTurns*(2*reach+1))
	var cos, sin [edgeTurns]float64
	for t := range edgeTurns {
		sin[t], cos[t] = math.Sincos(float64(t) * math.Pi / edgeTurns)
	}
	for y := 1; y+1 < e.h; y++ {
		for x := 1; x+1 < e.w; x++ {
			dx, dy := float64(e.dx[y*e.w+x]), float64(e.dy[y*e.w+x])
			if math.Hypot(dx, dy) < e.least {
				continue
			}
			turn := int(math.Round(math.Atan2(dy, dx)/math.Pi*edgeTurns)) + edgeTurns
			for t := turn - 2; t <= turn+2; t++ {
				t := (t + edgeTurns) % edgeTurns
				rho := int(math.Round(float64(x)*cos[t] + float64(y)*sin[t]))
				votes[t*(2*reach+1)+rho+reach]++
			}
		}
	}
	var found []line
	for i, n := range votes {
		if t := i / (2*reach + 1); float64(n) >= edgeShort*float64(min(e.w, e.h)) {
			found = append(found, line{t, cos[t], sin[t], float64(i%(2*reach+1) - reach), float64(n)})
		}
	}
	slices.SortStableFunc(found, func(a, b line) int { return cmp.Compare(b.support, a.support) })
	var kept []line
	for _, l := range found {
		if len(kept) < edgeLines && !slices.ContainsFunc(kept, l.near) {
			kept = append(kept, l)
		}
	}
	return kept
}

// apart is the angle between two lines, 0 to a quarter turn, in steps of edgeTurns.
func (l line) apart(o line) int {
	d := (l.turn - o.turn + edgeTurns) % edgeTurns
	return min(d, edgeTurns-d)
}

// near is a line that stands for the same edge.
func (l line) near(o line) bool {
	const sameTurn, sameRho = 4, 6
	if l.apart(o) > sameTurn {
		return false
	}
	rho := o.rho
	if l.cos*o.cos+l.sin*o.sin < 0 {
		rho = -rho
	}
	return math.Abs(l.rho-rho) <= sameRho
}

// meets is where two lines cross that stand about square to each other.
func (l line) meets(o line) (at raster.Point, ok bool) {
	const square = edgeTurns * 3 / 10
	if l.apart(o) < square {
		return at, false
	}
	d := l.cos*o.sin - l.sin*o.cos
	return raster.Point{X: (l.rho*o.sin - o.rho*l.sin) / d, Y: (l.cos*o.rho - o.cos*l.rho) / d}, true
}

// has reports whether a point lies in the picture, where its edges are known.
func (e *edges) has(p raster.Point) bool {
	return p.X >= 1 && p.Y >= 1 && p.X <= float64(e.w-2) && p.Y <= float64(e.h-2)
}

// along is the share of points from a to b, within the picture, at which an edge runs
// that way; within is how long that part is.
func (e *edges) along(a, b raster.Point) (support, within float64) {
	length := math.Hypot(b.X-a.X, b.Y-a.Y)
	if length < 1 {
		return 0, 0
	}
	ux, uy := (b.X-a.X)/length, (b.Y-a.Y)/length
	var hit, seen float64
	for d := 0.0; d <= length; d++ {
		p := raster.Point{X: a.X + d*ux, Y: a.Y + d*uy}
		if !e.has(p) {
			continue
		}
		seen++
		for off := -2.0; off <= 2; off++ {
			x, y := int(math.Round(p.X-off*uy)), int(math.Round(p.Y+off*ux))
			if x < 1 || y < 1 || x > e.w-2 || y > e.h-2 {
				continue
			}
			if i := y*e.w + x; math.Abs(float64(e.dy[i])*ux-float64(e.dx[i])*uy) >= e.least {
				hit++
				break
			}
		}
	}
	return hit / max(1, seen), seen
}

// cards looks for four lines that are a card's sides: with all corners in the picture, or
// with some outside.
func (e *edges) cards(lines []line) (inside, outside bool) {
	type pair struct{ a, b line }
	var pairs []pair
	for i, a := range lines {
		for _, b := range lines[i+1:] {
			if a.apart(b) <= edgeAlike {
				pairs = append(pairs, pair{a, b})
			}
		}
	}
	for i, p := range pairs {
		for _, q := range pairs[i+1:] {
			corners, ok := quad(p.a, p.b, q.a, q.b)
			if !ok || !e.cardLike(corners) || e.isPart(corners) {
				continue
			}
			if all := !slices.ContainsFunc(corners[:], func(c raster.Point) bool { return !e.has(c) }); all {
				return true, false
			}
			outside = true
		}
	}
	return false, outside
}

// quad is the corners of two pairs of lines, in their order around.
func quad(a, b, c, d line) (corners [4]raster.Point, ok bool) {
	for i, two := range [4][2]line{{a, c}, {c, b}, {b, d}, {d, a}} {
		if corners[i], ok = two[0].meets(two[1]); !ok {
			return corners, false
		}
	}
	return corners, true
}

// cardLike reports whether corners are those of a card of some size, each side of which
// can be seen as far as the picture goes.
func (e *edges) cardLike(corners [4]raster.Point) bool {
	var side [4]float64
	var area float64
	for i, a := range corners {
		b := corners[(i+1)%4]
		side[i] = math.Hypot(b.X-a.X, b.Y-a.Y)
		area += (a.X*b.Y - b.X*a.Y) / 2
	}
	const alike = 0.6 // opposite sides, of a card seen at an angle
	if min(side[0], side[2]) < alike*max(side[0], side[2]) || min(side[1], side[3]) < alike*max(side[1], side[3]) {
		return false
	}
	form := (side[0] + side[2]) / (side[1] + side[3])
	if form = max(form, 1/form); form < minCardForm || form > maxCardForm || math.Abs(area) < minCardArea*float64(e.w*e.h) {
		return false
	}
	for i, a := range corners {
		support, within := e.along(a, corners[(i+1)%4])
		if support < edgeSupport || within < edgeShort*float64(min(e.w, e.h)) {
			return false
		}
	}
	return true
}

// isPart reports whether the sides are longer than the card that they would be of, as
// where lines of print or a portrait stand on it: two go on past a corner.
func (e *edges) isPart(corners [4]raster.Point) bool {
	longer := 0
	for i, a := range corners {
		b := corners[(i+1)%4]
		for _, on := range []bool{e.goesOn(a, b), e.goesOn(b, a)} {
			if on {
				longer++
			}
		}
	}
	return longer >= 2
}

// goesOn reports whether the edge that comes from a point goes on past a corner.
func (e *edges) goesOn(from, corner raster.Point) bool {
	length := math.Hypot(corner.X-from.X, corner.Y-from.Y)
	past := func(far float64) raster.Point {
		return raster.Point{X: corner.X + (corner.X-from.X)/length*far, Y: corner.Y + (corner.Y-from.Y)/length*far}
	}
	support, _ := e.along(past(edgeRound), past(edgeShort*float64(min(e.w, e.h))))
	return support > edgeBeyond
}

// leaves looks for a corner in the picture from which a side runs out of it.
func (e *edges) leaves(lines []line) bool {
	for i, a := range lines {
		for _, b := range lines[i+1:] {
			if at, ok := a.meets(b); ok && e.has(at) && (e.cornerLeaves(at, a, b) || e.cornerLeaves(at, b, a)) {
				return true
			}
		}
	}
	return false
}

// cornerLeaves: out begins at a corner and runs out of the picture, with stays beside it.
func (e *edges) cornerLeaves(at raster.Point, out, stays line) bool {
	least := edgeShort * float64(min(e.w, e.h))
	on := func(l line, far float64) raster.Point { return raster.Point{X: at.X - l.sin*far, Y: at.Y + l.cos*far} }
	arm := func(l line, way, length float64) (support, within float64) { return e.along(at, on(l, way*length)) }
	whole := float64(e.w + e.h)
	for _, o := range []float64{-1, 1} {
		if support, within := arm(out, o, whole); support < edgeSupport || within < 2*least || e.goesOn(on(out, o), at) {
			continue
		}
		for _, s := range []float64{-1, 1} {
			if support, within := arm(stays, s, 2*least); support >= edgeSupport && within >= 2*least-1 && !e.goesOn(on(stays, s), at) {
				return true
			}
		}
	}
	return false
}
