package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Row is a line of buttons: what leads back stands at the left, what leads onward at
// the right. Where the line is too short for them, each has a line of its own, in the
// order in which the keyboard reaches them.
type Row struct {
	widget.BaseWidget
	left, right []fyne.CanvasObject
	width       float32 // that it was laid out for; 0 before
}

// NewRow returns a row.
func NewRow(left, right []fyne.CanvasObject) *Row {
	r := &Row{left: left, right: right}
	r.ExtendBaseWidget(r)
	return r
}

// Resize implements fyne.CanvasObject.
func (r *Row) Resize(size fyne.Size) {
	before := r.stacked()
	r.width = size.Width
	r.BaseWidget.Resize(size)
	if r.stacked() != before {
		r.Refresh() // its height is another one
	}
}

// CreateRenderer implements fyne.Widget.
func (r *Row) CreateRenderer() fyne.WidgetRenderer { return &rowRenderer{r} }

// shown are the buttons that can be seen.
func shown(all []fyne.CanvasObject) []fyne.CanvasObject {
	var out []fyne.CanvasObject
	for _, o := range all {
		if o.Visible() {
			out = append(out, o)
		}
	}
	return out
}

// line is the size of all in one line.
func (r *Row) line() fyne.Size {
	var line fyne.Size
	for i, o := range append(shown(r.left), shown(r.right)...) {
		least := o.MinSize()
		if i > 0 {
			line.Width += theme.Padding()
		}
		line = fyne.NewSize(line.Width+least.Width, max(line.Height, least.Height))
	}
	return line
}

func (r *Row) stacked() bool { return r.width > 0 && r.line().Width > r.width }

type rowRenderer struct{ row *Row }

func (r *rowRenderer) Layout(size fyne.Size) {
	left, right := shown(r.row.left), shown(r.row.right)
	if r.row.stacked() {
		y := float32(0)
		for _, o := range append(left, right...) {
			height := o.MinSize().Height
			o.Move(fyne.NewPos(0, y))
			o.Resize(fyne.NewSize(size.Width, height))
			y += height + theme.Padding()
		}
		return
	}
	x := float32(0)
	for _, o := range left {
		width := o.MinSize().Width
		o.Move(fyne.NewPos(x, 0))
		o.Resize(fyne.NewSize(width, size.Height))
		x += width + theme.Padding()
	}
	x = size.Width
	for i := len(right) - 1; i >= 0; i-- {
		width := right[i].MinSize().Width
		right[i].Move(fyne.NewPos(x-width, 0))
		right[i].Resize(fyne.NewSize(width, size.Height))
		x -= width + theme.Padding()
	}
}

func (r *rowRenderer) MinSize() fyne.Size {
	least := fyne.NewSize(0, -theme.Padding())
	for _, o := range append(shown(r.row.left), shown(r.row.right)...) {
		size := o.MinSize()
		least = fyne.NewSize(max(least.Width, size.Width), least.Height+theme.Padding()+size.Height)
	}
	if !r.row.stacked() {
		least.Height = r.row.line().Height
	}
	return least
}

func (r *rowRenderer) Objects() []fyne.CanvasObject {
	return append(append([]fyne.CanvasObject(nil), r.row.left...), r.row.right...)
}

func (r *rowRenderer) Refresh() { r.Layout(r.row.Size()) }
func (r *rowRenderer) Destroy() {}
