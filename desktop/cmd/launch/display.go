package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
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
	// frame is the file into which the server draws: to look at the display takes no program.
	frame string
	// front is the window that was given the keyboard last; nil once another may have taken it.
	front *window
	// pictures is the folder of the screenshots, taken counts them.
	pictures string
	taken    int
	began    time.Time // of the story that is played
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
// is let go late would. It draws into a file (-fbdir), without the mouse's cursor.
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
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", size, "-noreset", "-r", "-nolisten", "tcp", //nolint:noctx // programs.stop ends it
		"-fbdir", folder, "-nocursor")
	cmd.ExtraFiles = []*os.File{number}
	server, err := all.run("Xvfb", cmd, nil, log)
	if err != nil {
		return nil, err
	}
	d := &display{frame: filepath.Join(folder, "Xvfb_screen0")}
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

// copy puts text on the clipboard, and waits until it is there: xclip stays to hand it out, and takes
// the clipboard only after the call has ended. It ends with the display.
func (d *display) copy(ctx context.Context, text string) error {
	cmd := exec.CommandContext(ctx, "xclip", "-selection", "clipboard")
	cmd.Env = append(append(os.Environ(), "LC_ALL=C.UTF-8"), d.env()...)
	cmd.Stdin = strings.NewReader(text)
	if err := cmd.Run(); err != nil { // no pipe to its output: it would stay open
		return fmt.Errorf("xclip: %w", err)
	}
	return waitFor(ctx, windowWithin, "the clipboard holds what was copied", func() (bool, error) {
		got, err := d.copied(ctx) // an error where nobody has the clipboard yet
		return err == nil && got == text, nil
	})
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
		picture, err := w.drawn(ctx)
		return err == nil && !plain(picture), err
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
		d.front = nil // a new window takes the keyboard
		return true, nil
	})
}

// drawn is what the display shows of the window.
func (w *window) drawn(ctx context.Context) (image.Image, error) {
	said, err := w.on.do(ctx, "xdotool", "getwindowgeometry", "--shell", w.id)
	if err != nil {
		return nil, err
	}
	var number, x, y, width, height int
	if _, err := fmt.Sscanf(said, "WINDOW=%d\nX=%d\nY=%d\nWIDTH=%d\nHEIGHT=%d\n", &number, &x, &y, &width, &height); err != nil {
		return nil, fmt.Errorf("read where a window is from %q: %w", said, err)
	}
	frame, err := w.on.read()
	if err != nil {
		return nil, err
	}
	whole, err := decode(frame)
	if err != nil {
		return nil, err
	}
	return whole.SubImage(image.Rect(x, y, x+width, y+height)), nil
}

// act runs a command of xdotool with the window at the front, which has the keyboard.
func (w *window) act(ctx context.Context, command ...string) error {
	if w.on.front != w {
		command = append([]string{"windowactivate", "--sync", w.id}, command...)
	}
	_, err := w.on.do(ctx, "xdotool", command...)
	if err == nil {
		w.on.front = w
	}
	return err
}

// move puts the window's upper left corner at a place of the display.
func (w *window) move(ctx context.Context, to [2]int) error {
	_, err := w.on.do(ctx, "xdotool", "windowmove", "--sync", w.id, strconv.Itoa(to[0]), strconv.Itoa(to[1]))
	return err
}

// keys presses keys by their X names, one after the other ("Tab", "Return", "ctrl+a").
func (w *window) keys(ctx context.Context, names ...string) error {
	return w.act(ctx, append([]string{"key"}, names...)...)
}

// click presses the left mouse button at a place in the window, in pixels.
func (w *window) click(ctx context.Context, x, y int) error {
	return w.act(ctx, "mousemove", "--window", w.id, strconv.Itoa(x), strconv.Itoa(y), "click", "1")
}

// enter types text into the input that has the keyboard. Chinese is pasted: a keyboard has no key for it, and
// what xdotool makes up for one is lost when the app is slow to learn of it.
func (w *window) enter(ctx context.Context, text string) error {
	if strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII }) {
		if err := w.on.copy(ctx, text); err != nil {
			return err
		}
		return w.keys(ctx, "ctrl+v")
	}
	return w.act(ctx, "type", text)
}

// settled waits until two pictures of the display in a row are the same, and keeps the last one.
func (d *display) settled(ctx context.Context, name string) error {
	path := d.next(name)
	var last []byte
	err := waitFor(ctx, stillWithin, "the picture "+name+" keeps still", func() (bool, error) {
		now, err := d.read()
		same := last != nil && bytes.Equal(last, now)
		last = now
		return same, err
	})
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return keep(last, path) // a countdown or a camera never keeps still; its last picture is as good
}

// moving keeps a picture of a display on which a camera runs.
func (d *display) moving(name string) error { return d.grab(d.next(name)) }

// next is the file of the next picture, which the tour's log tells.
func (d *display) next(name string) string {
	d.taken++
	fmt.Printf("tour: %6.1f s  %02d-%s\n", time.Since(d.began).Seconds(), d.taken, name)
	return filepath.Join(d.pictures, fmt.Sprintf("%02d-%s.png", d.taken, name))
}

// grab keeps a picture of the whole display.
func (d *display) grab(path string) error {
	frame, err := d.read()
	if err != nil {
		return err
	}
	return keep(frame, path)
}
