package scan

import (
	"encoding/binary"
	"math"
	"math/bits"
	"sort"
)

// point is a place in a picture in pixels; pixel (x, y) covers x..x+1, y..y+1.
type point struct{ x, y float64 }

func (p point) to(q point) float64 { return math.Hypot(q.x-p.x, q.y-p.y) }

// finder is a place that looks like one of the three corner squares of a QR
// code: dark, light, dark, light, dark in the lengths 1:1:3:1:1 across it. A
// line through the middle of such a square keeps these lengths at any roll
// and, nearly, under perspective.
type finder struct {
	at     point
	module float64 // mean of the horizontal and vertical module, pixels
	hits   int     // how many rows crossed it
}

// ink is a picture as its thresholds divide it: 1 is ink. Only the rows that are
// searched are computed as a whole, and of others what is looked at.
type ink struct {
	Plane
	level *threshold
	// open is true where a square may run into the page around it: a code without
	// a quiet zone on a dark page.
	open bool
}

// at is the ink at a pixel inside the picture.
func (b ink) at(x, y int) byte { return inkOf(b.Pix[y*b.Stride+x], b.level.below(x, y)) }

// rowStep is the distance between searched rows: a 3-module core of 4-pixel
// modules is still crossed four times.
const rowStep = 3

// maxFinders bounds the work on pictures that are full of squares.
const maxFinders = 14

// findFinders searches the rows of a picture; row is a buffer as wide.
func findFinders(b ink, row []byte, into []finder) []finder {
	into = into[:0]
	for y := rowStep / 2; y < b.H; y += rowStep {
		b.level.binarise(b.Plane, y, row)
		into = searchRow(b, row, y, into)
	}
	sort.Slice(into, func(i, j int) bool { return into[i].hits > into[j].hits })
	if len(into) > maxFinders {
		into = into[:maxFinders]
	}
	return into
}

func searchRow(b ink, row []byte, y int, into []finder) []finder {
	var runs [5]int // the last five runs, the newest at 4
	for x := 0; x < len(row); {
		length := run(row[x:])
		x += length
		runs = [5]int{runs[1], runs[2], runs[3], runs[4], length}
		if row[x-1] == 0 || runs[2] <= runs[1] || runs[2] <= runs[3] { // most runs of noise end here
			continue
		}
		if like := runs; b.finderLike(&like) {
			into = crossCheck(b, x-length+like[4], y, &like, into)
		}
	}
	return into
}

// run is how many pixels from the first on are as the first.
func run(row []byte) int {
	first, n := uint64(row[0])*0x0101010101010101, 0
	for ; n+word <= len(row); n += word {
		if other := binary.LittleEndian.Uint64(row[n:]) ^ first; other != 0 {
			return n + bits.TrailingZeros64(other)/8
		}
	}
	for n < len(row) && row[n] == row[0] {
		n++
	}
	return n
}

// finderLike says whether five runs are 1:1:3:1:1 within 60 % of a module,
// which leaves room for blur, that thickens one colour, and noise.
// Where they are open, the outer two are as long as the picture likes, and cut to
// a module.
func (b ink) finderLike(runs *[5]int) bool {
	if b.open {
		m := (runs[1] + runs[2] + runs[3] + 2) / 5
		if m < 1 || 2*min(runs[0], runs[4]) < m {
			return false
		}
		runs[0], runs[4] = min(runs[0], m), min(runs[4], m)
	}
	total := runs[0] + runs[1] + runs[2] + runs[3] + runs[4]
	if total < 7 || runs[1] == 0 || runs[0] == 0 || runs[3] == 0 {
		return false
	}
	near := func(run, modules int) bool { return 5*abs(7*run-modules*total) < 3*total*min(modules, 2) }
	return near(runs[0], 1) && near(runs[1], 1) && near(runs[2], 3) && near(runs[3], 1) && near(runs[4], 1)
}

// crossCheck looks up and down, then left and right again, from the middle of
// a row's hit that ends before x, and merges what holds with what is known.
func crossCheck(b ink, x, y int, runs *[5]int, into []finder) []finder {
	cx := float64(x-runs[4]-runs[3]) - float64(runs[2])/2
	width := runs[0] + runs[1] + runs[2] + runs[3] + runs[4]
	for i := range into { // known already: saves the walk
		f := &into[i]
		if math.Abs(f.at.x-cx) < f.module*1.2 && math.Abs(f.at.y-float64(y)) < f.module*2 {
			f.hits++
			return into
		}
	}
	cy, tall, ok := walk(b, int(cx), y, 0, 1, 2*width)
	if !ok {
		return into
	}
	cx2, wide, ok := walk(b, int(cx), int(cy), 1, 0, 2*width)
	if !ok {
		return into
	}
	at := point{cx2, cy}
	module := float64(wide+tall) / 14
	for i := range into {
		if into[i].at.to(at) < 2*into[i].module {
			into[i].hits++
			return into
		}
	}
	return append(into, finder{at: at, module: module, hits: 1})
}

// walk measures the five runs through (x, y) along a direction (dx, dy), which
// is (1, 0) or (0, 1), and returns the core's middle along it and the total
// length.
func walk(b ink, x, y, dx, dy, limit int) (middle float64, total int, ok bool) { //nolint:gocyclo // the scanner's inner loop, in one place
	here, n := x, b.W
	if dy == 1 {
		here, n = y, b.H
	}
	if here < 0 || here >= n || b.at(x, y) != 1 {
		return 0, 0, false
	}
	arm := func(dir int) (runs [3]int, ok bool) {
		pos, want := 0, byte(1)
		for k := 0; k < 3; k++ {
			for here+pos >= 0 && here+pos < n && runs[k] <= limit && b.at(x+pos*dx, y+pos*dy) == want {
				runs[k]++
				pos += dir
			}
			if runs[k] == 0 || runs[k] > limit && (k < 2 || !b.open) {
				return runs, false
			}
			want ^= 1
		}
		return runs, true
	}
	back, ok1 := arm(-1)
	ahead, ok2 := arm(1)
	if !ok1 || !ok2 {
		return 0, 0, false
	}
	runs := [5]int{back[2], back[1], back[0] + ahead[0] - 1, ahead[1], ahead[2]}
	if !b.finderLike(&runs) {
		return 0, 0, false
	}
	total = runs[0] + runs[1] + runs[2] + runs[3] + runs[4]
	lo, hi := here-back[0]+1, here+ahead[0]
	return float64(lo+hi) / 2, total, true
}
