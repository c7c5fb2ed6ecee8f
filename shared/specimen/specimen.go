// Package specimen draws identity cards of nobody, marked as specimens, for the
// sandbox's tour and for tests: no real card may stand in a repository.
package specimen

import (
	"image"
	"image/color"
	"image/draw"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// Size of a drawn card in pixels, in the proportions of ISO/IEC 7810 ID-1.
const (
	Width  = 1000
	Height = 630
)

// Front draws the side with the portrait; nil leaves its place empty. Lines are
// Latin letters and digits.
func Front(portrait image.Image, lines ...string) *image.RGBA {
	card := blank()
	place := image.Rect(640, 110, 940, 485)
	if portrait == nil {
		draw.Draw(card, place, image.NewUniform(color.RGBA{190, 200, 205, 255}), image.Point{}, draw.Src)
	} else {
		xdraw.CatmullRom.Scale(card, place, portrait, middle(portrait.Bounds(), place), draw.Src, nil)
	}
	write(card, lines)
	return card
}

// Back draws the other side.
func Back(lines ...string) *image.RGBA {
	card := blank()
	draw.Draw(card, image.Rect(60, 90, 220, 250), image.NewUniform(color.RGBA{190, 40, 40, 255}), image.Point{}, draw.Src)
	write(card, lines)
	return card
}

// blank is a card on a table.
func blank() *image.RGBA {
	card := image.NewRGBA(image.Rect(0, 0, Width, Height))
	draw.Draw(card, card.Bounds(), image.NewUniform(color.RGBA{96, 84, 72, 255}), image.Point{}, draw.Src)
	for y := 24; y < Height-24; y++ {
		shade := uint8(205 + 30*y/Height)
		draw.Draw(card, image.Rect(24, y, Width-24, y+1), image.NewUniform(color.RGBA{shade - 15, shade, shade + 5, 255}), image.Point{}, draw.Src)
	}
	return card
}

// middle is the largest part of a picture, in its middle, with another's proportions.
func middle(of, like image.Rectangle) image.Rectangle {
	w, h := of.Dx(), of.Dx()*like.Dy()/like.Dx()
	if h > of.Dy() {
		w, h = of.Dy()*like.Dx()/like.Dy(), of.Dy()
	}
	x, y := of.Min.X+(of.Dx()-w)/2, of.Min.Y+(of.Dy()-h)/2
	return image.Rect(x, y, x+w, y+h)
}

// letter is how much larger than its font a line is written.
const letter = 3

// write puts lines below each other, and across the foot that it is a specimen.
func write(card *image.RGBA, lines []string) {
	for i, line := range append(lines, "SPECIMEN - NOT A DOCUMENT") {
		y := 90 + 70*i
		if i == len(lines) {
			y = Height - 90
		}
		text := image.NewAlpha(image.Rect(0, 0, 7*len(line), 14))
		drawer := font.Drawer{Dst: text, Src: image.Opaque, Face: basicfont.Face7x13, Dot: fixed.P(0, 11)}
		drawer.DrawString(line)
		place := image.Rect(60, y, 60+7*letter*len(line), y+14*letter)
		large := image.NewAlpha(image.Rect(0, 0, place.Dx(), place.Dy()))
		xdraw.NearestNeighbor.Scale(large, large.Bounds(), text, text.Bounds(), draw.Src, nil)
		draw.DrawMask(card, place, image.NewUniform(color.RGBA{25, 25, 40, 255}), image.Point{}, large, image.Point{}, draw.Over)
	}
}
