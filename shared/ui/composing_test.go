package ui_test

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"realname.example/shared/ui"
)

// typist plays what Fyne 2.7.1 hands to the input that has the focus.
type typist struct {
	window           fyne.Window
	name, next       *ui.Entry
	entered, escaped int
}

func newTypist(t *testing.T) *typist {
	t.Helper()
	test.NewTempApp(t)
	p := &typist{}
	keys := &ui.Keys{OnEnter: func() { p.entered++ }, OnEscape: func() { p.escaped++ }}
	p.name, p.next = ui.NewEntry(keys), ui.NewEntry(keys)
	p.window = test.NewTempWindow(t, container.NewVBox(p.name, p.next))
	p.window.Canvas().Focus(p.name)
	return p
}

// play hands on events in their order: "Z" or "BackSpace" is a key that was
// pressed, "=张伟" are characters that came.
func (p *typist) play(events string) {
	for _, event := range strings.Fields(events) {
		focused := p.window.Canvas().Focused()
		if characters, ok := strings.CutPrefix(event, "="); ok {
			for _, r := range strings.ReplaceAll(characters, "_", " ") {
				focused.TypedRune(r)
			}
			continue
		}
		if event == "Tab" { // Fyne's window does this before it hands the key on
			if tabbable, ok := focused.(fyne.Tabbable); !ok || !tabbable.AcceptsTab() {
				p.window.Canvas().FocusNext()
				continue
			}
		}
		focused.TypedKey(&fyne.KeyEvent{Name: fyne.KeyName(event)})
	}
}

// Sequences of fcitx5 5.0.21 and ibus 1.5.27 with libpinyin 1.15.1 as a window
// of Fyne heard them: each key as it was pressed, characters as they came.
func TestWhileAMethodComposesNoKeyActsOnTheForm(t *testing.T) {
	for name, c := range map[string]struct{ events, text string }{
		"a candidate by digit":               {"Z H A N G 1 =章", "章"},
		"a candidate by Space":               {"Z H A N G Space =张", "张"},
		"a letter is mended":                 {"Z H A N M BackSpace G Space =张", "张"},
		"a letter is mended in the next":     {"Z H A N G Space =张 W R BackSpace E I Space =伟", "张伟"},
		"candidates by arrows":               {"Z H A N G Space =张 W E I Down Down Up Space =伟", "张伟"},
		"candidates by Tab":                  {"W E I Tab Tab Space =未", "未"},
		"pages":                              {"W E I Next Prior Space =未", "未"},
		"the caret of the method":            {"Z H A N G Space =张 N I Home Right Left End Delete Space =你", "张你"},
		"Return commits letters":             {"N I H A O Return =nihao", "nihao"},
		"Return of the number block":         {"N I Enter =ni", "ni"},
		"Escape cancels":                     {"Z H A N G Space =张 N I Escape", "张"},
		"Shift commits letters":              {"N I LeftShift =ni", "ni"},
		"the caret, then Shift":              {"N I Left LeftShift =ni H =h", "nih"},
		"a comma commits":                    {"W O , =我，", "我，"},
		"a part is chosen":                   {"O U Y A N G N A N A 3 Space =欧阳娜娜", "欧阳娜娜"},
		"a part is chosen and undone":        {"Z H A N G Space =张 O U Y A N G N A N A 3 BackSpace BackSpace BackSpace BackSpace BackSpace BackSpace BackSpace BackSpace BackSpace BackSpace BackSpace", "张"},
		"all letters are taken back":         {"Z H A N G Space =张 N I BackSpace BackSpace BackSpace", ""},
		"two words and a dot":                {"M A I M A I T I Space =买买提 [ =· A I L L BackSpace I Space =艾力", "买买提·艾力"},
		"Backspace after the caret was away": {"Z H A N G Space =张 N I Home BackSpace BackSpace BackSpace Space =你", "张你"},
		"a text that comes late":             {"Z H A N G Space W R BackSpace =张 E I Space =伟", "张伟"},
		"a long text that comes late":        {"O U Y A N G N A N A 3 Space W =欧阳娜娜 BackSpace BackSpace", "欧阳娜"},
		"two texts that come late":           {"M A I M A I T I 1 [ A I =买买提 L L =· BackSpace I 5 =艾力", "买买提·艾力"},
		"two texts that come late at once":   {"M A I M A I T I 1 [ A I =买买提· L L BackSpace I 5 =艾力", "买买提·艾力"},
		"a letter commits":                   {"W Q V B =你好 W Q BackSpace Y =我", "你好我"},
		"Latin letters that come at once":    {"A =a B =b BackSpace Left C =c", "ca"},
		"Latin letters that come late":       {"A B =ab BackSpace", "a"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newTypist(t)
			p.play(c.events)
			if p.name.Text != c.text {
				t.Errorf("it holds %q, not %q", p.name.Text, c.text)
			}
			if p.entered+p.escaped > 0 || p.window.Canvas().Focused() != fyne.Focusable(p.name) {
				t.Errorf("entered %d, escaped %d times, the focus is at %T", p.entered, p.escaped, p.window.Canvas().Focused())
			}
		})
	}
}

// As a fast typist is heard on a slow machine: the method lets letters through,
// and gives them back after the next key.
func TestKeysWaitForLettersThatComeLate(t *testing.T) {
	for name, c := range map[string]struct {
		events, text  string
		entered, tabs int
	}{
		"Return":                      {"D E =d M =e O =m Return =o", "demo", 1, 0},
		"Tab after the first letters": {"D E M O Tab =demo", "demo", 0, 1},
		"Tab":                         {"D =d E M Tab =em", "dem", 0, 1},
		"Backspace":                   {"D =d E M BackSpace N =emn", "den", 0, 0},
		"the caret":                   {"D =d E Home M =em", "mde", 0, 0},
		"digits":                      {"3 W 4 X =3w4x Return", "3w4x", 1, 0},
		"a digit":                     {"D =d E 4 BackSpace =e =4 5 =5", "de5", 0, 0},
		"all in a row":                {"D =d E X BackSpace BackSpace Y Return =exy", "dy", 1, 0},
		"a method that was switched by the mouse": {"D =d N I Return =你", "d你", 0, 0},
		"and what was typed by it taken back":     {"D =d N I BackSpace BackSpace BackSpace BackSpace", "", 0, 0},
		"a method that was switched by a key":     {"D =d LeftControl N I Return =ni", "dni", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := newTypist(t)
			p.play(c.events)
			tabs := 0
			if p.window.Canvas().Focused() == fyne.Focusable(p.next) {
				tabs = 1
			}
			if p.name.Text != c.text || p.entered != c.entered || tabs != c.tabs {
				t.Errorf("%q, entered %d times, %d Tabs; not %q, %d, %d", p.name.Text, p.entered, tabs, c.text, c.entered, c.tabs)
			}
		})
	}
}

// Whatever ends it, the next key is the form's again.
func TestAfterAMethodHasComposedKeysActAgain(t *testing.T) {
	for _, composed := range []string{
		"Z H A N G Space =张", "N I Return =ni", "N I Escape", "N I BackSpace BackSpace", "N I LeftShift =ni",
		"N I H A O 3 =nihao", "A =a", "A B =ab", "O U Y A N G 1 N A N A 1 =欧阳娜娜", "W O 1 N I 1 =我 =你", "W O 1 , =我 N I =， 1 =你",
	} {
		p := newTypist(t)
		p.play(composed + " Return")
		if p.entered != 1 {
			t.Errorf("%s: entered %d times", composed, p.entered)
		}
		p.play("Escape Tab")
		if p.escaped != 1 || p.window.Canvas().Focused() != fyne.Focusable(p.next) {
			t.Errorf("%s: escaped %d times, the focus is at %T", composed, p.escaped, p.window.Canvas().Focused())
		}
	}
}

func TestAChangeOfTheFocusEndsComposing(t *testing.T) {
	p := newTypist(t)
	p.play("N I")
	p.window.Canvas().Focus(p.next)
	p.window.Canvas().Focus(p.name)
	p.play("Return")
	if p.entered != 1 {
		t.Errorf("entered %d times", p.entered)
	}
}

func TestAPasswordIsComposedToo(t *testing.T) {
	p := newTypist(t)
	password := ui.NewPasswordEntry(&ui.Keys{OnEnter: func() { p.entered++ }})
	p.window.SetContent(password)
	p.window.Canvas().Focus(password)
	p.play("N I Return")
	if p.entered != 0 {
		t.Error("Return acted while letters were outstanding")
	}
}
