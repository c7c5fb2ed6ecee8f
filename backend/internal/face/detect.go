package face

import (
	"math"
	"slices"

	"realname.example/backend/internal/face/raster"
)

// box is a found face: corners in pixels of the picture, and how sure the
// detector is, 0 to 1.
type box struct {
	x0, y0, x1, y1 float64
	score          float64
}

func (b box) width() float64       { return b.x1 - b.x0 }
func (b box) height() float64      { return b.y1 - b.y0 }
func (b box) area() float64        { return max(0, b.width()) * max(0, b.height()) }
func (b box) centre() raster.Point { return raster.Point{X: (b.x0 + b.x1) / 2, Y: (b.y0 + b.y1) / 2} }

func (b box) overlap(c box) float64 { // intersection over union
	w := min(b.x1, c.x1) - max(b.x0, c.x0)
	h := min(b.y1, c.y1) - max(b.y0, c.y0)
	if w <= 0 || h <= 0 {
		return 0
	}
	return w * h / (b.area() + c.area() - w*h)
}

// The detector's own numbers: its input, and the score and overlap its authors
// use.
const (
	detectW, detectH = 320, 240
	detectScore      = 0.65
	detectOverlap    = 0.4
)

// find returns the faces of the picture, the largest first. A picture in which
// the whole view shows none is looked at once more with a wide margin, which
// finds a face that fills it.
func (w *worker) find() ([]box, error) {
	for _, zoom := range []float64{1, 0.55} {
		boxes, err := w.findIn(w.whole(zoom), detectScore)
		if err != nil || len(boxes) > 0 {
			return boxes, err
		}
	}
	return nil, nil
}

// whole fits the picture into zoom of the detector's input, in its middle.
func (w *worker) whole(zoom float64) raster.Affine {
	return fit(0, 0, float64(w.picture.W), float64(w.picture.H), zoom)
}

// fit is the map from the detector's input to a rectangle of the picture, which
// fills zoom of it.
func fit(x0, y0, x1, y1, zoom float64) raster.Affine {
	s := max((x1-x0)/detectW, (y1-y0)/detectH) / zoom
	return raster.Affine{
		A: s, C: (x0+x1-1)/2 - s*(detectW-1)/2,
		E: s, F: (y0+y1-1)/2 - s*(detectH-1)/2,
	}
}

// findIn looks at one view of the picture and returns the boxes that the
// detector gives at least this score.
func (w *worker) findIn(m raster.Affine, least float64) ([]box, error) {
	w.picture.Cut(w.patch, detectW, detectH, m, 127)
	scaleDetect.fill(w.detect.Input(), w.patch, detectW, detectH, false)
	if err := w.detect.Run(); err != nil {
		return nil, err
	}
	scores, corners := w.detect.Output(0), w.detect.Output(1)
	var found []box
	for i := 0; 2*i+1 < len(scores); i++ {
		score := float64(scores[2*i+1])
		if !(score >= least) { // also refuses NaN
			continue
		}
		c := corners[4*i : 4*i+4]
		at := func(x, y float32) raster.Point {
			return m.Apply(raster.Point{X: float64(x)*detectW - 0.5, Y: float64(y)*detectH - 0.5})
		}
		a, b := at(c[0], c[1]), at(c[2], c[3])
		found = append(found, box{a.X, a.Y, b.X, b.Y, score})
	}
	return suppress(found), nil
}

// suppress keeps the surest of boxes that overlap and sorts what is left by
// size.
func suppress(found []box) []box {
	slices.SortFunc(found, func(a, b box) int { return compare(b.score, a.score) })
	var kept []box
	for _, b := range found {
		if !slices.ContainsFunc(kept, func(k box) bool { return k.overlap(b) > detectOverlap }) {
			kept = append(kept, b)
		}
	}
	slices.SortFunc(kept, func(a, b box) int { return compare(b.area(), a.area()) })
	return kept
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// degrees turns radians into degrees.
func degrees(rad float64) float64 { return rad * 180 / math.Pi }
