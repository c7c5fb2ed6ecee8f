package look

import (
	"math/rand/v2"
)

// printBits is the length of a print.
const printBits = 256

// Print is how a picture looks, in bits: pictures that are alike differ in few.
// Compressed anew or made smaller it differs in up to 14, a moment of the same
// person a second later mostly in more than 20 (docs/face.md).
type Print [printBits / 8]byte

// Printer makes prints by sums of cells with signs that nobody knows without
// its key: no picture can be made of a print, and none can be sought for one.
type Printer struct {
	signs []float32 // one row of a grid for each bit
}

// NewPrinter returns the printer of a secret key. Prints of different keys have
// nothing in common.
func NewPrinter(key [32]byte) *Printer {
	source := rand.NewChaCha8(key)
	p := &Printer{signs: make([]float32, printBits*gridW*gridH)}
	var bits uint64
	for i := range p.signs {
		if i%64 == 0 {
			bits = source.Uint64()
		}
		p.signs[i] = float32(int(bits&1)*2 - 1)
		bits >>= 1
	}
	return p
}

// The part of a picture that a print is made of is its middle, so that a
// picture whose edges were cut off still holds it. Search looks for that part in
// steps of printStep of the whole, up to printCut.
const (
	printPart = 0.8
	printStep = 0.01
	printCut  = 0.08
)

// Print is the print of the picture that a worker holds.
func (p *Printer) Print(w *Worker) Print { return p.middle(w, printPart) }

// middle is the print of the picture's middle, as large as part says.
func (p *Printer) middle(w *Worker, part float64) Print {
	width, height := float64(w.Picture.W), float64(w.Picture.H)
	g := w.region(width*(1-part)/2, height*(1-part)/2, width*part, height*part).edges()
	var made Print
	for bit := range printBits {
		var sum float32
		row := p.signs[bit*len(g) : (bit+1)*len(g)]
		for i, v := range g {
			sum += v * row[i]
		}
		if sum > 0 {
			made[bit/8] |= 1 << (bit % 8)
		}
	}
	return made
}

// Search is every print under which a picture would be found again.
func (p *Printer) Search(w *Worker) []Print {
	var all []Print
	for cut := 0.0; cut < printCut+printStep/2; cut += printStep {
		all = append(all, p.middle(w, printPart/(1-cut)))
	}
	return all
}

// edgeRadius is how many cells around count as a cell's surroundings.
const edgeRadius = 2

// edges leaves of each cell how it differs from its surroundings: light and
// compression are the same there.
func (g *Grid) edges() *Grid {
	out := new(Grid)
	for y := range gridH {
		for x := range gridW {
			var sum float32
			y0, y1 := max(0, y-edgeRadius), min(gridH-1, y+edgeRadius)
			x0, x1 := max(0, x-edgeRadius), min(gridW-1, x+edgeRadius)
			for yy := y0; yy <= y1; yy++ {
				for _, v := range g[yy*gridW+x0 : yy*gridW+x1+1] {
					sum += v
				}
			}
			out[y*gridW+x] = g[y*gridW+x] - sum/float32((y1-y0+1)*(x1-x0+1))
		}
	}
	return out
}
