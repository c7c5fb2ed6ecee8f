package screen

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"

	"realname.example/desktop/internal/flow"
	"realname.example/shared/api"
	"realname.example/shared/identity"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
	"realname.example/shared/version"
)

// maxPortrait bounds the portrait of one's own person (the server's limit).
const maxPortrait = 2 << 20

// question shows a dialog with its buttons, titled by the key of a sentence; Escape is
// what keys say. The size is that for the usual text: the dialog grows with the text, as
// far as the window has room.
func question(d deps, title string, body fyne.CanvasObject, size fyne.Size, buttons ...*ui.Button) *dialog.CustomDialog {
	shown := dialog.NewCustomWithoutButtons(sentences.T(title), body, d.window)
	shown.SetOnClosed(d.asks(title))
	all := make([]fyne.CanvasObject, len(buttons))
	for i, b := range buttons {
		all[i] = b
	}
	shown.SetButtons(all)
	shown.Resize(fitting(d, size))
	shown.Show()
	d.window.Canvas().Focus(buttons[0])
	return shown
}

// fitting is the size of a dialog, by that for the usual text.
func fitting(d deps, size fyne.Size) fyne.Size {
	room := d.window.Canvas().Size().SubtractWidthHeight(48, 48)
	return fyne.NewSize(ui.Scaled(size.Width), ui.Scaled(size.Height)).Min(room)
}

// decide asks for a yes or no about something that cannot be undone at once, in
// the sentences of the keys. No is the first button, which has the focus, and
// Escape.
func decide(d deps, title, text, no, yes string, importance widget.Importance, act func()) {
	decideOn(d, title, sentences.T(text), no, yes, importance, act)
}

// decideOn is decide with a text that was made already.
func decideOn(d deps, title, text, no, yes string, importance widget.Importance, act func()) {
	var shown *dialog.CustomDialog
	keys := &ui.Keys{OnEscape: func() { shown.Hide() }}
	keep := button(no, keys, keys.OnEscape)
	do := button(yes, keys, func() {
		shown.Hide()
		act()
	})
	do.Importance = importance
	shown = question(d, title, ui.Body(text), fyne.NewSize(480, 240), keep, do)
}

// readConsentText brings and shows what the person agrees to.
func readConsentText(d deps, purpose flow.Purpose) {
	language := sentences.Code()
	d.run(func(ctx context.Context) {
		if d.flow.ReadConsentText(ctx, purpose, language) {
			text := d.flow.State().ConsentText.Text
			fyne.Do(func() { showConsentText(d, text) })
		}
	})
}

// showConsentText shows a text that the person is asked to agree to.
func showConsentText(d deps, text string) {
	var shown *dialog.CustomDialog
	keys := &ui.Keys{OnEscape: func() { shown.Hide() }}
	body := container.NewVBox()
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		body.Add(ui.Body(paragraph))
	}
	shown = question(d, "pc.consent.title", container.NewVScroll(body), fyne.NewSize(560, 360), button("pc.consent.close", keys, keys.OnEscape))
}

// askReview says what a review by a person means before it is asked for.
func askReview(d deps) {
	decide(d, "pc.scan.other_way", "pc.review.ask", "pc.review.not", "pc.result.review", widget.HighImportance, func() { d.run(d.flow.Review) })
}

// askKey asks whether a server's key is trusted. Keeping away is the answer
// that Escape and the first button give.
func askKey(d deps, q flow.KeyQuestion) dialog.Dialog {
	var shown *dialog.CustomDialog
	answer := func(yes bool) func() {
		return func() {
			shown.Hide()
			d.run(func(ctx context.Context) { d.flow.TrustKey(ctx, yes) })
		}
	}
	title, text := "pc.key.new", sentences.T("pc.key.new.why", sentences.Data{"Address": q.Address})
	trust := "pc.key.trust"
	pairs := [][2]string{{sentences.T("pc.server.fingerprint"), q.Presented.Fingerprint()}}
	if q.Pinned != "" {
		title, text = "pc.key.changed", sentences.T("pc.key.changed.why", sentences.Data{"Address": q.Address})
		trust = "pc.key.changed.trust"
		pairs = append(pairs, [2]string{sentences.T("pc.key.before"), q.Pinned.Fingerprint()})
	}
	body := container.NewVBox(ui.Body(text), ui.NewFacts(pairs...))
	keys := &ui.Keys{OnEscape: answer(false)}
	shown = question(d, title, body, fyne.NewSize(560, 300),
		button("pc.key.refuse", keys, answer(false)), button(trust, keys, answer(true)))
	return shown
}

// showPeople lists who can be tried in the sandbox and fills the forms with
// the one that is chosen. Enter in the search takes the first.
func (s *Shell) showPeople() {
	d, state := s.deps, s.state
	var shown *dialog.CustomDialog
	use := func(p api.Person) {
		shown.Hide()
		d.run(func(ctx context.Context) { d.flow.Try(ctx, p) })
	}
	rows := container.NewVBox()
	var matching []api.Person
	keys := &ui.Keys{}
	search := ui.NewEntry(keys)
	search.Name = "pc.people.search"
	search.SetPlaceHolder(sentences.T("pc.people.search"))
	fill := func(text string) {
		rows.RemoveAll()
		matching = nil
		for _, p := range state.People {
			outcome := sentences.Outcome(p.Outcome)
			if !strings.Contains(strings.ToLower(p.Name+" "+p.Number+" "+p.Mobile+" "+p.Account+" "+outcome), strings.ToLower(text)) {
				continue
			}
			matching = append(matching, p)
			who := p.Name
			if p.Mobile != "" {
				who += "   " + p.Mobile
			}
			if p.Account != "" {
				who += "   @" + p.Account
			}
			rows.Add(container.NewBorder(nil, nil, nil,
				container.NewCenter(button("pc.people.use", keys, func() { use(p) })),
				container.NewVBox(ui.Body(who), ui.Caption(outcome))))
		}
	}
	fill("")
	search.OnChanged = fill
	keys.OnEnter = func() {
		if len(matching) > 0 {
			use(matching[0])
		}
	}
	keys.OnEscape = func() { shown.Hide() }
	reset := button("pc.people.reset", keys, func() {
		shown.Hide()
		decide(d, "pc.people.reset", "pc.people.reset.ask", "pc.keep", "pc.people.reset", widget.DangerImportance, func() { d.run(d.flow.Reset) })
	})
	add := button("pc.people.add", keys, func() {
		shown.Hide()
		showAddPerson(d)
	})
	closing := button("pc.close", keys, keys.OnEscape)
	body := container.NewBorder(container.NewVBox(ui.Caption(sentences.T("pc.people.why")), search), nil, nil, nil,
		container.NewVScroll(edged(rows, 0)))
	shown = question(d, "pc.people", body, fyne.NewSize(600, 480), reset, add, closing)
	d.window.Canvas().Focus(search)
}

// showAddPerson adds one's own person to the sandbox.
func showAddPerson(d deps) {
	var shown *dialog.CustomDialog
	var portrait string
	keys := &ui.Keys{OnEscape: func() { shown.Hide() }}
	who := newDetails(keys, d.now, mobileOptional, func() {})
	keys.OnEnter = func() {
		who.check(true)
		if wrong := who.wrong(); wrong != nil {
			d.window.Canvas().Focus(wrong)
			return
		}
		shown.Hide()
		in := api.NewPerson{
			Name: who.typed().Name, Number: who.typed().Number,
			Mobile:   identity.Narrow(who.typed().Mobile), // blanks are no number
			Portrait: portrait,
		}
		d.run(func(ctx context.Context) { d.flow.AddPerson(ctx, in) })
	}
	file := ui.Caption(sentences.T("pc.people.portrait.none"))
	choose := button("pc.people.portrait.choose", keys, func() {
		d.pick(maxPortrait, func(name string, data []byte) {
			if portrait = ""; data == nil {
				file.Set(sentences.T("pc.people.portrait.large"))
				return
			}
			portrait = base64.StdEncoding.EncodeToString(data)
			file.Set(name)
		})
	})
	take := button("pc.people.portrait.take", keys, func() {
		takePicture(d, maxPortrait, func(jpeg []byte) {
			portrait = base64.StdEncoding.EncodeToString(jpeg)
			file.Set(sentences.T("pc.people.portrait.taken"))
		})
	})
	body := container.NewVBox(who.box, ui.Caption(sentences.T("pc.people.portrait")), file, container.NewHBox(take, choose))
	shown = question(d, "pc.people.add", container.NewVScroll(edged(body, 0)), fyne.NewSize(520, 480),
		button("pc.cancel.dialog", keys, keys.OnEscape),
		primary("pc.people.add", keys, keys.OnEnter))
	d.window.Canvas().Focus(who.name.Entry)
}

// pickPicture asks for a picture; data is nil where it is too large.
func pickPicture(w fyne.Window, most int64, use func(name string, data []byte)) {
	ui.OpenPicture(w, most, sentences.Place, func(name string, data []byte) {
		if int64(len(data)) > most {
			data = nil
		}
		use(name, data)
	})
}

// showSettings changes language, theme and server.
func (s *Shell) showSettings() {
	d := s.deps
	var shown *dialog.CustomDialog
	names := []string{sentences.T("pc.settings.system"), "中文", "English"}
	values := []string{"", string(sentences.Chinese), string(sentences.English)}
	keys := &ui.Keys{OnEscape: func() { shown.Hide() }}
	language := ui.NewSelect(names, keys)
	language.Name = "pc.settings.language"
	language.SetSelectedIndex(index(values, s.look.Language()))
	language.OnChanged = func(string) {
		shown.Hide()
		s.look.SetLanguage(values[language.SelectedIndex()])
		s.Relook()
	}
	schemes := []string{string(ui.SystemScheme), string(ui.LightScheme), string(ui.DarkScheme)}
	look := ui.NewSelect([]string{sentences.T("pc.settings.system"), sentences.T("pc.settings.light"), sentences.T("pc.settings.dark")}, keys)
	look.Name = "pc.settings.theme"
	look.SetSelectedIndex(index(schemes, string(s.look.Scheme())))
	look.OnChanged = func(string) {
		s.look.SetScheme(ui.Scheme(schemes[look.SelectedIndex()]))
		s.Relook()
	}
	sizes, percent := ui.TextSizes(), []string{}
	for _, size := range sizes {
		percent = append(percent, sentences.T("pc.settings.percent", sentences.Data{"Percent": int(size)}))
	}
	text := ui.NewSelect(percent, keys)
	text.Name = "pc.settings.text"
	text.SetSelectedIndex(slices.Index(sizes, s.look.TextSize()))
	text.OnChanged = func(string) {
		shown.Hide()
		s.look.SetTextSize(sizes[text.SelectedIndex()])
		s.Relook()
	}
	connect := &ui.Keys{OnEscape: keys.OnEscape}
	address := ui.NewEntry(connect)
	address.Name = "pc.server"
	address.SetText(s.state.Address)
	connect.OnEnter = func() {
		shown.Hide()
		d.run(func(ctx context.Context) { d.flow.UseServer(ctx, address.Text) })
	}
	change := button("pc.server.connect", keys, connect.OnEnter)
	rows := container.NewVBox(
		ui.Caption(sentences.T("pc.settings.language")), language,
		ui.Caption(sentences.T("pc.settings.theme")), look,
		ui.Caption(sentences.T("pc.settings.text")), text,
		ui.Caption(sentences.T("pc.server")), container.NewBorder(nil, nil, nil, change, address),
		ui.Caption(s.keep()),
		ui.Caption(versions(s.state)),
	)
	shown = question(d, "pc.settings", container.NewVScroll(edged(rows, 0)), fyne.NewSize(520, 540),
		button("pc.close", keys, keys.OnEscape))
}

// versions are the app's and the server's, which one has to name when asking for help.
func versions(s flow.State) string {
	if s.Server.Version == "" {
		return sentences.T("app.version", sentences.Data{"App": version.Number()})
	}
	return sentences.T("pc.settings.versions", sentences.Data{"App": version.Number(), "Server": s.Server.Version})
}

func index(values []string, value string) int {
	for i, v := range values {
		if v == value {
			return i
		}
	}
	return 0
}
