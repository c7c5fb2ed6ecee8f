package screen

import (
	"testing"

	"fyne.io/fyne/v2"
)

// A document's corners have marks of its own shape in any preview, none outside of it.
func TestTheMarksHaveADocumentsShape(t *testing.T) {
	for _, size := range []fyne.Size{{Width: 350, Height: 689}, {Width: 800, Height: 400}, {Width: 240, Height: 320}} {
		c := newCorners()
		c.Resize(size)
		least, most := fyne.NewPos(size.Width, size.Height), fyne.NewPos(0, 0)
		for _, o := range c.Objects {
			for _, p := range []fyne.Position{o.Position(), o.Position().Add(o.Size())} {
				least = fyne.NewPos(min(least.X, p.X), min(least.Y, p.Y))
				most = fyne.NewPos(max(most.X, p.X), max(most.Y, p.Y))
			}
		}
		w, h := most.X-least.X, most.Y-least.Y
		if ratio := w / h; ratio < 1.58 || ratio > 1.59 || least.X < 0 || least.Y < 0 || most.X > size.Width || most.Y > size.Height {
			t.Errorf("in %v: from %v to %v, %.2f to one", size, least, most, w/h)
		}
	}
}
