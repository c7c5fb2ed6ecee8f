// Package screen draws the phone's flow with Fyne: one screen for each stage,
// at the width of a phone. It calls the flow and draws its State; it makes no
// calls of its own and keeps nothing.
package screen

import (
	"context"
	"errors"
	"image"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"realname.example/mobile/internal/flow"
	"realname.example/shared/camera"
	"realname.example/shared/report"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
)

// Config joins the screens to the app; every field is required.
type Config struct {
	Window fyne.Window
	Flow   *flow.Flow
	// Run starts an action of the flow off the drawing goroutine.
	Run func(action func(context.Context))
	// Type lets the person type the code's letters.
	Type func()
	// Pick asks for a picture's file and hands it over.
	Pick func(use func([]byte))
}

// Shell shows the stage of the flow. Its methods belong on the goroutine that
// draws.
type Shell struct {
	cfg     Config
	shown   flow.State
	drawn   bool
	body    *fyne.Container
	alerts  *fyne.Container
	preview *canvas.Image
	live    live
	keys    ui.Keys   // of the stage that is shown
	digits  [2]string // of the number, as long as its stage is drawn
}

// NewShell fills the window.
func NewShell(cfg Config) *Shell {
	s := &Shell{cfg: cfg, body: container.NewStack(), alerts: container.NewVBox(), preview: &canvas.Image{FillMode: canvas.ImageFillContain, ScaleMode: previewScale}}
	s.preview.SetMinSize(fyne.NewSize(240, 320))
	s.keys.OnEscape = func() { cfg.Flow.Back() }
	// On a PC; a phone's app puts its back button in the place of this.
	cfg.Window.Canvas().SetOnTypedKey(func(event *fyne.KeyEvent) { s.keys.Handle(event) })
	cfg.Window.SetContent(s.body)
	return s
}

// Shown is what a report says of the screen that is drawn.
func (s *Shell) Shown() report.Line {
	l := report.Line{Screen: string(s.shown.Stage), Status: s.shown.View.Status, Turn: s.shown.Turn, Busy: s.shown.Busy}
	if flow.CameraFault(s.shown.Err) {
		l.Screen = "camera_fault"
	}
	return l
}

// Render draws a state, or reports false because a newer one was drawn. While
// the camera or the upload runs only what changes is drawn anew.
func (s *Shell) Render(state flow.State) bool {
	if state.Turn < s.shown.Turn {
		return false
	}
	before := s.shown
	s.shown = state
	if s.drawn && same(before, state) {
		s.update(state)
		return true
	}
	if before.Offline = state.Offline; s.drawn && same(before, state) {
		s.sayAlerts(state) // what was typed or ticked below stays
		return true
	}
	if before.Stage != state.Stage {
		s.preview.Image = nil
		s.digits = [2]string{}
	}
	s.drawn, s.live = true, live{}
	s.keys.OnEnter = nil
	shown := s.stage(state)
	s.sayAlerts(state)
	top := container.NewVBox(append([]fyne.CanvasObject{s.alerts}, shown.top...)...)
	var middle fyne.CanvasObject = container.NewVScroll(top)
	if shown.view != nil {
		middle = container.NewBorder(top, nil, nil, nil, shown.view)
	}
	s.cfg.Window.Canvas().Unfocus() // what had the focus is gone
	s.body.RemoveAll()
	s.body.Add(container.New(layout.NewCustomPaddedLayout(16, 16, 16, 16),
		ui.Column(container.NewBorder(nil, foot(shown.foot), nil, nil, middle))))
	if s.live.glow != nil {
		s.body.Add(s.live.glow)
	}
	s.body.Refresh()
	s.update(state)
	return true
}

// update draws what is live.
func (s *Shell) update(state flow.State) {
	if s.live.update(state) {
		s.body.Refresh()
	}
}

// same reports whether two states differ at most in what is live.
func same(a, b flow.State) bool { //nolint:gocyclo // one comparison of two states
	a.Capture = b.Capture
	a.Sent, a.Total = b.Sent, b.Total
	a.View.Version = b.View.Version
	if a.Stage == flow.Number { // draws who asks, whom the claim tells before the first view
		a.View = b.View
	}
	return a.Taken == b.Taken && a.Wanted() == b.Wanted() &&
		a.Stage == b.Stage && a.Notice == b.Notice && errors.Is(a.Err, b.Err) && a.Busy == b.Busy &&
		a.Offline == b.Offline && a.Address == b.Address && a.Pin == b.Pin && a.Ask == b.Ask &&
		a.Torch == b.Torch && a.Unlit == b.Unlit && a.ConsentText == b.ConsentText && a.Changed == b.Changed && a.Typed == b.Typed && a.View.Status == b.View.Status && a.View.Reason == b.View.Reason && a.View.AttemptsLeft == b.View.AttemptsLeft
}

// Picture shows a frame that Preview made; it keeps img.
func (s *Shell) Picture(img *image.RGBA) {
	s.preview.Image = img
	s.preview.Refresh()
}

// alert is a sentence that stands above every stage.
type alert struct {
	kind ui.Kind
	text string
}

// alerts are offline, a notice, an error; a fault of the camera has a screen of
// its own.
func alerts(state flow.State) []alert {
	var all []alert
	if state.Offline {
		all = append(all, alert{ui.KindCaution, sentences.T("phone.offline")})
	}
	if state.Notice != "" {
		all = append(all, alert{ui.KindCaution, noticeText(state.Notice)})
	}
	if state.Err != nil && !flow.CameraFault(state.Err) {
		all = append(all, alert{ui.KindRefused, sentences.Error(state.Err)})
	}
	return all
}

// sayAlerts shows the alerts of a state above its stage.
func (s *Shell) sayAlerts(state flow.State) {
	s.alerts.RemoveAll()
	for _, a := range alerts(state) {
		s.alerts.Add(ui.NewBar(a.kind, a.text))
	}
	s.alerts.Hidden = len(s.alerts.Objects) == 0
	s.body.Refresh()
}

// Alert returns what is wrong as text, for readers of the screen; "" for
// nothing.
func Alert(state flow.State) string {
	var all []string
	for _, a := range alerts(state) {
		all = append(all, a.text)
	}
	if flow.CameraFault(state.Err) {
		_, what := faultText(state.Err)
		all = append(all, what)
	}
	return strings.Join(all, " ")
}

func noticeText(n flow.Notice) string {
	switch n {
	case flow.Foreign:
		return sentences.T("phone.notice.foreign")
	case flow.Damaged:
		return sentences.T("phone.notice.damaged")
	case flow.NoCode:
		return sentences.T("phone.notice.no_code")
	case flow.Mistype:
		return sentences.T("phone.notice.mistype")
	case flow.Over:
		return sentences.T("phone.notice.over")
	case flow.Interrupted:
		return sentences.T("phone.notice.interrupted")
	}
	return string(n)
}

// faults has the words of each fault of a camera, the finer ones first.
var faults = []struct {
	err   error
	words string
}{
	{camera.ErrDeniedForever, "denied_forever"},
	{camera.ErrDenied, "denied"},
	{camera.ErrNone, "none"},
	{camera.ErrBusy, "busy"},
	{camera.ErrUnplugged, "unplugged"},
	{camera.ErrTooOld, "too_old"},
	{camera.ErrUnsupported, "unsupported"},
}

// inBrowser are the faults with another way on in a browser.
var inBrowser = []error{camera.ErrDeniedForever, camera.ErrDenied, camera.ErrNone, camera.ErrBusy, camera.ErrUnsupported}

// faultText says what a camera's fault means, and what to do.
func faultText(err error) (title, what string) {
	for _, f := range faults {
		if errors.Is(err, f.err) {
			key := "phone.camera."
			if fyne.CurrentDevice().IsBrowser() && slices.Contains(inBrowser, f.err) {
				key += "browser."
			}
			return sentences.T("phone.camera." + f.words + ".title"), sentences.T(key + f.words)
		}
	}
	return sentences.T("phone.camera.unsupported.title"), sentences.T("phone.camera.unsupported")
}

// foot sets buttons below each other, so far apart that a thumb hits one.
func foot(buttons []fyne.CanvasObject) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedLayout(8, 0, 0, 0), container.New(layout.NewCustomPaddedVBoxLayout(8), buttons...))
}

// pair sets two buttons of one size beside each other, or one above the other where
// their words are large.
func pair(a, b fyne.CanvasObject) fyne.CanvasObject {
	if ui.LargeText() {
		return container.NewGridWithRows(2, a, b)
	}
	return container.NewGridWithColumns(2, a, b)
}
