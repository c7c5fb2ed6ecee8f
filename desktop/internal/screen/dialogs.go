package screen

import (
	"context"
	"encoding/base64"
	"io"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/widget"

	"realname.example/desktop/internal/flow"
	"realname.example/shared/api"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
	"realname.example/shared/version"
)

// maxPortrait bounds the portrait of one's own person (the server's limit).
const maxPortrait = 2 << 20

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
	title, text := sentences.T("pc.key.new"), sentences.T("pc.key.new.why", sentences.Data{"Address": q.Address})
	trust := sentences.T("pc.key.trust")
	pairs := [][2]string{{sentences.T("pc.server.fingerprint"), q.Presented.Fingerprint()}}
	if q.Pinned != "" {
		title, text = sentences.T("pc.key.changed"), sentences.T("pc.key.changed.why", sentences.Data{"Address": q.Address})
		trust = sentences.T("pc.key.changed.trust")
		pairs = append(pairs, [2]string{sentences.T("pc.key.before"), q.Pinned.Fingerprint()})
	}
	body := container.NewVBox(ui.Body(text), ui.NewFacts(pairs...))
	keys := &ui.Keys{OnEscape: answer(false)}
	refuse := ui.NewButton(sentences.T("pc.key.refuse"), keys, answer(false))
	shown = dialog.NewCustomWithoutButtons(title, body, d.window)
	shown.SetButtons(list(refuse, ui.NewButton(trust, keys, answer(true))))
	shown.Resize(fyne.NewSize(560, 300))
	shown.Show()
	d.window.Canvas().Focus(refuse)
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
			who := p.Name + "   " + p.Mobile
			if p.Account != "" {
				who += "   @" + p.Account
			}
			rows.Add(container.NewBorder(nil, nil, nil,
				container.NewCenter(ui.NewButton(sentences.T("pc.people.use"), keys, func() { use(p) })),
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
	reset := ui.NewButton(sentences.T("pc.people.reset"), keys, func() {
		shown.Hide()
		d.run(d.flow.Reset)
	})
	add := ui.NewButton(sentences.T("pc.people.add"), keys, func() {
		shown.Hide()
		showAddPerson(d)
	})
	closing := ui.NewButton(sentences.T("pc.close"), keys, keys.OnEscape)
	body := container.NewBorder(container.NewVBox(ui.Caption(sentences.T("pc.people.why")), search), nil, nil, nil, container.NewVScroll(rows))
	shown = dialog.NewCustomWithoutButtons(sentences.T("pc.people"), body, d.window)
	shown.SetButtons(list(reset, add, closing))
	shown.Resize(fyne.NewSize(600, 480))
	shown.Show()
	d.window.Canvas().Focus(search)
}

// showAddPerson adds one's own person to the sandbox.
func showAddPerson(d deps) {
	name, number, mobile := widget.NewEntry(), widget.NewEntry(), widget.NewEntry()
	number.SetPlaceHolder("110100200001010016")
	mobile.SetPlaceHolder("13800001234")
	var portrait string
	file := ui.Caption(sentences.T("pc.people.portrait.none"))
	choose := widget.NewButton(sentences.T("pc.people.portrait.choose"), func() {
		open := dialog.NewFileOpen(func(r fyne.URIReadCloser, err error) {
			if err != nil || r == nil {
				return
			}
			defer r.Close()
			data, err := io.ReadAll(io.LimitReader(r, maxPortrait+1))
			if err != nil || len(data) > maxPortrait {
				ui.SetText(file, sentences.T("pc.people.portrait.large"))
				return
			}
			portrait = base64.StdEncoding.EncodeToString(data)
			ui.SetText(file, r.URI().Name())
		}, d.window)
		open.SetFilter(storage.NewExtensionFileFilter([]string{".jpg", ".jpeg", ".png"}))
		open.Show()
	})
	form := dialog.NewForm(sentences.T("pc.people.add"), sentences.T("pc.people.add"), sentences.T("pc.cancel.dialog"), []*widget.FormItem{
		widget.NewFormItem(sentences.T("pc.field.name"), name),
		widget.NewFormItem(sentences.T("pc.field.number"), number),
		widget.NewFormItem(sentences.T("pc.field.mobile"), mobile),
		widget.NewFormItem(sentences.T("pc.people.portrait"), container.NewVBox(choose, file)),
	}, func(yes bool) {
		if yes {
			in := api.NewPerson{Name: name.Text, Number: number.Text, Mobile: mobile.Text, Portrait: portrait}
			d.run(func(ctx context.Context) { d.flow.AddPerson(ctx, in) })
		}
	}, d.window)
	form.Resize(fyne.NewSize(520, 400))
	form.Show()
}

// showSettings changes language, theme and server.
func (s *Shell) showSettings() {
	d := s.deps
	var shown *dialog.CustomDialog
	names := []string{sentences.T("pc.settings.system"), "中文", "English"}
	values := []string{"", string(sentences.Chinese), string(sentences.English)}
	language := widget.NewSelect(names, nil)
	language.SetSelectedIndex(index(values, s.look.Language()))
	language.OnChanged = func(string) {
		shown.Hide()
		s.look.SetLanguage(values[language.SelectedIndex()])
		s.Relook()
	}
	schemes := []string{string(ui.SystemScheme), string(ui.LightScheme), string(ui.DarkScheme)}
	look := widget.NewSelect([]string{sentences.T("pc.settings.system"), sentences.T("pc.settings.light"), sentences.T("pc.settings.dark")}, nil)
	look.SetSelectedIndex(index(schemes, string(s.look.Scheme())))
	look.OnChanged = func(string) {
		s.look.SetScheme(ui.Scheme(schemes[look.SelectedIndex()]))
		s.Relook()
	}
	address := widget.NewEntry()
	address.SetText(s.state.Address)
	change := ui.NewButton(sentences.T("pc.server.connect"), nil, func() {
		shown.Hide()
		d.run(func(ctx context.Context) { d.flow.UseServer(ctx, address.Text) })
	})
	rows := container.NewVBox(
		ui.Caption(sentences.T("pc.settings.language")), language,
		ui.Caption(sentences.T("pc.settings.theme")), look,
		ui.Caption(sentences.T("pc.server")), container.NewBorder(nil, nil, nil, change, address),
		ui.Caption(s.keep),
		ui.Caption(versions(s.state)),
	)
	shown = dialog.NewCustomWithoutButtons(sentences.T("pc.settings"), container.NewVScroll(rows), d.window)
	shown.SetButtons(list(ui.NewButton(sentences.T("pc.close"), nil, func() { shown.Hide() })))
	shown.Resize(fyne.NewSize(520, 400))
	shown.Show()
}

// versions are the app's and the server's, which one has to name when asking for help.
func versions(s flow.State) string {
	if s.Server.Version == "" {
		return sentences.T("pc.settings.version", sentences.Data{"App": version.Number()})
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
