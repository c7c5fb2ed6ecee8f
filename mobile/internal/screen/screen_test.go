package screen_test

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"realname.example/mobile/internal/capture"
	"realname.example/mobile/internal/flow"
	"realname.example/mobile/internal/screen"
	"realname.example/shared/api"
	"realname.example/shared/camera"
	"realname.example/shared/client"
	"realname.example/shared/handoff"
	"realname.example/shared/problem"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
	"realname.example/shared/verification"
	"realname.example/shared/version"
)

// key is the name of a sentence that has no words.
var key = regexp.MustCompile(`phone\.[a-z]`)

// open shows a state at the size of a phone.
func open(t *testing.T, l sentences.Language, state flow.State) (fyne.Window, *screen.Shell) {
	t.Helper()
	return openIn(t, l, ui.LightScheme, state)
}

func openIn(t *testing.T, l sentences.Language, scheme ui.Scheme, state flow.State) (fyne.Window, *screen.Shell) {
	t.Helper()
	return openAt(t, l, scheme, ui.UsualText, state)
}

func openAt(t *testing.T, l sentences.Language, scheme ui.Scheme, text ui.TextSize, state flow.State) (fyne.Window, *screen.Shell) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(ui.NewTheme(scheme, text))
	if err := sentences.Use(l); err != nil {
		t.Fatal(err)
	}
	w := test.NewTempWindow(t, nil)
	f := flow.New(flow.Config{Changed: func(flow.State) {}})
	s := screen.NewShell(screen.Config{
		Window: w, Flow: f,
		Run:  func(action func(context.Context)) { action(context.Background()) },
		Type: f.Type,
		Pick: func(func([]byte)) {},
	})
	w.Resize(fyne.NewSize(390, 844))
	s.Render(state)
	return w, s
}

// texts returns all that a window says.
func texts(w fyne.Window) string {
	var all []string
	for _, o := range test.LaidOutObjects(w.Content()) {
		if text, ok := o.(*canvas.Text); ok {
			all = append(all, text.Text)
		}
	}
	return strings.Join(all, " ")
}

// bare is text without what wrapping changes.
func bare(text string) string { return strings.Join(strings.Fields(text), "") }

func says(t *testing.T, w fyne.Window, want string) {
	t.Helper()
	if !strings.Contains(bare(texts(w)), bare(want)) {
		t.Errorf("%q is not said in %q", want, texts(w))
	}
}

// full has something in every field that a screen shows.
func full(stage flow.Stage) flow.State {
	return flow.State{
		Stage: stage, Address: "https://realname.example:8443", Pin: client.Pin(strings.Repeat("A", 20)),
		Ask:         api.Ask{Server: "Realname", Account: "zh***u", PC: "Office PC", Network: "192.0.2.0", Name: "张*"},
		View:        api.PhoneView{View: verification.View{Status: verification.Verified, Method: verification.Face, AttemptsLeft: 4, Pictures: &verification.Pictures{Wanted: verification.AllPictures()}}},
		Capture:     capture.Progress{Action: verification.TurnLeft, Done: 1, Total: 3, Hint: capture.Dark, Taken: 40},
		ConsentText: api.ConsentText{Version: "face-1", Text: "The camera takes pictures.\n\nThey are not kept."},
		Sent:        1, Total: 2,
	}
}

func TestNobodyAgreesToWhatIsNotThere(t *testing.T) {
	s := full(flow.Consenting)
	s.ConsentText = api.ConsentText{}
	w, _ := open(t, sentences.English, s)
	if _, ok := find(w, func(*ui.Check) bool { return true }); ok {
		t.Error("there is a tick without a text")
	}
	s.Err = &client.UnreachableError{}
	w, _ = open(t, sentences.English, s)
	button(t, w, "phone.again")
	button(t, w, "phone.decline")
}

func TestEveryStageFitsAPhoneInBothLanguages(t *testing.T) {
	for _, l := range sentences.Languages() {
		for _, stage := range flow.Stages() {
			w, _ := open(t, l, full(stage))
			if width := w.Content().MinSize().Width; width > 390 {
				t.Errorf("%s, %s: %v wide", l, stage, width)
			}
			if said := texts(w); said == "" || key.MatchString(said) {
				t.Errorf("%s, %s says %q", l, stage, said)
			}
		}
	}
}

func save(t *testing.T, w fyne.Window, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := png.Encode(file, w.Canvas().Capture()); err != nil {
		t.Fatal(err)
	}
}

func TestEachFaultAndNoticeHasItsSentence(t *testing.T) {
	for _, l := range sentences.Languages() {
		seen := map[string]bool{}
		check := func(state flow.State) {
			w, _ := open(t, l, state)
			said := texts(w)
			if seen[said] || key.MatchString(said) {
				t.Errorf("%s: %+v %+v says nothing of its own: %q", l, state.Err, state.Notice, said)
			}
			seen[said] = true
		}
		check(flow.State{Stage: flow.Ready, Offline: true})
		for _, err := range []error{
			camera.ErrDenied, camera.ErrDeniedForever, camera.ErrNone, camera.ErrBusy, camera.ErrUnplugged, camera.ErrUnsupported, camera.ErrTooOld,
			&problem.Problem{Code: problem.FaceNotFound}, &problem.Problem{Code: problem.FaceQuality},
			&problem.Problem{Code: problem.EvidenceInvalid}, &problem.Problem{Code: problem.Busy},
			&client.UnreachableError{Err: errors.New("no route")},
		} {
			check(flow.State{Stage: flow.Ready, Err: err})
		}
		for _, n := range []flow.Notice{flow.Foreign, flow.Damaged, flow.NoCode, flow.Mistype, flow.Over, flow.Interrupted} {
			check(flow.State{Stage: flow.Home, Notice: n})
		}
	}
}

// phone is a camera whose system has settings that the app can open.
type phone struct {
	camera.Backend
	opened int
}

func (p *phone) OpenSettings() error { p.opened++; return nil }

func TestTheSettingsAreOneTapAwayWhereOnlyTheyHelp(t *testing.T) {
	for _, stage := range []flow.Stage{flow.Scanning, flow.Ready} {
		p := &phone{}
		w, _ := open(t, sentences.English, flow.State{Stage: flow.Home})
		s := screen.NewShell(screen.Config{
			Window: w, Flow: flow.New(flow.Config{Camera: p}),
			Run: func(action func(context.Context)) { action(context.Background()) },
		})
		s.Render(flow.State{Stage: stage, Err: camera.ErrDenied})
		if _, ok := find(w, func(b *ui.Button) bool { return b.Text == sentences.T("phone.camera.settings") }); ok {
			t.Errorf("%s: the settings are offered where asking again helps", stage)
		}
		s.Render(flow.State{Stage: stage, Err: camera.ErrDeniedForever})
		test.Tap(button(t, w, sentences.T("phone.camera.settings")))
		if p.opened != 1 {
			t.Errorf("%s: opened %d times", stage, p.opened)
		}
	}
}

func find[W fyne.CanvasObject](w fyne.Window, fits func(W) bool) (W, bool) {
	for _, o := range test.LaidOutObjects(w.Content()) {
		if found, ok := o.(W); ok && fits(found) {
			return found, true
		}
	}
	var none W
	return none, false
}

func button(t *testing.T, w fyne.Window, name string) *ui.Button {
	t.Helper()
	b, ok := find(w, func(b *ui.Button) bool { return b.Text == sentences.T(name) })
	if !ok {
		t.Fatalf("no button %s", name)
	}
	return b
}

func TestConsentNamesWhatItIsFor(t *testing.T) {
	for _, test := range []struct {
		status      verification.Status
		title, tick string
	}{
		{verification.Confirming, "Your face, with your consent", "I agree to the use of my face for this"},
		{verification.InReview, "Your pictures, with your consent", "I agree to this use of document and face"},
	} {
		state := full(flow.Consenting)
		state.View.Status = test.status
		w, _ := open(t, sentences.English, state)
		says(t, w, test.title)
		says(t, w, test.tick)
	}
}

func TestAgreeingTakesATick(t *testing.T) {
	w, _ := open(t, sentences.English, full(flow.Consenting))
	agree := button(t, w, "phone.consent.agree")
	tick, ok := find(w, func(*ui.Check) bool { return true })
	if !ok || tick.Checked || !agree.Disabled() {
		t.Fatal("consent is given beforehand")
	}
	test.Tap(tick)
	if agree.Disabled() {
		t.Error("a tick does not let the person agree")
	}
	if no := button(t, w, "phone.decline"); no.Size() != agree.Size() {
		t.Errorf("no is %v, yes is %v", no.Size(), agree.Size())
	}
}

func TestTheNumberTakesTwoDigits(t *testing.T) {
	w, _ := open(t, sentences.English, full(flow.Number))
	goOn := button(t, w, "phone.go_on")
	first, _ := find(w, func(*ui.Entry) bool { return true })
	second, _ := find(w, func(e *ui.Entry) bool { return e != first })
	test.Type(first, "x4")
	if first.Text != "4" || !goOn.Disabled() {
		t.Fatalf("first box has %q", first.Text)
	}
	test.Type(second, "2")
	if goOn.Disabled() {
		t.Error("two digits are not enough")
	}
	if no := button(t, w, "phone.not_me"); no.Size() != goOn.Size() {
		t.Errorf("no is %v, yes is %v", no.Size(), goOn.Size())
	}
}

func TestAMistypedCodeStaysAndReturnTriesItAgain(t *testing.T) {
	w, _ := open(t, sentences.English, flow.State{Stage: flow.Home})
	var told flow.State
	f := flow.New(flow.Config{Changed: func(state flow.State) { told = state }})
	s := screen.NewShell(screen.Config{Window: w, Flow: f, Run: func(action func(context.Context)) { action(context.Background()) }})
	s.Render(flow.State{Stage: flow.Typing, Address: "127.0.0.1", Typed: "KFRM"})
	code, ok := find(w, func(e *ui.Entry) bool { return e.Text == "KFRM" })
	if !ok {
		t.Fatal("what was typed is gone")
	}
	code.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if told.Notice != flow.Mistype || told.Typed != "KFRM" {
		t.Errorf("Return tells %+v", told)
	}
}

func TestReturnNeverAgreesWithoutATick(t *testing.T) {
	w, _ := open(t, sentences.English, flow.State{Stage: flow.Home})
	ran := 0
	s := screen.NewShell(screen.Config{
		Window: w, Flow: flow.New(flow.Config{Changed: func(flow.State) {}}),
		Run: func(func(context.Context)) { ran++ },
	})
	s.Render(full(flow.Consenting))
	tick, _ := find(w, func(*ui.Check) bool { return true })
	tick.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	w.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if ran != 0 {
		t.Fatal("agreed without a tick")
	}
	tick.TypedRune(' ')
	tick.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if ran != 1 {
		t.Error("Return does not agree after the tick")
	}
}

func TestTheHomeScreenSaysTheVersion(t *testing.T) {
	w, _ := open(t, sentences.English, flow.State{Stage: flow.Home})
	says(t, w, version.Number())
}

func TestTheCaptureFollowsItsProgress(t *testing.T) {
	for _, l := range sentences.Languages() {
		state := full(flow.Capturing)
		w, s := open(t, l, state)
		says(t, w, sentences.Action(verification.TurnLeft))
		says(t, w, sentences.T("phone.hint.dark"))
		state.Capture.Action, state.Capture.Hint = verification.Nod, ""
		s.Render(state)
		says(t, w, sentences.Action(verification.Nod))
		says(t, w, sentences.T("phone.hint.good"))
		state.Capture = capture.Progress{}
		s.Render(state)
		says(t, w, sentences.T("phone.capture.straight"))
		for _, hint := range capture.Hints() {
			state.Capture.Hint = hint
			s.Render(state)
			says(t, w, sentences.T("phone.hint."+string(hint)))
		}
	}
}

func TestTheWholeWindowLightsTheFace(t *testing.T) {
	state := full(flow.Capturing)
	state.Capture = capture.Progress{Soon: true}
	w, shell := open(t, sentences.English, state)
	says(t, w, sentences.T("phone.light.now"))
	glow := func() (*canvas.Rectangle, bool) {
		return find(w, func(r *canvas.Rectangle) bool { return !r.Hidden && r.Size() == w.Content().Size() })
	}
	for _, colour := range append(handoff.Colours(), "") {
		state.Turn++
		state.Capture = capture.Progress{Light: colour}
		shell.Render(state)
		r, lit := glow()
		if lit != (colour != "") {
			t.Fatalf("%q: the window is lit: %v", colour, lit)
		}
		if rgb := colour.RGB(); lit && r.FillColor != (color.NRGBA{R: rgb[0], G: rgb[1], B: rgb[2], A: 255}) {
			t.Errorf("%s is %v", colour, r.FillColor)
		}
	}
}

func TestTheRingFillsWithThePicturesThatWereTaken(t *testing.T) {
	blue := func(w fyne.Window) int {
		n := 0
		for _, o := range test.LaidOutObjects(w.Content()) {
			if l, ok := o.(*canvas.Line); ok && l.StrokeColor == theme.Color(theme.ColorNamePrimary) {
				n++
			}
		}
		return n
	}
	state := full(flow.Capturing)
	w, s := open(t, sentences.English, state)
	if n := blue(w); n != 40 {
		t.Errorf("%d of 100 strokes at 40", n)
	}
	state.Capture.Taken = 100
	s.Render(state)
	if n := blue(w); n != 100 {
		t.Errorf("%d of 100 strokes at the end", n)
	}
}

func TestACameraThatCannotBeUsedHasAScreenWithWaysOn(t *testing.T) {
	ways := map[flow.Stage][]string{
		flow.Scanning: {"phone.again", "phone.type", "phone.picture", "phone.back"},
		flow.Ready:    {"phone.again", "phone.decline"},
	}
	for _, l := range sentences.Languages() {
		for stage, buttons := range ways {
			for err, words := range map[error]string{
				camera.ErrDenied: "denied", camera.ErrDeniedForever: "denied_forever", camera.ErrNone: "none",
				camera.ErrBusy: "busy", camera.ErrUnplugged: "unplugged", camera.ErrTooOld: "too_old",
				camera.ErrUnsupported: "unsupported",
			} {
				state := full(stage)
				state.Err = fmt.Errorf("open: %w", err)
				w, _ := open(t, l, state)
				says(t, w, sentences.T("phone.camera."+words+".title"))
				says(t, w, sentences.T("phone.camera."+words))
				for _, b := range buttons {
					button(t, w, b)
				}
			}
		}
	}
}

func TestTheTorchHasAButtonWhereThereIsOne(t *testing.T) {
	for torch, name := range map[flow.Torch]string{flow.TorchOff: "phone.torch.on", flow.TorchOn: "phone.torch.off"} {
		state := full(flow.Scanning)
		state.Torch = torch
		w, _ := open(t, sentences.English, state)
		button(t, w, name)
	}
	w, _ := open(t, sentences.English, full(flow.Scanning))
	if _, ok := find(w, func(b *ui.Button) bool { return b.Text == sentences.T("phone.torch.on") }); ok {
		t.Error("a light that is not there is offered")
	}
}

func TestTheResultSaysWhatIsNextOnThisPhone(t *testing.T) {
	for _, l := range sentences.Languages() {
		for _, reason := range []verification.Reason{verification.NumberMismatch, verification.Declined, verification.TooSlow, verification.LivenessFailed, verification.FaceMismatch} {
			state := full(flow.Result)
			state.View.Status, state.View.Reason, state.View.AttemptsLeft = verification.FaceRequired, reason, 3
			w, _ := open(t, l, state)
			says(t, w, sentences.T("phone.result.again"))
			says(t, w, sentences.ExplainOnPhone(verification.FaceRequired, verification.Face, reason))
			says(t, w, sentences.T("phone.attempts", sentences.Data{"N": 3}))
			button(t, w, "phone.scan")
		}
	}
}

// picture is a bright frame of 64 by 48.
func picture(at time.Duration) *camera.Frame {
	f := &camera.Frame{W: 64, H: 48, At: at, Y: make([]byte, 64*48), U: make([]byte, 32*24), V: make([]byte, 32*24)}
	for i := range f.Y {
		f.Y[i] = 200
	}
	for i := range f.U {
		f.U[i], f.V[i] = 128, 128
	}
	return f
}

func TestThePreviewIsDimmedOutsideTheOval(t *testing.T) {
	var img *image.RGBA
	lens := screen.Lens{Do: func(f func()) { f() }, Draw: func(drawn *image.RGBA) { img = drawn }}
	lens.Show(picture(0), true)
	if img.Rect != image.Rect(0, 0, 18, 24) {
		t.Fatalf("size %v", img.Rect)
	}
	if edge, middle := img.RGBAAt(0, 0).R, img.RGBAAt(9, 12).R; edge >= middle {
		t.Errorf("edge %d, middle %d", edge, middle)
	}
}

func TestASlowScreenGetsTheNewestPictureAndNoQueue(t *testing.T) {
	var waiting []func()
	drawn := 0
	lens := screen.Lens{Do: func(f func()) { waiting = append(waiting, f) }, Draw: func(*image.RGBA) { drawn++ }}
	for i := range 30 {
		lens.Show(picture(time.Duration(i)*time.Second/30), false)
	}
	if len(waiting) != 1 {
		t.Fatalf("%d pictures wait", len(waiting))
	}
	waiting[0]()
	lens.Do = func(f func()) { f() }
	for i := range 30 {
		lens.Show(picture(time.Second+time.Duration(i)*time.Second/30), false)
	}
	if drawn != 16 {
		t.Errorf("%d pictures were drawn; of thirty in a second every other one should be", drawn)
	}
}

// TestNoWordIsCutAtAnySizeOfText goes through each stage: nothing is wider than the
// phone. PHONE_SHOTS=folder keeps pictures.
func TestNoWordIsCutAtAnySizeOfText(t *testing.T) {
	folder := os.Getenv("PHONE_SHOTS")
	for name, state := range looks() {
		for _, l := range sentences.Languages() {
			for _, text := range []ui.TextSize{125, 200} {
				w, _ := openAt(t, l, ui.LightScheme, text, state)
				at := fmt.Sprintf("%s-%s-%d", name, l, text)
				if folder != "" {
					save(t, w, filepath.Join(folder, at+".png"))
				}
				for _, o := range test.LaidOutObjects(w.Content()) {
					if b, ok := o.(*ui.Button); ok && b.Visible() && b.Size().Width < b.MinSize().Width {
						t.Errorf("%s: %q has %v of %v", at, b.Text, b.Size().Width, b.MinSize().Width)
					}
				}
				if width := w.Content().MinSize().Width; width > 390 {
					t.Errorf("%s: %v wide", at, width)
				}
			}
		}
	}
}
