package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/verification"
)

const (
	statusWithin  = 30 * time.Second // two tries of a carrier of 5 s each, on a busy machine
	captureWithin = 90 * time.Second // 12 s of pictures, and what goes before and after
)

// tour is one run of the stories against one fresh sandbox.
type tour struct {
	all      programs
	build    string
	language string
	server   string
	password string
	client   *client.Client
	display  *display
}

// playTour makes a fresh sandbox and a display, plays the stories, and fails at the first step
// whose effect the server does not confirm.
func playTour(ctx context.Context, build, language string, stories []story) error {
	pictures := filepath.Join(build, "tour")
	for _, old := range []string{pictures, filepath.Join(build, "tour-data")} {
		if err := os.RemoveAll(old); err != nil {
			return err
		}
		if err := os.MkdirAll(old, 0o700); err != nil {
			return err
		}
	}
	t := &tour{build: build, language: language, password: rand.Text()}
	defer t.all.stop()
	if err := os.Setenv("REALNAME_SANDBOX_PASSWORD", t.password); err != nil {
		return err
	}
	var err error
	if t.display, err = newDisplay(ctx, &t.all, build, pictures); err != nil {
		return err
	}
	listen, err := freePort(ctx)
	if err != nil {
		return err
	}
	var flags []string
	if hasRecordings(build) {
		if flags, err = recorded(build, recordingWuMin, recordingZhengQiang); err != nil {
			return err
		}
	}
	t.server, err = t.all.backend(ctx, build, filepath.Join(build, "tour-data"), listen, flags...)
	if err != nil {
		return err
	}
	if t.client, err = client.New(client.Config{Server: t.server}); err != nil {
		return err
	}
	defer t.client.Close()
	for _, s := range stories {
		fmt.Println("tour:", s.title)
		if err := s.play(ctx, t); err != nil {
			_, _ = t.display.grab(ctx, filepath.Join(pictures, "failed.png"))
			return fmt.Errorf("%s: %w (the screen is in %s/failed.png)", s.title, err, pictures)
		}
	}
	fmt.Printf("tour: all %d stories passed; %d pictures are in %s\n", len(stories), t.display.taken, pictures)
	return nil
}

// desk is one desktop app on the tour's display, and the tour's own view of its account.
type desk struct {
	tour    *tour
	home    string
	app     *program
	window  *window
	account *client.Account
	// verification is the case that the account had last: a refused one is no longer told with it.
	verification verification.ID
}

// signIn starts a desktop app with an empty home folder and signs in by keyboard.
func (t *tour) signIn(ctx context.Context, username string) (*desk, error) {
	session, err := t.client.SignIn(ctx, api.Credentials{Username: username, Password: t.password})
	if err != nil {
		return nil, fmt.Errorf("look into the account %s: %w", username, err)
	}
	d := &desk{tour: t, account: t.client.Account(client.AccountToken(session.Token))}
	d.home, err = filepath.Abs(filepath.Join(t.build, "tour-data", "home-"+username))
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(d.home, 0o700); err != nil {
		return nil, err
	}
	if err := d.open(ctx); err != nil {
		return nil, err
	}
	if err := d.picture(ctx, "sign-in"); err != nil {
		return nil, err
	}
	if err := d.fill(ctx, []string{username, t.password}, 1); err != nil {
		return nil, err
	}
	return d, d.act(ctx, "home", "Return")
}

// open starts the desktop app, or starts it again as after a crash.
func (d *desk) open(ctx context.Context) (err error) {
	t := d.tour
	env := append(t.display.env(), "HOME="+d.home, "XDG_CONFIG_HOME="+d.home, "LANG="+t.locale(), "DBUS_SESSION_BUS_ADDRESS=")
	if d.app, err = t.all.start(t.build, "desktop", env, "--server", t.server, "--lang", t.language); err != nil {
		return err
	}
	if d.window, err = t.display.find(ctx, d.app, desktopTitle); err != nil {
		return err
	}
	return d.window.move(ctx, deskPlace)
}

// finish reaches the end of a story and ends the app, as closing its window does. After a failure
// the app stays for the picture of it.
func (d *desk) finish(ctx context.Context, picture string, wanted func(verification.View) bool) error {
	if err := d.reach(ctx, picture, wanted); err != nil {
		return err
	}
	d.app.end()
	return nil
}

// byMobile goes from home to the code and hands it in.
func (d *desk) byMobile(ctx context.Context, p person) error {
	if err := d.act(ctx, "methods", "Return"); err != nil { // Verify Now
		return err
	}
	if err := d.act(ctx, "mobile", "Return"); err != nil { // Next: mobile is chosen
		return err
	}
	// The certificate type stands between the number and the mobile.
	if err := d.fill(ctx, []string{p.name, p.number}, 1); err != nil {
		return err
	}
	if err := d.window.keys(ctx, "Tab", "Tab"); err != nil {
		return err
	}
	if err := d.fill(ctx, []string{p.mobile}, 0); err != nil {
		return err
	}
	if err := d.window.keys(ctx, "Return"); err != nil { // Get the code
		return err
	}
	if err := d.reach(ctx, "code-sent", func(v verification.View) bool { return v.Status == verification.CodeRequired && v.Code != nil }); err != nil {
		return err
	}
	messages, err := d.tour.client.SandboxSMS(ctx, p.mobile)
	if err != nil {
		return fmt.Errorf("read the sandbox's SMS inbox: %w", err)
	}
	if len(messages) == 0 {
		return fmt.Errorf("the sandbox's SMS inbox has nothing for %s", p.mobile)
	}
	if err := d.fill(ctx, []string{messages[0].Code}, 0); err != nil {
		return err
	}
	return d.window.keys(ctx, "Return")
}

// byFace goes from home to the code for the phone.
func (d *desk) byFace(ctx context.Context, p person) error {
	if err := d.act(ctx, "methods", "Return"); err != nil { // Verify Now
		return err
	}
	if err := d.act(ctx, "face", "shift+Tab", "shift+Tab", "space", "Return"); err != nil { // from Next past Back to the face scan
		return err
	}
	if err := d.fill(ctx, []string{p.name, p.number}, 1); err != nil {
		return err
	}
	if err := d.window.keys(ctx, "Return"); err != nil {
		return err
	}
	return d.reach(ctx, "scan-with-phone", atFaceScan)
}

// fill types into fields that follow one another by so many Tabs.
func (d *desk) fill(ctx context.Context, texts []string, tabs int) error {
	for i, text := range texts {
		for range min(i, 1) * tabs {
			if err := d.window.keys(ctx, "Tab"); err != nil {
				return err
			}
		}
		if err := d.window.enter(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// act presses keys that lead to another screen, and waits until it has come.
func (d *desk) act(ctx context.Context, picture string, keys ...string) error {
	before, err := d.tour.display.grab(ctx, d.tour.scratch())
	if err != nil {
		return err
	}
	if err := d.window.keys(ctx, keys...); err != nil {
		return err
	}
	err = waitFor(ctx, windowWithin, "the screen "+picture+" comes", func() (bool, error) {
		now, err := d.tour.display.grab(ctx, d.tour.scratch())
		return err == nil && differs(before, now), err
	})
	if err != nil {
		return err
	}
	return d.picture(ctx, picture)
}

// reach waits until the server says that the account's verification is as wanted, then until the
// app shows it.
func (d *desk) reach(ctx context.Context, picture string, wanted func(verification.View) bool) error {
	var last verification.View
	err := waitFor(ctx, statusWithin, "the server says "+picture, func() (bool, error) {
		account, err := d.account.Get(ctx)
		if err != nil {
			return false, err
		}
		if account.Verification != nil {
			d.verification = account.Verification.ID
		}
		if d.verification == "" {
			return false, nil
		}
		last, err = d.account.View(ctx, d.verification)
		return err == nil && wanted(last), err
	})
	if err != nil {
		return fmt.Errorf("%w; it says %q %q", err, last.Status, last.Reason)
	}
	return d.picture(ctx, picture)
}

func (d *desk) picture(ctx context.Context, name string) error {
	return d.tour.display.settled(ctx, name)
}

func (t *tour) scratch() string { return filepath.Join(t.build, "tour-data", "now.png") }

// differs reports whether more than one pixel in two hundred changed: a caret that blinks does
// not, another screen does.
func differs(a, b []byte) bool {
	if len(a) != len(b) {
		return true
	}
	const pixel = 3
	changed := 0
	for i := 0; i+pixel <= len(a); i += pixel {
		if !bytes.Equal(a[i:i+pixel], b[i:i+pixel]) {
			changed++
		}
	}
	return changed*200*pixel > len(a)
}

// freePort is a loopback address that nobody listens on.
func freePort(ctx context.Context) (string, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return listener.Addr().String(), listener.Close()
}
