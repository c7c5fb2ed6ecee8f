package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// caretMoved is told where the caret of the input with the focus is.
var caretMoved = func(int, int) {}

// OnCaret has tell called whenever the caret of the input with the focus has
// moved, with the pixel of its window under the caret. It goes before the first
// window.
func OnCaret(tell func(x, y int)) { caretMoved = tell }

// tellCaret tells where the caret is. What a long text was scrolled by is not
// known: there it is the right end of the input.
func (e *Entry) tellCaret() {
	c := fyne.CurrentApp().Driver().CanvasForObject(e)
	if c == nil || c.Focused() != fyne.Focusable(e) {
		return
	}
	before := string([]rune(e.Text)[:min(e.CursorColumn, len([]rune(e.Text)))])
	if e.Password {
		before = strings.Repeat("•", len([]rune(before)))
	}
	padding := theme.InnerPadding()
	width := fyne.MeasureText(before, theme.TextSize(), e.TextStyle).Width
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(e)
	at = at.AddXY(padding+min(width, e.Size().Width-2*padding), e.Size().Height)
	caretMoved(int(at.X*c.Scale()), int(at.Y*c.Scale()))
}
