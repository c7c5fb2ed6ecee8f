package raster

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/webp"
)

// plainSide is the longer side, in pixels, to which Plain brings pictures that
// are larger than Sent allows: a face in them still is several times as large as
// a match needs.
const plainSide = 3000

// Plain returns a picture of an operator's own in a form and a size that are
// taken: what is a BMP, as readers of ID cards' chips write it, or a WebP becomes
// a PNG, what is larger than Sent and within Own becomes a smaller JPEG, any
// other, and what cannot be read, comes back as it is. It is for files that nobody
// else sends. The error is one of Decode's.
func Plain(ctx context.Context, data []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(data, []byte("BM")):
		return plainFrom(data, bmp.Decode, bmp.DecodeConfig)
	case len(data) > 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		return plainFrom(data, webp.Decode, webp.DecodeConfig)
	}
	c, err := Own.Header(data)
	if err != nil || Sent.size(c.Width, c.Height) == nil {
		return data, nil //nolint:nilerr // whoever uses the picture says what is wrong with it
	}
	var r Raster
	if err := r.Decode(ctx, data, Own); err != nil {
		return nil, err
	}
	return r.JPEG(plainSide)
}

// plainFrom decodes a picture in a form that Decode does not take.
func plainFrom(data []byte, decode func(io.Reader) (image.Image, error), header func(io.Reader) (image.Config, error)) ([]byte, error) {
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
	if Sent.size(c.Width, c.Height) != nil {
		var r Raster
		r.load(img)
		return r.JPEG(plainSide)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, fmt.Errorf("encode picture: %w", err)
	}
	return out.Bytes(), nil
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
