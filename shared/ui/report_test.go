package ui_test

import (
	"context"
	"encoding/json"
	"testing"

	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"realname.example/shared/report"
	"realname.example/shared/ui"
)

// lines hands on each line of a report.
type lines chan report.Line

func (l lines) Write(data []byte) (int, error) {
	var line report.Line
	if err := json.Unmarshal(data, &line); err != nil {
		return 0, err
	}
	l <- line
	return len(data), nil
}

func TestAReportTellsEachFocusAndHowMuchAnInputHolds(t *testing.T) {
	test.NewTempApp(t)
	name, next := ui.NewEntry(nil), ui.NewButton("Next", nil, func() {})
	name.Name, next.Name = "pc.field.name", "pc.next"
	w := test.NewTempWindow(t, container.NewVBox(name, next))
	ctx, cancel := context.WithCancel(t.Context())
	told, ended := make(lines), make(chan struct{})
	go func() {
		defer close(ended)
		ui.Report(ctx, report.NewWriter(told), w.Canvas(), func() report.Line { return report.Line{Screen: "face", Turn: 7} })
	}()
	if l := <-told; l != (report.Line{Screen: "face", Turn: 7}) {
		t.Errorf("at first it tells %+v", l)
	}
	w.Canvas().Focus(name)
	first := <-told
	if first.Focus != "pc.field.name" || first.Length != 0 || first.At == [2]int{} {
		t.Errorf("of an input it tells %+v", first)
	}
	name.SetText("张伟")
	if l := <-told; l.Focus != "pc.field.name" || l.Length != 2 {
		t.Errorf("of two characters it tells %+v", l)
	}
	w.Canvas().Focus(next)
	if l := <-told; l.Focus != "pc.next" || l.At[1] <= first.At[1] {
		t.Errorf("of the button below it tells %+v after %+v", l, first)
	}
	cancel()
	<-ended
}
