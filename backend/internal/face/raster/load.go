package raster

import (
	"image"
	"image/draw"
)

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
