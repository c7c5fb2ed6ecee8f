package scan

// Plane is a picture's luminance, 0 black to 255 white: the Y of a camera
// frame as it lies in memory. Row y starts at Pix[y*Stride].
type Plane struct {
	Pix          []byte
	W, H, Stride int
}

// valid says whether every row lies inside Pix.
func (p Plane) valid() bool {
	return p.W > 0 && p.H > 0 && p.Stride >= p.W &&
		p.W <= 1<<15 && p.H <= 1<<15 && len(p.Pix) >= (p.H-1)*p.Stride+p.W
}

func (p Plane) row(y int) []byte {
	return p.Pix[y*p.Stride : y*p.Stride+p.W]
}

// shape returns a tight w × h plane over buf, which grows when it must.
func shape(buf *[]byte, w, h int) Plane {
	if cap(*buf) < w*h {
		*buf = make([]byte, w*h)
	}
	*buf = (*buf)[:w*h]
	return Plane{Pix: *buf, W: w, H: h, Stride: w}
}

// halve writes the mean of each 2 × 2 square to buf. It calms noise and joins
// what blur has torn apart.
func halve(src Plane, buf *[]byte) Plane {
	dst := shape(buf, src.W/2, src.H/2)
	for y := 0; y < dst.H; y++ {
		a, b := src.row(2 * y)[:2*dst.W], src.row(2*y + 1)[:2*dst.W]
		out := dst.row(y)
		for x := range out {
			out[x] = byte((int(a[2*x]) + int(a[2*x+1]) + int(b[2*x]) + int(b[2*x+1]) + 2) >> 2)
		}
	}
	return dst
}

// smooth writes a 3 × 3 mean to buf; the outermost pixels are copied.
func smooth(src Plane, buf *[]byte) Plane {
	dst := shape(buf, src.W, src.H)
	for y := 0; y < src.H; y++ {
		out, mid := dst.row(y), src.row(y)
		copy(out, mid)
		if y == 0 || y == src.H-1 || src.W < 3 {
			continue
		}
		up, down := src.row(y-1), src.row(y+1)
		left := int(up[0]) + int(mid[0]) + int(down[0])
		here := int(up[1]) + int(mid[1]) + int(down[1])
		for x := 1; x < src.W-1; x++ {
			right := int(up[x+1]) + int(mid[x+1]) + int(down[x+1])
			out[x] = byte((left + here + right) * 7282 >> 16) // ÷ 9
			left, here = here, right
		}
	}
	return dst
}

// invert writes the negative to buf, for codes drawn light on dark.
func invert(src Plane, buf *[]byte) Plane {
	dst := shape(buf, src.W, src.H)
	for y := 0; y < src.H; y++ {
		out := dst.row(y)
		for x, v := range src.row(y) {
			out[x] = ^v
		}
	}
	return dst
}
