package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Mark says where a step stands.
type Mark int

// The marks of a step.
const (
	Later Mark = iota
	Now
	Done
	Failed
	Stopped // ended without a verdict
)

// Step is one line of a rail.
type Step struct {
	Text string
	Mark Mark
}

// Rail lists steps from top to bottom with a mark for each. Mark and weight
// tell as much as the colour.
type Rail struct {
	widget.BaseWidget
	steps []Step
	box   *fyne.Container
}

// NewRail returns a rail.
func NewRail(steps []Step) *Rail {
	r := &Rail{box: container.NewVBox()}
	r.ExtendBaseWidget(r)
	r.Set(steps)
	return r
}

// Set shows other steps.
func (r *Rail) Set(steps []Step) {
	if same(r.steps, steps) {
		return
	}
	r.steps = append([]Step(nil), steps...)
	r.box.RemoveAll()
	for _, s := range steps {
		r.box.Add(stepRow(s))
	}
}

// CreateRenderer implements fyne.Widget.
func (r *Rail) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.box) }

func stepRow(s Step) fyne.CanvasObject {
	colour, icon := ColorQuiet, theme.RadioButtonIcon()
	switch s.Mark {
	case Later:
	case Now:
		colour, icon = theme.ColorNamePrimary, theme.RadioButtonCheckedIcon()
	case Done:
		colour, icon = theme.ColorNameSuccess, theme.ConfirmIcon()
	case Failed:
		colour, icon = theme.ColorNameError, theme.CancelIcon()
	case Stopped:
		colour, icon = theme.ColorNameWarning, theme.WarningIcon()
	}
	text := NewText(s.Text, theme.SizeNameText, colour)
	if s.Mark == Done || s.Mark == Now {
		text = NewText(s.Text, theme.SizeNameText, theme.ColorNameForeground)
	}
	mark := widget.NewIcon(theme.NewColoredResource(icon, colour))
	return container.NewBorder(nil, nil, container.NewVBox(container.NewPadded(container.NewPadded(mark))), nil, text)
}

func same(a, b []Step) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
