package attack

import (
	"image/color"
	"math"
	"math/rand/v2"
	"slices"
)

// medium is what a picture is shown on to the camera.
type medium struct {
	kind     Species
	held     sheet      // where it is held
	fill     color.RGBA // what is around it
	grain    []float32  // of paper or of a screen's pixels, by pixel
	strength float64    // of the grain
	blur     int
	contrast float64
	tint     [3]float64
	glare    float64
	glareX   float64
	bands    bands
}

// bands are dark rows that wander, where a screen's refresh of 60 a second beats against
// the camera's rows.
type bands struct {
	depth float64 // part of the light that they take
	rows  float64 // how many are in a picture
	hertz float64 // how often one passes a row, a second
}

// over darkens the rows of a picture at a moment.
func (b bands) over(c *canvas, moment float64) {
	if b.depth == 0 {
		return
	}
	c.each(func(_, y int, was [3]float64) [3]float64 {
		wave := 0.5 + 0.5*math.Sin(2*math.Pi*(b.rows*float64(y)/float64(c.h)+b.hertz*moment))
		for k := range was {
			was[k] *= 1 - b.depth*wave
		}
		return was
	})
}

// Media that only recordings are shown on.
const (
	nearPhone Species = "phone held near"
	banded    Species = "screen whose rows beat against the camera's"
)

// newMedium draws a medium of a kind: Print, Screen, CloseScreen, Phone, nearPhone or
// banded.
func newMedium(rng *rand.Rand, kind Species, w, h int) *medium {
	m := &medium{
		kind:     kind,
		held:     sheet{zoom: 0.75 + 0.1*rng.Float64(), yaw: 0.1 * rng.NormFloat64(), pitch: 0.08 * rng.NormFloat64(), roll: 0.05 * rng.NormFloat64()},
		fill:     color.RGBA{uint8(60 + rng.IntN(120)), uint8(60 + rng.IntN(120)), uint8(60 + rng.IntN(120)), 255},
		blur:     rng.IntN(2),
		contrast: 0.75 + 0.2*rng.Float64(),
		glare:    40 * rng.Float64(),
		glareX:   rng.Float64(),
		tint:     [3]float64{1, 1, 1},
	}
	switch kind {
	case Print:
		m.strength = 3 + 4*rng.Float64()
		m.tint = [3]float64{1, 0.97, 0.9}
		m.grain = paper(rng, w, h)
		return m
	case CloseScreen:
		m.held.zoom = 1.25 + 0.3*rng.Float64()
		m.strength = 4 + 8*rng.Float64()
		m.tint = [3]float64{0.95, 0.98, 1.05}
	case banded:
		m.held.zoom = 1 + 0.3*rng.Float64()
		m.strength = 3 + 5*rng.Float64()
		shift := func() float64 { return 1 + 0.2*(rng.Float64()-0.5) }
		m.tint = [3]float64{shift(), shift(), shift()}
		m.bands = bands{depth: 0.04 + 0.1*rng.Float64(), rows: 0.25 + 0.5*rng.Float64(), hertz: 0.5 + 3*rng.Float64()}
	case Phone, nearPhone:
		m.held.zoom = 0.85 + 0.1*rng.Float64()
		if kind == nearPhone {
			m.held.zoom, m.kind = 1.1, Phone
		}
		m.strength = 2 + 5*rng.Float64()
		m.tint = [3]float64{0.97, 0.99, 1.03}
	default:
		m.strength = 5 + 10*rng.Float64()
		m.tint = [3]float64{0.93, 0.98, 1.08}
	}
	m.grain = moire(2.1+1.5*rng.Float64(), 0.3*rng.Float64(), w, h)
	return m
}

// paper is the roughness of paper, of spread about 1.
func paper(rng *rand.Rand, w, h int) []float32 {
	c := blank(w, h)
	c.each(func(_, _ int, _ [3]float64) [3]float64 {
		v := 128 + 30*rng.NormFloat64()
		return [3]float64{v, v, v}
	})
	c = c.blur(1)
	grain := make([]float32, w*h)
	for i := range grain {
		grain[i] = (float32(c.pix[3*i]) - 128) / 10
	}
	return grain
}

// moire is the pattern of a screen's pixels against the camera's: pitch is the
// length of its waves in pixels, angle how it is turned.
func moire(pitch, angle float64, w, h int) []float32 {
	sin, cos := math.Sincos(angle)
	grain := make([]float32, w*h)
	for i := range grain {
		x, y := float64(i%w), float64(i/w)
		u, v := x*cos-y*sin, x*sin+y*cos
		grain[i] = float32(math.Sin(2*math.Pi*u/pitch) + 0.5*math.Sin(2*math.Pi*v/pitch))
	}
	return grain
}

// shot photographs a picture on the medium, held by a hand that sways.
func (m *medium) shot(rng *rand.Rand, c *canvas, moment float64) []byte {
	shown := *c
	shown.pix = slices.Clone(c.pix)
	m.bands.over(&shown, moment)
	return m.shotAt(rng, &shown, m.swayed(moment, c.w, c.h))
}

// swayed is where the hand holds it at a moment.
func (m *medium) swayed(moment float64, w, h int) sheet {
	held := m.held
	held.x += float64(w) * 0.01 * math.Sin(2.1*moment)
	held.y += float64(h) * 0.01 * math.Sin(1.7*moment+1)
	held.roll += 0.01 * math.Sin(1.3*moment)
	return held
}

// shotAt photographs a picture on the medium, held so.
func (m *medium) shotAt(rng *rand.Rand, c *canvas, held sheet) []byte {
	out := m.painted(c).show(held, m.fill).blur(m.blur)
	if m.kind == Phone {
		m.hand(out, held)
	}
	out.noise(rng, 2)
	return out.encode()
}

// painted is a picture as the medium shows it.
func (m *medium) painted(c *canvas) *canvas {
	shine := make([]float64, c.w)
	for x := range shine {
		shine[x] = m.glare * math.Exp(-sq((float64(x)/float64(c.w)-m.glareX)*4))
	}
	on := blank(c.w, c.h)
	for i, g := range m.grain {
		add := m.strength*float64(g) + shine[i%c.w]
		for k := range 3 {
			v := ((float64(c.pix[3*i+k])-128)*m.contrast+128)*m.tint[k] + add
			on.pix[3*i+k] = uint8(max(0, min(255, v)))
		}
	}
	if m.kind == Phone {
		on.frame(bezel)
	}
	return on
}

// bezel is how wide the black rim of a phone is, in parts of its width.
const bezel = 0.03

// frame paints a black rim.
func (c *canvas) frame(part float64) {
	rim := int(part * float64(c.w))
	for y := range c.h {
		for x := range c.w {
			if x < rim || y < rim || x >= c.w-rim || y >= c.h-rim {
				clear(c.pix[3*(y*c.w+x) : 3*(y*c.w+x)+3])
			}
		}
	}
}

func sq(v float64) float64 { return v * v }
