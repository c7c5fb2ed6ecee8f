package ui_test

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/mobile"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"realname.example/shared/ui"
)

// inputs are one of each, in a window.
func inputs(t *testing.T, keys *ui.Keys) (fyne.Window, []fyne.Focusable) {
	t.Helper()
	test.NewTempApp(t)
	choice := ui.NewChoice(keys, ui.Option{Icon: theme.InfoIcon(), Name: "a"}, ui.Option{Icon: theme.InfoIcon(), Name: "b"})
	w := test.NewTempWindow(t, container.NewVBox(ui.NewEntry(keys), ui.NewPasswordEntry(keys),
		ui.NewSelect([]string{"x"}, keys), ui.NewCheck(keys, nil), choice))
	var all []fyne.Focusable
	for range 6 {
		w.Canvas().FocusNext()
		all = append(all, w.Canvas().Focused())
	}
	return w, all
}

func TestEnterAndEscapeAreTheScreensWhateverHasTheFocus(t *testing.T) {
	entered, escaped := 0, 0
	_, all := inputs(t, &ui.Keys{OnEnter: func() { entered++ }, OnEscape: func() { escaped++ }})
	for i, input := range all {
		input.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
		input.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
		if entered != i+1 || escaped != i+1 {
			t.Fatalf("%T: entered %d, escaped %d times after %d", input, entered, escaped, i+1)
		}
	}
}

func TestBackReachesTheAppWhateverHasTheFocus(t *testing.T) {
	for _, keys := range []*ui.Keys{nil, {}} {
		w, all := inputs(t, keys)
		all = append(all, ui.NewButton("b", keys, nil))
		w.SetContent(container.NewVBox(w.Content(), all[len(all)-1].(fyne.CanvasObject)))
		back := 0
		w.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) {
			if e.Name == mobile.KeyBack {
				back++
			}
		})
		for i, input := range all {
			input.TypedKey(&fyne.KeyEvent{Name: mobile.KeyBack})
			if back != i+1 {
				t.Fatalf("%T keeps Back", input)
			}
		}
	}
}

func TestAChoiceIsMadeByKeyboardAndByTap(t *testing.T) {
	test.NewTempApp(t)
	choice := ui.NewChoice(nil, ui.Option{Icon: theme.InfoIcon(), Name: "a"}, ui.Option{Icon: theme.InfoIcon(), Name: "b"})
	w := test.NewTempWindow(t, choice)
	chosen := func(want int, by string) {
		t.Helper()
		if choice.Chosen() != want {
			t.Fatalf("%s: %d is chosen", by, choice.Chosen())
		}
	}
	chosen(0, "at first")
	w.Canvas().FocusNext()
	first := w.Canvas().Focused()
	press := func(key fyne.KeyName) { w.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: key}) }
	press(fyne.KeyDown)
	chosen(1, "down")
	press(fyne.KeyDown)
	chosen(1, "down at the end")
	if w.Canvas().Focused() == first {
		t.Error("the focus stays behind")
	}
	press(fyne.KeyUp)
	chosen(0, "up")
	w.Canvas().FocusNext()
	chosen(0, "Tab alone")
	w.Canvas().Focused().TypedRune(' ')
	chosen(1, "Space")
	test.Tap(first.(fyne.Tappable))
	chosen(0, "a tap")
}
