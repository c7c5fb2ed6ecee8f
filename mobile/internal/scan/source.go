package scan

import (
	"errors"

	"github.com/makiuchi-d/gozxing"
)

// source gives gozxing a plane without a detour through image.Image.
type source struct {
	gozxing.LuminanceSourceBase
	plane Plane
}

var errRow = errors.New("row outside the picture")

func newSource(p Plane) gozxing.LuminanceSource {
	return &source{LuminanceSourceBase: gozxing.LuminanceSourceBase{Width: p.W, Height: p.H}, plane: p}
}

// GetRow copies row y to row, which it makes anew when it is too short.
func (s *source) GetRow(y int, row []byte) ([]byte, error) {
	if y < 0 || y >= s.plane.H {
		return nil, errRow
	}
	if len(row) < s.plane.W {
		row = make([]byte, s.plane.W)
	}
	copy(row, s.plane.row(y))
	return row, nil
}

// GetMatrix returns the tight luminance; it shares the plane's bytes when the
// plane is tight already.
func (s *source) GetMatrix() []byte {
	p := s.plane
	if p.Stride == p.W {
		return p.Pix[:p.W*p.H]
	}
	out := make([]byte, 0, p.W*p.H)
	for y := 0; y < p.H; y++ {
		out = append(out, p.row(y)...)
	}
	return out
}

// Invert is required by the interface.
func (s *source) Invert() gozxing.LuminanceSource {
	return gozxing.LuminanceSourceInvert(s)
}

// String is required by the interface.
func (s *source) String() string { return gozxing.LuminanceSourceString(s) }
