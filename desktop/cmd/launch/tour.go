package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/report"
	"realname.example/shared/verification"
)

const (
	screenWithin  = 60 * time.Second // a screen and its status: two tries of a carrier of 5 s each, on a busy machine
	captureWithin = 90 * time.Second // 12 s of pictures, and what goes before and after
)

// tour is one run of the stories against one fresh sandbox.
type tour struct {
	all   programs
	build string
	look
	server   string
	password string
	client   *client.Client
	display  *display
	backend  *sandbox
	console  *console // nil before an operator signs in there
	pageless bool     // there is no Chromium to draw pages
	// apps are those that were started, the last one last; started counts them.
	apps    []*app
	started int
}

// playTour plays stories, alone in the build folder.
func playTour(ctx context.Context, build string, l look, rest string, stories []story) error {
	release, err := hold(build)
	if err != nil {
		return err
	}
	defer release()
	return play(ctx, build, filepath.Join(build, "tour"), l, rest, stories)
}

// look is how the apps speak and look in a tour.
type look struct{ language, theme string }

// playLooks plays the whole tour in every look, with the pictures of each in a
// folder of its own.
func playLooks(ctx context.Context, build, rest string) error {
	release, err := hold(build)
	if err != nil {
		return err
	}
	defer release()
	if err := os.RemoveAll(filepath.Join(build, "tour")); err != nil {
		return err
	}
	for _, l := range []look{{"en", "light"}, {"en", "dark"}, {"zh", "light"}, {"zh", "dark"}} {
		fmt.Printf("tour: in %s, %s\n", l.language, l.theme)
		if err := play(ctx, build, filepath.Join(build, "tour", l.language+"-"+l.theme), l, rest, stories); err != nil {
			return err
		}
	}
	return nil
}

// play makes a fresh sandbox and a display, plays the stories with their pictures in a folder, and
// fails at the first step whose effect the server does not confirm.
func play(ctx context.Context, build, pictures string, l look, rest string, stories []story) error {
	if err := errors.Join(tools(), room(build, leastSpace)); err != nil {
		return err
	}
	for _, old := range []string{pictures, filepath.Join(build, "tour-data")} {
		if err := os.RemoveAll(old); err != nil {
			return err
		}
		if err := os.MkdirAll(old, 0o700); err != nil {
			return err
		}
	}
	began := time.Now()
	t := &tour{build: build, look: l, password: rand.Text()}
	defer t.all.stop()
	if err := os.Setenv("REALNAME_SANDBOX_PASSWORD", t.password); err != nil {
		return err
	}
	var err error
	if t.display, err = newDisplay(ctx, &t.all, build, pictures, screenSize); err != nil {
		return err
	}
	listen, err := freePort(ctx)
	if err != nil {
		return err
	}
	t.backend = &sandbox{
		all: &t.all, build: build, data: filepath.Join(build, "tour-data"), listen: listen, rest: rest,
		flags: func() ([]string, error) { return recorded(build, recordingWuMin, recordingZhengQiang) },
	}
	if t.server, err = t.backend.start(ctx); err != nil {
		return err
	}
	if t.client, err = client.New(client.Config{Server: t.server}); err != nil {
		return err
	}
	defer t.client.Close()
	for _, s := range stories {
		if s.phone {
			if err := t.backend.complete(ctx); err != nil {
				return err
			}
		}
		fmt.Println("tour:", s.title)
		t.display.began = time.Now()
		if err := s.play(ctx, t); err != nil {
			return t.failed(s, err)
		}
		fmt.Printf("tour: %6.1f s\n", time.Since(t.display.began).Seconds())
	}
	if err := t.backend.complete(ctx); err != nil {
		return err
	}
	fmt.Printf("tour: all %d stories passed in %.0f s; %d pictures are in %s\n", len(stories), time.Since(began).Seconds(), t.display.taken, pictures)
	return nil
}

// failed keeps what the display shows, while all apps still run, and adds to the error what those
// say of themselves.
func (t *tour) failed(s story, why error) error {
	why = fmt.Errorf("%s: %w", s.title, why)
	for _, a := range t.apps {
		if _, err := a.now(); err == nil && a.program != nil && a.ended() == nil {
			why = fmt.Errorf("%w\n  %s", why, a)
		}
	}
	picture := filepath.Join(t.display.pictures, "failed.png")
	if err := t.display.grab(picture); err != nil {
		return fmt.Errorf("%w\n  there is no picture of it: %w", why, err)
	}
	return fmt.Errorf("%w\n  the display at that moment is in %s", why, picture)
}

// desk is one desktop app on the tour's display, and the tour's own view of its account.
type desk struct {
	*app
	tour    *tour
	home    string
	env     []string // what the app starts with besides its home
	account *client.Account
	// verification is the case that the account had last: a refused one is no longer told with it.
	verification verification.ID
}

// signIn starts a desktop app with an empty home folder and signs in by keyboard. env adds to what
// the app starts with.
func (t *tour) signIn(ctx context.Context, username string, env ...string) (*desk, error) {
	d, err := t.newDesk(ctx, username, env...)
	if err != nil {
		return nil, err
	}
	return d, d.signIn(ctx, username)
}

// newDesk starts a desktop app with an empty home folder.
func (t *tour) newDesk(ctx context.Context, username string, env ...string) (*desk, error) {
	d, err := t.closedDesk(ctx, username, env...)
	if err != nil {
		return nil, err
	}
	return d, d.open(ctx)
}

// closedDesk is a desk whose app was not started yet.
func (t *tour) closedDesk(ctx context.Context, username string, env ...string) (*desk, error) {
	session, err := t.client.SignIn(ctx, api.Credentials{Username: username, Password: t.password})
	if err != nil {
		return nil, fmt.Errorf("look into the account %s: %w", username, err)
	}
	d := &desk{tour: t, env: env, account: t.client.Account(client.AccountToken(session.Token))}
	d.home, err = filepath.Abs(filepath.Join(t.build, "tour-data", fmt.Sprintf("home-%d", t.started)))
	if err != nil {
		return nil, err
	}
	return d, os.MkdirAll(d.home, 0o700)
}

// signIn signs in by keyboard.
func (d *desk) signIn(ctx context.Context, username string) error {
	if err := d.ready(ctx, "sign_in", "pc.signin.username"); err != nil {
		return err
	}
	if err := d.picture(ctx, "sign-in"); err != nil {
		return err
	}
	if err := d.fill(ctx, "pc.signin.username", username); err != nil {
		return err
	}
	if err := d.fill(ctx, "pc.signin.password", d.tour.password); err != nil {
		return err
	}
	return d.enter(ctx, "home", "pc.home.verify")
}

// open starts the desktop app, or starts it again as after a crash.
func (d *desk) open(ctx context.Context) error {
	if err := d.start(); err != nil {
		return err
	}
	w, err := d.tour.display.find(ctx, d.program, desktopTitle)
	if err != nil {
		return err
	}
	d.window = w
	return w.move(ctx, deskPlace)
}

// start starts the app.
func (d *desk) start() error {
	t := d.tour
	env, err := d.installOpener()
	if err != nil {
		return err
	}
	env = append(env, "HOME="+d.home, "XDG_CONFIG_HOME="+d.home, "DBUS_SESSION_BUS_ADDRESS=")
	env = append(env, d.env...)
	d.app, err = t.start("desktop", env, "--server", t.server, "--lang", t.language, "--theme", t.theme)
	return err
}

// finish reaches the end of a story and ends the app, as closing its window does. After a failure
// the app stays for the picture of it.
func (d *desk) finish(ctx context.Context, picture string, wanted func(verification.View) bool) error {
	if err := d.reach(ctx, picture, wanted); err != nil {
		return err
	}
	d.end()
	return nil
}

// enter presses Enter, waits for the screen that it leads to, and takes its picture.
func (d *desk) enter(ctx context.Context, screen, focus string) error {
	if err := d.window.keys(ctx, "Return"); err != nil {
		return err
	}
	if err := d.ready(ctx, screen, focus); err != nil {
		return err
	}
	return d.picture(ctx, screen)
}

// byMobile goes from home to the code and hands it in.
func (d *desk) byMobile(ctx context.Context, p person) error {
	if err := d.enter(ctx, "methods", "pc.next"); err != nil { // Verify Now
		return err
	}
	if err := d.enter(ctx, "mobile", "pc.field.name"); err != nil { // Next: mobile is chosen
		return err
	}
	for _, f := range [][2]string{{"pc.field.name", p.name}, {"pc.field.number", p.number}, {"pc.field.mobile", p.mobile}} {
		if err := d.fill(ctx, f[0], f[1]); err != nil {
			return err
		}
	}
	if err := d.window.keys(ctx, "Return"); err != nil { // Get the code
		return err
	}
	if err := d.ready(ctx, "mobile", "pc.field.code"); err != nil {
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
	if err := d.fill(ctx, "pc.field.code", messages[0].Code); err != nil {
		return err
	}
	return d.window.keys(ctx, "Return")
}

// byFace goes from home to the code for the phone.
func (d *desk) byFace(ctx context.Context, p person) error {
	if err := d.enter(ctx, "methods", "pc.next"); err != nil { // Verify Now
		return err
	}
	if err := d.press(ctx, "method.face"); err != nil {
		return err
	}
	if err := d.enter(ctx, "face", "pc.field.name"); err != nil {
		return err
	}
	for _, f := range [][2]string{{"pc.field.name", p.name}, {"pc.field.number", p.number}} {
		if err := d.fill(ctx, f[0], f[1]); err != nil {
			return err
		}
	}
	if err := d.window.keys(ctx, "Return"); err != nil {
		return err
	}
	return d.reach(ctx, "scan-with-phone", atFaceScan)
}

// reach waits until the server says that the account's verification is as wanted, then until the
// app shows that status.
func (d *desk) reach(ctx context.Context, picture string, wanted func(verification.View) bool) error {
	var last verification.View
	err := waitFor(ctx, screenWithin, "the server says "+picture, func() (bool, error) {
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
	err = d.until(ctx, string(last.Status), func(l report.Line) bool { return l.Status == last.Status && !l.Busy })
	if err != nil {
		return err
	}
	return d.picture(ctx, picture)
}

func (d *desk) picture(ctx context.Context, name string) error {
	return d.tour.display.settled(ctx, name)
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
