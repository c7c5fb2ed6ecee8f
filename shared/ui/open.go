package ui

import (
	"io"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/widget"
)

// OpenPicture asks for a file with a JPEG or PNG by Fyne's dialog, and hands over
// the file's name and its bytes: of a larger file the first most+1, and nil of one
// that cannot be read. Place says what a place of the dialog's list is called;
// Fyne 2.7.1 has English names for them alone, and no Escape.
func OpenPicture(w fyne.Window, most int64, place func(name string) string, use func(name string, data []byte)) {
	open := dialog.NewFileOpen(func(file fyne.URIReadCloser, err error) {
		if err != nil || file == nil {
			return
		}
		defer file.Close()
		data, err := io.ReadAll(io.LimitReader(file, most+1))
		if err != nil {
			data = nil
		}
		use(file.URI().Name(), data)
	}, w)
	open.SetFilter(storage.NewExtensionFileFilter([]string{".jpg", ".jpeg", ".png"}))
	open.Show()
	c := w.Canvas()
	shown := c.Overlays().Top()
	if shown == nil { // a phone's system shows its own, and Fyne never says that it is closed
		return
	}
	namePlaces(shown, place)
	before := c.OnTypedKey()
	c.SetOnTypedKey(func(event *fyne.KeyEvent) {
		if event.Name == fyne.KeyEscape {
			open.Dismiss()
		}
	})
	open.SetOnClosed(func() { c.SetOnTypedKey(before) })
}

// namePlaces has the lists below an object say places in other words.
func namePlaces(o fyne.CanvasObject, place func(name string) string) {
	switch o := o.(type) {
	case *fyne.Container:
		for _, inner := range o.Objects {
			namePlaces(inner, place)
		}
	case *widget.PopUp:
		namePlaces(o.Content, place)
	case *container.Split:
		namePlaces(o.Leading, place)
	case *widget.List:
		fill := o.UpdateItem
		o.UpdateItem = func(id widget.ListItemID, item fyne.CanvasObject) {
			fill(id, item)
			nameLabels(item, place)
		}
		o.Refresh()
	}
}

func nameLabels(item fyne.CanvasObject, place func(name string) string) {
	switch item := item.(type) {
	case *fyne.Container:
		for _, inner := range item.Objects {
			nameLabels(inner, place)
		}
	case *widget.Label:
		item.SetText(place(item.Text))
	}
}
