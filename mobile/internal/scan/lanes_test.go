package scan

import (
	"math/rand/v2"
	"testing"
)

// What is computed eight pixels at once is what one at a time gives, at every width.
func TestLanesComputeWhatSinglePixelsDo(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for w := 3; w < 60; w++ {
		p := Plane{Pix: make([]byte, 20*(w+5)), W: w, H: 19, Stride: w + 5}
		for i := range p.Pix {
			p.Pix[i] = byte(rng.IntN(256)) * byte(rng.IntN(2))
		}
		at := func(p Plane, x, y int) int { return int(p.Pix[y*p.Stride+x]) }
		half, calm, negative := halve(p, new([]byte)), smooth(p, new([]byte)), invert(p, new([]byte))
		var level threshold
		level.measure(p, 1)
		in, row := ink{p, &level, false}, make([]byte, w)
		for y := range p.H {
			level.binarise(p, y, row)
			for x := range w {
				mean := at(p, x, y)
				if x > 0 && y > 0 && x < w-1 && y < p.H-1 {
					mean = 0
					for d := range 9 {
						mean += at(p, x-1+d%3, y-1+d/3)
					}
					mean = mean * ninth / 256
				}
				if at(calm, x, y) != mean {
					t.Fatalf("width %d, pixel %d, %d: smooth gives %d, not %d", w, x, y, at(calm, x, y), mean)
				}
				if at(negative, x, y) != 255-at(p, x, y) || row[x] != in.at(x, y) {
					t.Fatalf("width %d, pixel %d, %d of %d: negative %d, ink %d", w, x, y, at(p, x, y), at(negative, x, y), row[x])
				}
				if x < half.W && y < half.H {
					sum := at(p, 2*x, 2*y) + at(p, 2*x+1, 2*y) + at(p, 2*x, 2*y+1) + at(p, 2*x+1, 2*y+1)
					if at(half, x, y) != (sum+2)/4 {
						t.Fatalf("width %d, pixel %d, %d: halve gives %d, not %d", w, x, y, at(half, x, y), (sum+2)/4)
					}
				}
				if x%cell == 0 && y%cell == 0 {
					sum, n := 0, 0
					for v := y; v < min(y+cell, p.H); v++ {
						for u := x; u < min(x+cell, w); u++ {
							sum, n = sum+at(p, u, v), n+1
						}
					}
					if got := meanOf(p, x, y); int(got) != sum/n {
						t.Fatalf("width %d, cell at %d, %d: mean %d, not %d", w, x, y, got, sum/n)
					}
				}
			}
		}
		first := 1
		for first < w && row[first] == row[0] {
			first++
		}
		if run(row) != first {
			t.Fatalf("width %d: a run of %d, not %d", w, run(row), first)
		}
	}
}
