package screen

import (
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
)

// The oval of the face in parts of the preview's width and height, and the
// preview's shape.
const (
	ovalAcross = 0.42
	ovalUp     = 0.44
	shape      = 3.0 / 4 // width to height
)

// untaken is the ring where nothing was taken yet, over any picture.
var untaken = color.NRGBA{R: 128, G: 128, B: 128, A: 90}

// strokes is how many strokes the ring has.
const strokes = 100

// ring goes round the oval and fills with the pictures that were taken.
type ring struct {
	lines []*canvas.Line
	box   *fyne.Container
}

func newRing() *ring {
	r := &ring{lines: make([]*canvas.Line, strokes)}
	objects := make([]fyne.CanvasObject, strokes)
	for i := range r.lines {
		r.lines[i] = canvas.NewLine(untaken)
		r.lines[i].StrokeWidth = 5
		objects[i] = r.lines[i]
	}
	r.box = container.New(r, objects...)
	return r
}

// Layout implements fyne.Layout: from the top, clockwise.
func (r *ring) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	w, h := float64(size.Width), float64(size.Height)
	if w > h*shape {
		w = h * shape
	} else {
		h = w / shape
	}
	at := func(i int) fyne.Position {
		sin, cos := math.Sincos(2*math.Pi*float64(i)/strokes - math.Pi/2)
		return fyne.NewPos(size.Width/2+float32(w*ovalAcross*cos), size.Height/2+float32(h*ovalUp*sin))
	}
	for i, l := range r.lines {
		l.Position1, l.Position2 = at(i), at(i+1)
	}
}

// MinSize implements fyne.Layout.
func (r *ring) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

// fill shows how much was taken, in hundredths.
func (r *ring) fill(taken int) {
	taken = max(0, min(taken, strokes))
	for i, l := range r.lines {
		var colour color.Color = untaken
		if i < taken {
			colour = theme.Color(theme.ColorNamePrimary)
		}
		if l.StrokeColor != colour {
			l.StrokeColor = colour
			l.Refresh()
		}
	}
}
