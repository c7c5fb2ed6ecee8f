package scan

import "encoding/binary"

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
		a, b, out := src.row(2*y), src.row(2*y+1), dst.row(y)
		x := 0
		for ; x+lanes <= dst.W; x += lanes {
			a0, a1 := split(a[2*x:])
			b0, b1 := split(b[2*x:])
			binary.LittleEndian.PutUint32(out[x:], pack((a0+a1+b0+b1+2*ones)>>2&low))
		}
		for ; x < dst.W; x++ {
			out[x] = byte((int(a[2*x]) + int(a[2*x+1]) + int(b[2*x]) + int(b[2*x+1]) + 2) >> 2)
		}
	}
	return dst
}

// ninth is 28/256: about a ninth, so that nine bytes times 28 fit in a lane. What
// is lost is 1.6 % of every pixel alike, which no threshold sees.
const ninth = 28

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
		x := 1
		for ; x+word < src.W; x += word {
			var even, odd uint64
			for dx := -1; dx <= 1; dx++ {
				u0, u1 := split(up[x+dx:])
				m0, m1 := split(mid[x+dx:])
				d0, d1 := split(down[x+dx:])
				even, odd = even+u0+m0+d0, odd+u1+m1+d1
			}
			binary.LittleEndian.PutUint64(out[x:], even*ninth>>8&low|odd*ninth&^low)
		}
		for ; x < src.W-1; x++ {
			sum := 0
			for dx := x - 1; dx <= x+1; dx++ {
				sum += int(up[dx]) + int(mid[dx]) + int(down[dx])
			}
			out[x] = byte(sum * ninth >> 8)
		}
	}
	return dst
}

// invert writes the negative to buf, for codes drawn light on dark.
func invert(src Plane, buf *[]byte) Plane {
	dst := shape(buf, src.W, src.H)
	for y := 0; y < src.H; y++ {
		in, out, x := src.row(y), dst.row(y), 0
		for ; x+word <= src.W; x += word {
			binary.LittleEndian.PutUint64(out[x:], ^binary.LittleEndian.Uint64(in[x:]))
		}
		for ; x < src.W; x++ {
			out[x] = ^in[x]
		}
	}
	return dst
}
