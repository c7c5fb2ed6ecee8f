package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"unicode/utf8"

	"realname.example/shared/report"
)

// app is one of the two apps on the tour's display. Its report says what it
// shows; nothing is pressed before that is what was waited for.
type app struct {
	*program
	// of names it for people: "the desktop app".
	of     string
	window *window
	lines  *report.Reader
	shown  report.Line
}

// run starts an app of the build folder and waits for its window.
func (t *tour) run(ctx context.Context, name, title string, env []string, args ...string) (*app, error) {
	a, err := t.start(name, env, args...)
	if err != nil {
		return a, err
	}
	a.window, err = t.display.find(ctx, a.program, title)
	return a, err
}

// start starts an app of the build folder. The report goes through its standard
// output, which a wrapper that starts it elsewhere hands on.
func (t *tour) start(name string, env []string, args ...string) (*app, error) {
	t.started++
	out, err := os.Create(filepath.Join(t.build, "tour-data", fmt.Sprintf("%s-%d.report", name, t.started)))
	if err != nil {
		return nil, err
	}
	defer out.Close()
	lines, err := os.Open(out.Name())
	if err != nil {
		return nil, err
	}
	a := &app{of: "the " + name + " app", lines: report.NewReader(lines)}
	t.apps = append(t.apps, a)
	env = append(append(t.display.env(), "LANG="+t.locale()), env...)
	if a.program, err = t.all.startInto(t.build, name, out, env, append(args, "--report", "-")...); err != nil {
		return nil, err
	}
	return a, nil
}

// now reads what the report says by now.
func (a *app) now() (report.Line, error) {
	for {
		line, err := a.lines.Next()
		if errors.Is(err, io.EOF) {
			return a.shown, nil
		}
		if err != nil {
			return a.shown, fmt.Errorf("read the report of %s: %w", a.of, err)
		}
		a.shown = line
	}
}

// String says what the app shows, for people.
func (a *app) String() string {
	text, err := json.Marshal(a.shown)
	if err != nil || a.shown.Screen == "" {
		return a.of + " has shown nothing yet"
	}
	return a.of + " shows " + string(text)
}

// until waits for what the app shows.
func (a *app) until(ctx context.Context, what string, holds func(report.Line) bool) error {
	err := waitEvery(ctx, lookEvery, screenWithin, a.of+" shows "+what, func() (bool, error) {
		line, err := a.now()
		if err != nil || holds(line) {
			return err == nil, err
		}
		return false, a.ended()
	})
	if err != nil {
		return fmt.Errorf("%w; %s", err, a)
	}
	return nil
}

// ready waits for a screen that takes what a person does, with the keyboard
// where it begins; "" for nowhere.
func (a *app) ready(ctx context.Context, screen, focus string) error {
	return a.until(ctx, fmt.Sprintf("%s with the keyboard at %q", screen, focus), func(l report.Line) bool {
		return l.Screen == screen && !l.Busy && l.Dialog == "" && l.Focus == focus
	})
}

// walk goes by Tab to what is called so.
func (a *app) walk(ctx context.Context, to string) error {
	const most = 40
	for range most {
		before, err := a.now()
		if err != nil || before.Focus == to {
			return err
		}
		if err := a.window.keys(ctx, "Tab"); err != nil {
			return err
		}
		err = a.until(ctx, "the keyboard elsewhere, on the way to "+to, func(l report.Line) bool {
			return l.Focus != before.Focus || l.At != before.At
		})
		if err != nil {
			return err
		}
	}
	return fmt.Errorf("%d times Tab do not lead to %s; %s", most, to, a)
}

// press goes to what is called so and presses it.
func (a *app) press(ctx context.Context, to string) error {
	if err := a.walk(ctx, to); err != nil {
		return err
	}
	return a.window.keys(ctx, "space")
}

// fill goes to an input and replaces what it holds.
func (a *app) fill(ctx context.Context, to, text string) error {
	if err := a.walk(ctx, to); err != nil {
		return err
	}
	if err := a.clear(ctx, to); err != nil {
		return err
	}
	if err := a.window.enter(ctx, text); err != nil {
		return err
	}
	length := utf8.RuneCountInString(text)
	return a.until(ctx, fmt.Sprintf("%d characters in %s", length, to), func(l report.Line) bool {
		return l.Focus == to && l.Length == length
	})
}

// clear empties the input that has the keyboard: what it holds may be as long as what comes.
func (a *app) clear(ctx context.Context, input string) error {
	if a.shown.Length == 0 {
		return nil
	}
	if err := a.window.keys(ctx, "ctrl+a", "BackSpace"); err != nil {
		return err
	}
	return a.until(ctx, "nothing in "+input, func(l report.Line) bool { return l.Focus == input && l.Length == 0 })
}
