package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// screenSize holds both windows side by side.
const screenSize = "1440x900x24"

const (
	windowWithin = 60 * time.Second // software GL on a busy machine
	stillWithin  = 3 * time.Second  // for a screen's last animation; a caret blinks on
)

// display is an X server of the tour's own, with a window manager, so that windows get the keyboard.
type display struct {
	name string
	// pictures is the folder of the screenshots, taken counts them.
	pictures string
	taken    int
}

// newDisplay starts Xvfb, and openbox on it.
func newDisplay(ctx context.Context, all *programs, folder, pictures, size string) (*display, error) {
	d, err := newServer(ctx, all, folder, size)
	if err != nil {
		return nil, err
	}
	d.pictures = pictures
	log, err := os.Create(filepath.Join(folder, "openbox.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	manager, err := all.run("openbox", exec.Command("openbox"), d.env(), log) //nolint:noctx // programs.stop ends it
	if err != nil {
		return nil, err
	}
	return d, waitFor(ctx, windowWithin, "the window manager is there", func() (bool, error) {
		return managed(ctx, d.env()) == nil, manager.ended()
	})
}

// newServer starts Xvfb, which chooses a free number itself. Keys do not repeat (-r): on a busy machine a key that
// is let go late would.
func newServer(ctx context.Context, all *programs, folder, size string) (*display, error) {
	number, err := os.Create(filepath.Join(folder, "xvfb.display"))
	if err != nil {
		return nil, err
	}
	defer number.Close()
	log, err := os.Create(filepath.Join(folder, "xvfb.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", size, "-noreset", "-r", "-nolisten", "tcp") //nolint:noctx // programs.stop ends it
	cmd.ExtraFiles = []*os.File{number}
	server, err := all.run("Xvfb", cmd, nil, log)
	if err != nil {
		return nil, err
	}
	d := &display{}
	return d, waitFor(ctx, windowWithin, "the display is there", func() (bool, error) {
		text, err := os.ReadFile(number.Name())
		if err != nil || !bytes.HasSuffix(text, []byte("\n")) {
			return false, server.ended()
		}
		d.name = ":" + strings.TrimSpace(string(text))
		return true, nil
	})
}

func (d *display) env() []string { return []string{"DISPLAY=" + d.name} }

// do runs one X tool on this display. Without a UTF-8 locale xdotool types no Chinese.
func (d *display) do(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(append(os.Environ(), "LC_ALL=C.UTF-8"), d.env()...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, out)
	}
	return string(out), nil
}

// copy puts text on the clipboard. xclip stays to hand it out, and ends with the display.
func (d *display) copy(ctx context.Context, text string) error {
	cmd := exec.CommandContext(ctx, "xclip", "-selection", "clipboard")
	cmd.Env = append(append(os.Environ(), "LC_ALL=C.UTF-8"), d.env()...)
	cmd.Stdin = strings.NewReader(text)
	if err := cmd.Run(); err != nil { // no pipe to its output: it would stay open
		return fmt.Errorf("xclip: %w", err)
	}
	return nil
}

// copied is the text on the clipboard.
func (d *display) copied(ctx context.Context) (string, error) {
	return d.do(ctx, "xclip", "-selection", "clipboard", "-o")
}

// window is one window on the display.
type window struct {
	on *display
	id string
}

// The titles of the two windows, in either language.
const (
	desktopTitle = "(Realname|实名认证)"
	phoneTitle   = "(Realname Phone|实名认证手机端)"
)

// find waits for the window of a program, and until something is drawn in it.
func (d *display) find(ctx context.Context, p *program, title string) (*window, error) {
	w, err := d.mapped(ctx, p, title)
	if err != nil {
		return nil, err
	}
	return w, waitFor(ctx, windowWithin, "the window of "+p.name+" is drawn", func() (bool, error) {
		colours, err := d.do(ctx, "import", "-window", w.id, "-format", "%k", "info:-")
		return err == nil && colours != "1", err
	})
}

// mapped waits for the visible window of a program. It goes by the title: behind a wrapper such as
// chroot or Wine the window belongs to another process than the one that was started.
func (d *display) mapped(ctx context.Context, p *program, title string) (*window, error) {
	w := &window{on: d}
	return w, waitFor(ctx, windowWithin, "the window of "+p.name+" is there", func() (bool, error) {
		out, err := d.do(ctx, "xdotool", "search", "--onlyvisible", "--name", "^"+title+"$")
		ids := strings.Fields(out)
		if err != nil || len(ids) == 0 {
			return false, p.ended() // xdotool fails while there is none
		}
		w.id = ids[len(ids)-1]
		return true, nil
	})
}

// focus brings the window to the front and gives it the keyboard.
func (w *window) focus(ctx context.Context) error {
	_, err := w.on.do(ctx, "xdotool", "windowactivate", "--sync", w.id)
	return err
}

// move puts the window's upper left corner at a place of the display.
func (w *window) move(ctx context.Context, to [2]int) error {
	_, err := w.on.do(ctx, "xdotool", "windowmove", "--sync", w.id, strconv.Itoa(to[0]), strconv.Itoa(to[1]))
	return err
}

// keys presses keys by their X names, one after the other ("Tab", "Return", "ctrl+a").
func (w *window) keys(ctx context.Context, names ...string) error {
	if err := w.focus(ctx); err != nil {
		return err
	}
	_, err := w.on.do(ctx, "xdotool", append([]string{"key", "--delay", "60"}, names...)...)
	return err
}

// click presses the left mouse button at a place in the window, in pixels.
func (w *window) click(ctx context.Context, x, y int) error {
	if err := w.focus(ctx); err != nil {
		return err
	}
	_, err := w.on.do(ctx, "xdotool", "mousemove", "--window", w.id, strconv.Itoa(x), strconv.Itoa(y), "click", "1")
	return err
}

// enter replaces what the focused field holds. Chinese is pasted: a keyboard has no key for it, and
// what xdotool makes up for one is lost when the app is slow to learn of it.
func (w *window) enter(ctx context.Context, text string) error {
	if err := w.keys(ctx, "ctrl+a"); err != nil {
		return err
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII }) {
		if err := w.on.copy(ctx, text); err != nil {
			return err
		}
		return w.keys(ctx, "ctrl+v")
	}
	_, err := w.on.do(ctx, "xdotool", "type", "--delay", "40", text)
	return err
}

// settled waits until two pictures of the display in a row are the same, and leaves the last one.
func (d *display) settled(ctx context.Context, name string) error {
	path := d.next(name)
	var before []byte
	err := waitFor(ctx, stillWithin, "the picture "+name+" keeps still", func() (bool, error) {
		now, err := d.grab(ctx, path)
		if err != nil {
			return false, err
		}
		same := before != nil && bytes.Equal(before, now)
		before = now
		return same, nil
	})
	if err != nil && before == nil {
		return err
	}
	return nil // a countdown or a camera never keeps still; its last picture is as good
}

// moving leaves a picture of a display on which a camera runs.
func (d *display) moving(ctx context.Context, name string) error {
	_, err := d.grab(ctx, d.next(name))
	return err
}

// next is the file of the next picture.
func (d *display) next(name string) string {
	d.taken++
	return filepath.Join(d.pictures, fmt.Sprintf("%02d-%s.png", d.taken, name))
}

// grab takes a picture of the whole display and returns its pixels.
func (d *display) grab(ctx context.Context, path string) ([]byte, error) {
	if _, err := d.do(ctx, "import", "-window", "root", path); err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	picture, err := png.Decode(file)
	if err != nil {
		return nil, fmt.Errorf("read picture %s: %w", path, err)
	}
	switch p := picture.(type) {
	case *image.RGBA:
		return p.Pix, nil
	case *image.NRGBA:
		return p.Pix, nil
	case *image.Paletted:
		return p.Pix, nil
	case *image.Gray:
		return p.Pix, nil
	}
	return nil, fmt.Errorf("picture %s has pixels of an unknown kind %T", path, picture)
}
