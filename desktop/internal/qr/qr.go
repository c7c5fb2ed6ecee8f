// Package qr draws the hand-off's code so that cameras read it with ease: few
// modules, each a whole number of pixels, black on white with its quiet zone
// whatever the theme. The screen package shows it.
package qr

import (
	"fmt"
	"image"
	"image/color"

	qrcode "github.com/skip2/go-qrcode"
)

// MaxVersion is the largest code that a tilted phone still reads well.
const MaxVersion = 4

// quiet is the white margin in modules that ISO/IEC 18004 asks for.
const quiet = 4

// Code is a QR code.
type Code struct {
	modules [][]bool
	version int
}

// New encodes a text. It takes medium error correction where version 3 holds
// it, else low: fewer, larger modules help a camera more. The error is for a
// text that MaxVersion cannot hold.
func New(text string) (*Code, error) {
	for _, try := range []struct {
		level qrcode.RecoveryLevel
		most  int
	}{{qrcode.Medium, 3}, {qrcode.Low, MaxVersion}} {
		q, err := qrcode.New(text, try.level)
		if err != nil {
			return nil, fmt.Errorf("encode QR code: %w", err)
		}
		if q.VersionNumber <= try.most {
			q.DisableBorder = true
			return &Code{modules: q.Bitmap(), version: q.VersionNumber}, nil
		}
	}
	return nil, fmt.Errorf("encode QR code: %d characters need more than version %d", len(text), MaxVersion)
}

// Version returns the code's version, 1 to MaxVersion.
func (c *Code) Version() int { return c.version }

// Image draws the code into a rectangle of pixels, centred, with the quiet
// zone. All modules have the same whole number of pixels.
func (c *Code) Image(width, height int) image.Image {
	picture := image.NewPaletted(image.Rect(0, 0, max(width, 1), max(height, 1)), color.Palette{color.White, color.Black})
	side := len(c.modules) + 2*quiet
	scale := min(width, height) / side
	left, top := (width-scale*len(c.modules))/2, (height-scale*len(c.modules))/2
	for y, row := range c.modules {
		for x, black := range row {
			if black {
				fill(picture, left+x*scale, top+y*scale, scale)
			}
		}
	}
	return picture
}

func fill(picture *image.Paletted, left, top, side int) {
	for y := top; y < top+side; y++ {
		start := picture.PixOffset(left, y)
		for x := range side {
			picture.Pix[start+x] = 1
		}
	}
}
