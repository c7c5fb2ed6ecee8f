package screen

import (
	"context"
	"net/url"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"

	"realname.example/desktop/internal/flow"
	"realname.example/shared/camera"
	"realname.example/shared/report"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
	"realname.example/shared/verification"
)

// Look is how the app looks and speaks, remembered between two starts.
type Look interface {
	Language() string // as sentences.Named reads it; "" for the system's
	SetLanguage(string)
	Scheme() ui.Scheme
	SetScheme(ui.Scheme)
	TextSize() ui.TextSize
	SetTextSize(ui.TextSize)
}

// Config is what a Shell needs.
type Config struct {
	Window fyne.Window
	Flow   *flow.Flow
	Look   Look
	Now    func() time.Time
	// Run calls the flow off the drawing goroutine.
	Run func(func(context.Context))
	// Pick asks for a picture's file, of which no more than most bytes are of use;
	// nil for the toolkit's own dialog.
	Pick func(most int64, use func(name string, data []byte))
	// Camera takes pictures of the person; Draw runs what draws them where drawing is
	// done, and waits for it.
	Camera camera.Backend
	Draw   func(func())
	// Folder is where a receipt is offered to be saved.
	Folder string
	// Keep says where the token is kept, where that is worth knowing; "" where it
	// is not.
	Keep func() string
}

// Shell is the window's content: stripe, header, rail, and the one screen that
// fits the state.
type Shell struct {
	deps   deps
	look   Look
	keep   func() string
	state  flow.State
	step   step
	shown  shown
	rail   *ui.Rail
	top    *fyne.Container
	middle *fyne.Container
	root   *fyne.Container
	asking dialog.Dialog
	// device shows the code of a site that is linked by phone, nil while none is.
	device  dialog.Dialog
	drawn   *top // nil until the top was drawn
	keyed   flow.KeyQuestion
	offered bool
	// unfocused is true from a new screen to its first focus; early is what was typed
	// meanwhile.
	unfocused bool
	early     []rune
	// header are the keys of what stands above the step: the step's own Escape.
	header ui.Keys
	// dialogs are the titles' keys of those that are open, the top one last.
	dialogs []string
}

// mostEarly is how many characters are kept until a screen takes them.
const mostEarly = 64

// NewShell fills the window. Render has to follow.
func NewShell(c Config) *Shell {
	s := &Shell{look: c.Look, keep: c.Keep}
	s.deps = deps{
		flow: c.Flow, run: c.Run, now: c.Now, window: c.Window,
		copyText: func(text string) { fyne.CurrentApp().Clipboard().SetContent(text) },
		open:     func(u *url.URL) { _ = fyne.CurrentApp().OpenURL(u) },
		save:     func(name, text string) { showSave(s.deps, c.Folder, name, text) },
		asks:     s.asks,
		pick:     c.Pick,
		lens:     &lens{camera: c.Camera, draw: c.Draw},
	}
	if c.Pick == nil {
		s.deps.pick = func(most int64, use func(string, []byte)) { pickPicture(s.deps.window, most, use) }
	}
	c.Window.SetOnClosed(func() {
		if leave := s.deps.lens.leave; leave != nil {
			leave()
		}
	})
	s.header = ui.Keys{OnEscape: s.back, OnShortcut: s.shortcut}
	s.build()
	c.Window.Canvas().SetOnTypedKey(func(event *fyne.KeyEvent) {
		if n := len(s.early); n > 0 && event.Name == fyne.KeyBackspace {
			s.early = s.early[:n-1]
		} else if s.step != nil {
			s.step.shortcuts().Handle(event)
		}
	})
	c.Window.Canvas().SetOnTypedRune(func(r rune) {
		if s.unfocused && len(s.early) < mostEarly {
			s.early = append(s.early, r)
		}
	})
	c.Window.Canvas().AddShortcut(peopleShortcut(), func(shortcut fyne.Shortcut) { s.shortcut(shortcut) })
	return s
}

// back does what Escape does on the step that is shown.
func (s *Shell) back() {
	if s.step != nil && s.step.shortcuts().OnEscape != nil {
		s.step.shortcuts().OnEscape()
	}
}

// peopleShortcut opens the people to try.
func peopleShortcut() fyne.Shortcut {
	return &desktop.CustomShortcut{KeyName: fyne.KeyP, Modifier: fyne.KeyModifierControl}
}

// shortcut runs one of the shell's, wherever the focus is.
func (s *Shell) shortcut(shortcut fyne.Shortcut) bool {
	if !s.state.Sandbox() || shortcut.ShortcutName() != peopleShortcut().ShortcutName() {
		return false
	}
	s.showPeople()
	return true
}

func (s *Shell) build() {
	s.rail = ui.NewRail(nil)
	s.top, s.middle = container.NewVBox(), container.NewStack()
	s.drawn, s.shown, s.step = nil, shown{}, nil
	rail := container.NewVBox(ui.Space(2), s.rail)
	pad := layout.NewCustomPaddedLayout(4, 16, 16, 16)
	s.root = container.NewBorder(s.top, nil, nil, nil,
		container.New(pad, ui.Sided(rail, s.middle)))
	s.deps.window.SetContent(s.root)
	s.deps.window.SetTitle(sentences.T("app.name"))
}

// Relook draws everything again after the language or the theme changed.
func (s *Shell) Relook() {
	if err := sentences.Use(sentences.Named(s.look.Language())); err != nil {
		fyne.LogError("use language", err)
	}
	fyne.CurrentApp().Settings().SetTheme(ui.NewTheme(s.look.Scheme(), s.look.TextSize()))
	s.build()
	s.draw()
}

// Render shows a state unless a newer one was shown. It belongs on the drawing
// goroutine.
func (s *Shell) Render(state flow.State) {
	if state.Turn < s.state.Turn {
		return
	}
	s.state = state
	s.draw()
}

func (s *Shell) draw() {
	s.drawTop()
	s.rail.Set(railOf(s.state))
	if now := shownIn(s.state); now != s.shown || s.step == nil {
		if s.step != nil && s.shown.screen != flow.ScreenConnect {
			s.early = nil // typed on a screen that takes nothing
		}
		if leave := s.deps.lens.leave; leave != nil {
			leave() // what the picture is for is gone
		}
		s.shown = now
		s.step = screens[now.screen](s.deps, s.state)
		s.step.shortcuts().OnShortcut = s.shortcut
		s.middle.Objects = list(s.step)
		s.middle.Refresh()
		s.deps.window.Canvas().Unfocus()
		s.unfocused = true
	} else {
		s.step.show(s.state)
	}
	s.begin()
	s.ask()
}

// begin gives the focus to where the keyboard begins, as soon as that is
// enabled: a screen may come while an action still runs. What was typed since the
// screen came is typed there.
func (s *Shell) begin() {
	first := s.step.first()
	if !s.unfocused || first == nil {
		return
	}
	if w, ok := first.(fyne.Disableable); ok && w.Disabled() {
		return
	}
	s.unfocused = false
	s.deps.window.Canvas().Focus(first)
	for _, r := range s.early {
		first.TypedRune(r)
	}
	s.early = nil
}

// Tick moves what counts down.
func (s *Shell) Tick(now time.Time) {
	if s.step != nil {
		s.step.tick(now)
	}
}

// Shown is what a report says of the screen that is drawn.
func (s *Shell) Shown() report.Line {
	l := report.Line{Screen: string(flow.ScreenOf(s.state)), Turn: s.state.Turn, Busy: s.state.Doing != flow.DoingNothing}
	if n := len(s.dialogs); n > 0 {
		l.Dialog = s.dialogs[n-1]
	}
	if s.state.View != nil {
		l.Status = s.state.View.Status
	}
	return l
}

// asks keeps which dialogs are open.
func (s *Shell) asks(title string) (closed func()) {
	s.dialogs = append(s.dialogs, title)
	return func() {
		if i := slices.Index(s.dialogs, title); i >= 0 {
			s.dialogs = slices.Delete(s.dialogs, i, i+1)
		}
	}
}

// ask shows the questions that only a person can answer, once each.
func (s *Shell) ask() {
	if q := s.state.Key; q != nil && *q != s.keyed {
		s.keyed = *q
		s.asking = askKey(s.deps, *q)
	} else if q == nil {
		s.keyed = flow.KeyQuestion{}
	}
	if s.state.AskAffiliate && !s.offered {
		s.offered = true
		s.asking = showAffiliates(s.deps, s.state, func() { s.offered = false })
	}
	if at := s.state.Device; at != nil && s.device == nil {
		s.device = showDevice(s.deps, *at)
	} else if at == nil && s.device != nil {
		s.device.Hide()
		s.device = nil
	}
}

// top is what stands above every screen.
type top struct{ mode, username, message string }

// drawTop shows the sandbox's stripe, its text messages, and the header.
func (s *Shell) drawTop() {
	st := s.state
	message := ""
	if st.Sandbox() && len(st.SMS) > 0 && st.View != nil && st.View.Status == verification.CodeRequired {
		message = sentences.T("pc.sms", sentences.Data{"Mobile": st.SMS[0].Mobile, "Code": st.SMS[0].Code})
	}
	drawn := top{st.Server.Mode, st.Account.Username, message}
	if s.drawn != nil && drawn == *s.drawn {
		return
	}
	s.drawn = &drawn
	s.top.RemoveAll()
	if st.Sandbox() {
		s.top.Add(ui.NewStripe(sentences.T("sandbox.stripe")))
	}
	name := canvas.NewText(sentences.T("app.name"), theme.Color(theme.ColorNameForeground))
	name.TextStyle, name.TextSize = fyne.TextStyle{Bold: true}, theme.TextSize()
	row := container.NewHBox(ui.Space(1), container.NewCenter(name), layout.NewSpacer())
	if st.Account.Username != "" {
		row.Add(container.NewCenter(canvas.NewText(st.Account.Username, theme.Color(ui.ColorQuiet))))
		row.Add(quiet("pc.signout", &s.header, func() { s.deps.run(s.deps.flow.SignOut) }))
	}
	if st.Sandbox() {
		row.Add(quiet("pc.people", &s.header, s.showPeople))
	}
	row.Add(quiet("pc.settings", &s.header, s.showSettings))
	s.top.Add(row)
	if message != "" {
		s.top.Add(container.New(layout.NewCustomPaddedLayout(0, 0, 16, 16), ui.NewBar(ui.KindInfo, message)))
	}
	s.root.Refresh()
	// The screen has another height now: keep in sight where one types.
	if entry, ok := s.deps.window.Canvas().Focused().(*ui.Entry); ok && entry.OnFocus != nil {
		entry.OnFocus()
	}
}
