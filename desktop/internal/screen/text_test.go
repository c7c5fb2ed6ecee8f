package screen_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
)

// TestNoWordIsCutAtAnySizeOfText goes through each screen in the least window: each word
// and each button has its room. PC_SHOTS=folder keeps pictures.
func TestNoWordIsCutAtAnySizeOfText(t *testing.T) {
	for name, look := range looks {
		t.Run(name, func(t *testing.T) {
			for _, l := range sentences.Languages() {
				for _, text := range []ui.TextSize{125, 200} {
					a := openAt(t, l, ui.LightScheme, text, fyne.NewSize(720, 520))
					look.lead(a)
					at := fmt.Sprintf("%s-%s-%d", name, l, text)
					a.shot(at)
					a.holds(at)
				}
			}
		})
	}
}

// holds fails the test for each word and button that has no room.
func (a *app) holds(at string) {
	a.t.Helper()
	for _, o := range a.objects() {
		switch o := o.(type) {
		case *ui.Text:
			a.fits(at, o)
		case *container.Scroll:
			if height := o.Size().Height; o.Direction == container.ScrollVerticalOnly && height < 100 {
				a.t.Errorf("%s: what scrolls has a height of %v", at, height)
			}
		case *ui.Button:
			left := fyne.CurrentApp().Driver().AbsolutePositionForObject(o).X
			if o.Size().Width < o.MinSize().Width || left < 0 || left+o.Size().Width > a.window.Canvas().Size().Width {
				a.t.Errorf("%s: %q is cut: at %v, %v wide of %v", at, o.Text, left, o.Size().Width, o.MinSize().Width)
			}
		}
	}
}

// fits fails the test for each word that does not stand whole on a line. Chinese may
// break anywhere.
func (a *app) fits(at string, text *ui.Text) {
	a.t.Helper()
	whole := latin(text.String())
	for _, o := range test.LaidOutObjects(text) {
		line, ok := o.(*canvas.Text)
		if !ok {
			continue
		}
		for _, word := range latin(line.Text) {
			if !slices.Contains(whole, word) {
				a.t.Errorf("%s: %q has %q on a line", at, text.String(), word)
			}
		}
	}
}

// latin are the words that are not Chinese.
func latin(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\n' || r > 0x2e80 })
}

func TestTheSizeOfTextIsChosenInTheSettings(t *testing.T) {
	a := signedIn(t, sentences.English)
	usual := theme.TextSize()
	a.tap(sentences.T("pc.settings"))
	for _, o := range a.objects() {
		if s, ok := o.(*ui.Select); ok && s.Name == "pc.settings.text" {
			s.SetSelected("200 %")
		}
	}
	if got := theme.TextSize(); got != 2*usual {
		t.Errorf("text is %v, and was %v", got, usual)
	}
	a.sees(sentences.T("pc.home.verify"))
}
