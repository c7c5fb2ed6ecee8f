package raster

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/webp"
)

// plainSide is the longer side, in pixels, to which Plain brings pictures that
// are larger than Sent allows: a face in them still is several times as large as
// a match needs.
const plainSide = 3000

// plainQuality is that of a JPEG in the place of a PNG that would be larger than
// MaxFile: 12 MP of a phone's camera have half as many bytes then.
const plainQuality = 95

// MaxFile is how many bytes a picture has at most that is kept or judged.
const MaxFile = 8 << 20

// Plain returns a picture of an operator's own in a form and a size that are
// taken, upright: what is a BMP, as readers of ID cards' chips write it, or a WebP
// becomes a PNG, what has more bytes than MaxFile a JPEG, what is larger than Sent and
// within Own a smaller JPEG, and a JPEG that lacks only its end gets it. Any other, and what cannot be read, comes
// back as it is. orientation is how the pixels lie, whatever the file says itself
// (see Orientation). It is for files that nobody else sends. The error is one of
// Decode's.
func Plain(ctx context.Context, data []byte, orientation int) ([]byte, error) {
	switch {
	case bytes.HasPrefix(data, []byte("BM")):
		return plainFrom(data, orientation, bmp.Decode, bmp.DecodeConfig)
	case isWebP(data):
		return plainFrom(data, orientation, decodeWebP, webp.DecodeConfig)
	}
	data = ended(data)
	c, err := Own.Header(data)
	if err != nil || len(data) <= MaxFile && Sent.size(c.Width, c.Height) == nil && Orientation(data) == orientation {
		return data, nil //nolint:nilerr // whoever uses the picture says what is wrong with it
	}
	var r Raster
	if err := r.decodeLying(ctx, data, Own, orientation); err != nil {
		return nil, err
	}
	return r.plain(len(data))
}

// decodeWebP decodes a WebP. x/image hands on the limited range of a lossy one as if it
// were the full range of a JPEG, which makes a face pale (golang/go issue 40173).
func decodeWebP(r io.Reader) (image.Image, error) {
	img, err := webp.Decode(r)
	switch img := img.(type) {
	case *image.YCbCr:
		widen(img)
	case *image.NYCbCrA:
		widen(&img.YCbCr)
	}
	return img, err
}

// widen brings colours of limited range to the full one: 16 to 235 of luma, 16 to 240
// of chroma (ITU-R BT.601, which RFC 6386 takes over in 9.2).
func widen(img *image.YCbCr) {
	for i, y := range img.Y {
		img.Y[i] = uint8(min(max((int(y)-16)*255+219/2, 0)/219, 255))
	}
	for _, plane := range [][]uint8{img.Cb, img.Cr} {
		for i, c := range plane {
			plane[i] = uint8(min(max((int(c)-128)*255/224+128, 0), 255))
		}
	}
}

// ended is a JPEG with the marker of its end, which careless programs cut off.
func ended(data []byte) []byte {
	if !bytes.HasPrefix(data, []byte("\xff\xd8\xff")) || formOf(data).ended {
		return data
	}
	return append(bytes.Clone(data), 0xff, markerEnd)
}

// plainFrom decodes a picture in a form that Decode does not take.
func plainFrom(data []byte, orientation int, decode func(io.Reader) (image.Image, error), header func(io.Reader) (image.Config, error)) ([]byte, error) {
	c, err := header(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err := Own.size(c.Width, c.Height); err != nil {
		return nil, err
	}
	img, err := decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	var r Raster
	r.load(img)
	r.Turn(orientation)
	return r.plain(len(data))
}

// plain is the picture as a file within Sent and MaxFile; its own file had so many
// bytes.
func (r *Raster) plain(had int) ([]byte, error) {
	defer r.Wipe()
	if Sent.size(r.W, r.H) != nil {
		return r.JPEG(plainSide)
	}
	if had <= MaxFile {
		if data, err := r.PNG(); err != nil || len(data) <= MaxFile {
			return data, err
		}
	}
	return r.jpeg(max(r.W, r.H), plainQuality)
}

// Size refuses a picture by the size that its header says, in any form that Plain
// reads, and reads no more than that. The error is ErrDamaged, ErrTooLarge or
// ErrTooSmall.
func (l Limits) Size(r io.Reader) error {
	c, _, err := image.DecodeConfig(r)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return l.size(c.Width, c.Height)
}

// size refuses a picture by its sides, in pixels.
func (l Limits) size(w, h int) error {
	switch {
	case max(w, h) > l.Side || w*h > l.Pixels:
		return fmt.Errorf("%w: %d×%d", ErrTooLarge, w, h)
	case min(w, h) < minSide:
		return fmt.Errorf("%w: %d×%d", ErrTooSmall, w, h)
	}
	return nil
}
