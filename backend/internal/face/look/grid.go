package look

import "math"

const gridW, gridH = 64, 48

// Grid is the mean brightness of each cell of a whole picture, by which a
// picture that comes again is told. Nothing in it is aligned to the face: a
// cell's mean is hardly touched by compression, and much by movement. Colour is
// left out, which compression keeps worse.
type Grid [gridW * gridH]float32

// cells makes the grid of the worker's picture.
func (w *Worker) cells() *Grid {
	return w.region(0, 0, float64(w.Picture.W), float64(w.Picture.H))
}

// region makes the grid of a part of the worker's picture, in pixels.
func (w *Worker) region(left, top, width, height float64) *Grid {
	p := &w.Picture
	g := new(Grid)
	edge := func(from, size float64, cell, cells, end int) int {
		return min(max(int(from+size*float64(cell)/float64(cells)), 0), end)
	}
	for gy := range gridH {
		y0 := edge(top, height, gy, gridH, p.H-1)
		y1 := max(y0+1, edge(top, height, gy+1, gridH, p.H))
		for gx := range gridW {
			x0 := edge(left, width, gx, gridW, p.W-1)
			x1 := max(x0+1, edge(left, width, gx+1, gridW, p.W))
			sum := 0
			for y := y0; y < y1; y++ {
				row := p.Pix[3*(y*p.W+x0) : 3*(y*p.W+x1)]
				for i := 0; i+2 < len(row); i += 3 {
					sum += 77*int(row[i]) + 150*int(row[i+1]) + 29*int(row[i+2])
				}
			}
			g[gy*gridW+gx] = float32(sum) / float32(256*(y1-y0)*(x1-x0))
		}
	}
	return g
}

// Change is the spread of the difference of two grids, in grey levels. The mean
// difference is left out: light and compression shift it for the whole picture.
func Change(a, b *Grid) float64 {
	const n = gridW * gridH
	var sum, squares float32
	for i, v := range a {
		d := v - b[i]
		sum += d
		squares += d * d
	}
	mean := float64(sum) / n
	return math.Sqrt(max(0, float64(squares)/n-mean*mean))
}
