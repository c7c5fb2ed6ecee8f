package screen

import (
	"context"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"

	"realname.example/shared/api"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
)

// askExport asks for the password and saves all that is kept of the person, as JSON
// or as a page to print.
func askExport(d deps) {
	var shown *dialog.CustomDialog
	keys := &ui.Keys{OnEscape: func() { shown.Hide() }}
	password := field("pc.signin.password", ui.NewPasswordEntry(keys), nil)
	save := func(name string, write func(api.Export) string) func() {
		return func() {
			if password.Entry.Text == "" {
				password.SetNote(ui.KindRefused, sentences.T("pc.signin.password.missing"))
				return
			}
			shown.Hide()
			d.run(func(ctx context.Context) {
				d.flow.Export(ctx, password.Entry.Text, func(all api.Export) {
					fyne.Do(func() { d.save(name, write(all)) })
				})
			})
		}
	}
	asJSON := button("pc.export.json", keys, save("realname-data.json", exportJSON))
	asPage := primary("pc.export.page", keys, save("realname-data.html", exportPage))
	keys.OnEnter = asPage.OnTapped
	body := container.NewVBox(ui.Body(sentences.T("pc.export.why")), password)
	shown = question(d, "pc.export", body, fyne.NewSize(560, 320), button("pc.cancel.dialog", keys, keys.OnEscape), asJSON, asPage)
	d.window.Canvas().Focus(password.Entry)
}

func exportJSON(all api.Export) string {
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return "" // times and texts always have a JSON form
	}
	return string(text) + "\n"
}

//go:embed export.html
var exportFile string

// exportTemplate is the page to print, in the app's words.
var exportTemplate = template.Must(template.New("export").Funcs(template.FuncMap{
	"t": func(key string) string { return sentences.T(key) }, "date": sentences.Date,
	"method": sentences.Method, "status": sentences.Status, "picture": sentences.Picture, "event": sentences.Event,
	"certificate": sentences.Certificate, "party": sentences.Party,
	"explain": func(v api.ExportVerification) string { return sentences.Explain(v.Status, v.Method, v.Reason) },
	"jpeg": func(p api.ExportPicture) template.URL {
		return template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(p.JPEG)) //nolint:gosec // base64 has nothing to break out with
	},
}).Parse(exportFile))

// exportPage is the page of an export.
func exportPage(all api.Export) string {
	var b strings.Builder
	if err := exportTemplate.Execute(&b, all); err != nil {
		return "" // every field that the page names is there
	}
	return b.String()
}
