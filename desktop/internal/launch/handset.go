package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"

	"realname.example/shared/verification"
)

// Where the windows of the tour stand, side by side.
var (
	deskPlace  = [2]int{20, 60}
	phonePlace = [2]int{1010, 20}
)

// handset is the phone app beside a desktop app, held by the same person.
type handset struct {
	desk   *desk
	home   string
	camera string
	app    *program
	window *window
}

// pick starts the phone app with an empty folder. Its back camera films what the display shows now,
// its front camera a recording of a person.
func (d *desk) pick(ctx context.Context, person string) (*handset, error) {
	t := d.tour
	sight, err := d.sight(ctx)
	if err != nil {
		return nil, err
	}
	home, err := filepath.Abs(filepath.Join(t.build, "tour-data", fmt.Sprintf("phone-%d", t.display.taken)))
	if err != nil {
		return nil, err
	}
	h := &handset{desk: d, home: home, camera: "replay:" + sight + "," + recording(t.build, person)}
	return h, h.open(ctx)
}

// open starts the phone app, or starts it again as after a crash.
func (h *handset) open(ctx context.Context) (err error) {
	t := h.desk.tour
	env := append(t.display.env(), "HOME="+h.home, "XDG_CONFIG_HOME="+h.home, "LANG="+t.locale())
	h.app, err = t.all.start(t.build, "mobile", env, "--data", h.home, "--lang", t.language, "--camera", h.camera)
	if err != nil {
		return err
	}
	if h.window, err = t.display.find(ctx, h.app, phoneTitle); err != nil {
		return err
	}
	return h.window.move(ctx, phonePlace)
}

// sight waits until the desktop shows a code, and films it.
func (d *desk) sight(ctx context.Context) (string, error) {
	t := d.tour
	film := filepath.Join(t.build, "tour-data", fmt.Sprintf("sight-%d.mjpeg", t.display.taken))
	return film, waitFor(ctx, windowWithin, "the desktop shows a code that can be scanned", func() (bool, error) {
		picture := filepath.Join(t.build, "tour-data", "screen.png")
		if _, err := t.display.do(ctx, "import", "-window", d.window.id, picture); err != nil {
			return false, err
		}
		out, err := exec.CommandContext(ctx, filepath.Join(t.build, "film"), picture, film).CombinedOutput()
		var ended *exec.ExitError
		if errors.As(err, &ended) && ended.ExitCode() == 3 {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("film the screen: %w: %s", err, out)
		}
		return true, nil
	})
}

// press gives the phone's window the keyboard and presses keys.
func (h *handset) press(ctx context.Context, keys ...string) error {
	return h.window.keys(ctx, keys...)
}

// tabs is so many presses of Tab, then another key.
func tabs(n int, then string) []string {
	keys := make([]string, n, n+1)
	for i := range keys {
		keys[i] = "Tab"
	}
	return append(keys, then)
}

// connect scans, confirms the server, and leaves the phone with who asks. The phone app has its
// buttons in the order of its screen.
func (h *handset) connect(ctx context.Context) error {
	if err := h.desk.picture(ctx, "phone-home"); err != nil {
		return err
	}
	if err := h.press(ctx, tabs(3, "space")...); err != nil { // past the two other ways to Scan
		return err
	}
	if err := h.desk.tour.display.moving(ctx, "phone-scans"); err != nil {
		return err
	}
	if err := h.desk.picture(ctx, "phone-confirms-service"); err != nil {
		return err
	}
	if err := h.press(ctx, tabs(2, "space")...); err != nil { // Go on
		return err
	}
	return h.desk.reach(ctx, "phone-asks", func(v verification.View) bool { return v.Status == verification.Confirming })
}

// types enters a number; the person reads it on the PC.
func (h *handset) types(ctx context.Context, number string) error {
	if err := h.press(ctx, "Tab", number[:1], number[1:]); err != nil {
		return err
	}
	if err := h.desk.picture(ctx, "phone-number"); err != nil {
		return err
	}
	return h.press(ctx, tabs(2, "space")...) // past Not me to Go on
}

// number is what the desktop shows to be typed on the phone.
func (d *desk) number(ctx context.Context) (string, error) {
	v, err := d.account.View(ctx, d.verification)
	if err != nil {
		return "", err
	}
	if v.Handoff == nil || len(v.Handoff.Number) != 2 {
		return "", errors.New("the PC has no number to show")
	}
	return v.Handoff.Number, nil
}

// agree ticks the consent and leaves the phone ready to begin.
func (h *handset) agree(ctx context.Context) error {
	if err := h.press(ctx, "Tab", "space"); err != nil {
		return err
	}
	if err := h.desk.picture(ctx, "phone-consent"); err != nil {
		return err
	}
	if err := h.press(ctx, tabs(2, "space")...); err != nil { // past No to Agree
		return err
	}
	return h.desk.reach(ctx, "phone-ready", func(v verification.View) bool { return v.Status == verification.Capturing })
}

// capture begins the face scan, with a picture at each action, and waits until the server has it.
func (h *handset) capture(ctx context.Context) error {
	if err := h.press(ctx, tabs(2, "space")...); err != nil { // past No to Start
		return err
	}
	done := -1
	return waitFor(ctx, captureWithin, "the face scan is sent", func() (bool, error) {
		v, err := h.desk.account.View(ctx, h.desk.verification)
		if err != nil || v.Status != verification.Capturing {
			return err == nil, err
		}
		if p := v.Handoff; p != nil && p.Step == verification.StepAction && p.ActionsDone > done {
			done = p.ActionsDone
			return false, h.desk.tour.display.moving(ctx, fmt.Sprintf("capture-%d-%s", done+1, p.Action))
		}
		return false, h.app.ended()
	})
}

// agrees is the phone's part up to the camera, done right.
func (h *handset) agrees(ctx context.Context) error {
	if err := h.connect(ctx); err != nil {
		return err
	}
	number, err := h.desk.number(ctx)
	if err != nil {
		return err
	}
	if err := h.types(ctx, number); err != nil {
		return err
	}
	err = h.desk.reach(ctx, "phone-asks-consent", func(v verification.View) bool {
		return v.Handoff != nil && v.Handoff.Step == verification.StepConsent
	})
	if err != nil {
		return err
	}
	return h.agree(ctx)
}

// put ends the phone app.
func (h *handset) put() { h.app.end() }

// locale is the language of the tour as the system calls it.
func (t *tour) locale() string {
	if t.language == "zh" {
		return "zh_CN.UTF-8"
	}
	return "en_US.UTF-8"
}
