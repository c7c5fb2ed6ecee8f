package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"os/exec"
	"path/filepath"

	"realname.example/shared/report"
	"realname.example/shared/verification"
)

// Where the windows of the tour stand, side by side.
var (
	deskPlace  = [2]int{20, 60}
	phonePlace = [2]int{1010, 20}
)

// handset is the phone app beside a desktop app, held by the same person.
type handset struct {
	*app
	desk  *desk
	home  string
	sight string // the film of what the back camera sees
	front string // the recording of who is before the front camera
}

// pick starts the phone app with an empty folder. Its back camera films what the display shows,
// its front camera a recording of a person.
func (d *desk) pick(ctx context.Context, person string) (*handset, error) {
	t := d.tour
	home, err := filepath.Abs(filepath.Join(t.build, "tour-data", fmt.Sprintf("phone-%d", t.started)))
	if err != nil {
		return nil, err
	}
	h := &handset{desk: d, home: home, sight: home + ".mjpeg", front: recording(t.build, person)}
	// It lies on the table.
	if err := lay(image.NewGray(image.Rect(0, 0, 64, 48)), h.sight); err != nil {
		return nil, err
	}
	if err := h.open(ctx); err != nil {
		return nil, err
	}
	return h, h.ready(ctx, "home", "")
}

// open starts the phone app, or starts it again as after a crash.
func (h *handset) open(ctx context.Context) (err error) {
	h.app, err = h.desk.tour.run(ctx, "mobile", phoneTitle, []string{"HOME=" + h.home, "XDG_CONFIG_HOME=" + h.home},
		"--data", h.home, "--lang", h.desk.tour.language, "--theme", h.desk.tour.theme, "--camera", "replay:"+h.sight+","+h.front)
	if err != nil {
		return err
	}
	return h.window.move(ctx, phonePlace)
}

// film waits until the desktop shows a code, and films it.
func (d *desk) film(ctx context.Context, film string) error {
	t := d.tour
	return waitFor(ctx, screenWithin, "the desktop shows a code that can be scanned", func() (bool, error) {
		picture := filepath.Join(t.build, "tour-data", "screen.png")
		shown, err := d.window.drawn(ctx)
		if err != nil {
			return false, err
		}
		if err := save(shown, picture); err != nil {
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

// at waits for a stage of the phone.
func (h *handset) at(ctx context.Context, stage string) error { return h.ready(ctx, stage, "") }

// connect scans, confirms the server, and leaves the phone with who asks.
func (h *handset) connect(ctx context.Context) error {
	if err := h.desk.picture(ctx, "phone-home"); err != nil {
		return err
	}
	if err := h.walk(ctx, "phone.scan"); err != nil {
		return err
	}
	if err := h.desk.film(ctx, h.sight); err != nil {
		return err
	}
	if err := h.press(ctx, "phone.scan"); err != nil {
		return err
	}
	if err := h.until(ctx, "the scanner, or what comes after it", func(l report.Line) bool { return l.Screen != "home" }); err != nil {
		return err
	}
	if err := h.desk.tour.display.moving("phone-scans"); err != nil {
		return err
	}
	if err := h.at(ctx, "server"); err != nil {
		return err
	}
	if err := h.desk.picture(ctx, "phone-confirms-service"); err != nil {
		return err
	}
	if err := h.press(ctx, "phone.go_on"); err != nil {
		return err
	}
	err := h.until(ctx, "who asks", func(l report.Line) bool {
		return l.Screen == "number" && l.Status == verification.Confirming && !l.Busy
	})
	if err != nil {
		return err
	}
	return h.desk.reach(ctx, "phone-asks", func(v verification.View) bool { return v.Status == verification.Confirming })
}

// types enters a number; the person reads it on the PC.
func (h *handset) types(ctx context.Context, number string) error {
	if err := h.walk(ctx, "digit.first"); err != nil {
		return err
	}
	if err := h.window.keys(ctx, number[:1]); err != nil {
		return err
	}
	// The first digit leads on by itself.
	if err := h.until(ctx, "the second digit's place", func(l report.Line) bool { return l.Focus == "digit.second" }); err != nil {
		return err
	}
	if err := h.fill(ctx, "digit.second", number[1:]); err != nil {
		return err
	}
	if err := h.desk.picture(ctx, "phone-number"); err != nil {
		return err
	}
	return h.press(ctx, "phone.go_on")
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
	if err := h.press(ctx, "consent.tick"); err != nil {
		return err
	}
	if err := h.desk.picture(ctx, "phone-consent"); err != nil {
		return err
	}
	if err := h.press(ctx, "phone.consent.agree"); err != nil {
		return err
	}
	if err := h.at(ctx, "ready"); err != nil {
		return err
	}
	return h.desk.reach(ctx, "phone-ready", func(v verification.View) bool { return v.Status == verification.Capturing })
}

// capture begins the face scan, with a picture at each action, and waits until the server has it.
func (h *handset) capture(ctx context.Context) error {
	if err := h.press(ctx, "phone.ready.start"); err != nil {
		return err
	}
	if err := h.until(ctx, "the face scan", func(l report.Line) bool { return l.Screen == "capturing" }); err != nil {
		return err
	}
	done := -1
	err := waitFor(ctx, captureWithin, "the face scan is sent", func() (bool, error) {
		if line, err := h.now(); err != nil || line.Screen == "ready" || line.Screen == "camera_fault" {
			return false, errors.Join(err, errors.New("the face scan ended before its end"))
		}
		v, err := h.desk.account.View(ctx, h.desk.verification)
		if err != nil || v.Status != verification.Capturing {
			return err == nil, err
		}
		if p := v.Handoff; p != nil && p.Step == verification.StepAction && p.ActionsDone > done {
			done = p.ActionsDone
			return false, h.desk.tour.display.moving(fmt.Sprintf("capture-%d-%s", done+1, p.Action))
		}
		return false, h.ended()
	})
	if err != nil {
		return fmt.Errorf("%w; %s", err, h.app)
	}
	return nil
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
	if err := h.at(ctx, "consenting"); err != nil {
		return err
	}
	if err := h.desk.picture(ctx, "phone-asks-consent"); err != nil {
		return err
	}
	return h.agree(ctx)
}

// put ends the phone app, as closing it does. After a failure the app stays for the picture of it.
func (h *handset) put() { h.end() }

// locale is the language of the tour as the system calls it.
func (t *tour) locale() string {
	if t.language == "zh" {
		return "zh_CN.UTF-8"
	}
	return "en_US.UTF-8"
}
