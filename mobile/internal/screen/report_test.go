package screen_test

import (
	"errors"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"realname.example/mobile/internal/flow"
	"realname.example/shared/api"
	"realname.example/shared/camera"
	"realname.example/shared/client"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
)

func TestAReportNamesEachStageAndEachInput(t *testing.T) {
	for _, stage := range flow.Stages() {
		state := full(stage)
		state.Turn = 5
		w, s := open(t, sentences.Chinese, state)
		l := ui.Focused(w.Canvas(), s.Shown())
		if l.Screen != string(stage) || l.Status != state.View.Status || l.Turn != 5 || l.Focus != "" {
			t.Errorf("the report of %s is %+v", stage, l)
		}
		seen := map[fyne.Focusable]bool{}
		for w.Canvas().FocusNext(); w.Canvas().Focused() != nil && !seen[w.Canvas().Focused()]; w.Canvas().FocusNext() {
			seen[w.Canvas().Focused()] = true
			if name := ui.Focused(w.Canvas(), s.Shown()).Focus; name == "?" {
				t.Errorf("%s: an input has no name (%T)", stage, w.Canvas().Focused())
			}
		}
	}
	_, s := open(t, sentences.English, flow.State{Stage: flow.Ready, Err: camera.ErrBusy})
	if l := s.Shown(); l.Screen != "camera_fault" {
		t.Errorf("the report of a fault is %+v", l)
	}
}

func TestWhatWasTypedStaysWhenTheNetworkComesAndGoes(t *testing.T) {
	for _, l := range sentences.Languages() {
		state := full(flow.Number)
		w, s := open(t, l, state)
		first, ok := find(w, func(*ui.Entry) bool { return true })
		if !ok {
			t.Fatal("there is nothing to type into")
		}
		test.Type(first, "4")
		state.Offline = true
		s.Render(state)
		says(t, w, sentences.T("phone.offline"))
		if now, _ := find(w, func(*ui.Entry) bool { return true }); now != first || now.Text != "4" {
			t.Errorf("offline: it holds %q", now.Text)
		}
		state.Offline = false
		s.Render(state)
		if strings.Contains(bare(texts(w)), bare(sentences.T("phone.offline"))) {
			t.Error("still says that it is offline")
		}
		if now, _ := find(w, func(*ui.Entry) bool { return true }); now != first || now.Text != "4" {
			t.Errorf("online again: it holds %q", now.Text)
		}
	}
}

// The claim tells who asks, and the first view comes after it, while the person
// types and taps already.
func TestTheFirstViewTakesNothingFromTheNumber(t *testing.T) {
	state := full(flow.Number)
	state.View = api.PhoneView{}
	w, s := open(t, sentences.English, state)
	first, _ := find(w, func(*ui.Entry) bool { return true })
	test.Type(first, "4")
	state.View = full(flow.Number).View
	s.Render(state)
	if now, _ := find(w, func(*ui.Entry) bool { return true }); now != first || now.Text != "4" {
		t.Errorf("it holds %q", now.Text)
	}
}

func TestTheNumberStaysUntilTheServerHasIt(t *testing.T) {
	state := full(flow.Number)
	w, s := open(t, sentences.English, state)
	first, _ := find(w, func(*ui.Entry) bool { return true })
	test.Type(first, "4")
	second, _ := find(w, func(e *ui.Entry) bool { return e != first })
	test.Type(second, "5")
	held := func(when string, enabled bool) {
		t.Helper()
		first, _ := find(w, func(*ui.Entry) bool { return true })
		second, _ := find(w, func(e *ui.Entry) bool { return e != first })
		if first.Text+second.Text != "45" {
			t.Errorf("%s: the boxes hold %q and %q", when, first.Text, second.Text)
		}
		if button(t, w, "phone.go_on").Disabled() == enabled {
			t.Errorf("%s: the button that leads on can be tapped: %v", when, !enabled)
		}
	}
	state.Busy = true
	s.Render(state)
	held("on its way", false)
	state.Busy, state.Err = false, &client.UnreachableError{Err: errors.New("no route")}
	s.Render(state)
	held("not arrived", true)
	s.Render(full(flow.Home))
	s.Render(full(flow.Number))
	if again, _ := find(w, func(*ui.Entry) bool { return true }); again.Text != "" {
		t.Errorf("another hand-off's number holds %q", again.Text)
	}
}

func TestAnOlderStateIsNotDrawnAfterANewerOne(t *testing.T) {
	state := full(flow.Judging)
	state.Turn = 9
	w, s := open(t, sentences.English, state)
	late := full(flow.Number)
	late.Turn = 8
	if s.Render(late) || s.Shown().Screen != string(flow.Judging) {
		t.Errorf("shows %+v", s.Shown())
	}
	says(t, w, sentences.T("phone.judging"))
}
