package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/mobile"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Keys are what the keyboard does on a screen wherever the focus is: Enter
// goes on, Escape goes back.
type Keys struct {
	OnEnter, OnEscape func()
	// OnShortcut, if not nil, is offered a shortcut before an input takes it,
	// and reports whether it was one of the screen's.
	OnShortcut func(fyne.Shortcut) bool
}

// Handle runs the key's function and reports whether it was one of both.
func (k *Keys) Handle(event *fyne.KeyEvent) bool {
	var run func()
	switch event.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		run = k.OnEnter
	case fyne.KeyEscape:
		run = k.OnEscape
	default:
		return false
	}
	if run != nil {
		run()
	}
	return true
}

// take is Handle for the input that has the focus; k may be nil. Android's Back
// is for what hears keys where nothing has the focus.
func (k *Keys) take(input fyne.CanvasObject, event *fyne.KeyEvent) bool {
	if event.Name != mobile.KeyBack {
		return k != nil && k.Handle(event)
	}
	if c := fyne.CurrentApp().Driver().CanvasForObject(input); c != nil && c.OnTypedKey() != nil {
		c.OnTypedKey()(event)
	}
	return true
}

// Named is what every input is, so that a program which drives the app can tell
// them apart: Name is the key of the input's label in the sentences.
type Named struct{ Name string }

// Called returns the name.
func (n *Named) Called() string { return n.Name }

// Entry is an input that leaves Enter and Escape to its screen, and the keys of
// a composition to the input method.
type Entry struct {
	widget.Entry
	Named
	// OnFocus, if not nil, is told that typing begins here.
	OnFocus   func()
	keys      *Keys
	composing composing
}

// NewEntry returns an input; keys may be nil.
func NewEntry(keys *Keys) *Entry {
	e := &Entry{keys: keys}
	e.OnCursorChanged = e.tellCaret
	e.ExtendBaseWidget(e)
	return e
}

// NewPasswordEntry returns an input whose text is hidden.
func NewPasswordEntry(keys *Keys) *Entry {
	e := &Entry{keys: keys}
	e.Password, e.OnCursorChanged = true, e.tellCaret
	e.ExtendBaseWidget(e)
	return e
}

// TypedKey implements fyne.Focusable.
func (e *Entry) TypedKey(event *fyne.KeyEvent) {
	if !e.composing.typed(event.Name) {
		e.act(event)
	}
}

// act does what a key does on a form.
func (e *Entry) act(event *fyne.KeyEvent) {
	if !e.keys.take(e, event) {
		e.Entry.TypedKey(event)
	}
}

// TypedRune implements fyne.Focusable.
func (e *Entry) TypedRune(r rune) {
	waited := e.composing.came(r)
	e.Entry.TypedRune(r)
	for _, key := range waited {
		if key == fyne.KeyTab {
			fyne.CurrentApp().Driver().CanvasForObject(e).FocusNext()
		} else {
			e.act(&fyne.KeyEvent{Name: key})
		}
	}
}

// AcceptsTab implements fyne.Tabbable.
func (e *Entry) AcceptsTab() bool { return e.composing.on() || e.Entry.AcceptsTab() }

// TypedShortcut implements fyne.Shortcutable.
func (e *Entry) TypedShortcut(s fyne.Shortcut) {
	if e.keys == nil || e.keys.OnShortcut == nil || !e.keys.OnShortcut(s) {
		e.Entry.TypedShortcut(s)
	}
}

// FocusGained implements fyne.Focusable.
func (e *Entry) FocusGained() {
	e.Entry.FocusGained()
	e.tellCaret()
	if e.OnFocus != nil {
		e.OnFocus()
	}
}

// FocusLost implements fyne.Focusable.
func (e *Entry) FocusLost() {
	e.composing.end()
	e.Entry.FocusLost()
}

// Select is a list to choose from that leaves Enter and Escape to its screen.
type Select struct {
	widget.Select
	Named
	keys *Keys
}

// NewSelect returns a list; keys may be nil.
func NewSelect(options []string, keys *Keys) *Select {
	s := &Select{keys: keys}
	s.Options = options
	s.ExtendBaseWidget(s)
	return s
}

// TypedKey implements fyne.Focusable.
func (s *Select) TypedKey(event *fyne.KeyEvent) {
	if !s.keys.take(s, event) {
		s.Select.TypedKey(event)
	}
}

// Check is a box to tick that leaves Enter and Escape to its screen.
type Check struct {
	widget.Check
	Named
	keys *Keys
}

// NewCheck returns a box without a tick, for Ticked; keys may be nil.
func NewCheck(keys *Keys, changed func(bool)) *Check {
	c := &Check{keys: keys}
	c.OnChanged = changed
	c.ExtendBaseWidget(c)
	return c
}

// ticked is a box with its words at the right. Those of Fyne's own box do not wrap.
type ticked struct {
	widget.BaseWidget
	check *Check
	words *Text
}

// Ticked puts words beside a box; a tap on them is one on the box.
func Ticked(check *Check, words string) fyne.CanvasObject {
	t := &ticked{check: check, words: Body(words)}
	t.ExtendBaseWidget(t)
	return t
}

// Tapped implements fyne.Tappable.
func (t *ticked) Tapped(*fyne.PointEvent) {
	if !t.check.Disabled() {
		t.check.SetChecked(!t.check.Checked)
	}
}

// CreateRenderer implements fyne.Widget.
func (t *ticked) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.NewBorder(nil, nil, container.NewCenter(t.check), nil, t.words))
}

// TypedKey implements fyne.Focusable.
func (c *Check) TypedKey(event *fyne.KeyEvent) {
	if !c.keys.take(c, event) {
		c.Check.TypedKey(event)
	}
}

// Button is a button that Enter presses too, and that leaves Escape to its
// screen.
type Button struct {
	widget.Button
	Named
	// Least is the least size.
	Least   fyne.Size
	keys    *Keys
	link    bool // looks like one
	focused bool
	hovered bool
}

// NewButton returns an ordinary button; keys may be nil.
func NewButton(text string, keys *Keys, tapped func()) *Button {
	b := &Button{keys: keys, Least: fyne.NewSize(88, 0)}
	b.Text, b.OnTapped = text, tapped
	b.ExtendBaseWidget(b)
	return b
}

// NewPrimary returns the one primary button of a screen.
func NewPrimary(text string, keys *Keys, tapped func()) *Button {
	b := NewButton(text, keys, tapped)
	b.Importance = widget.HighImportance
	return b
}

// NewQuiet returns a button that looks like a link.
func NewQuiet(text string, keys *Keys, tapped func()) *Button {
	b := NewButton(text, keys, tapped)
	b.Importance, b.Least, b.link = widget.LowImportance, fyne.Size{}, true
	return b
}

// MinSize implements fyne.CanvasObject.
func (b *Button) MinSize() fyne.Size { return b.Button.MinSize().Max(b.Least) }

// TypedKey implements fyne.Focusable.
func (b *Button) TypedKey(event *fyne.KeyEvent) {
	switch {
	case event.Name == fyne.KeyReturn, event.Name == fyne.KeyEnter:
		if !b.Disabled() {
			b.Tapped(&fyne.PointEvent{})
		}
	case !b.keys.take(b, event):
		b.Button.TypedKey(event)
	}
}

// Field is an input with its label above and a line below for what is wrong
// with it or worth knowing.
type Field struct {
	widget.BaseWidget
	Entry *Entry
	label *Text
	note  *fyne.Container
	said  string
	box   *fyne.Container
}

// NewField returns a field around an input. Beside, if not nil, stands right
// of the input.
func NewField(label string, entry *Entry, beside fyne.CanvasObject) *Field {
	f := &Field{Entry: entry, label: Caption(label), note: container.NewStack()}
	row := container.NewBorder(nil, nil, nil, beside, entry)
	f.box = container.NewVBox(tight(f.label), row, f.note)
	f.ExtendBaseWidget(f)
	return f
}

// SetLabel changes what stands above the input.
func (f *Field) SetLabel(text string) { f.label.Set(text) }

// Labelled puts a caption above anything that a person chooses by.
func Labelled(label string, o fyne.CanvasObject) fyne.CanvasObject {
	return container.NewVBox(tight(Caption(label)), o)
}

// SetNote shows a line under the input; "" shows none.
func (f *Field) SetNote(kind Kind, text string) {
	if f.said == text {
		return
	}
	f.said = text
	f.note.RemoveAll()
	if text != "" {
		colour := ColorQuiet
		if kind == KindRefused {
			colour = theme.ColorNameError
		}
		f.note.Add(tight(NewText(text, theme.SizeNameCaptionText, colour)))
	}
	f.box.Refresh()
}

// Note returns the line under the input.
func (f *Field) Note() string { return f.said }

// CreateRenderer implements fyne.Widget.
func (f *Field) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(f.box) }
