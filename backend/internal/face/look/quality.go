package look

import (
	"math"

	"realname.example/backend/internal/face/raster"
)

// Quality is what can be said of a face without knowing whose it is.
type Quality struct {
	Eyes   float64 // distance of the eyes' centres in pixels of the picture
	light  float64 // mean brightness of the face, 0 to 255
	spread float64 // standard deviation of it
	Sharp  float64 // energy of fine detail of the face at 112×112; below 20 is blurred
	inside float64 // how much of the face lies inside the picture, 0 to 1
	score  float64 // of the mesh: below 0 it does not believe in the face
}

// quality measures a face's quality from the picture and its 112×112 crop.
func (m *Mesh) quality(p *raster.Raster, crop []uint8) Quality {
	q := Quality{Eyes: m.EyeDistance(), score: m.score}
	for _, pt := range m.Points {
		if pt.X >= 0 && pt.Y >= 0 && pt.X < float64(p.W) && pt.Y < float64(p.H) {
			q.inside += 1.0 / MeshPoints
		}
	}
	q.light, q.spread, q.Sharp = texture(crop, FeatureSize)
	return q
}

// texture returns the mean and the spread of brightness of the middle of a
// square crop, and the energy of its Laplacian (mean square), which falls with
// blur.
func texture(crop []uint8, size int) (light, spread, sharp float64) {
	gray := func(x, y int) float64 {
		i := 3 * (y*size + x)
		return 0.299*float64(crop[i]) + 0.587*float64(crop[i+1]) + 0.114*float64(crop[i+2])
	}
	lo, hi := size/5, size-size/5
	var n, sum, squares, energy float64
	for y := lo; y < hi; y++ {
		for x := lo; x < hi; x++ {
			v := gray(x, y)
			n++
			sum += v
			squares += v * v
			l := 4*v - gray(x-1, y) - gray(x+1, y) - gray(x, y-1) - gray(x, y+1)
			energy += l * l
		}
	}
	light = sum / n
	return light, math.Sqrt(max(0, squares/n-light*light)), energy / n
}

// Bounds of quality for a portrait and for the frames that are compared. They
// are lenient: what they refuse would mislead the comparison.
const (
	minEyes   = 24.0 // pixels between the eyes
	minLight  = 40.0
	maxLight  = 235.0
	minSpread = 8.0
	minSharp  = 12.0
	minInside = 0.9
	minMesh   = 0.0
)

// MinPortraitEyes is less than of a capture, whose frames can be taken anew: pictures of
// ID cards' chips have 21 pixels. docs/face.md says what was measured with such.
const MinPortraitEyes = 20.0

// Problem returns the hint for what is worst about the quality of a frame, or NoHint.
func (q Quality) Problem() Hint { return q.Below(minEyes) }

// Below is Problem where eyes may be so many pixels apart.
func (q Quality) Below(minEyes float64) Hint {
	switch {
	case q.Eyes < minEyes:
		return HintCloser
	case q.inside < minInside:
		return HintFarther
	case q.light < minLight:
		return HintMoreLight
	case q.light > maxLight:
		return HintLessLight
	case q.score < minMesh:
		return HintUncover
	case q.spread < minSpread:
		return HintMoreLight
	case q.Sharp < minSharp:
		return HintHoldStill
	}
	return NoHint
}
