package attack

import (
	"image/color"
	"math"
	"math/rand/v2"
)

// medium is what a picture is shown on to the camera.
type medium struct {
	kind     Species
	held     sheet      // where it is held
	fill     color.RGBA // what is around it
	grain    float64    // strength of paper or pixels
	pitch    float64    // of the screen's pixels against the camera's
	angle    float64
	blur     int
	contrast float64
	tint     [3]float64
	glare    float64
	glareX   float64
	texture  *canvas
}

// newMedium draws a medium of a kind: Print, Screen or CloseScreen.
func newMedium(rng *rand.Rand, kind Species, w, h int) *medium {
	m := &medium{
		kind:     kind,
		held:     sheet{zoom: 0.75 + 0.1*rng.Float64(), yaw: 0.1 * rng.NormFloat64(), pitch: 0.08 * rng.NormFloat64(), roll: 0.05 * rng.NormFloat64()},
		fill:     color.RGBA{uint8(60 + rng.IntN(120)), uint8(60 + rng.IntN(120)), uint8(60 + rng.IntN(120)), 255},
		pitch:    2.1 + 1.5*rng.Float64(),
		angle:    0.3 * rng.Float64(),
		blur:     rng.IntN(2),
		contrast: 0.75 + 0.2*rng.Float64(),
		glare:    40 * rng.Float64(),
		glareX:   rng.Float64(),
		tint:     [3]float64{1, 1, 1},
	}
	switch kind {
	case Print:
		m.grain = 3 + 4*rng.Float64()
		m.tint = [3]float64{1, 0.97, 0.9}
		m.texture = blank(w, h)
		m.texture.each(func(_, _ int, _ [3]float64) [3]float64 {
			v := 128 + 30*rng.NormFloat64()
			return [3]float64{v, v, v}
		})
		m.texture = m.texture.blur(1)
	case CloseScreen:
		m.held.zoom = 1.25 + 0.3*rng.Float64()
		m.grain = 4 + 8*rng.Float64()
		m.tint = [3]float64{0.95, 0.98, 1.05}
	default:
		m.grain = 5 + 10*rng.Float64()
		m.tint = [3]float64{0.93, 0.98, 1.08}
	}
	return m
}

// shot photographs a picture on the medium, held by a hand that sways.
func (m *medium) shot(rng *rand.Rand, c *canvas, moment float64) []byte {
	held := m.held
	held.x += float64(c.w) * 0.01 * math.Sin(2.1*moment)
	held.y += float64(c.h) * 0.01 * math.Sin(1.7*moment+1)
	held.roll += 0.01 * math.Sin(1.3*moment)
	return m.shotAt(rng, c, held)
}

// shotAt photographs a picture on the medium, held so.
func (m *medium) shotAt(rng *rand.Rand, c *canvas, held sheet) []byte {
	on := &canvas{c.w, c.h, append([]uint8(nil), c.pix...)}
	sin, cos := math.Sincos(m.angle)
	on.each(func(x, y int, v [3]float64) [3]float64 {
		var grain float64
		if m.texture != nil {
			grain = m.grain / 10 * (float64(m.texture.pix[3*(y*c.w+x)]) - 128)
		} else {
			u, w := float64(x)*cos-float64(y)*sin, float64(x)*sin+float64(y)*cos
			grain = m.grain * (math.Sin(2*math.Pi*u/m.pitch) + 0.5*math.Sin(2*math.Pi*w/m.pitch))
		}
		shine := m.glare * math.Exp(-sq((float64(x)/float64(c.w)-m.glareX)*4))
		for k := range v {
			v[k] = ((v[k]-128)*m.contrast+128)*m.tint[k] + grain + shine
		}
		return v
	})
	out := on.show(held, m.fill).blur(m.blur)
	out.noise(rng, 2)
	return out.encode()
}

func sq(v float64) float64 { return v * v }
