package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"realname.example/shared/report"
)

// keyringService is the name of every keyring on a session bus (Secret Service of freedesktop.org).
const keyringService = "org.freedesktop.secrets"

// lockedKeyring is GNOME's keyring with a password that nobody types: the system asks for it, and the
// person says not now.
func lockedKeyring(ctx context.Context, t *tour) error {
	b, err := t.newBus(ctx, "keyring")
	if err != nil {
		return err
	}
	keyring, err := b.locked(ctx)
	if err != nil {
		return err
	}
	d, err := t.newDesk(ctx, "demo", "DBUS_SESSION_BUS_ADDRESS="+b.address)
	if err != nil {
		return err
	}
	question, err := t.display.find(ctx, b.running, "Unlock Login Keyring")
	if err != nil {
		return err
	}
	if err := d.until(ctx, "its first screen, while the system asks", func(l report.Line) bool { return l.Screen == "sign_in" && l.Busy }); err != nil {
		return err
	}
	if err := d.picture(ctx, "keyring-locked"); err != nil {
		return err
	}
	if err := question.keys(ctx, "Escape"); err != nil {
		return err
	}
	if err := d.signIn(ctx, "demo"); err != nil {
		return err
	}
	d.end()
	keyring.end()
	b.running.end()
	return nil
}

// locked has GNOME's keyring make its login keyring, and starts it again, which locks it.
func (b *bus) locked(ctx context.Context) (*program, error) {
	first := exec.Command("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets") //nolint:noctx // programs.stop ends it
	first.Stdin = strings.NewReader("nobody types this")
	made, err := b.launch("gnome-keyring-first", first)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(b.folder, ".local/share/keyrings/login.keyring")
	err = waitFor(ctx, windowWithin, "a keyring is made", func() (bool, error) {
		_, err := os.Stat(file)
		return err == nil, made.ended()
	})
	if err != nil {
		return nil, err
	}
	made.end()
	//nolint:noctx // programs.stop ends it
	keyring, err := b.launch("gnome-keyring", exec.Command("gnome-keyring-daemon", "--foreground", "--components=secrets"))
	if err != nil {
		return nil, err
	}
	return keyring, waitFor(ctx, windowWithin, "the keyring is there", func() (bool, error) {
		return b.has(ctx, keyringService), keyring.ended()
	})
}
