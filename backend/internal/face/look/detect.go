package look

import (
	"cmp"
	"math"
	"slices"

	"realname.example/backend/internal/face/raster"
)

// Box is a found face: corners in pixels of the picture, and how sure the
// detector is, 0 to 1.
type Box struct {
	X0, Y0, X1, Y1 float64
	score          float64
}

// Width is in pixels.
func (b Box) Width() float64 { return b.X1 - b.X0 }

func (b Box) height() float64 { return b.Y1 - b.Y0 }
func (b Box) area() float64   { return max(0, b.Width()) * max(0, b.height()) }

// Centre is the middle of the box.
func (b Box) Centre() raster.Point { return raster.Point{X: (b.X0 + b.X1) / 2, Y: (b.Y0 + b.Y1) / 2} }

// Overlap is the intersection of two boxes over their union.
func (b Box) Overlap(c Box) float64 {
	w := min(b.X1, c.X1) - max(b.X0, c.X0)
	h := min(b.Y1, c.Y1) - max(b.Y0, c.Y0)
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
func (w *Worker) find() ([]Box, error) {
	for _, zoom := range []float64{1, 0.55} {
		boxes, err := w.findIn(w.whole(zoom), detectScore)
		if err != nil || len(boxes) > 0 {
			return boxes, err
		}
	}
	return nil, nil
}

// whole fits the picture into zoom of the detector's input, in its middle.
func (w *Worker) whole(zoom float64) raster.Affine {
	return fit(0, 0, float64(w.Picture.W), float64(w.Picture.H), zoom)
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
func (w *Worker) findIn(m raster.Affine, least float64) ([]Box, error) {
	w.Picture.Cut(w.patch, detectW, detectH, m, 127)
	scaleDetect.fill(w.detect.Input(), w.patch, detectW, detectH, false)
	if err := w.detect.Run(); err != nil {
		return nil, err
	}
	scores, corners := w.detect.Output(0), w.detect.Output(1)
	var found []Box
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
		found = append(found, Box{a.X, a.Y, b.X, b.Y, score})
	}
	return suppress(found), nil
}

// suppress keeps the surest of boxes that overlap and sorts what is left by
// size.
func suppress(found []Box) []Box {
	slices.SortFunc(found, func(a, b Box) int { return cmp.Compare(b.score, a.score) })
	var kept []Box
	for _, b := range found {
		if !slices.ContainsFunc(kept, func(k Box) bool { return k.Overlap(b) > detectOverlap }) {
			kept = append(kept, b)
		}
	}
	slices.SortFunc(kept, func(a, b Box) int { return cmp.Compare(b.area(), a.area()) })
	return kept
}

// degrees turns radians into degrees.
func degrees(rad float64) float64 { return rad * 180 / math.Pi }
