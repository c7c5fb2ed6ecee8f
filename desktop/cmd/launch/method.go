package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// method is an input method of the tour's display, with a session bus and a home folder of its own:
// what it has learnt before has no say.
type method struct {
	how     pinyin
	display *display
	all     *programs
	folder  string
	address string // of the bus
	bus     *program
	running *program
}

// pinyin is how one input method is started, asked and switched.
type pinyin struct {
	name string   // as XMODIFIERS has it
	run  []string // its command
	// service is the name that it takes on the session bus, which would start a second one for whoever
	// calls it earlier; "" for none.
	service string
	// state asks what is typed now.
	state []string
	// on, off make what is typed Chinese, or letters; wantOn and wantOff are what state says then.
	on, off         []string
	wantOn, wantOff string
	// profile is the file below the home folder that names pinyin; "" for none.
	profile, content string
}

var (
	fcitx5 = pinyin{
		name: "fcitx", run: []string{"fcitx5"}, service: "org.fcitx.Fcitx5",
		state: []string{"fcitx5-remote"},
		on:    []string{"fcitx5-remote", "-o"}, off: []string{"fcitx5-remote", "-c"},
		wantOn: "2", wantOff: "1",
		profile: ".config/fcitx5/profile",
		content: `[Groups/0]
Name=Default
Default Layout=us
DefaultIM=pinyin

[Groups/0/Items/0]
Name=keyboard-us

[Groups/0/Items/1]
Name=pinyin

[GroupOrder]
0=Default
`,
	}
	ibus = pinyin{
		name: "ibus", run: []string{"ibus-daemon", "--xim", "--panel", "disable"},
		state: []string{"ibus", "engine"},
		on:    []string{"ibus", "engine", "libpinyin"}, off: []string{"ibus", "engine", "xkb:us::eng"},
		wantOn: "libpinyin", wantOff: "xkb:us::eng",
	}
)

// newMethod starts an input method on the tour's display.
func (t *tour) newMethod(ctx context.Context, how pinyin) (*method, error) {
	folder, err := filepath.Abs(filepath.Join(t.build, "tour-data", how.name))
	if err != nil {
		return nil, err
	}
	m := &method{how: how, display: t.display, all: &t.all, folder: folder}
	if err := errors.Join(os.MkdirAll(filepath.Join(folder, filepath.Dir(how.profile)), 0o700),
		os.MkdirAll(filepath.Join(folder, "run"), 0o700)); err != nil {
		return nil, err
	}
	if how.profile != "" {
		if err := os.WriteFile(filepath.Join(folder, how.profile), []byte(how.content), 0o600); err != nil {
			return nil, err
		}
	}
	if err := m.startBus(ctx); err != nil {
		return nil, err
	}
	return m, m.start(ctx)
}

// startBus starts a session bus; it prints its address once it listens.
func (m *method) startBus(ctx context.Context) error {
	out, err := os.Create(filepath.Join(m.folder, "bus"))
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := exec.Command("dbus-daemon", "--session", "--nofork", "--print-address") //nolint:noctx // programs.stop ends it
	cmd.Stdout = out
	if m.bus, err = m.launch("dbus-daemon", cmd); err != nil {
		return err
	}
	return waitFor(ctx, windowWithin, "the session bus is there", func() (bool, error) {
		text, err := os.ReadFile(out.Name())
		m.address = strings.TrimSpace(string(text))
		return strings.HasSuffix(string(text), "\n"), errors.Join(err, m.bus.ended())
	})
}

// start starts the method, or starts it again, and waits until the display's root window names it:
// programs that start from then on find it.
func (m *method) start(ctx context.Context) (err error) {
	//nolint:noctx // programs.stop ends it
	if m.running, err = m.launch(m.how.name, exec.Command(m.how.run[0], m.how.run[1:]...)); err != nil {
		return err
	}
	return waitFor(ctx, windowWithin, m.how.name+" is there", func() (bool, error) {
		root, err := m.display.do(ctx, "xprop", "-root", "XIM_SERVERS")
		return strings.Contains(root, "@server="+m.how.name) && m.served(ctx), errors.Join(err, m.running.ended())
	})
}

// served reports whether the method has its name on the session bus.
func (m *method) served(ctx context.Context) bool {
	if m.how.service == "" {
		return true
	}
	answer, err := m.tell(ctx, []string{
		"dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus",
		"/org/freedesktop/DBus", "org.freedesktop.DBus.NameHasOwner", "string:" + m.how.service,
	})
	return err == nil && strings.HasSuffix(answer, "true")
}

// end ends the method and its bus.
func (m *method) end() {
	m.running.end()
	m.bus.end()
}

func (m *method) launch(name string, cmd *exec.Cmd) (*program, error) {
	log, err := os.Create(filepath.Join(m.folder, name+".log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	return m.all.run(name, cmd, append(m.display.env(), m.env()...), log)
}

// env is what programs need to be typed into through this method.
func (m *method) env() []string {
	return []string{
		"HOME=" + m.folder, "XDG_CONFIG_HOME=" + filepath.Join(m.folder, ".config"), "XDG_CACHE_HOME=" + filepath.Join(m.folder, ".cache"),
		"XDG_RUNTIME_DIR=" + filepath.Join(m.folder, "run"), "GSETTINGS_BACKEND=memory",
		"DBUS_SESSION_BUS_ADDRESS=" + m.address, "XMODIFIERS=@im=" + m.how.name, "LC_ALL=C.UTF-8",
	}
}

// tell runs one of the method's own tools and returns what it prints.
func (m *method) tell(ctx context.Context, command []string) (string, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(append(os.Environ(), m.display.env()...), m.env()...)
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", strings.Join(command, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}

// types makes what is typed from now on Chinese, or letters as they are. It asks again until the
// method says so: it forgets what it is told before it has heard of the window.
func (m *method) types(ctx context.Context, chinese bool) error {
	command, want := m.how.off, m.how.wantOff
	if chinese {
		command, want = m.how.on, m.how.wantOn
	}
	return waitFor(ctx, windowWithin, m.how.name+" says "+want, func() (bool, error) {
		now, err := m.tell(ctx, m.how.state)
		if err == nil && now == want {
			return true, nil
		}
		_, _ = m.tell(ctx, command) // asked again, whatever it says
		return false, m.running.ended()
	})
}
