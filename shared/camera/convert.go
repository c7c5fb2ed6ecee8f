package camera

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"slices"
	"sync"
)

// errShort: a camera's buffer holds less than its format says.
var errShort = errors.New("frame shorter than its size")

// maxSide bounds the pictures that are taken in: more is no camera's frame but
// a broken header.
const maxSide = 8192

func checkSize(w, h int) error {
	if w < 1 || h < 1 || w > maxSide || h > maxSide {
		return fmt.Errorf("frame size %d × %d out of range", w, h)
	}
	return nil
}

// fromYUYV fills f from packed 4:2:2 (Y0 U Y1 V) with rows of stride bytes.
// Chroma rows are averaged in pairs. An odd last column has its own pair.
func fromYUYV(f *Frame, src []byte, w, h, stride int) error {
	if err := checkSize(w, h); err != nil {
		return err
	}
	cw := (w + 1) / 2
	if stride < 2*w || len(src) < (h-1)*stride+2*w {
		return errShort
	}
	f.resize(w, h)
	for y := 0; y < h; y++ {
		row, out := src[y*stride:], f.Y[y*w:(y+1)*w]
		for x := range out {
			out[x] = row[2*x]
		}
	}
	for cy := 0; cy < (h+1)/2; cy++ {
		a := src[2*cy*stride:]
		b := src[min(2*cy+1, h-1)*stride:]
		u, v := f.U[cy*cw:(cy+1)*cw], f.V[cy*cw:(cy+1)*cw]
		for cx := range u {
			u[cx] = mean(a[4*cx+1], b[4*cx+1])
			k := 4*cx + 3
			if k >= 2*w { // an odd width ends in Y U without V
				k = max(k-4, 1)
			}
			v[cx] = mean(a[k], b[k])
		}
	}
	return nil
}

func mean(a, b byte) byte { return byte((int(a) + int(b) + 1) / 2) }

// fromNV12 fills f from a Y plane followed by interleaved U and V, all rows of
// stride bytes. A swapped order (NV21) is told by swap.
func fromNV12(f *Frame, src []byte, w, h, stride int, swap bool) error {
	if err := checkSize(w, h); err != nil {
		return err
	}
	cw, ch := (w+1)/2, (h+1)/2
	if stride < w || len(src) < h*stride+(ch-1)*stride+2*cw {
		return errShort
	}
	return fromPlanes(f, src, stride, src[h*stride:], stride, w, h, swap)
}

// fromPlanes is fromNV12 for planes that lie apart, each with its own stride.
func fromPlanes(f *Frame, luma []byte, ls int, chroma []byte, cs, w, h int, swap bool) error {
	if err := checkSize(w, h); err != nil {
		return err
	}
	cw, ch := (w+1)/2, (h+1)/2
	if ls < w || cs < 2*cw && cs < w || len(luma) < (h-1)*ls+w || len(chroma) < (ch-1)*cs+2*cw {
		return errShort
	}
	f.resize(w, h)
	for y := 0; y < h; y++ {
		copy(f.Y[y*w:(y+1)*w], luma[y*ls:])
	}
	first, second := f.U, f.V
	if swap {
		first, second = f.V, f.U
	}
	for y := 0; y < ch; y++ {
		row := chroma[y*cs:]
		for x := 0; x < cw; x++ {
			first[y*cw+x], second[y*cw+x] = row[2*x], row[2*x+1]
		}
	}
	return nil
}

// fromJPEG fills f from one JPEG picture.
func fromJPEG(f *Frame, src []byte) error {
	cfg, err := jpeg.DecodeConfig(bytes.NewReader(src))
	if err != nil {
		return fmt.Errorf("read frame header: %w", err)
	}
	if err := checkSize(cfg.Width, cfg.Height); err != nil {
		return err
	}
	img, err := jpeg.Decode(bytes.NewReader(withTables(src)))
	if err != nil {
		return fmt.Errorf("decode frame: %w", err)
	}
	return fromImage(f, img)
}

// JPEG's markers (ITU-T T.81, table B.1).
const (
	defineHuffman = 0xc4
	startOfScan   = 0xda
)

// withTables returns the picture with Huffman tables. A camera may leave them out, and means those of ITU-T T.81,
// K.3.3 (USB device class for video, MJPEG payload 1.1); image/jpeg has no tables but a picture's own.
func withTables(src []byte) []byte {
	scan := segmentAt(src, startOfScan)
	if scan < 0 || segmentAt(src, defineHuffman) >= 0 {
		return src
	}
	return slices.Concat(src[:scan], standardTables(), src[scan:])
}

// standardTables are the segment of K.3.3, cut out of a picture: image/jpeg writes no other tables.
var standardTables = sync.OnceValue(func() []byte {
	var picture bytes.Buffer
	_ = jpeg.Encode(&picture, image.NewRGBA(image.Rect(0, 0, 1, 1)), nil) // a buffer takes all
	src := picture.Bytes()
	at := segmentAt(src, defineHuffman)
	return src[at : at+2+segmentLength(src, at)]
})

// segmentAt returns where the first segment of a marker begins before the picture's own bytes, or -1.
func segmentAt(src []byte, marker byte) int {
	for at := 2; at+3 < len(src) && src[at] == 0xff; at += 2 + segmentLength(src, at) {
		switch src[at+1] {
		case marker:
			return at
		case startOfScan:
			return -1
		}
	}
	return -1
}

// segmentLength returns what the segment at a place says of its length, the marker not counted.
func segmentLength(src []byte, at int) int { return int(src[at+2])<<8 + int(src[at+3]) }

// fromImage fills f from a picture, fast for what JPEG decodes to.
func fromImage(f *Frame, img image.Image) error {
	b := img.Bounds()
	if err := checkSize(b.Dx(), b.Dy()); err != nil {
		return err
	}
	f.resize(b.Dx(), b.Dy())
	switch m := img.(type) {
	case *image.YCbCr:
		fromYCbCr(f, m)
	case *image.RGBA:
		fromRGBA(f, m.Pix, m.Stride)
	default:
		rgba := image.NewRGBA(image.Rect(0, 0, f.W, f.H))
		for y := 0; y < f.H; y++ {
			for x := 0; x < f.W; x++ {
				rgba.Set(x, y, img.At(b.Min.X+x, b.Min.Y+y))
			}
		}
		fromRGBA(f, rgba.Pix, rgba.Stride)
	}
	return nil
}

func fromYCbCr(f *Frame, m *image.YCbCr) {
	for y := 0; y < f.H; y++ {
		copy(f.Y[y*f.W:(y+1)*f.W], m.Y[y*m.YStride:])
	}
	cw, ch := f.ChromaSize()
	for y := 0; y < ch; y++ {
		for x := 0; x < cw; x++ {
			i := m.COffset(m.Rect.Min.X+2*x, m.Rect.Min.Y+2*y)
			f.U[y*cw+x], f.V[y*cw+x] = m.Cb[i], m.Cr[i]
		}
	}
}

// fromRGBA fills f, whose size is set, by the full-range BT.601 matrix that
// JPEG uses (JFIF 1.02); chroma comes from the top left of each 2 × 2 pixels.
func fromRGBA(f *Frame, pix []byte, stride int) {
	cw, _ := f.ChromaSize()
	for y := 0; y < f.H; y++ {
		row := pix[y*stride : y*stride+4*f.W]
		for x := 0; x < f.W; x++ {
			r, g, b := int(row[4*x]), int(row[4*x+1]), int(row[4*x+2])
			f.Y[y*f.W+x] = byte((19595*r + 38470*g + 7471*b + 1<<15) >> 16)
			if x&1|y&1 == 0 {
				i := y/2*cw + x/2
				f.U[i] = byte(min(255, (-11056*r-21712*g+32768*b+128<<16+1<<15)>>16))
				f.V[i] = byte(min(255, (32768*r-27440*g-5328*b+128<<16+1<<15)>>16))
			}
		}
	}
}
