package ui

import (
	"context"
	"time"
	"unicode/utf8"

	"fyne.io/fyne/v2"

	"realname.example/shared/report"
)

// lookEvery is the pause between two looks of a report.
const lookEvery = 40 * time.Millisecond

// Report writes what a window shows, each time that it has changed, until ctx
// ends or nobody takes the lines any more. A change is told by the second look
// that sees it: what was drawn for it stands on the screen by then.
func Report(ctx context.Context, w *report.Writer, c fyne.Canvas, shown func() report.Line) {
	var before report.Line
	for {
		var now report.Line
		fyne.DoAndWait(func() { now = Focused(c, shown()) })
		if now == before {
			if err := w.Write(now); err != nil {
				fyne.LogError("report", err)
				return
			}
		}
		before = now
		select {
		case <-ctx.Done():
			return
		case <-time.After(lookEvery):
		}
	}
}

// Focused adds to a line what has the focus on a canvas. It belongs on the
// goroutine that draws.
func Focused(c fyne.Canvas, l report.Line) report.Line {
	input, ok := c.Focused().(fyne.CanvasObject)
	if !ok {
		return l
	}
	l.Focus = "?"
	if named, ok := input.(interface{ Called() string }); ok && named.Called() != "" {
		l.Focus = named.Called()
	}
	if e, ok := input.(*Entry); ok {
		l.Length = utf8.RuneCountInString(e.Text)
	}
	at, size := fyne.CurrentApp().Driver().AbsolutePositionForObject(input), input.Size()
	l.At = [2]int{int((at.X + size.Width/2) * c.Scale()), int((at.Y + size.Height/2) * c.Scale())}
	return l
}
