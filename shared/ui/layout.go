package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"
)

// column gives its one object the whole height and at most a width, centred.
type column struct{ most float32 }

func (c column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := min(size.Width, Scaled(c.most))
	for _, o := range objects {
		o.Move(fyne.NewPos((size.Width-width)/2, 0))
		o.Resize(fyne.NewSize(width, size.Height))
	}
}

func (c column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var least fyne.Size
	for _, o := range objects {
		least = least.Max(o.MinSize())
	}
	return least
}

// Column keeps content at most as wide as people read with ease, 560.
func Column(content fyne.CanvasObject) *fyne.Container {
	return container.New(column{most: contentMaxWidth}, content)
}

// WideColumn is a Column for a picture that gains by more room.
func WideColumn(content fyne.CanvasObject) *fyne.Container {
	return container.New(column{most: pictureMaxWidth}, content)
}

// sided puts its first object at the left of its second, as wide as people read it, or
// leaves it out where the second would be too narrow to read.
type sided struct{ left, least float32 }

func (s sided) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	side := Scaled(s.left)
	if size.Width-side < Scaled(s.least) {
		objects[0].Hide()
		side = 0
	} else {
		objects[0].Show()
	}
	objects[0].Resize(fyne.NewSize(side, size.Height))
	objects[1].Move(fyne.NewPos(side, 0))
	objects[1].Resize(fyne.NewSize(size.Width-side, size.Height))
}

func (sided) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[1].MinSize() }

// Sided puts a rail at the left of what it belongs to, where there is room for both.
func Sided(rail, content fyne.CanvasObject) *fyne.Container {
	return container.New(sided{left: 200, least: 400}, rail, content)
}

// Space keeps a distance of steps of 8.
func Space(steps int) fyne.CanvasObject {
	r := canvas.NewRectangle(color.Transparent)
	r.SetMinSize(fyne.NewSize(float32(steps)*8, float32(steps)*8))
	return r
}

// Ground lays content on a rounded surface of a colour, padded by steps of 8.
type Ground struct {
	widget.BaseWidget
	colour  fyne.ThemeColorName
	radius  float32
	content fyne.CanvasObject
}

// NewGround returns a surface.
func NewGround(colour fyne.ThemeColorName, radius float32, padding int, content fyne.CanvasObject) *Ground {
	p := float32(padding) * 8
	g := &Ground{colour: colour, radius: radius, content: container.New(layout.NewCustomPaddedLayout(p, p, p, p), content)}
	g.ExtendBaseWidget(g)
	return g
}

// NewCard returns the one surface of a screen.
func NewCard(content fyne.CanvasObject) *Ground {
	return NewGround(ColorCard, sizeCardRadius, 2, content)
}

// CreateRenderer implements fyne.Widget.
func (g *Ground) CreateRenderer() fyne.WidgetRenderer {
	back := canvas.NewRectangle(g.Theme().Color(g.colour, fyne.CurrentApp().Settings().ThemeVariant()))
	back.CornerRadius = g.radius
	return &groundRenderer{ground: g, back: back}
}

type groundRenderer struct {
	ground *Ground
	back   *canvas.Rectangle
}

func (r *groundRenderer) Layout(size fyne.Size) {
	r.back.Resize(size)
	r.ground.content.Resize(size)
}
func (r *groundRenderer) MinSize() fyne.Size { return r.ground.content.MinSize() }
func (r *groundRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.back, r.ground.content}
}
func (r *groundRenderer) Destroy() {}
func (r *groundRenderer) Refresh() {
	r.back.FillColor = r.ground.Theme().Color(r.ground.colour, fyne.CurrentApp().Settings().ThemeVariant())
	r.back.Refresh()
	r.ground.content.Refresh()
}
