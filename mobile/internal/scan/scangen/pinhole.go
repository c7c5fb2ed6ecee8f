package scangen

import (
	"image"
	"math"
)

// camera maps screen pixels to frame pixels: frame ~ m · (u, v, 1).
type camera struct {
	m [9]float64
}

// place puts the screen in front of the camera, moving it away from the lens
// and towards the axis until the focus is wholly in the frame.
func place(screen image.Rectangle, pose Pose, w, h int) camera {
	f := focus(screen, pose)
	size, offX, offY := orOne(pose.Size), pose.OffX, pose.OffY
	for try := 0; ; try++ {
		cam := at(f, pose, size, offX, offY, w, h)
		if try == 200 || cam.holds(f, w, h) {
			return cam
		}
		if try%2 == 0 {
			offX, offY = offX*0.8, offY*0.8
		} else if math.Hypot(offX, offY) < 0.05 {
			size *= 0.97
		}
	}
}

// at builds the projection for one distance and one place.
func at(f image.Rectangle, pose Pose, size, offX, offY float64, w, h int) camera {
	short := float64(min(w, h))
	focal := orOne(pose.Focal) * short
	dist := orOne(pose.Focal) / size // in units of the focus's longer side
	unit := float64(max(f.Dx(), f.Dy()))
	cx, cy := float64(f.Min.X+f.Max.X)/2, float64(f.Min.Y+f.Max.Y)/2

	r := rotation(pose)
	tx, ty := offX/orOne(pose.Focal)*dist, offY/orOne(pose.Focal)*dist
	// Columns of [r1 r2 t] after moving the focus's middle to the origin.
	var col [3][3]float64
	for i := 0; i < 3; i++ {
		col[0][i], col[1][i] = r[i][0]/unit, r[i][1]/unit
		col[2][i] = -(r[i][0]*cx + r[i][1]*cy) / unit
	}
	col[2][0] += tx
	col[2][1] += ty
	col[2][2] += dist
	var c camera
	for k := 0; k < 3; k++ {
		c.m[k] = focal*col[k][0] + float64(w)/2*col[k][2]
		c.m[3+k] = focal*col[k][1] + float64(h)/2*col[k][2]
		c.m[6+k] = col[k][2]
	}
	return c
}

// rotation is the tilt about an axis in the image plane after the roll.
func rotation(pose Pose) [3][3]float64 {
	rad := math.Pi / 180
	s, c := math.Sincos(pose.Tilt * rad)
	ay, ax := math.Sincos(pose.Axis * rad)
	// Rodrigues' formula for the axis (ax, ay, 0).
	tilt := [3][3]float64{
		{c + ax*ax*(1-c), ax * ay * (1 - c), ay * s},
		{ax * ay * (1 - c), c + ay*ay*(1-c), -ax * s},
		{-ay * s, ax * s, c},
	}
	rs, rc := math.Sincos(pose.Roll * rad)
	roll := [3][3]float64{{rc, -rs, 0}, {rs, rc, 0}, {0, 0, 1}}
	var out [3][3]float64
	for i := 0; i < 3; i++ {
		for j := 0; j < 3; j++ {
			for k := 0; k < 3; k++ {
				out[i][j] += tilt[i][k] * roll[k][j]
			}
		}
	}
	return out
}

func (c camera) corners(f image.Rectangle) [4][2]float64 {
	var out [4][2]float64
	for i, p := range [4]image.Point{f.Min, {X: f.Max.X, Y: f.Min.Y}, f.Max, {X: f.Min.X, Y: f.Max.Y}} {
		u, v := float64(p.X), float64(p.Y)
		z := c.m[6]*u + c.m[7]*v + c.m[8]
		out[i] = [2]float64{(c.m[0]*u + c.m[1]*v + c.m[2]) / z, (c.m[3]*u + c.m[4]*v + c.m[5]) / z}
		if z <= 0 {
			out[i] = [2]float64{math.Inf(1), math.Inf(1)}
		}
	}
	return out
}

func (c camera) holds(f image.Rectangle, w, h int) bool {
	for _, p := range c.corners(f) {
		if !(p[0] >= 0 && p[0] <= float64(w) && p[1] >= 0 && p[1] <= float64(h)) {
			return false
		}
	}
	return true
}

// project draws the frame with 2 × 2 samples a pixel; beside the screen the
// wall is dark grey.
func (c camera) project(src *plane, w, h int) *plane {
	const wall = 60
	m := invert(c.m)
	out := &plane{w: w, h: h, pix: make([]float32, w*h)}
	for y := 0; y < h; y++ {
		for x := 0; x < w; x++ {
			var sum float32
			for s := 0; s < 4; s++ {
				px, py := float64(x)+0.25+0.5*float64(s&1), float64(y)+0.25+0.5*float64(s>>1)
				u := m[0]*px + m[1]*py + m[2]
				v := m[3]*px + m[4]*py + m[5]
				q := m[6]*px + m[7]*py + m[8]
				// The inverse keeps the sign of depth: q > 0 is in front.
				u, v = u/q-0.5, v/q-0.5
				if q <= 0 || u < -0.5 || v < -0.5 || u > float64(src.w)-0.5 || v > float64(src.h)-0.5 {
					sum += wall
					continue
				}
				sum += src.bilinear(u, v)
			}
			out.pix[y*w+x] = sum / 4
		}
	}
	return out
}

func (p *plane) bilinear(u, v float64) float32 {
	u, v = max(0, min(u, float64(p.w-1))), max(0, min(v, float64(p.h-1)))
	x, y := int(u), int(v)
	fx, fy := float32(u-float64(x)), float32(v-float64(y))
	x1, y1 := min(x+1, p.w-1), min(y+1, p.h-1)
	a, b := p.pix[y*p.w+x], p.pix[y*p.w+x1]
	c, d := p.pix[y1*p.w+x], p.pix[y1*p.w+x1]
	return (a*(1-fx)+b*fx)*(1-fy) + (c*(1-fx)+d*fx)*fy
}

// invert returns the inverse of a 3 × 3 matrix, row by row, without changing
// the sign of the third coordinate.
func invert(m [9]float64) [9]float64 {
	det := m[0]*(m[4]*m[8]-m[5]*m[7]) - m[1]*(m[3]*m[8]-m[5]*m[6]) + m[2]*(m[3]*m[7]-m[4]*m[6])
	inv := [9]float64{
		m[4]*m[8] - m[5]*m[7], m[2]*m[7] - m[1]*m[8], m[1]*m[5] - m[2]*m[4],
		m[5]*m[6] - m[3]*m[8], m[0]*m[8] - m[2]*m[6], m[2]*m[3] - m[0]*m[5],
		m[3]*m[7] - m[4]*m[6], m[1]*m[6] - m[0]*m[7], m[0]*m[4] - m[1]*m[3],
	}
	for i := range inv {
		inv[i] /= det
	}
	return inv
}
