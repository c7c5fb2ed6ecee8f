package look

import (
	"math"

	"realname.example/backend/internal/face/light"
	"realname.example/backend/internal/face/raster"
)

// linear is sRGB's curve (IEC 61966-2-1) of 8-bit values.
var linear = func() (t [256]float64) {
	for i := range t {
		v := float64(i) / 255
		if t[i] = v / 12.92; v > 0.04045 {
			t[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return t
}()

// Where the colour of a face and of what is beside it is taken, in parts of the side of
// the square around the face.
const (
	spotSide = 0.04

	besideFrom = 0.75 // of the middle, to either side
	besideTo   = 1.2
	besideUp   = 0.55 // above the middle
	besideDown = 0.15

	leastBeside = 400 // pixels

	// An arm's length in widths of a face, and how far the middle of a phone's screen is
	// below its camera.
	armsLength  = 2.5
	screenBelow = 0.5
)

// Shot is what the worker's picture says of light, by the landmarks of its face. False
// means that nothing is seen beside the head.
func (w *Worker) Shot(m *Mesh) (light.Shot, bool) {
	centre, side, angle := m.frame()
	facing := m.facing(centre, side)
	sin, cos := math.Sincos(angle)
	s := light.Shot{Spots: make([]light.Spot, MeshPoints)}
	for i, p := range m.Points {
		dx, dy := (p.X-centre.X)/side, (p.Y-centre.Y)/side
		s.Spots[i] = light.Spot{
			X: dx*cos + dy*sin + 0.5, Y: dy*cos - dx*sin + 0.5,
			Facing: facing[i], Colour: mean(&w.Picture, p.X, p.Y, spotSide*side),
		}
	}
	around, seen := flanks(&w.Picture, centre, side, sin, cos)
	s.Around = around
	return s, seen
}

// mean is the colour of a square of the picture.
func mean(p *raster.Raster, cx, cy, side float64) light.RGB {
	var sum light.RGB
	n := 0.0
	for y := max(0, int(cy-side/2)); y <= min(p.H-1, int(cy+side/2)); y++ {
		for x := max(0, int(cx-side/2)); x <= min(p.W-1, int(cx+side/2)); x++ {
			add(&sum, p.Pix[3*(y*p.W+x):])
			n++
		}
	}
	return divided(sum, n)
}

// flanks is the colour of what is seen to the left and right of a head.
func flanks(p *raster.Raster, centre raster.Point, side, sin, cos float64) (around light.RGB, seen bool) {
	step := max(1, side/100)
	n := 0.0
	for u := besideFrom * side; u < besideTo*side; u += step {
		for v := -besideUp * side; v < besideDown*side; v += step {
			for _, a := range []float64{u, -u} {
				x, y := int(centre.X+a*cos-v*sin), int(centre.Y+a*sin+v*cos)
				if x >= 0 && y >= 0 && x < p.W && y < p.H {
					add(&around, p.Pix[3*(y*p.W+x):])
					n++
				}
			}
		}
	}
	return divided(around, n), n >= leastBeside
}

func add(sum *light.RGB, rgb []uint8) {
	for k := range sum {
		sum[k] += linear[rgb[k]]
	}
}

func divided(sum light.RGB, n float64) light.RGB {
	for k := range sum {
		sum[k] /= max(1, n)
	}
	return sum
}

// facing is how much of the light of a phone held at arm's length falls on each landmark:
// by the angle of a smooth surface through all of them, and by its distance.
func (m *Mesh) facing(centre raster.Point, side float64) []float64 {
	surface := m.surface(centre, side)
	out := make([]float64, MeshPoints)
	for i, p := range m.Points {
		x, y, z := (p.X-centre.X)/side, (p.Y-centre.Y)/side, p.Z/side
		zx := surface[1] + 2*surface[3]*x + surface[4]*y
		zy := surface[2] + surface[4]*x + 2*surface[5]*y
		lx, ly, lz := -x, screenBelow-y, armsLength+z
		l, n := math.Sqrt(lx*lx+ly*ly+lz*lz), math.Sqrt(zx*zx+zy*zy+1)
		cos := (zx*lx + zy*ly + lz) / (l * n)
		out[i] = max(0, cos) * armsLength * armsLength / (l * l)
	}
	return out
}

// surface is the depth of a face as a polynomial of its place, by least squares over the
// landmarks: z = s0 + s1·x + s2·y + s3·x² + s4·xy + s5·y².
func (m *Mesh) surface(centre raster.Point, side float64) (s [6]float64) {
	var a [6][7]float64
	for _, p := range m.Points {
		x, y, z := (p.X-centre.X)/side, (p.Y-centre.Y)/side, p.Z/side
		term := [6]float64{1, x, y, x * x, x * y, y * y}
		for i, t := range term {
			for j, u := range term {
				a[i][j] += t * u
			}
			a[i][6] += t * z
		}
	}
	for i := range a { // Gauss and Jordan; the matrix is definite wherever points differ
		pivot := a[i][i]
		if pivot == 0 {
			return [6]float64{}
		}
		for j := i; j < 7; j++ {
			a[i][j] /= pivot
		}
		for k := range a {
			if k == i {
				continue
			}
			f := a[k][i]
			for j := i; j < 7; j++ {
				a[k][j] -= f * a[i][j]
			}
		}
	}
	for i := range s {
		s[i] = a[i][6]
	}
	return s
}
