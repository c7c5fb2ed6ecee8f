package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// tight takes away the air above and below a text, so that a label belongs to
// its field.
func tight(o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedLayout(-6, -6, -4, 0), o)
}

// Digits shows a number or code large and alone.
type Digits struct {
	widget.BaseWidget
	text string
	size float32
}

// NewDigits returns digits of a text size.
func NewDigits(text string, size float32) *Digits {
	d := &Digits{text: text, size: size}
	d.ExtendBaseWidget(d)
	return d
}

// CreateRenderer implements fyne.Widget.
func (d *Digits) CreateRenderer() fyne.WidgetRenderer {
	boxes := container.NewHBox()
	for _, r := range d.text {
		t := canvas.NewText(string(r), theme.Color(ColorOnInfo))
		t.TextSize, t.Alignment, t.TextStyle = d.size, fyne.TextAlignCenter, fyne.TextStyle{Bold: true}
		boxes.Add(NewGround(ColorInfo, 8, 1, container.New(wide{d.size * 0.8}, t)))
	}
	return widget.NewSimpleRenderer(container.NewCenter(boxes))
}

// wide keeps a least width.
type wide struct{ least float32 }

func (w wide) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Resize(size)
	}
}

func (w wide) MinSize(objects []fyne.CanvasObject) fyne.Size {
	least := fyne.NewSize(w.least, 0)
	for _, o := range objects {
		least = least.Max(o.MinSize())
	}
	return least
}

// AtLeast keeps an object at least so wide.
func AtLeast(width float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(wide{width}, o)
}

// NewFacts returns lines of a label and its value, such as a masked identity; large text
// has the value below its label.
func NewFacts(pairs ...[2]string) fyne.CanvasObject {
	if LargeText() {
		lines := container.NewVBox()
		for _, p := range pairs {
			lines.Add(tight(Caption(p[0])))
			lines.Add(Body(p[1]))
		}
		return lines
	}
	form := container.New(layout.NewFormLayout())
	for _, p := range pairs {
		form.Add(container.NewVBox(layout.NewSpacer(), Caption(p[0]).OnOneLine(), layout.NewSpacer()))
		form.Add(Body(p[1]))
	}
	return form
}

// Countdown says how long something is still good. Tick moves it on.
type Countdown struct {
	widget.BaseWidget
	label *Text
	until time.Time
	words func(left time.Duration) string
}

// NewCountdown returns a countdown; words turns the time left, never below
// zero, into a sentence.
func NewCountdown(until, now time.Time, words func(left time.Duration) string) *Countdown {
	c := &Countdown{label: Caption(""), until: until, words: words}
	c.ExtendBaseWidget(c)
	c.Tick(now)
	return c
}

// Tick shows the time left.
func (c *Countdown) Tick(now time.Time) { c.label.Set(c.words(max(c.until.Sub(now), 0))) }

// CreateRenderer implements fyne.Widget.
func (c *Countdown) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(c.label) }
