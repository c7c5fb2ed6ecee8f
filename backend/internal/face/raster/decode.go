// Package raster turns an untrusted JPEG or PNG into plain RGB pixels, upright
// and under limits, and cuts scaled and turned patches out of them.
//
// The face engine and its tools call it. It never looks at what a picture
// shows, keeps nothing but pixels (all metadata but the orientation is never
// read), and writes no file.
package raster

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"sync"
)

// Limits of a picture, checked from its header before a pixel is decoded.
type Limits struct {
	Pixels int
	Side   int // of the longer one
}

var (
	// Sent is for what people send: the 12 MP of phones, 4032×3024 or 4096×3072.
	Sent = Limits{4096 * 3072, 4096}
	// Own is for files that an operator names to a tool: the 50 MP that phones
	// take at most.
	Own = Limits{50_000_000, 10_000}
)

const (
	minSide = 32

	// bigPixels is the size from which pictures are decoded one at a time in
	// the whole process: a progressive JPEG of 12 MP needs some 200 MB while it
	// is decoded.
	bigPixels = 3_000_000
)

// Why a picture is refused. Every error of Decode wraps one of them.
var (
	ErrFormat   = errors.New("not a JPEG or PNG picture")
	ErrTooLarge = errors.New("the picture is too large")
	ErrTooSmall = errors.New("the picture is too small")
	ErrDamaged  = errors.New("the picture is damaged or cut short")
)

// big lets one large picture be decoded at a time.
var big sync.Mutex

// Config is what a picture's header says.
type Config struct {
	Width, Height int // pixels, before the orientation is applied
	JPEG          bool
}

// Header reads the size of a picture that was sent and refuses it by the limits,
// in microseconds and without allocating for its pixels.
func Header(data []byte) (Config, error) { return Sent.header(data) }

func (l Limits) header(data []byte) (Config, error) {
	var (
		c   image.Config
		err error
		out Config
	)
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		out.JPEG = true
		c, err = jpeg.DecodeConfig(bytes.NewReader(data))
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		c, err = png.DecodeConfig(bytes.NewReader(data))
	default:
		return Config{}, ErrFormat
	}
	if err != nil {
		return Config{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	out.Width, out.Height = c.Width, c.Height
	switch {
	case max(c.Width, c.Height) > l.Side || c.Width*c.Height > l.Pixels:
		return out, fmt.Errorf("%w: %d×%d", ErrTooLarge, c.Width, c.Height)
	case min(c.Width, c.Height) < minSide:
		return out, fmt.Errorf("%w: %d×%d", ErrTooSmall, c.Width, c.Height)
	}
	return out, nil
}

// Decode decodes a picture that was sent into r, upright, reusing r's memory.
func (r *Raster) Decode(data []byte) error { return r.DecodeWithin(data, Sent) }

// DecodeWithin is Decode with other limits.
func (r *Raster) DecodeWithin(data []byte, limits Limits) error {
	c, err := limits.header(data)
	if err != nil {
		return err
	}
	if c.Width*c.Height > bigPixels {
		big.Lock()
		defer big.Unlock()
	}
	decode := png.Decode
	orientation := 1
	if c.JPEG {
		decode = jpeg.Decode
		orientation = Orientation(data)
	}
	img, err := decode(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	// A decoder that gives another size than the header promised is not trusted.
	if b := img.Bounds(); b.Dx() != c.Width || b.Dy() != c.Height {
		return fmt.Errorf("%w: its header says %d×%d", ErrDamaged, c.Width, c.Height)
	}
	r.load(img)
	r.turn(orientation)
	return nil
}

// FromImage copies an image into r, reusing r's memory.
func (r *Raster) FromImage(img image.Image) { r.load(img) }

func (r *Raster) load(img image.Image) {
	b := img.Bounds()
	r.resize(b.Dx(), b.Dy())
	switch src := img.(type) {
	case *image.YCbCr:
		r.loadYCbCr(src)
	case *image.Gray:
		for y := range r.H {
			row := src.Pix[y*src.Stride : y*src.Stride+r.W]
			out := r.Pix[3*y*r.W:]
			for x, v := range row {
				out[3*x], out[3*x+1], out[3*x+2] = v, v, v
			}
		}
	default:
		r.loadAny(img)
	}
}

// loadAny converts any other kind of image (palettes, 16 bits, CMYK, alpha) in
// strips, so that the detour through RGBA needs little memory. What is
// transparent becomes black.
func (r *Raster) loadAny(img image.Image) {
	const strip = 16
	b := img.Bounds()
	rgba := image.NewRGBA(image.Rect(0, 0, r.W, strip))
	for y0 := 0; y0 < r.H; y0 += strip {
		clear(rgba.Pix)
		draw.Draw(rgba, rgba.Bounds(), img, image.Pt(b.Min.X, b.Min.Y+y0), draw.Src)
		for y := y0; y < min(y0+strip, r.H); y++ {
			in := rgba.Pix[(y-y0)*rgba.Stride:]
			out := r.Pix[3*y*r.W:]
			for x := range r.W {
				copy(out[3*x:3*x+3], in[4*x:4*x+3])
			}
		}
	}
}

// loadYCbCr converts JPEG's colours by the integers of ITU-T T.871 in 16.16
// fixed point.
func (r *Raster) loadYCbCr(src *image.YCbCr) {
	shift := 0
	switch src.SubsampleRatio {
	case image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio422:
		shift = 1
	case image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio440:
	default:
		r.loadAny(src)
		return
	}
	minX, minY := src.Rect.Min.X, src.Rect.Min.Y
	if minX != 0 || minY != 0 {
		r.loadAny(src)
		return
	}
	for y := range r.H {
		luma := src.Y[y*src.YStride : y*src.YStride+r.W]
		chroma := src.COffset(0, y)
		cb, cr := src.Cb[chroma:], src.Cr[chroma:]
		out := r.Pix[3*y*r.W : 3*(y+1)*r.W]
		for x, yy := range luma {
			c := x >> shift
			l := int32(yy)<<16 + 1<<15
			u, v := int32(cb[c])-128, int32(cr[c])-128
			p := out[3*x : 3*x+3 : 3*x+3]
			p[0] = clamp8((l + 91881*v) >> 16)
			p[1] = clamp8((l - 22554*u - 46802*v) >> 16)
			p[2] = clamp8((l + 116130*u) >> 16)
		}
	}
}

func clamp8(v int32) uint8 {
	if uint32(v) <= 255 {
		return uint8(v)
	}
	if v < 0 {
		return 0
	}
	return 255
}
