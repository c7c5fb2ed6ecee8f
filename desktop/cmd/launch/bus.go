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

// bus is a session bus of the tour's display. What runs on it has a home folder of its own.
type bus struct {
	display *display
	all     *programs
	folder  string
	address string
	more    []string // environment of what runs on it
	running *program
}

// newBus starts a session bus; it prints its address once it listens.
func (t *tour) newBus(ctx context.Context, name string, env ...string) (*bus, error) {
	folder, err := filepath.Abs(filepath.Join(t.build, "tour-data", name))
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(folder, "run"), 0o700); err != nil {
		return nil, err
	}
	b := &bus{display: t.display, all: &t.all, folder: folder, more: env}
	out, err := os.Create(filepath.Join(folder, "bus"))
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd := exec.Command("dbus-daemon", "--session", "--nofork", "--print-address") //nolint:noctx // programs.stop ends it
	cmd.Stdout = out
	if b.running, err = b.launch("dbus-daemon", cmd); err != nil {
		return nil, err
	}
	return b, waitFor(ctx, windowWithin, "the session bus is there", func() (bool, error) {
		text, err := os.ReadFile(out.Name())
		b.address = strings.TrimSpace(string(text))
		return strings.HasSuffix(string(text), "\n"), errors.Join(err, b.running.ended())
	})
}

// launch starts a program on the bus, with a log in the bus's folder.
func (b *bus) launch(name string, cmd *exec.Cmd) (*program, error) {
	log, err := os.Create(filepath.Join(b.folder, name+".log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	return b.all.run(name, cmd, b.env(), log)
}

// env is what programs on the bus have in their environment.
func (b *bus) env() []string {
	return append(append(b.display.env(), b.more...),
		"HOME="+b.folder, "XDG_CONFIG_HOME="+filepath.Join(b.folder, ".config"), "XDG_CACHE_HOME="+filepath.Join(b.folder, ".cache"),
		"XDG_DATA_HOME="+filepath.Join(b.folder, ".local/share"), "XDG_RUNTIME_DIR="+filepath.Join(b.folder, "run"),
		"GSETTINGS_BACKEND=memory", "DBUS_SESSION_BUS_ADDRESS="+b.address, "LC_ALL=C.UTF-8")
}

// tell runs a tool on the bus and returns what it prints.
func (b *bus) tell(ctx context.Context, command []string) (string, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), b.env()...)
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", strings.Join(command, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}

// has reports whether a program on the bus has taken a name.
func (b *bus) has(ctx context.Context, name string) bool {
	answer, err := b.tell(ctx, []string{
		"dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus",
		"/org/freedesktop/DBus", "org.freedesktop.DBus.NameHasOwner", "string:" + name,
	})
	return err == nil && strings.HasSuffix(answer, "true")
}
