package scan

import (
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
)

// looker finds and reads one code in one picture by its finder squares. It
// keeps its buffers between pictures; it is not safe for concurrent use.
type looker struct {
	level   threshold
	row     []byte // one, of ink
	found   []finder
	known   map[int][]mark
	values  []float32 // modules × modules
	sharp   []float32
	decoder *decoder.Decoder
}

// look divides p as l wants it and tries what the finder squares offer.
func (s *looker) look(p Plane, l look) (string, bool) {
	if p.W < 21 || p.H < 21 {
		return "", false
	}
	switch {
	case l.between:
		s.level.between(p)
	case l.reach == 0:
		s.level.measure(p, 0)
		s.level.flat()
	default:
		s.level.measure(p, l.reach)
	}
	b := ink{p, &s.level, l.open}
	s.found = findFinders(b, shape(&s.row, p.W, 1).Pix, s.found)
	for _, t := range triples(b, s.found) {
		ps, ok := s.fit(p, t)
		if !ok {
			continue
		}
		if text, ok := s.read(p, &ps); ok {
			return text, true
		}
	}
	return "", false
}

// read measures every module in grey and decodes them as they are, then
// sharpened against blur.
func (s *looker) read(p Plane, ps *pose) (string, bool) {
	n := ps.modules
	if cap(s.values) < n*n {
		s.values, s.sharp = make([]float32, n*n), make([]float32, n*n)
	}
	s.values, s.sharp = s.values[:n*n], s.sharp[:n*n]
	for v := 0; v < n; v++ {
		for u := 0; u < n; u++ {
			s.values[v*n+u] = moduleMean(p, ps, float64(u)+0.5, float64(v)+0.5)
		}
	}
	for _, strength := range [...]float32{0, 0.25, 0.6} {
		sharpen(s.sharp, s.values, n, strength)
		if text, ok := s.decode(s.sharp, n); ok {
			return text, true
		}
	}
	return "", false
}

// moduleMean is the mean of nine points in the inner half of a module.
func moduleMean(p Plane, ps *pose, u, v float64) float32 {
	const off = 0.25
	var sum float32
	for dv := -off; dv <= off; dv += off {
		for du := -off; du <= off; du += off {
			x, y := ps.at(u+du, v+dv)
			sum += bilinear(p, x-0.5, y-0.5)
		}
	}
	return sum / 9
}

// bilinear reads between pixel middles; outside, the edge repeats.
func bilinear(p Plane, x, y float64) float32 {
	// The comparisons also catch NaN, which a wild pose can give.
	if !(x >= 0) {
		x = 0
	}
	if !(y >= 0) {
		y = 0
	}
	x, y = min(x, float64(p.W-1)), min(y, float64(p.H-1))
	x0, y0 := int(x), int(y)
	x1, y1 := min(x0+1, p.W-1), min(y0+1, p.H-1)
	fx, fy := float32(x-float64(x0)), float32(y-float64(y0))
	a, b := float32(p.Pix[y0*p.Stride+x0]), float32(p.Pix[y0*p.Stride+x1])
	c, d := float32(p.Pix[y1*p.Stride+x0]), float32(p.Pix[y1*p.Stride+x1])
	return (a+(b-a)*fx)*(1-fy) + (c+(d-c)*fx)*fy
}

// sharpen takes away the share of its neighbours that blur put into a module.
func sharpen(out, in []float32, n int, strength float32) {
	copy(out, in)
	if strength == 0 {
		return
	}
	for v := 0; v < n; v++ {
		for u := 0; u < n; u++ {
			i := v*n + u
			around := in[v*n+max(u-1, 0)] + in[v*n+min(u+1, n-1)] +
				in[max(v-1, 0)*n+u] + in[min(v+1, n-1)*n+u]
			out[i] += strength * (4*in[i] - around) / 2
		}
	}
}

// decode calls a module ink when it is darker than the middle between the
// extremes around it, and hands the modules to gozxing.
func (s *looker) decode(values []float32, n int) (string, bool) {
	bits, err := gozxing.NewSquareBitMatrix(n)
	if err != nil {
		return "", false
	}
	const reach = 4
	for v := 0; v < n; v++ {
		for u := 0; u < n; u++ {
			var sum float32
			count := 0
			for y := max(v-reach, 0); y <= min(v+reach, n-1); y++ {
				for _, w := range values[y*n+max(u-reach, 0) : y*n+min(u+reach, n-1)+1] {
					sum += w
					count++
				}
			}
			if values[v*n+u]*float32(count) < sum {
				bits.Set(u, v)
			}
		}
	}
	if s.decoder == nil {
		s.decoder = decoder.NewDecoder()
	}
	result, err := s.decoder.Decode(bits, nil)
	if err != nil || result.GetText() == "" {
		return "", false
	}
	return result.GetText(), true
}
