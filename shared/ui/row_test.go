package ui_test

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"realname.example/shared/ui"
)

func TestARowThatIsTooShortStacksItsButtons(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(ui.NewTheme(ui.LightScheme, ui.UsualText))
	back, hidden, next := ui.NewButton("Back", nil, nil), ui.NewButton("Hidden", nil, nil), ui.NewPrimary("Next", nil, nil)
	hidden.Hide()
	row := ui.NewRow([]fyne.CanvasObject{back, hidden}, []fyne.CanvasObject{next})
	one := back.MinSize().Height

	row.Resize(fyne.NewSize(300, row.MinSize().Height))
	if back.Position() != fyne.NewPos(0, 0) || next.Position() != fyne.NewPos(300-next.Size().Width, 0) || row.MinSize().Height != one {
		t.Errorf("back is at %v, next at %v; the row wants %v", back.Position(), next.Position(), row.MinSize())
	}
	row.Resize(fyne.NewSize(150, row.MinSize().Height))
	if back.Position().Y != 0 || next.Position().Y < one || back.Size().Width != 150 || row.MinSize().Height < 2*one {
		t.Errorf("back is at %v, %v, next at %v; the row wants %v", back.Position(), back.Size(), next.Position(), row.MinSize())
	}
	if least := row.MinSize().Width; least > 100 {
		t.Errorf("a row of short buttons wants %v", least)
	}
	row.Resize(fyne.NewSize(300, row.MinSize().Height))
	if back.Position().Y != next.Position().Y || row.MinSize().Height != one {
		t.Error("a row that has room again stays stacked")
	}
}

func TestARailGoesWhereItsContentWouldBeTooNarrow(t *testing.T) {
	for _, c := range []struct {
		text  ui.TextSize
		width float32
		shown bool
	}{{ui.UsualText, 960, true}, {ui.UsualText, 600, true}, {ui.UsualText, 590, false}, {150, 960, true}, {200, 960, false}, {200, 1200, true}} {
		test.NewTempApp(t).Settings().SetTheme(ui.NewTheme(ui.LightScheme, c.text))
		rail, content := ui.NewRail([]ui.Step{{Text: "Sign in"}}), ui.Body("content")
		ui.Sided(rail, content).Resize(fyne.NewSize(c.width, 400))
		if rail.Visible() != c.shown || content.Position().X+content.Size().Width != c.width {
			t.Errorf("%d %% in %v: the rail is shown: %v; the content has %v at %v", c.text, c.width, rail.Visible(), content.Size(), content.Position())
		}
	}
}
