package ui_test

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"realname.example/shared/ui"
)

func TestAQuietButtonLooksLikeALinkAndActsAsAButton(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(ui.NewTheme(ui.LightScheme, ui.UsualText))
	pressed := 0
	quiet := ui.NewQuiet("Copy link", nil, func() { pressed++ })
	w := test.NewTempWindow(t, container.NewHBox(quiet))
	text := func() *canvas.Text {
		for _, o := range test.LaidOutObjects(w.Content()) {
			if found, ok := o.(*canvas.Text); ok && found.Text == quiet.Text {
				return found
			}
		}
		t.Fatalf("does not say %q", quiet.Text)
		return nil
	}
	if said := text(); said.TextStyle.Bold || said.Color != theme.Color(theme.ColorNameHyperlink) {
		t.Errorf("is drawn bold %v in %v", said.TextStyle.Bold, said.Color)
	}
	quiet.SetText("Get the app")
	test.Tap(quiet)
	w.Canvas().FocusNext()
	w.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	w.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	if pressed != 3 {
		t.Errorf("was pressed %d times of 3", pressed)
	}
	quiet.Disable()
	if text().Color != theme.Color(theme.ColorNameDisabled) {
		t.Error("a disabled one looks as if it worked")
	}
	if quiet.MinSize().Height < 32 {
		t.Errorf("is %v high", quiet.MinSize().Height)
	}
}
