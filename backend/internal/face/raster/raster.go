package raster

import (
	"bytes"
	"math"
)

// Raster is a picture of 8-bit RGB, packed, row by row, with halved copies of
// itself made when they are first asked for. It belongs to one goroutine.
type Raster struct {
	W, H int
	Pix  []uint8 // 3·W·H: R, G, B

	half   *Raster // half the size, valid if halved
	halved bool
}

func (r *Raster) resize(w, h int) {
	r.W, r.H, r.halved = w, h, false
	if n := 3 * w * h; cap(r.Pix) < n {
		r.Pix = make([]uint8, n)
	} else {
		r.Pix = r.Pix[:n]
	}
}

// Wipe overwrites the pixels, also of the halved copies.
func (r *Raster) Wipe() {
	for p := r; p != nil; p = p.half {
		clear(p.Pix[:cap(p.Pix)])
	}
}

// Shrink drops memory above the given number of pixels, so that one large
// picture does not stay for the life of a worker. It also wipes.
func (r *Raster) Shrink(pixels int) {
	r.Wipe()
	r.halved = false
	if cap(r.Pix) > 3*pixels {
		r.Pix, r.half, r.W, r.H = nil, nil, 0, 0
	}
}

// Half returns the picture at half its size, each pixel the mean of four.
func (r *Raster) Half() *Raster {
	if r.halved {
		return r.half
	}
	if r.half == nil {
		r.half = &Raster{}
	}
	h := r.half
	h.resize(r.W/2, r.H/2)
	stride := 3 * r.W
	for y := range h.H {
		top := r.Pix[2*y*stride : (2*y+1)*stride]
		low := r.Pix[(2*y+1)*stride : (2*y+2)*stride]
		out := h.Pix[3*y*h.W : 3*(y+1)*h.W]
		for i, j := 0, 0; i+2 < len(out); i, j = i+3, j+6 {
			a, b := top[j:j+6:j+6], low[j:j+6:j+6]
			o := out[i : i+3 : i+3]
			o[0] = uint8((uint16(a[0]) + uint16(a[3]) + uint16(b[0]) + uint16(b[3]) + 2) >> 2)
			o[1] = uint8((uint16(a[1]) + uint16(a[4]) + uint16(b[1]) + uint16(b[4]) + 2) >> 2)
			o[2] = uint8((uint16(a[2]) + uint16(a[5]) + uint16(b[2]) + uint16(b[5]) + 2) >> 2)
		}
	}
	r.halved = true
	return h
}

// Brightness is the mean over all values, 0 to 255.
func (r *Raster) Brightness() float64 {
	var sum uint64
	for _, v := range r.Pix {
		sum += uint64(v)
	}
	return float64(sum) / float64(max(1, len(r.Pix)))
}

// Brighten multiplies every value, up to 255, until restore is called.
func (r *Raster) Brighten(gain float64) (restore func()) {
	var table [256]uint8
	for v := range table {
		table[v] = uint8(max(0, min(255, float64(v)*gain)))
	}
	kept := bytes.Clone(r.Pix)
	for i, v := range kept {
		r.Pix[i] = table[v]
	}
	r.halved = false
	return func() {
		copy(r.Pix, kept)
		clear(kept)
		r.halved = false
	}
}

// Turn makes a picture upright whose pixels lie as an EXIF orientation says, 1 to 8;
// 6 is a quarter clockwise.
func (r *Raster) Turn(orientation int) {
	if orientation <= 1 || orientation > 8 {
		return
	}
	w, h := r.W, r.H
	if orientation >= 5 {
		w, h = h, w
	}
	out := make([]uint8, len(r.Pix))
	for y := range h {
		for x := range w {
			sx, sy := x, y
			switch orientation {
			case 2:
				sx = w - 1 - x
			case 3:
				sx, sy = w-1-x, h-1-y
			case 4:
				sy = h - 1 - y
			case 5:
				sx, sy = y, x
			case 6:
				sx, sy = y, w-1-x
			case 7:
				sx, sy = h-1-y, w-1-x
			case 8:
				sx, sy = h-1-y, x
			}
			copy(out[3*(y*w+x):3*(y*w+x)+3], r.Pix[3*(sy*r.W+sx):])
		}
	}
	clear(r.Pix)
	r.W, r.H, r.Pix, r.halved = w, h, out, false
}

// Point is a place in a picture, in pixels; pixel centres lie at whole numbers.
type Point struct{ X, Y float64 }

// Affine maps a patch's pixel (u, v) to the picture's
// (A·u + B·v + C, D·u + E·v + F).
type Affine struct{ A, B, C, D, E, F float64 }

// Apply maps one point.
func (m Affine) Apply(p Point) Point {
	return Point{m.A*p.X + m.B*p.Y + m.C, m.D*p.X + m.E*p.Y + m.F}
}

// Invert returns the map the other way round; a map that flattens gives zeros.
func (m Affine) Invert() Affine {
	det := m.A*m.E - m.B*m.D
	if det == 0 {
		return Affine{}
	}
	a, b, d, e := m.E/det, -m.B/det, -m.D/det, m.A/det
	return Affine{a, b, -(a*m.C + b*m.F), d, e, -(d*m.C + e*m.F)}
}

// Similarity returns the map by turn, scale and shift that takes the points
// from to the points to with the least squares of error.
func Similarity(from, to []Point) Affine {
	n := float64(len(from))
	var fx, fy, tx, ty float64
	for i := range from {
		fx, fy = fx+from[i].X/n, fy+from[i].Y/n
		tx, ty = tx+to[i].X/n, ty+to[i].Y/n
	}
	var dot, cross, norm float64
	for i := range from {
		x, y := from[i].X-fx, from[i].Y-fy
		u, v := to[i].X-tx, to[i].Y-ty
		dot += x*u + y*v
		cross += x*v - y*u
		norm += x*x + y*y
	}
	if norm == 0 {
		return Affine{}
	}
	a, b := dot/norm, cross/norm
	return Affine{a, -b, tx - a*fx + b*fy, b, a, ty - b*fx - a*fy}
}

// Box returns the map from a patch of w×h to an upright box of the picture
// with the given corners; pixel 0 reaches from -0.5 to 0.5.
func Box(x0, y0, x1, y1 float64, w, h int) Affine {
	sx, sy := (x1-x0)/float64(w), (y1-y0)/float64(h)
	return Affine{sx, 0, x0 + sx/2, 0, sy, y0 + sy/2}
}

// Square returns the map from a patch of size×size to a square of the picture
// with the given centre and side, turned by angle (radians, clockwise on the
// screen).
func Square(centre Point, side, angle float64, size int) Affine {
	s := side / float64(size)
	sin, cos := math.Sincos(angle)
	a, b := s*cos, s*sin
	mid := float64(size-1) / 2
	return Affine{a, -b, centre.X - a*mid + b*mid, b, a, centre.Y - b*mid - a*mid}
}

// Cut samples a w×h patch through the map into patch (3·w·h, packed RGB), with
// linear interpolation, from the halved copy that fits its scale. What lies
// outside the picture gets the value of fill.
func (r *Raster) Cut(patch []uint8, w, h int, m Affine, fill uint8) {
	scale := math.Sqrt(math.Abs(m.A*m.E - m.B*m.D))
	src := r
	for scale >= 1.5 && src.W >= 16 && src.H >= 16 {
		src = src.Half()
		scale /= 2
		// Pixel centres: x of the whole picture is (x-0.5)/2 in the halved one.
		m = Affine{m.A / 2, m.B / 2, (m.C - 0.5) / 2, m.D / 2, m.E / 2, (m.F - 0.5) / 2}
	}
	src.cut(patch, w, h, m, fill)
}

func (r *Raster) cut(patch []uint8, w, h int, m Affine, fill uint8) {
	const one = 1 << 16
	limit := float64(1 << 14)
	if !(math.Abs(m.C) < limit && math.Abs(m.F) < limit && math.Abs(m.A)+math.Abs(m.B)+math.Abs(m.D)+math.Abs(m.E) < 64) {
		for i := range patch[:3*w*h] {
			patch[i] = fill
		}
		return
	}
	dx, dy := int64(m.A*one), int64(m.D*one)
	stride := 3 * r.W
	for v := range h {
		x := int64((m.B*float64(v) + m.C) * one)
		y := int64((m.E*float64(v) + m.F) * one)
		out := patch[3*v*w : 3*(v+1)*w]
		for i := 0; i+2 < len(out); i += 3 {
			px, py := int(x>>16), int(y>>16)
			o := out[i : i+3 : i+3]
			if px >= 0 && py >= 0 && px+1 < r.W && py+1 < r.H {
				fx, fy := uint32(x>>8)&0xff, uint32(y>>8)&0xff
				at := py*stride + 3*px
				a, b := r.Pix[at:at+6:at+6], r.Pix[at+stride:at+stride+6:at+stride+6]
				w11 := fx * fy
				w10 := fy<<8 - w11
				w01 := fx<<8 - w11
				w00 := 1<<16 - w10 - w01 - w11
				o[0] = uint8((uint32(a[0])*w00 + uint32(a[3])*w01 + uint32(b[0])*w10 + uint32(b[3])*w11 + 1<<15) >> 16)
				o[1] = uint8((uint32(a[1])*w00 + uint32(a[4])*w01 + uint32(b[1])*w10 + uint32(b[4])*w11 + 1<<15) >> 16)
				o[2] = uint8((uint32(a[2])*w00 + uint32(a[5])*w01 + uint32(b[2])*w10 + uint32(b[5])*w11 + 1<<15) >> 16)
			} else if px >= -1 && py >= -1 && px < r.W && py < r.H {
				at := max(0, min(py, r.H-1))*stride + 3*max(0, min(px, r.W-1))
				copy(o, r.Pix[at:at+3])
			} else {
				o[0], o[1], o[2] = fill, fill, fill
			}
			x += dx
			y += dy
		}
	}
}
