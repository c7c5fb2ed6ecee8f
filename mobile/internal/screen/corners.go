package screen

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
)

// A card is 85.60 mm by 53.98 mm (ISO/IEC 7810, ID-1). Its place takes so much of the
// preview's width, and the marks so much of each side.
const (
	cardShape  = 85.60 / 53.98 // width to height
	cardAcross = 0.92
	markPart   = 0.16
)

// corners are marks on the preview between which a document belongs, so that all four
// corners of it come into the picture. They are help: nothing is measured by them.
type corners struct{ lines [8]*canvas.Line }

func newCorners() *fyne.Container {
	c := &corners{}
	objects := make([]fyne.CanvasObject, len(c.lines))
	for i := range c.lines {
		c.lines[i] = canvas.NewLine(theme.Color(theme.ColorNamePrimary))
		c.lines[i].StrokeWidth = 4
		objects[i] = c.lines[i]
	}
	return container.New(c, objects...)
}

// Layout implements fyne.Layout: two lines a corner, along either side.
func (c *corners) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	w := min(size.Width, size.Height*shape) * cardAcross
	h := w / cardShape
	for i := range 4 {
		dx, dy := float32(1-2*(i%2)), float32(1-2*(i/2)) // towards the middle
		corner := fyne.NewPos(size.Width/2-dx*w/2, size.Height/2-dy*h/2)
		along, down := c.lines[2*i], c.lines[2*i+1]
		along.Position1, along.Position2 = corner, corner.AddXY(dx*w*markPart, 0)
		down.Position1, down.Position2 = corner, corner.AddXY(0, dy*h*markPart)
	}
}

// MinSize implements fyne.Layout.
func (*corners) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }
