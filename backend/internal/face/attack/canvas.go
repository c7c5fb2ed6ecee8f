package attack

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"

	"realname.example/backend/internal/face/raster"
)

// canvas is a picture under work: packed RGB.
type canvas struct {
	w, h int
	pix  []uint8
}

func decode(data []byte) (*canvas, error) {
	var r raster.Raster
	if err := r.Decode(context.Background(), data, raster.Sent); err != nil {
		return nil, err
	}
	return &canvas{r.W, r.H, r.Pix}, nil
}

func blank(w, h int) *canvas { return &canvas{w, h, make([]uint8, 3*w*h)} }

// encode makes the JPEG that a phone would send.
func (c *canvas) encode() []byte {
	img := image.NewRGBA(image.Rect(0, 0, c.w, c.h))
	for i := range c.w * c.h {
		copy(img.Pix[4*i:], c.pix[3*i:3*i+3])
		img.Pix[4*i+3] = 255
	}
	var out bytes.Buffer
	// Writing to memory cannot fail.
	_ = jpeg.Encode(&out, img, &jpeg.Options{Quality: 88})
	return out.Bytes()
}

// at samples with linear interpolation; ok is false outside.
func (c *canvas) at(x, y float64) (rgb [3]float64, ok bool) {
	if !(x >= 0 && y >= 0 && x < float64(c.w-1) && y < float64(c.h-1)) {
		return rgb, false
	}
	px, py := int(x), int(y)
	fx, fy := x-float64(px), y-float64(py)
	i := 3 * (py*c.w + px)
	for k := range 3 {
		a, b := float64(c.pix[i+k]), float64(c.pix[i+3+k])
		d, e := float64(c.pix[i+3*c.w+k]), float64(c.pix[i+3*c.w+3+k])
		rgb[k] = (a*(1-fx)+b*fx)*(1-fy) + (d*(1-fx)+e*fx)*fy
	}
	return rgb, true
}

// each calls paint for every pixel and stores what it returns.
func (c *canvas) each(paint func(x, y int, was [3]float64) [3]float64) {
	for y := range c.h {
		for x := range c.w {
			i := 3 * (y*c.w + x)
			v := paint(x, y, [3]float64{float64(c.pix[i]), float64(c.pix[i+1]), float64(c.pix[i+2])})
			for k := range 3 {
				c.pix[i+k] = uint8(max(0, min(255, v[k]+0.5)))
			}
		}
	}
}

// bend samples a picture through a map from each pixel to the place it shows;
// where that lies outside, the fill is painted.
func (c *canvas) bend(fill color.RGBA, place func(x, y float64) (float64, float64)) *canvas {
	out := blank(c.w, c.h)
	out.each(func(x, y int, _ [3]float64) [3]float64 {
		if v, ok := c.at(place(float64(x), float64(y))); ok {
			return v
		}
		return [3]float64{float64(fill.R), float64(fill.G), float64(fill.B)}
	})
	return out
}

// bell is a table of normal numbers; a shot begins at a random place of it,
// which is quicker than drawing a number for every pixel.
var bell = func() []float32 {
	rng := rand.New(rand.NewPCG(1, 1))
	table := make([]float32, 1<<17+1)
	for i := range table {
		table[i] = float32(rng.NormFloat64())
	}
	return table
}()

// scaled brings a picture to another size.
func (c *canvas) scaled(w, h int) *canvas {
	out := blank(w, h)
	kx, ky := float64(c.w-1)/float64(w), float64(c.h-1)/float64(h)
	out.each(func(x, y int, _ [3]float64) [3]float64 {
		v, _ := c.at(float64(x)*kx, float64(y)*ky)
		return v
	})
	return out
}

// noise adds a sensor's noise.
func (c *canvas) noise(rng *rand.Rand, sigma float32) {
	from := rng.IntN(len(bell))
	for i, v := range c.pix {
		if from++; from >= len(bell) {
			from = 0
		}
		c.pix[i] = uint8(max(0, min(255, float32(v)+bell[from]*sigma)))
	}
}

// blur averages over (2r+1)² pixels.
func (c *canvas) blur(r int) *canvas {
	if r < 1 {
		return c
	}
	pass := func(src *canvas, dx, dy int) *canvas {
		out := blank(src.w, src.h)
		for y := range src.h {
			for x := range src.w {
				var sum [3]int
				for k := -r; k <= r; k++ {
					i := 3 * (max(0, min(src.h-1, y+k*dy))*src.w + max(0, min(src.w-1, x+k*dx)))
					for j := range 3 {
						sum[j] += int(src.pix[i+j])
					}
				}
				for j := range 3 {
					out.pix[3*(y*src.w+x)+j] = uint8(sum[j] / (2*r + 1))
				}
			}
		}
		return out
	}
	return pass(pass(c, 1, 0), 0, 1)
}

// sheet is a flat picture held before a camera: its place, its size, and how it
// is turned about the upright and the level axis (radians).
type sheet struct {
	x, y, zoom, yaw, pitch, roll float64
}

// show photographs the picture as a sheet, by a pinhole camera whose focal
// length is 1.2 times the picture's width.
func (c *canvas) show(s sheet, fill color.RGBA) *canvas {
	f := 1.2 * float64(c.w)
	cx, cy := float64(c.w)/2, float64(c.h)/2
	sy, cyaw := math.Sincos(s.yaw)
	sp, cp := math.Sincos(s.pitch)
	sr, cr := math.Sincos(s.roll)
	// The sheet's two axes and its normal in the camera's space.
	ax := [3]float64{cyaw * cr, sr*cp + sp*sy*cr, -sy*cr*cp + sp*sr}
	ay := [3]float64{-cyaw * sr, cr*cp - sp*sy*sr, sy*sr*cp + sp*cr}
	n := [3]float64{ax[1]*ay[2] - ax[2]*ay[1], ax[2]*ay[0] - ax[0]*ay[2], ax[0]*ay[1] - ax[1]*ay[0]}
	o := [3]float64{s.x, s.y, f / s.zoom}
	on := o[0]*n[0] + o[1]*n[1] + o[2]*n[2]
	return c.bend(fill, func(x, y float64) (float64, float64) {
		ray := [3]float64{x - cx, y - cy, f}
		t := on / (ray[0]*n[0] + ray[1]*n[1] + ray[2]*n[2])
		if !(t > 0) {
			return -1, -1
		}
		d := [3]float64{ray[0]*t - o[0], ray[1]*t - o[1], ray[2]*t - o[2]}
		u := d[0]*ax[0] + d[1]*ax[1] + d[2]*ax[2]
		v := d[0]*ay[0] + d[1]*ay[1] + d[2]*ay[2]
		return u + cx, v + cy
	})
}
