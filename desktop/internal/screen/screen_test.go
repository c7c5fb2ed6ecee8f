package screen_test

import (
	"context"
	"errors"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"realname.example/desktop/internal/flow"
	"realname.example/desktop/internal/flow/flowtest"
	"realname.example/desktop/internal/screen"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/identity"
	"realname.example/shared/problem"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
	"realname.example/shared/verification"
)

// look is what Look remembers, for one test.
type look struct {
	language string
	scheme   ui.Scheme
	text     ui.TextSize
}

func (l *look) Language() string            { return l.language }
func (l *look) SetLanguage(language string) { l.language = language }
func (l *look) Scheme() ui.Scheme           { return l.scheme }
func (l *look) SetScheme(s ui.Scheme)       { l.scheme = s }
func (l *look) TextSize() ui.TextSize       { return l.text }
func (l *look) SetTextSize(s ui.TextSize)   { l.text = s }

// app is the whole window over a scripted backend.
type app struct {
	t       *testing.T
	backend *flowtest.Backend
	memory  *flowtest.Memory
	flow    *flow.Flow
	shell   *screen.Shell
	window  fyne.Window
	now     time.Time
	folder  string
	picture []byte // that the person chooses where a file is asked for
	filming *filming
	drawing chan func() // what the camera's goroutine wants drawn
}

// open starts the app in a language, where everything happens at once.
func open(t *testing.T, l sentences.Language, scheme ui.Scheme, size fyne.Size) *app {
	t.Helper()
	return openAt(t, l, scheme, ui.UsualText, size)
}

// openAt is open with a size of text.
func openAt(t *testing.T, l sentences.Language, scheme ui.Scheme, text ui.TextSize, size fyne.Size) *app {
	t.Helper()
	fyneApp := test.NewTempApp(t)
	fyneApp.Settings().SetTheme(ui.NewTheme(scheme, text))
	if err := sentences.Use(l); err != nil {
		t.Fatal(err)
	}
	a := &app{t: t, backend: flowtest.New(), memory: &flowtest.Memory{}, now: flowtest.Start(), folder: t.TempDir(), filming: newFilming(t), drawing: make(chan func())}
	a.window = test.NewTempWindow(t, nil)
	now := func() time.Time { return a.now }
	a.flow = flow.New(flow.Config{
		Dial: a.backend.Dial, Settings: a.memory, Vault: a.memory, Now: now,
		Listen: a.backend.Listen, Browse: a.backend.Browse, Pause: a.backend.Pause,
		Changed: func(s flow.State) {
			if a.shell != nil {
				a.shell.Render(s)
			}
		},
	})
	a.shell = screen.NewShell(screen.Config{
		Window: a.window, Flow: a.flow, Look: &look{language: string(l), scheme: scheme, text: text}, Now: now, Folder: a.folder,
		Keep:   func() string { return "" },
		Camera: a.filming, Draw: a.draws,
		Pick: func(_ int64, use func(string, []byte)) { use("photo.jpg", a.picture) },
		Run:  func(action func(context.Context)) { action(context.Background()) },
	})
	a.window.Resize(size)
	a.shell.Render(a.flow.State())
	return a
}

var wide = fyne.NewSize(960, 680)

// signedIn opens the app at home.
func signedIn(t *testing.T, l sentences.Language) *app {
	t.Helper()
	a := open(t, l, ui.LightScheme, wide)
	a.enter()
	return a
}

func (a *app) enter() {
	a.flow.Connect(context.Background())
	a.flow.SignIn(context.Background(), api.Credentials{Username: "demo", Password: "sandbox-demo"}, false)
}

// objects are all that the window shows, those of the dialog on top first.
func (a *app) objects() []fyne.CanvasObject {
	var todo, all []fyne.CanvasObject
	if top := a.window.Canvas().Overlays().Top(); top != nil {
		todo = append(todo, top)
	}
	todo = append(todo, a.window.Content())
	for len(todo) > 0 {
		o := todo[0]
		todo = todo[1:]
		if !o.Visible() {
			continue
		}
		all = append(all, o)
		switch o := o.(type) {
		case *fyne.Container:
			todo = append(todo, o.Objects...)
		case fyne.Widget:
			todo = append(todo, test.TempWidgetRenderer(a.t, o).Objects()...)
		}
	}
	return all
}

// texts are all the words of objects.
func (a *app) texts() string {
	var all []string
	for _, o := range a.objects() {
		switch o := o.(type) {
		case *ui.Text:
			all = append(all, o.String())
		case *widget.Label: // the title of a dialog
			all = append(all, o.Text)
		case *ui.Button:
			all = append(all, o.Text)
		case *ui.Entry:
			all = append(all, o.Text)
		}
	}
	return strings.Join(all, "\n")
}

func (a *app) sees(text string) {
	a.t.Helper()
	if all := a.texts(); !strings.Contains(all, text) {
		a.t.Errorf("does not show %q, but:\n%s", text, all)
	}
}

// press types a key where the focus is.
func (a *app) press(key fyne.KeyName) {
	if focused := a.window.Canvas().Focused(); focused != nil {
		focused.TypedKey(&fyne.KeyEvent{Name: key})
		return
	}
	a.window.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: key})
}

func inEach(t *testing.T, run func(t *testing.T, l sentences.Language)) {
	t.Helper()
	for _, l := range sentences.Languages() {
		t.Run(string(l), func(t *testing.T) { run(t, l) })
	}
}

func TestThePersonVerifiesByKeyboardAlone(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := open(t, l, ui.LightScheme, wide)
		a.flow.Connect(context.Background())
		a.press(fyne.KeyReturn) // the sandbox filled the form in
		a.sees(sentences.T("pc.home.not_yet"))
		a.press(fyne.KeyReturn)
		a.sees(sentences.T("pc.methods.title"))
		a.press(fyne.KeyReturn)
		test.Type(a.window.Canvas().Focused(), "张伟")
		a.window.Canvas().FocusNext()
		test.Type(a.window.Canvas().Focused(), "110100199003070111")
		a.window.Canvas().FocusNext()
		test.Type(a.window.Canvas().Focused(), "13800000001")
		a.press(fyne.KeyReturn)
		a.sees(sentences.T("pc.code.again_in", sentences.Data{"In": sentences.Duration(time.Minute)}))
		if in := a.backend.Stated.Identity; in == nil || in.Name != "张伟" || in.Number != "110100199003070111" || in.Mobile != "13800000001" {
			t.Fatalf("stated %+v", in)
		}
		test.Type(a.window.Canvas().Focused(), "123456")
		a.backend.Stand(verification.Verified, verification.Mobile, "")
		a.press(fyne.KeyReturn)
		a.sees(sentences.T("pc.result.done", sentences.Data{"Account": "demo"}))
		a.sees("110***********0111")
	})
}

// The number's label, its rules and what follows go with the document.
func TestTheFieldsGoWithTheDocument(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := signedIn(t, l)
		a.flow.Type(flow.Details{Certificate: identity.Passport, Name: "John O'Muster", Number: "C01X00T47"})
		a.flow.Choose(verification.Face)
		a.sees(sentences.T("pc.number.other"))
		a.sees(sentences.T("hint.reviewed"))
		a.press(fyne.KeyReturn)
		if in := a.backend.Stated.Identity; in == nil || in.CertificateType != "passport" || in.Number != "C01X00T47" {
			t.Fatalf("stated %+v", in)
		}
	})
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := signedIn(t, l)
		a.flow.Type(flow.Details{Certificate: identity.Passport, Name: "John O'Muster", Number: "C01"})
		a.flow.Choose(verification.Face)
		a.press(fyne.KeyReturn)
		a.sees(sentences.T("certificate.form.passport"))
	})
}

func TestAnotherCodeCanBeAskedForAfterAMinuteWhateverTheClock(t *testing.T) {
	for _, skew := range []time.Duration{90 * time.Second, -time.Hour, 8 * time.Hour, -8 * time.Hour} {
		a := open(t, sentences.English, ui.LightScheme, wide)
		a.now = a.now.Add(skew)
		a.enter()
		a.flow.Choose(verification.Mobile)
		a.flow.Type(flow.Details{Name: "张伟", Number: "110100199003070111", Mobile: "13800000001"})
		a.flow.GetCode(context.Background(), "en")
		a.sees(sentences.T("pc.code.again_in", sentences.Data{"In": sentences.Duration(time.Minute)}))
		a.now = a.now.Add(59 * time.Second)
		a.shell.Tick(a.now)
		a.sees(sentences.T("pc.code.again_in", sentences.Data{"In": sentences.Duration(time.Second)}))
		a.now = a.now.Add(time.Second)
		a.shell.Tick(a.now)
		a.sees(sentences.T("pc.code.again"))
	}
}

func TestTheResultSaysWhenANewTryMayBeginWhateverTheClock(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		for _, skew := range []time.Duration{0, 90 * time.Second, -time.Hour, 8 * time.Hour, -8 * time.Hour} {
			a := open(t, l, ui.LightScheme, wide)
			a.now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.Local).Add(skew)
			v := a.backend.Stand(verification.Rejected, verification.Mobile, verification.MobileMismatch)
			at, in := flowtest.Start().Add(90*time.Minute), int64(90*60)
			v.RetryAt, v.RetryIn = &at, &in
			a.backend.Case = v
			a.memory.Token = "kept"
			a.flow.Connect(context.Background())
			a.flow.Go(flow.PageCase)
			a.sees(sentences.T("pc.result.retry_in", sentences.Data{"In": sentences.Duration(90 * time.Minute), "At": a.now.Add(90 * time.Minute).Format("15:04")}))
			a.now = a.now.Add(90 * time.Minute)
			a.shell.Tick(a.now)
			a.sees(sentences.T("pc.result.retry_now"))
		}
	})
}

func TestTheReceiptIsSavedOnceAndNothingIsOverwritten(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := open(t, l, ui.LightScheme, wide)
		a.backend.Stand(verification.Verified, verification.Mobile, "")
		a.memory.Token = "kept"
		a.flow.Connect(context.Background())
		path := filepath.Join(a.folder, "realname-receipt.txt")
		a.press(fyne.KeyReturn)
		a.sees(path)
		a.press(fyne.KeyEscape)
		if _, err := os.Stat(path); err == nil || a.window.Canvas().Overlays().Top() != nil {
			t.Fatal("Escape saves, or leaves the question open")
		}
		a.press(fyne.KeyReturn)
		a.press(fyne.KeyReturn)
		if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), "110***********0111") {
			t.Fatalf("saved %q, %v", text, err)
		}
		if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		a.press(fyne.KeyReturn)
		a.press(fyne.KeyReturn)
		a.sees(sentences.T("pc.save.exists"))
		if text, err := os.ReadFile(path); err != nil || string(text) != "mine" {
			t.Errorf("it holds %q, %v", text, err)
		}
		a.enterText(filepath.Join(path, "below"))
		a.press(fyne.KeyReturn)
		a.sees(sentences.T("pc.save.failed"))
	})
}

func TestTheRailMarksOnlyARefusalAsFailed(t *testing.T) {
	for status, want := range map[verification.Status]string{
		verification.Rejected: "error_cancel.svg", verification.Expired: "warning_warning.svg", verification.Cancelled: "warning_warning.svg",
	} {
		a := open(t, sentences.English, ui.LightScheme, wide)
		a.backend.Stand(status, verification.Mobile, "")
		a.memory.Token = "kept"
		a.flow.Connect(context.Background())
		a.flow.Go(flow.PageCase)
		icons := map[string]bool{}
		for _, o := range a.objects() {
			if icon, ok := o.(*widget.Icon); ok && icon.Resource != nil {
				icons[icon.Resource.Name()] = true
			}
		}
		if !icons[want] || icons["error_cancel.svg"] != (status == verification.Rejected) {
			t.Errorf("%s is marked with %v", status, icons)
		}
	}
}

func TestEveryProblemIsSaidOnTheScreen(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		for _, code := range problem.Codes() {
			p := &problem.Problem{Code: code, Status: code.Status(), RetryAfter: 42 * time.Second}
			a := signedIn(t, l)
			a.flow.Choose(verification.Mobile)
			a.flow.Type(flow.Details{Name: "张伟", Number: "110100199003070111", Mobile: "13800000001"})
			a.flow.GetCode(context.Background(), "en")
			a.backend.Fail["check"] = p
			a.flow.CheckCode(context.Background(), "123456")
			a.sees(sentences.Problem(p))
		}
	})
}

func TestAFieldErrorOfTheServerStandsAtItsField(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := signedIn(t, l)
		a.flow.Choose(verification.Mobile)
		a.flow.Type(flow.Details{Name: "张伟", Number: "110100199003070111", Mobile: "13800000001"})
		a.backend.Fail["begin"] = &problem.Problem{
			Code: problem.GuardianRequired, Status: 422,
			Errors: []problem.FieldError{{Field: "identity.number", Cause: "underage"}},
		}
		a.flow.GetCode(context.Background(), "en")
		a.sees(sentences.Cause("identity.number", "underage", ""))
		a.sees("张伟")
	})
}

func TestReviewIsOfferedWhereTheServerSaysSo(t *testing.T) {
	for _, reason := range []verification.Reason{verification.FaceMismatch, verification.TooManyAttempts, verification.Reviewed} {
		for _, offered := range []bool{true, false} {
			a := open(t, sentences.English, ui.LightScheme, wide)
			a.backend.Stand(verification.Rejected, verification.Face, reason)
			a.backend.Case.Reviewable = offered
			a.memory.Token = "kept"
			a.flow.Connect(context.Background())
			a.flow.Go(flow.PageCase)
			a.sees(sentences.Status(verification.Rejected))
			shown := slices.ContainsFunc(a.objects(), func(o fyne.CanvasObject) bool {
				button, is := o.(*ui.Button)
				return is && button.Text == sentences.T("pc.result.review")
			})
			if shown != offered {
				t.Errorf("%s: the server says %v, the button is shown: %v", reason, offered, shown)
			}
		}
	}
}

func TestEveryStatusHasItsScreen(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		for _, s := range verification.Statuses() {
			a := open(t, l, ui.LightScheme, wide)
			a.flow.Connect(context.Background())
			a.backend.Stand(s, verification.Mobile, "")
			a.memory.Token = "kept"
			a.flow.Connect(context.Background())
			if s.Final() {
				a.flow.Go(flow.PageCase)
			}
			switch s {
			case verification.CodeRequired:
				a.sees(sentences.T("pc.field.code"))
				a.sees("110***********0111")
			case verification.Verified:
				a.sees(sentences.Status(s))
			case verification.Checking, verification.FaceRequired, verification.Confirming, verification.Capturing,
				verification.Judging, verification.InReview, verification.Rejected, verification.Expired, verification.Cancelled:
				a.sees(sentences.Status(s))
			}
		}
	})
}

func TestEveryReasonOfAFaceIsSaidAndNoCodeIsShown(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		for _, r := range []verification.Reason{
			verification.NumberMismatch, verification.Declined, verification.TooSlow, verification.LivenessFailed, verification.FaceMismatch,
		} {
			a := open(t, l, ui.LightScheme, wide)
			a.backend.Stand(verification.FaceRequired, verification.Face, r)
			a.memory.Token = "kept"
			a.flow.Connect(context.Background())
			a.sees(sentences.Explain(verification.FaceRequired, verification.Face, r))
			if a.flow.State().Handoff != nil {
				t.Errorf("%s: shows a code by itself", r)
			}
			a.press(fyne.KeyReturn)
			a.sees("KFRM-7TQX")
		}
	})
}

func TestTheNumberAndThePhoneAreShown(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := open(t, l, ui.LightScheme, wide)
		v := a.backend.Stand(verification.Confirming, verification.Face, "")
		v.Handoff = &verification.Handoff{Device: "Pixel 9", Network: "203.0.113.7", Online: true, Number: "27", Step: verification.StepNumber}
		a.backend.Case = v
		a.memory.Token = "kept"
		a.flow.Connect(context.Background())
		a.sees("Pixel 9")
		a.sees("203.0.113.7")
		a.sees(sentences.T("pc.scan.not_mine"))
	})
}

func TestAKeyIsAskedForByItsFingerprint(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := open(t, l, ui.LightScheme, wide)
		pin := client.PinOf([]byte("key"))
		a.backend.Fail["info"] = &client.KeyUnknownError{Presented: pin}
		a.flow.Connect(context.Background())
		a.sees(pin.Fingerprint())
		a.sees(sentences.T("pc.key.new.why", sentences.Data{"Address": flow.Local}))
	})
}

func TestAffiliatesAreOfferedWithTheirData(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := signedIn(t, l)
		a.backend.Choices.Affiliates = []api.Affiliate{{ID: "mall", Name: "Mall", Claims: []string{"name", "number"}, Linked: true}}
		a.flow.VerifyNow(context.Background())
		a.sees(sentences.T("pc.affiliate.authorize"))
		a.sees(sentences.T("pc.affiliate.manual"))
		a.window.Canvas().FocusNext()
		a.press(fyne.KeyReturn)
		if a.backend.Stated.Affiliate != "mall" {
			t.Errorf("began %+v", a.backend.Stated)
		}
	})
}

func TestTheServerBeingAwayIsSaidAndNothingTypedIsLost(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := signedIn(t, l)
		a.flow.Choose(verification.Mobile)
		test.Type(a.window.Canvas().Focused(), "张伟")
		a.flow.Type(flow.Details{Name: "张伟", Number: "110100199003070111", Mobile: "13800000001"})
		a.backend.Fail["begin"] = &client.UnreachableError{Err: errors.New("down")}
		a.flow.GetCode(context.Background(), "en")
		a.sees(sentences.T("error.unreachable"))
		a.sees("张伟")
		a.now = a.now.Add(5 * time.Second)
		a.flow.Tick(context.Background())
		if a.flow.State().Offline || strings.Contains(a.texts(), sentences.T("error.unreachable")) {
			t.Error("still says so after the server came back")
		}
		a.sees("张伟")
	})
}

func TestTheLanguageChangesAtOnce(t *testing.T) {
	a := signedIn(t, sentences.English)
	a.sees("Real-name Verification")
	if err := sentences.Use(sentences.Chinese); err != nil {
		t.Fatal(err)
	}
	b := signedIn(t, sentences.Chinese)
	b.sees("实名认证")
}

// TestPictures draws every screen into the folder of REALNAME_PICTURES, for
// people to look at; without it there is nothing to do.
func TestPictures(t *testing.T) {
	folder := os.Getenv("REALNAME_PICTURES")
	if folder == "" {
		t.Skip("REALNAME_PICTURES is not set")
	}
	small := fyne.NewSize(720, 520)
	for _, look := range []struct {
		l      sentences.Language
		scheme ui.Scheme
		size   fyne.Size
	}{
		{sentences.English, ui.LightScheme, wide},
		{sentences.Chinese, ui.DarkScheme, wide},
		{sentences.Chinese, ui.LightScheme, small},
		{sentences.English, ui.DarkScheme, small},
	} {
		a := open(t, look.l, look.scheme, look.size)
		draw := func(name string) {
			t.Helper()
			file, err := os.Create(filepath.Join(folder, string(look.l)+"-"+string(look.scheme)+"-"+name+".png"))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			if err := png.Encode(file, a.window.Canvas().Capture()); err != nil {
				t.Fatal(err)
			}
		}
		ctx := context.Background()
		a.flow.Connect(ctx)
		draw("01-signin")
		a.enter()
		draw("02-home")
		a.flow.VerifyNow(ctx)
		draw("03-methods")
		a.flow.Choose(verification.Mobile)
		a.flow.Type(flow.Details{Name: "张伟", Number: "110100199003070112", Mobile: "17000000001"})
		a.flow.Go(flow.PageMethods)
		a.flow.Choose(verification.Mobile)
		a.press(fyne.KeyReturn)
		draw("04-mobile")
		a.flow.Try(ctx, a.backend.People[0])
		a.flow.GetCode(ctx, "en")
		a.backend.SMS = []api.SandboxSMS{{Mobile: "13800000001", Code: "483920"}}
		a.flow.Tick(ctx)
		draw("05-code")
		a.backend.Stand(verification.FaceRequired, verification.Mobile, verification.Risk)
		a.flow.CheckCode(ctx, "483920")
		draw("06-qr")
		v := a.backend.Stand(verification.Confirming, verification.Mobile, "")
		v.Handoff = &verification.Handoff{Device: "Pixel 9", Network: "203.0.113.7", Online: true, Number: "27", Step: verification.StepNumber}
		a.backend.Updates = []client.Update[verification.View]{{View: v, Online: true}}
		a.flow.Follow(ctx, "v1")
		draw("07-number")
		v = a.backend.Stand(verification.Capturing, verification.Mobile, "")
		v.Handoff = &verification.Handoff{Device: "Pixel 9", Network: "203.0.113.7", Step: verification.StepAction, Action: "turn_left", ActionsDone: 1, ActionsTotal: 3}
		a.backend.Updates = []client.Update[verification.View]{{View: v, Online: true}}
		a.flow.Follow(ctx, "v1")
		draw("08-live")
		a.backend.Updates = []client.Update[verification.View]{{View: a.backend.Stand(verification.FaceRequired, verification.Mobile, verification.LivenessFailed), Online: true}}
		a.flow.Follow(ctx, "v1")
		draw("09-again")
		a.backend.Updates = []client.Update[verification.View]{{View: a.backend.Stand(verification.InReview, verification.Mobile, verification.PortraitMissing), Online: true}}
		a.flow.Follow(ctx, "v1")
		draw("10-review")
		done := flowtest.Start()
		v = a.backend.Stand(verification.Verified, verification.Mobile, "")
		v.FinishedAt = &done
		a.backend.Updates = []client.Update[verification.View]{{View: v, Online: true}}
		a.flow.Follow(ctx, "v1")
		draw("11-verified")
		v = a.backend.Stand(verification.Rejected, verification.Mobile, verification.MobileMismatch)
		a.backend.Updates = []client.Update[verification.View]{{View: v, Online: true}}
		a.flow.Correct()
		a.flow.Follow(ctx, "v1")
		a.flow.Go(flow.PageCase)
		draw("12-refused")
		drawIssuers(ctx, a, draw)
	}
}
