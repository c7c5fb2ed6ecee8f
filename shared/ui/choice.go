package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Option is one of a Choice: its name and what one needs for it.
type Option struct {
	Icon       fyne.Resource
	Name, Need string
	// Key is what the option is Called.
	Key string
}

// Choice offers options, of which one is chosen: by a tap or Space, and by the
// arrows while one has the focus. Enter and Escape are the screen's.
type Choice struct {
	widget.BaseWidget
	chosen int
	rows   []*option
	box    *fyne.Container
}

// NewChoice returns a choice in which the first option is chosen.
func NewChoice(keys *Keys, options ...Option) *Choice {
	c := &Choice{box: container.New(layout.NewCustomPaddedVBoxLayout(8))}
	for i, o := range options {
		row := &option{Named: Named{o.Key}, choice: c, at: i, keys: keys, mark: widget.NewIcon(nil), back: canvas.NewRectangle(nil)}
		row.back.CornerRadius, row.back.StrokeWidth = 8, 2
		words := container.New(layout.NewCustomPaddedVBoxLayout(-8), Body(o.Name), Caption(o.Need))
		line := container.NewBorder(nil, nil, container.NewHBox(row.mark, Space(1), widget.NewIcon(o.Icon)), nil, words)
		row.body = container.NewStack(row.back, container.New(layout.NewCustomPaddedLayout(0, 0, 12, 12), line))
		row.ExtendBaseWidget(row)
		c.rows = append(c.rows, row)
		c.box.Add(row)
	}
	c.ExtendBaseWidget(c)
	c.Choose(0)
	return c
}

// Chosen is the index of the chosen option.
func (c *Choice) Chosen() int { return c.chosen }

// Choose chooses an option.
func (c *Choice) Choose(i int) {
	c.chosen = i
	for _, row := range c.rows {
		row.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (c *Choice) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(c.box) }

// option is one row of a Choice.
type option struct {
	widget.BaseWidget
	Named
	choice  *Choice
	at      int
	keys    *Keys
	mark    *widget.Icon
	back    *canvas.Rectangle
	body    fyne.CanvasObject
	focused bool
}

// Refresh draws the mark, the frame and the focus anew.
func (o *option) Refresh() {
	frame, icon := theme.ColorNameInputBorder, theme.RadioButtonIcon()
	if o.choice.chosen == o.at {
		frame, icon = theme.ColorNamePrimary, theme.RadioButtonCheckedIcon()
	}
	ground := theme.ColorNameInputBackground
	if o.focused {
		ground = theme.ColorNameFocus
	}
	variant := fyne.CurrentApp().Settings().ThemeVariant()
	o.back.StrokeColor, o.back.FillColor = o.Theme().Color(frame, variant), o.Theme().Color(ground, variant)
	o.mark.SetResource(theme.NewColoredResource(icon, frame))
	o.back.Refresh()
	o.BaseWidget.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (o *option) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(o.body) }

// Tapped implements fyne.Tappable.
func (o *option) Tapped(*fyne.PointEvent) { o.choose(o.at) }

// choose chooses an option and gives it the focus.
func (o *option) choose(i int) {
	if i < 0 || i >= len(o.choice.rows) {
		return
	}
	o.choice.Choose(i)
	if c := fyne.CurrentApp().Driver().CanvasForObject(o); c != nil {
		c.Focus(o.choice.rows[i])
	}
}

// FocusGained implements fyne.Focusable.
func (o *option) FocusGained() { o.focus(true) }

// FocusLost implements fyne.Focusable.
func (o *option) FocusLost() { o.focus(false) }

func (o *option) focus(on bool) {
	o.focused = on
	o.Refresh()
}

// TypedRune implements fyne.Focusable.
func (o *option) TypedRune(r rune) {
	if r == ' ' {
		o.choose(o.at)
	}
}

// TypedKey implements fyne.Focusable.
func (o *option) TypedKey(event *fyne.KeyEvent) {
	switch event.Name {
	case fyne.KeyUp:
		o.choose(o.at - 1)
	case fyne.KeyDown:
		o.choose(o.at + 1)
	default:
		o.keys.take(o, event)
	}
}
