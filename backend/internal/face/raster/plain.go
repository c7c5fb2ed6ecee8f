package raster

import (
	"bytes"
	"fmt"
	"image"
	"image/png"

	"golang.org/x/image/bmp"
	"golang.org/x/image/webp"
)

// Plain returns a picture of an operator's own in a form that is taken: what is
// a BMP, as readers of ID cards' chips write it, or a WebP becomes a PNG, any
// other comes back as it is. It is for files that nobody else sends. The error
// is ErrTooLarge, ErrTooSmall or ErrDamaged.
func Plain(data []byte, limits Limits) ([]byte, error) {
	decode, header := bmp.Decode, bmp.DecodeConfig
	switch {
	case bytes.HasPrefix(data, []byte("BM")):
	case len(data) > 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		decode, header = webp.Decode, webp.DecodeConfig
	default:
		return data, nil
	}
	c, err := header(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err := limits.size(c); err != nil {
		return nil, err
	}
	img, err := decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, fmt.Errorf("encode picture: %w", err)
	}
	return out.Bytes(), nil
}

// size refuses a picture by its sides, in pixels.
func (l Limits) size(c image.Config) error {
	switch {
	case max(c.Width, c.Height) > l.Side || c.Width*c.Height > l.Pixels:
		return fmt.Errorf("%w: %d×%d", ErrTooLarge, c.Width, c.Height)
	case min(c.Width, c.Height) < minSide:
		return fmt.Errorf("%w: %d×%d", ErrTooSmall, c.Width, c.Height)
	}
	return nil
}
