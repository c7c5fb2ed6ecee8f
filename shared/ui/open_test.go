package ui_test

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"realname.example/shared/ui"
)

func TestTheDialogForAFileNamesItsPlacesAndKnowsEscape(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(ui.NewTheme(ui.LightScheme, ui.UsualText))
	w := test.NewTempWindow(t, widget.NewLabel("below"))
	w.Resize(fyne.NewSize(960, 680))
	escaped := false
	w.Canvas().SetOnTypedKey(func(*fyne.KeyEvent) { escaped = true })
	ui.OpenPicture(w, 10, strings.ToUpper, func(string, []byte) { t.Error("a file was chosen") })
	shown := w.Canvas().Overlays().Top()
	if shown == nil {
		t.Fatal("no dialog")
	}
	var said []string
	for _, o := range test.LaidOutObjects(shown) {
		if l, ok := o.(*widget.Label); ok {
			said = append(said, l.Text)
		}
	}
	if !slices.Contains(said, "HOME") || slices.Contains(said, "Home") {
		t.Errorf("the places are called %q", said)
	}
	w.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if w.Canvas().Overlays().Top() != nil {
		t.Error("Escape leaves the dialog open")
	}
	if w.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape}); !escaped {
		t.Error("the window's own keys are gone")
	}
}
