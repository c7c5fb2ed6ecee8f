package ui_test

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"realname.example/shared/ui"
)

func TestWhereTheCaretIsIsTold(t *testing.T) {
	var x, y int
	ui.OnCaret(func(toX, toY int) { x, y = toX, toY })
	t.Cleanup(func() { ui.OnCaret(func(int, int) {}) })
	test.NewTempApp(t)
	for _, entry := range []*ui.Entry{ui.NewEntry(nil), ui.NewPasswordEntry(nil)} {
		w := test.NewTempWindow(t, entry)
		w.Resize(fyne.NewSize(200, 80))
		w.Canvas().Focus(entry)
		begin := x
		if begin <= 0 || y < int(entry.Size().Height) {
			t.Errorf("an empty input: %d, %d", x, y)
		}
		test.Type(entry, "张伟")
		behind := x
		if behind <= begin {
			t.Errorf("behind two characters: %d, at first %d", behind, begin)
		}
		entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyHome})
		if x != begin {
			t.Errorf("at the start again: %d, not %d", x, begin)
		}
		entry.SetText("a text that is longer than the window is wide, by far")
		entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
		if x <= behind || x > 200 {
			t.Errorf("behind a long text: %d", x)
		}
	}
}
