// Bare is the smallest Fyne app with the embedded Chinese font: a window with one word. "make
// bench" compares the size and the start of the real apps to it; nothing else uses it.
package main

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"realname.example/shared/ui/font"
)

// look is Fyne's own theme with our font.
type look struct{ fyne.Theme }

func (look) Font(style fyne.TextStyle) fyne.Resource {
	if style.Bold {
		return fyne.NewStaticResource("bold.ttf", font.Bold())
	}
	return fyne.NewStaticResource("regular.ttf", font.Regular())
}

func main() {
	a := app.NewWithID("example.realname.bare")
	a.Settings().SetTheme(look{theme.DefaultTheme()})
	w := a.NewWindow("Bare")
	w.SetContent(widget.NewLabel("实名"))
	w.Resize(fyne.NewSize(960, 680))
	w.ShowAndRun()
}
