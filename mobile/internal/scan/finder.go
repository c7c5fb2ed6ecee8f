package scan

import (
	"math"
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

// ink is a binarised picture: 1 is ink.
type ink struct {
	Plane
	// open is true where a square may run into the page around it: a code without
	// a quiet zone on a dark page.
	open bool
}

// rowStep is the distance between searched rows: a 3-module core of 4-pixel
// modules is still crossed four times.
const rowStep = 3

// maxFinders bounds the work on pictures that are full of squares.
const maxFinders = 14

// findFinders searches the rows of a picture.
func findFinders(bits ink, into []finder) []finder {
	into = into[:0]
	for y := rowStep / 2; y < bits.H; y += rowStep {
		into = searchRow(bits, y, into)
	}
	sort.Slice(into, func(i, j int) bool { return into[i].hits > into[j].hits })
	if len(into) > maxFinders {
		into = into[:maxFinders]
	}
	return into
}

func searchRow(bits ink, y int, into []finder) []finder {
	var runs [5]int // the last five runs, the newest at 4
	row := bits.row(y)
	colour, length := row[0], 0
	for x := 0; x <= len(row); x++ {
		if x < len(row) && row[x] == colour {
			length++
			continue
		}
		runs = [5]int{runs[1], runs[2], runs[3], runs[4], length}
		if like := runs; colour == 1 && bits.finderLike(&like) {
			into = crossCheck(bits, x-length+like[4], y, &like, into)
		}
		if x < len(row) {
			colour, length = row[x], 1
		}
	}
	return into
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
	m := float64(total) / 7
	slack := m * 0.6
	return math.Abs(float64(runs[0])-m) < slack && math.Abs(float64(runs[1])-m) < slack &&
		math.Abs(float64(runs[2])-3*m) < 2*slack &&
		math.Abs(float64(runs[3])-m) < slack && math.Abs(float64(runs[4])-m) < slack
}

// crossCheck looks up and down, then left and right again, from the middle of
// a row's hit that ends before x, and merges what holds with what is known.
func crossCheck(bits ink, x, y int, runs *[5]int, into []finder) []finder {
	cx := float64(x-runs[4]-runs[3]) - float64(runs[2])/2
	width := runs[0] + runs[1] + runs[2] + runs[3] + runs[4]
	for i := range into { // known already: saves the walk
		f := &into[i]
		if math.Abs(f.at.x-cx) < f.module*1.2 && math.Abs(f.at.y-float64(y)) < f.module*2 {
			f.hits++
			return into
		}
	}
	cy, tall, ok := walk(bits, int(cx), y, 0, 1, 2*width)
	if !ok {
		return into
	}
	cx2, wide, ok := walk(bits, int(cx), int(cy), 1, 0, 2*width)
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
func walk(bits ink, x, y, dx, dy, limit int) (middle float64, total int, ok bool) {
	step := dx + dy*bits.Stride
	at := y*bits.Stride + x
	here, n := x, bits.W
	if dy == 1 {
		here, n = y, bits.H
	}
	if here < 0 || here >= n || bits.Pix[at] != 1 {
		return 0, 0, false
	}
	arm := func(dir int) (runs [3]int, ok bool) {
		pos, i, want := here, at, byte(1)
		for k := 0; k < 3; k++ {
			for pos >= 0 && pos < n && bits.Pix[i] == want && runs[k] <= limit {
				runs[k]++
				pos, i = pos+dir, i+dir*step
			}
			if runs[k] == 0 || runs[k] > limit && (k < 2 || !bits.open) {
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
	if !bits.finderLike(&runs) {
		return 0, 0, false
	}
	total = runs[0] + runs[1] + runs[2] + runs[3] + runs[4]
	lo, hi := here-back[0]+1, here+ahead[0]
	return float64(lo+hi) / 2, total, true
}
