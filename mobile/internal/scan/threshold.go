package scan

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

// spanOf is the span of the cell at a pixel.
func spanOf(p Plane, x, y int) span {
	s := span{255, 0}
	for end := min(y+cell, p.H); y < end; y++ {
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
		y0, y1 := cy*cell, min((cy+1)*cell, p.H)
		sums := t.means[cy*t.cols : (cy+1)*t.cols]
		clear(sums)
		for y := y0; y < y1; y++ {
			row := p.row(y)
			for cx := range sums {
				var s int32
				for _, v := range row[cx*cell : min((cx+1)*cell, p.W)] {
					s += int32(v)
				}
				sums[cx] += s
			}
		}
		for cx := range sums {
			sums[cx] /= int32((y1 - y0) * (min((cx+1)*cell, p.W) - cx*cell))
		}
	}
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

// at returns the threshold at a pixel inside the picture.
func (t *threshold) at(x, y int) int {
	return int(t.level[y/cell*t.cols+x/cell])
}

// binarise writes 1 for ink and 0 for paper. The small bias keeps the noise of
// an even area on the paper's side.
func (t *threshold) binarise(p Plane, buf *[]byte) Plane {
	const bias = 2
	dst := shape(buf, p.W, p.H)
	for y := 0; y < p.H; y++ {
		row, out := p.row(y), dst.row(y)
		levels := t.level[y/cell*t.cols:]
		for cx := 0; cx < t.cols; cx++ {
			level := int32(levels[cx]) - bias
			x0, x1 := cx*cell, min((cx+1)*cell, p.W)
			in, to := row[x0:x1], out[x0:x1]
			if level < 0 { // nothing is ink
				clear(to)
				continue
			}
			for i, v := range in {
				to[i] = byte(uint32(int32(v)-level) >> 31) // the sign: no branch
			}
		}
	}
	return dst
}
