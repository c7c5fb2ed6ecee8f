package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
)

// CreateRenderer implements fyne.Widget: a button, or what looks like a link.
func (b *Button) CreateRenderer() fyne.WidgetRenderer {
	if !b.link {
		return b.Button.CreateRenderer()
	}
	r := &linkRenderer{button: b, ground: canvas.NewRectangle(color.Transparent), text: canvas.NewText("", color.Transparent), line: canvas.NewRectangle(color.Transparent)}
	r.Refresh()
	return r
}

// FocusGained implements fyne.Focusable.
func (b *Button) FocusGained() {
	b.focused = true
	b.Button.FocusGained()
}

// FocusLost implements fyne.Focusable.
func (b *Button) FocusLost() {
	b.focused = false
	b.Button.FocusLost()
}

// MouseIn implements desktop.Hoverable.
func (b *Button) MouseIn(e *desktop.MouseEvent) {
	b.hovered = true
	b.Button.MouseIn(e)
}

// MouseOut implements desktop.Hoverable.
func (b *Button) MouseOut() {
	b.hovered = false
	b.Button.MouseOut()
}

// linkRenderer draws a link: regular text in the colour of links, underlined, with
// the ground of what has the focus or the pointer.
type linkRenderer struct {
	button       *Button
	ground, line *canvas.Rectangle
	text         *canvas.Text
}

func (r *linkRenderer) inset() float32 { return r.button.Theme().Size(theme.SizeNameInnerPadding) }

// Layout implements fyne.WidgetRenderer.
func (r *linkRenderer) Layout(size fyne.Size) {
	text := r.text.MinSize()
	r.ground.Resize(size)
	at := fyne.NewPos(r.inset(), (size.Height-text.Height)/2)
	r.text.Move(at)
	r.text.Resize(text)
	r.line.Move(at.AddXY(0, text.Height-1))
	r.line.Resize(fyne.NewSize(text.Width, 1))
}

// MinSize implements fyne.WidgetRenderer.
func (r *linkRenderer) MinSize() fyne.Size {
	return r.text.MinSize().AddWidthHeight(2*r.inset(), 2*r.inset())
}

// Refresh implements fyne.WidgetRenderer.
func (r *linkRenderer) Refresh() {
	b, variant := r.button, fyne.CurrentApp().Settings().ThemeVariant()
	th := b.Theme()
	colour, ground := th.Color(theme.ColorNameHyperlink, variant), color.Color(color.Transparent)
	switch {
	case b.Disabled():
		colour = th.Color(theme.ColorNameDisabled, variant)
	case b.focused:
		ground = th.Color(theme.ColorNameFocus, variant)
	case b.hovered:
		ground = th.Color(theme.ColorNameHover, variant)
	}
	r.text.Text, r.text.TextSize, r.text.Color = b.Text, th.Size(theme.SizeNameText), colour
	r.line.FillColor, r.ground.FillColor = colour, ground
	r.ground.CornerRadius = th.Size(theme.SizeNameInputRadius)
	r.Layout(b.Size())
	canvas.Refresh(b)
}

// Objects implements fyne.WidgetRenderer.
func (r *linkRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.text, r.line}
}

// Destroy implements fyne.WidgetRenderer.
func (r *linkRenderer) Destroy() {}
