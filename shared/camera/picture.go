package camera

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
)

// previewSide is the longest side of a preview: more is work that nobody sees.
const previewSide = 640

// Preview turns the frame into what the screen shows: half size or smaller,
// upright, mirrored where the frame asks for it. It reuses dst when its size
// fits and returns the picture; dst may be nil.
func Preview(f *Frame, dst *image.RGBA) *image.RGBA {
	step := 2
	for max(f.W, f.H)/step > previewSide {
		step += 2
	}
	w, h := f.W/step, f.H/step
	ow, oh := w, h
	if f.Rotation%180 != 0 {
		ow, oh = h, w
	}
	if dst == nil || dst.Rect != image.Rect(0, 0, ow, oh) || dst.Stride != 4*ow {
		dst = image.NewRGBA(image.Rect(0, 0, ow, oh))
	}
	base, dx, dy := walkOf(f.Rotation, f.Mirror, w, h)
	cw, _ := f.ChromaSize()
	for y := 0; y < h; y++ {
		luma := f.Y[y*step*f.W:]
		below := f.Y[(y*step+1)*f.W:]
		u, v := f.U[y*step/2*cw:], f.V[y*step/2*cw:]
		at := 4 * (base + y*dy)
		for x := 0; x < w; x++ {
			yy := (int32(luma[x*step]) + int32(below[x*step+1])) << 15
			c := x * step / 2
			cb, cr := int32(u[c])-128, int32(v[c])-128
			p := dst.Pix[at : at+4 : at+4]
			p[0] = clamp((yy + 91881*cr) >> 16)
			p[1] = clamp((yy - 22554*cb - 46802*cr) >> 16)
			p[2] = clamp((yy + 116130*cb) >> 16)
			p[3] = 255
			at += 4 * dx
		}
	}
	return dst
}

func clamp(v int32) byte {
	if uint32(v) <= 255 {
		return byte(v)
	}
	return byte(^(v >> 31)) // below 0 gives 0, above 255 gives 255
}

// walkOf says where pixel (0, 0) of a w × h picture lands when it is turned
// clockwise and then mirrored, and how far a step in x and in y moves, counted
// in pixels of the result.
func walkOf(rotation int, mirror bool, w, h int) (base, dx, dy int) {
	at := func(x, y int) int {
		ow := w
		switch rotation {
		case 90:
			x, y, ow = h-1-y, x, h
		case 180:
			x, y = w-1-x, h-1-y
		case 270:
			x, y, ow = y, w-1-x, h
		}
		if mirror {
			x = ow - 1 - x
		}
		return y*ow + x
	}
	base = at(0, 0)
	return base, at(1, 0) - base, at(0, 1) - base
}

// MaxUpload is the most bytes of one picture of a face scan.
const MaxUpload = 150 << 10

// EncodeJPEG returns the frame as a JPEG for the server: upright, never
// mirrored, its longer side longest pixels at most, most bytes at most.
func EncodeJPEG(f *Frame, longest, most int) ([]byte, error) {
	if longest < 16 || f.W < 2 || f.H < 2 {
		return nil, fmt.Errorf("encode frame of %d × %d to %d", f.W, f.H, longest)
	}
	w, h := f.W, f.H
	if m := max(w, h); m > longest {
		w, h = max(2, w*longest/m), max(2, h*longest/m)
	}
	rect := image.Rect(0, 0, w, h)
	if f.Rotation%180 != 0 {
		rect = image.Rect(0, 0, h, w)
	}
	img := image.NewYCbCr(rect, image.YCbCrSubsampleRatio420)
	cw, ch := f.ChromaSize()
	scale(img.Y, f.Y, f.W, f.H, w, h, f.Rotation)
	scale(img.Cb, f.U, cw, ch, (w+1)/2, (h+1)/2, f.Rotation)
	scale(img.Cr, f.V, cw, ch, (w+1)/2, (h+1)/2, f.Rotation)
	for quality := 92; quality >= 20; quality -= 8 {
		var buf bytes.Buffer
		if err := jpeg.Encode(&buf, img, &jpeg.Options{Quality: quality}); err != nil {
			return nil, fmt.Errorf("encode frame: %w", err)
		}
		if buf.Len() <= most {
			return buf.Bytes(), nil
		}
	}
	return nil, fmt.Errorf("encode frame: %d × %d does not fit %d bytes", w, h, most)
}

// scale writes the mean of the source pixels under each of the w × h target
// pixels and turns the result.
func scale(dst, src []byte, sw, sh, w, h, rotation int) {
	base, dx, dy := walkOf(rotation, false, w, h)
	for y := 0; y < h; y++ {
		y0, y1 := y*sh/h, max((y+1)*sh/h, y*sh/h+1)
		for x := 0; x < w; x++ {
			x0, x1 := x*sw/w, max((x+1)*sw/w, x*sw/w+1)
			sum := 0
			for yy := y0; yy < y1; yy++ {
				for _, v := range src[yy*sw+x0 : yy*sw+x1] {
					sum += int(v)
				}
			}
			dst[base+x*dx+y*dy] = byte(sum / ((y1 - y0) * (x1 - x0)))
		}
	}
}
