// Package watermark writes who looks at a picture into the picture, so that a
// copy of it says where it came from. It is for pictures that were decoded under
// limits before: it sets none.
package watermark

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// Form of the mark.
const (
	letters = 18   // lines of text that the shorter side would hold
	least   = 14   // pixels that a line is high
	opacity = 0x58 // of 255: what is below stays readable
	quality = 85
)

// Mark returns a JPEG with text over all of it, line below line, each shifted so
// that no part of the picture is without. Text is of ASCII.
func Mark(picture []byte, text string) ([]byte, error) {
	img, err := jpeg.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, fmt.Errorf("decode picture: %w", err)
	}
	out := image.NewRGBA(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
	draw.Draw(out, out.Bounds(), img, img.Bounds().Min, draw.Src)
	line := lineOf(text, max(least, min(out.Rect.Dx(), out.Rect.Dy())/letters))
	for row := 0; 2*row*line.Rect.Dy() < out.Rect.Dy(); row++ {
		y := 2*row*line.Rect.Dy() + line.Rect.Dy()/2
		for x := -(row % 3) * line.Rect.Dx() / 3; x < out.Rect.Dx(); x += line.Rect.Dx() {
			stamp(out, line, image.Pt(x+2, y+2), color.White)
			stamp(out, line, image.Pt(x, y), color.Black)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, out, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("encode picture: %w", err)
	}
	return b.Bytes(), nil
}

// lineOf is a text as a mask of a height, with room behind it.
func lineOf(text string, height int) *image.Alpha {
	face := basicfont.Face7x13
	small := image.NewAlpha(image.Rect(0, 0, face.Advance*(len(text)+3), face.Height))
	drawer := font.Drawer{Dst: small, Src: image.NewUniform(color.Alpha{opacity}), Face: face, Dot: fixed.P(0, face.Ascent)}
	drawer.DrawString(text)
	line := image.NewAlpha(image.Rect(0, 0, small.Rect.Dx()*height/face.Height, height))
	xdraw.BiLinear.Scale(line, line.Rect, small, small.Rect, draw.Src, nil)
	return line
}

// stamp draws a mask in a colour.
func stamp(onto *image.RGBA, mask *image.Alpha, at image.Point, c color.Color) {
	draw.DrawMask(onto, mask.Rect.Add(at), image.NewUniform(c), image.Point{}, mask, image.Point{}, draw.Over)
}
