package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// method is an input method of the tour's display, on a session bus of its own: what it has learnt
// before has no say.
type method struct {
	how     pinyin
	bus     *bus
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
	b, err := t.newBus(ctx, how.name, "XMODIFIERS=@im="+how.name)
	if err != nil {
		return nil, err
	}
	if how.profile != "" {
		profile := filepath.Join(b.folder, how.profile)
		if err := errors.Join(os.MkdirAll(filepath.Dir(profile), 0o700), os.WriteFile(profile, []byte(how.content), 0o600)); err != nil {
			return nil, err
		}
	}
	m := &method{how: how, bus: b}
	return m, m.start(ctx)
}

// start starts the method, or starts it again, and waits until the display's root window names it:
// programs that start from then on find it.
func (m *method) start(ctx context.Context) (err error) {
	//nolint:noctx // programs.stop ends it
	if m.running, err = m.bus.launch(m.how.name, exec.Command(m.how.run[0], m.how.run[1:]...)); err != nil {
		return err
	}
	return waitFor(ctx, windowWithin, m.how.name+" is there", func() (bool, error) {
		root, err := m.bus.display.do(ctx, "xprop", "-root", "XIM_SERVERS")
		return strings.Contains(root, "@server="+m.how.name) && (m.how.service == "" || m.bus.has(ctx, m.how.service)), errors.Join(err, m.running.ended())
	})
}

// end ends the method and its bus.
func (m *method) end() {
	m.running.end()
	m.bus.running.end()
}

// types makes what is typed from now on Chinese, or letters as they are. It asks again until the
// method says so: it forgets what it is told before it has heard of the window.
func (m *method) types(ctx context.Context, chinese bool) error {
	command, want := m.how.off, m.how.wantOff
	if chinese {
		command, want = m.how.on, m.how.wantOn
	}
	return waitFor(ctx, windowWithin, m.how.name+" says "+want, func() (bool, error) {
		now, err := m.bus.tell(ctx, m.how.state)
		if err == nil && now == want {
			return true, nil
		}
		_, _ = m.bus.tell(ctx, command) // asked again, whatever it says
		return false, m.running.ended()
	})
}
