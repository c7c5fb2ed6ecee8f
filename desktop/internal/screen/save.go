package screen

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"

	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
)

// showSave asks where to save a text, with a name in a folder filled in, and
// writes it there. A file that is there already is kept. Fyne's own dialog knows
// no Escape, and speaks English of folders.
func showSave(d deps, folder, name, text string) {
	var shown *dialog.CustomDialog
	keys := &ui.Keys{}
	where := field("pc.save.where", ui.NewEntry(keys), nil)
	where.Entry.SetText(filepath.Join(folder, name))
	keys.OnEscape = func() { shown.Hide() }
	keys.OnEnter = func() {
		switch err := writeNew(where.Entry.Text, text); {
		case err == nil:
			shown.Hide()
		case errors.Is(err, fs.ErrExist):
			where.SetNote(ui.KindRefused, sentences.T("pc.save.exists"))
		default:
			where.SetNote(ui.KindRefused, sentences.T("pc.save.failed"))
		}
	}
	shown = question(d, "pc.result.save", container.NewVBox(where), fyne.NewSize(560, 220),
		button("pc.cancel.dialog", keys, keys.OnEscape), primary("pc.save", keys, keys.OnEnter))
	d.window.Canvas().Focus(where.Entry)
}

// writeNew writes a file that is not there yet, for its owner alone.
func writeNew(path, text string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}
