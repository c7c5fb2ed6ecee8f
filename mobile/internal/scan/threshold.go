package scan

import "encoding/binary"

// cell is the side in pixels of the squares whose mean brightness the
// threshold is made of.
const cell = 8

// threshold is a brightness that separates ink from paper, one value for each
// cell: the mean of the cells around it, so that a shadow or a dark window
// beside the code does not swallow it.
type threshold struct {
	level  []byte // cols × rows
	cols   int
	rows   int
	means  []int32 // scratch: mean of each cell
	ends   []span  // scratch: darkest and brightest of each cell
	prefix []int32 // scratch: integral of means
}

// measure sets the threshold of p; reach is how many cells to each side count.
// A small reach follows glare, a large one copes with large modules.
func (t *threshold) measure(p Plane, reach int) {
	t.size(p)
	t.average(p)
	t.integrate()
	for cy := 0; cy < t.rows; cy++ {
		y0, y1 := max(cy-reach, 0), min(cy+reach+1, t.rows)
		for cx := 0; cx < t.cols; cx++ {
			x0, x1 := max(cx-reach, 0), min(cx+reach+1, t.cols)
			w := t.cols + 1
			sum := t.prefix[y1*w+x1] - t.prefix[y0*w+x1] - t.prefix[y1*w+x0] + t.prefix[y0*w+x0]
			t.level[cy*t.cols+cx] = byte(int(sum) / ((x1 - x0) * (y1 - y0)))
		}
	}
}

// span is the darkest and the brightest pixel of an area.
type span struct{ lo, hi byte }

// with is the span of both areas.
func (s span) with(o span) span { return span{min(s.lo, o.lo), max(s.hi, o.hi)} }

// between makes each threshold the middle between the darkest and the brightest
// pixel of the cells around. Unlike a mean it does not lean to what there is more
// of, so that modules of two pixels beside a white margin keep their width. Where
// nothing stands out there is no ink.
func (t *threshold) between(p Plane) {
	const least = 40 // grey levels from ink to paper
	t.size(p)
	if cap(t.ends) < len(t.level) {
		t.ends = make([]span, len(t.level))
	}
	t.ends = t.ends[:len(t.level)]
	for i := range t.ends {
		t.ends[i] = spanOf(p, i%t.cols*cell, i/t.cols*cell)
	}
	for cy := range t.rows {
		for cx := range t.cols {
			around := t.ends[cy*t.cols+cx]
			for y := max(cy-1, 0); y <= min(cy+1, t.rows-1); y++ {
				for _, s := range t.ends[y*t.cols+max(cx-1, 0) : y*t.cols+min(cx+1, t.cols-1)+1] {
					around = around.with(s)
				}
			}
			t.level[cy*t.cols+cx] = 0
			if around.hi-around.lo >= least {
				t.level[cy*t.cols+cx] = byte((int(around.lo) + int(around.hi)) / 2)
			}
		}
	}
}

// spanOf is the span of every second row of the cell at a pixel.
func spanOf(p Plane, x, y int) span {
	s := span{255, 0}
	for end := min(y+cell, p.H); y < end; y += 2 {
		for _, v := range p.row(y)[x:min(x+cell, p.W)] {
			s.lo, s.hi = min(s.lo, v), max(s.hi, v)
		}
	}
	return s
}

// size makes room for the cells of p.
func (t *threshold) size(p Plane) {
	t.cols, t.rows = (p.W+cell-1)/cell, (p.H+cell-1)/cell
	n := t.cols * t.rows
	if cap(t.level) < n {
		t.level, t.means = make([]byte, n), make([]int32, n)
	}
	t.level, t.means = t.level[:n], t.means[:n]
}

func (t *threshold) average(p Plane) {
	for cy := 0; cy < t.rows; cy++ {
		for cx := 0; cx < t.cols; cx++ {
			t.means[cy*t.cols+cx] = meanOf(p, cx*cell, cy*cell)
		}
	}
}

// meanOf is the mean of the cell at a pixel.
func meanOf(p Plane, x, y int) int32 {
	x1, y1 := min(x+cell, p.W), min(y+cell, p.H)
	var sums uint64
	var rest int32
	for v := y; v < y1; v++ {
		row := p.row(v)[x:x1]
		if len(row) == word {
			even, odd := split(row)
			sums += even + odd
			continue
		}
		for _, v := range row {
			rest += int32(v)
		}
	}
	return (total(sums) + rest) / int32((x1-x)*(y1-y))
}

func (t *threshold) integrate() {
	w := t.cols + 1
	if cap(t.prefix) < w*(t.rows+1) {
		t.prefix = make([]int32, w*(t.rows+1))
	}
	t.prefix = t.prefix[:w*(t.rows+1)]
	clear(t.prefix[:w])
	for y := 0; y < t.rows; y++ {
		var run int32
		t.prefix[(y+1)*w] = 0
		for x := 0; x < t.cols; x++ {
			run += t.means[y*t.cols+x]
			t.prefix[(y+1)*w+x+1] = t.prefix[y*w+x+1] + run
		}
	}
}

// flat makes one threshold for the whole picture: the middle between the mean
// of what is darker and of what is brighter than itself (Ridler and Calvard's
// iteration on the cells' means).
func (t *threshold) flat() {
	level := 128
	for i := 0; i < 8; i++ {
		var lo, hi, nlo, nhi int
		for _, m := range t.means {
			if int(m) < level {
				lo, nlo = lo+int(m), nlo+1
			} else {
				hi, nhi = hi+int(m), nhi+1
			}
		}
		if nlo == 0 || nhi == 0 {
			break
		}
		level = (lo/nlo + hi/nhi) / 2
	}
	for i := range t.level {
		t.level[i] = byte(level)
	}
}

// bias keeps the noise of an even area on the paper's side.
const bias = 2

// below returns the brightness below which a pixel inside the picture is ink.
func (t *threshold) below(x, y int) int { return max(0, t.at(x, y)-bias) }

// at returns the threshold at a pixel inside the picture.
func (t *threshold) at(x, y int) int {
	return int(t.level[uint(y)/cell*uint(t.cols)+uint(x)/cell])
}

// binarise writes 1 for ink and 0 for paper of row y of p to out.
func (t *threshold) binarise(p Plane, y int, out []byte) {
	row := p.row(y)
	levels := t.level[y/cell*t.cols:][:t.cols]
	for cx, level := range levels {
		below := max(0, int(level)-bias)
		x := cx * cell
		if x+word > len(row) {
			for ; x < len(row); x++ {
				out[x] = inkOf(row[x], below)
			}
			return
		}
		even, odd := split(row[x:])
		brighter := uint64(0xff+below) * ones // less a pixel, bit 8 stays where that is darker
		binary.LittleEndian.PutUint64(out[x:], (brighter-even)>>8&ones|(brighter-odd)&(ones<<8))
	}
}

// inkOf is 1 where a pixel is darker, else 0.
func inkOf(pixel byte, below int) byte {
	if int(pixel) < below {
		return 1
	}
	return 0
}
