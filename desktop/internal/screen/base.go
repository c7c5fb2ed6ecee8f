// Package screen draws the flow's States: one widget per step, and a Shell
// that swaps them by page and status. Screens keep nothing but what is being
// typed and call the flow for everything else; words come from sentences.
package screen

import (
	"context"
	"errors"
	"net/url"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"realname.example/desktop/internal/flow"
	"realname.example/shared/client"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
)

// deps is what screens need of the shell.
type deps struct {
	flow *flow.Flow
	// run calls the flow off the drawing goroutine; tests call it at once.
	run func(func(context.Context))
	now func() time.Time
	// copyText puts text on the clipboard.
	copyText func(string)
	// open shows an address in the browser.
	open func(*url.URL)
	// save asks for a file and writes to it.
	save func(name, text string)
	// pick asks for a picture's file; data is nil where it has more bytes than most.
	pick func(most int64, use func(name string, data []byte))
	lens *lens
	// asks is told the title's key of a dialog that opens, and returns what is to
	// be called once it has closed.
	asks   func(title string) (closed func())
	window fyne.Window
}

// step is one screen.
type step interface {
	fyne.CanvasObject
	// show draws a state that belongs to this screen.
	show(flow.State)
	// tick moves what counts down.
	tick(now time.Time)
	// first is what the keyboard begins at; nil for nothing.
	first() fyne.Focusable
	// shortcuts are Enter and Escape where nothing has the focus.
	shortcuts() *ui.Keys
}

// base is what all screens have: title, paragraph, body, message, buttons.
type base struct {
	widget.BaseWidget
	deps   deps
	keys   ui.Keys
	root   fyne.CanvasObject
	title  *ui.Text
	why    *ui.Text
	notice *fyne.Container
	row    *ui.Row
	body   fyne.CanvasObject
	scroll *container.Scroll
	said   string
	wide   bool // the body is a picture that gains by more room
	focus  fyne.Focusable
}

// lay builds the frame of a screen around its body. Buttons stand below: left
// ones lead back, right ones onward.
func (b *base) lay(d deps, title, why string, body fyne.CanvasObject, left, right []fyne.CanvasObject) {
	b.deps = d
	b.title, b.why, b.notice = ui.Title(title), ui.Body(why), container.NewStack()
	head := container.New(layout.NewCustomPaddedVBoxLayout(0), b.title, b.why)
	if why == "" {
		b.why.Hide()
	}
	b.row = ui.NewRow(left, right)
	foot := container.New(layout.NewCustomPaddedVBoxLayout(8), b.notice, b.row)
	b.body = body
	above, moving := edged(head, 0), edged(body, 4)
	if ui.LargeText() { // the body would have no room left
		foot = container.NewStack(b.row)
		above, moving = nil, edged(container.NewBorder(container.NewVBox(head, b.notice), nil, nil, nil, body), 4)
	}
	b.scroll = container.NewVScroll(moving)
	column := ui.Column
	if b.wide {
		column = ui.WideColumn
	}
	b.root = column(ui.NewCard(container.NewBorder(above, edged(foot, 0), nil, nil, b.scroll)))
}

// edged leaves room at the right for the scroll bar, so that nothing stands
// below it and all edges of a screen are in line.
func edged(o fyne.CanvasObject, bottom float32) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedLayout(0, bottom, 4, 12), o)
}

// CreateRenderer implements fyne.Widget.
func (b *base) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(b.root) }

func (b *base) first() fyne.Focusable { return b.focus }
func (b *base) shortcuts() *ui.Keys   { return &b.keys }
func (b *base) tick(time.Time)        {}

// headline changes the title and the paragraph. All is laid out anew: where more
// than one part of a screen grows at once, Fyne moves the others for one alone.
func (b *base) headline(title, why string) {
	if b.title.String() == title && b.why.String() == why {
		return
	}
	b.title.Set(title)
	b.why.Set(why)
	b.root.Refresh()
}

// say shows a message above the buttons, or with large text above what is asked; ""
// shows none.
func (b *base) say(kind ui.Kind, text string, actions ...fyne.CanvasObject) {
	if b.said == text {
		return
	}
	b.said = text
	b.notice.RemoveAll()
	if text != "" {
		b.notice.Add(ui.NewBar(kind, text, actions...))
	}
	b.root.Refresh()
	if text != "" && ui.LargeText() {
		b.scroll.ScrollToTop()
	}
}

// sayError shows what went wrong, if anything did.
func (b *base) sayError(s flow.State) {
	var away *client.UnreachableError
	switch {
	case s.Browser != nil:
		b.sayBrowser(*s.Browser)
	case errors.As(s.Err, &away):
		b.say(ui.KindCaution, sentences.Error(s.Err))
	case s.Err != nil:
		b.say(ui.KindRefused, errorText(s.Err))
	case s.Offline:
		b.say(ui.KindCaution, sentences.T("pc.offline"))
	default:
		b.say(ui.KindInfo, "")
	}
}

// visible shows or hides a button of the row.
func (b *base) visible(o fyne.CanvasObject, on bool) {
	if on == o.Visible() {
		return
	}
	if on {
		o.Show()
	} else {
		o.Hide()
	}
	b.row.Refresh()
}

// reveal scrolls so that a field can be seen; a small window does not hold a
// whole form.
func (b *base) reveal(f fyne.CanvasObject) {
	top, height := b.body.Position().Y+f.Position().Y, f.Size().Height
	switch view := b.scroll.Size().Height; {
	case top < b.scroll.Offset.Y:
		b.scroll.ScrollToOffset(fyne.NewPos(0, top))
	case top+height > b.scroll.Offset.Y+view:
		b.scroll.ScrollToOffset(fyne.NewPos(0, top+height-view+8))
	}
}

// do returns a function that has the flow do something.
func (b *base) do(action func(context.Context)) func() {
	return func() { b.deps.run(action) }
}

// enable enables or disables a widget.
func enable(w fyne.Disableable, on bool) {
	if on == !w.Disabled() {
		return
	}
	if on {
		w.Enable()
	} else {
		w.Disable()
	}
}

// button returns an ordinary button, named by the key of its words.
func button(key string, keys *ui.Keys, tapped func()) *ui.Button {
	b := ui.NewButton(sentences.T(key), keys, tapped)
	b.Name = key
	return b
}

// primary returns the one primary button of a screen.
func primary(key string, keys *ui.Keys, tapped func()) *ui.Button {
	b := ui.NewPrimary(sentences.T(key), keys, tapped)
	b.Name = key
	return b
}

// quiet returns a button that looks like a link.
func quiet(key string, keys *ui.Keys, tapped func()) *ui.Button {
	b := ui.NewQuiet(sentences.T(key), keys, tapped)
	b.Name = key
	return b
}

// field returns an input, named by the key of its label.
func field(key string, entry *ui.Entry, beside fyne.CanvasObject) *ui.Field {
	entry.Name = key
	return ui.NewField(sentences.T(key), entry, beside)
}

// say changes a button's words, and its name with them.
func say(b *ui.Button, key string) {
	b.Name = key
	b.SetText(sentences.T(key))
}

// list is a short way to write the buttons of a row.
func list(objects ...fyne.CanvasObject) []fyne.CanvasObject { return objects }
