package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"realname.example/shared/report"
)

// typed is what a person types by pinyin, as keys of X, and the text that comes of it.
type typed struct{ keys, text string }

// Names with mistakes that Backspace mends, and every key that a method has a use for. The candidates
// are those of the dictionaries of Debian 12, in the order in which they learn: a row more or less
// moves those below it.
var (
	byFcitx5 = []typed{
		{"z h a n h BackSpace g w e i space", "张伟"},
		{"z h a n g w e i Tab space", "张维"},
		{"z h a n g space w e i Down Up Right Left space", "张为"},
		{"z h a n g space w e u BackSpace i Home Right End Delete Return", "张wei"},
		{"z h a n g space w e i Escape", "张"},
		{"o u y a n h BackSpace g n a n a 1", "欧阳娜娜"},
		{"o u y a n g 1 n a n BackSpace n a 2", "欧阳娜娜"},
		{"m a i m a i t i 1 bracketleft a i l u BackSpace i 5", "买买提·艾力"},
	}
	byIBus = []typed{
		{"z h a n h BackSpace g w e i 3", "张伟"},
		{"z h a n g 2 w e u BackSpace i Right Right Left Return", "张wei"},
		{"z h a n g 2 w e i Tab Escape", "张"},
		{"z h a n g 1 w e i Escape", "张"},
		{"z h a n g 1 w e i Down Down Up space", "张位"},
		{"o u y a n g 1 n a n BackSpace n a 1", "欧阳娜娜"},
		{"m a i 2 m a i 2 t i 4 grave space a i 2 l u BackSpace i Next 2", "买买提·艾力"},
	}
	// late is what is typed while a method hangs: four texts that come one upon the other.
	late = map[string]typed{
		fcitx5.name: {"w o 1 n i 1 t a 1 d e 1", "我你他的"},
		ibus.name:   {"w o 2 n i 2 t a 2 d e 2", "沃尼她德"},
	}
	// again is typed by either after it has ended and started, whether or not it kept what it learnt.
	again = map[string]typed{
		fcitx5.name: {"o u y a n h BackSpace g n a n a 1", "欧阳娜娜"},
		ibus.name:   {"o u y a n h BackSpace g 1 n a n a 1", "欧阳娜娜"},
	}
)

// systemStories are of what the app shares with the system, by accounts of their own.
var systemStories = []story{
	{"the window comes while the keyring is locked, and the person says not now", lockedKeyring, false},
	{"a person types as soon as the window is there", typesAtOnce, false},
	{"a person types Chinese by fcitx5, which ends and starts again", func(ctx context.Context, t *tour) error {
		return t.typesBy(ctx, "demo", fcitx5, byFcitx5)
	}, false},
	{"a person types Chinese by ibus, which ends and starts again", func(ctx context.Context, t *tour) error {
		return t.typesBy(ctx, "zhengqiang", ibus, byIBus)
	}, false},
}

// typesAtOnce types into a window that was mapped this moment, of which nothing is drawn yet and whose
// app still looks for its server. All of it stands in the first input, before what the sandbox fills in.
func typesAtOnce(ctx context.Context, t *tour) error {
	d, err := t.closedDesk(ctx, "demo")
	if err != nil {
		return err
	}
	if err := d.start(); err != nil {
		return err
	}
	if d.window, err = t.display.mapped(ctx, d.program, desktopTitle); err != nil {
		return err
	}
	const text = "typedatonce0123456789"
	if err := d.window.act(ctx, "type", text); err != nil {
		return err
	}
	err = d.until(ctx, "what was typed at once", func(l report.Line) bool {
		return l.Screen == "sign_in" && !l.Busy && l.Focus == "pc.signin.username" && l.Length >= len(text)
	})
	if err != nil {
		return err
	}
	if err := t.display.copy(ctx, "nothing was copied yet"); err != nil {
		return err
	}
	if err := d.window.keys(ctx, "ctrl+a", "ctrl+c"); err != nil {
		return err
	}
	err = waitFor(ctx, screenWithin, text+" is copied", func() (bool, error) {
		got, err := t.display.copied(ctx)
		return strings.HasPrefix(got, text), err
	})
	if err != nil {
		return err
	}
	d.end()
	return nil
}

// typesBy signs in through a method that lets letters through, and types names into the form.
func (t *tour) typesBy(ctx context.Context, username string, how pinyin, names []typed) error {
	m, err := t.newMethod(ctx, how)
	if err != nil {
		return err
	}
	d, err := t.signIn(ctx, username, "XMODIFIERS=@im="+how.name, "LC_ALL=C")
	if err != nil {
		return err
	}
	if err := d.enter(ctx, "methods", "pc.next"); err != nil { // Verify Now
		return err
	}
	if err := d.enter(ctx, "mobile", "pc.field.name"); err != nil {
		return err
	}
	if err := m.types(ctx, true); err != nil {
		return err
	}
	for _, one := range names {
		if err := d.composes(ctx, one); err != nil {
			return err
		}
	}
	if err := d.waitsFor(ctx, m); err != nil {
		return err
	}
	if err := d.survives(ctx, m); err != nil {
		return err
	}
	if err := d.tellsNobody(ctx, m); err != nil {
		return err
	}
	d.end()
	m.end()
	return nil
}

// waitsFor types a name while the method hangs, which then gives all of it at once.
func (d *desk) waitsFor(ctx context.Context, m *method) error {
	resume, err := m.running.hangs()
	if err != nil {
		return err
	}
	one := late[m.how.name]
	err = d.window.keys(ctx, strings.Fields(one.keys)...)
	if err := errors.Join(err, resume()); err != nil {
		return err
	}
	return d.gave(ctx, one)
}

// survives has the method end in the middle of a name, types letters without it, and then with it
// again.
func (d *desk) survives(ctx context.Context, m *method) error {
	if err := d.window.keys(ctx, "n", "i"); err != nil {
		return err
	}
	m.running.end()
	if err := d.composes(ctx, typed{keys: "x y BackSpace z", text: "xz"}); err != nil {
		return err
	}
	if err := m.start(ctx); err != nil {
		return err
	}
	if err := m.types(ctx, true); err != nil {
		return err
	}
	return d.composes(ctx, again[m.how.name])
}

// tellsNobody has the method end while the app is busy: the app reads of a key first, tells the method
// of it, and hears from the display that there is no such window, which ends a program by default.
func (d *desk) tellsNobody(ctx context.Context, m *method) error {
	resume, err := d.hangs()
	if err != nil {
		return err
	}
	err = d.window.keys(ctx, "n")
	m.running.end()
	if err := errors.Join(err, resume()); err != nil {
		return err
	}
	return d.composes(ctx, typed{keys: "x y BackSpace z", text: "xz"})
}

// composes types into the name's field, and clears it again.
func (d *desk) composes(ctx context.Context, one typed) error {
	if err := d.window.keys(ctx, strings.Fields(one.keys)...); err != nil {
		return err
	}
	return d.gave(ctx, one)
}

// gave waits for the text of what was typed, and clears the field.
func (d *desk) gave(ctx context.Context, one typed) error {
	if err := d.holds(ctx, utf8.RuneCountInString(one.text), one.keys); err != nil {
		return err
	}
	const before = "nothing was copied yet"
	if err := d.window.on.copy(ctx, before); err != nil {
		return err
	}
	if err := d.window.keys(ctx, "ctrl+a", "ctrl+c"); err != nil {
		return err
	}
	err := waitFor(ctx, screenWithin, one.keys+" is copied", func() (bool, error) {
		text, err := d.window.on.copied(ctx)
		if err == nil && text != before && text != one.text {
			err = fmt.Errorf("%s gave %q, not %q", one.keys, text, one.text)
		}
		return text == one.text, err
	})
	if err != nil {
		return err
	}
	if err := d.window.keys(ctx, "BackSpace"); err != nil {
		return err
	}
	return d.holds(ctx, 0, "nothing")
}

// holds waits until the name's field has so many characters, and nothing else has happened.
func (d *desk) holds(ctx context.Context, length int, of string) error {
	return d.until(ctx, fmt.Sprintf("%d characters of %s", length, of), func(l report.Line) bool {
		return l.Screen == "mobile" && l.Dialog == "" && l.Focus == "pc.field.name" && l.Length == length
	})
}
