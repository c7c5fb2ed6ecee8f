package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// refuses fails unless an error says what is wrong and what to do.
func refuses(t *testing.T, err error, says ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("was let through")
	}
	for _, text := range says {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%q does not say %q", err, text)
		}
	}
}

func TestASecondTourInOneFolderIsRefused(t *testing.T) {
	build := t.TempDir()
	release, err := hold(build)
	if err != nil {
		t.Fatal(err)
	}
	_, err = hold(build)
	refuses(t, err, build, "process", "wait for its end")
	release()
	if release, err = hold(build); err != nil {
		t.Fatalf("the folder is held after its release: %v", err)
	}
	release()
}

func TestAPortThatIsTakenIsSaid(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	refuses(t, free(t.Context(), listener.Addr().String()), listener.Addr().String(), "taken", "PORT=")
	address := listener.Addr().String()
	listener.Close()
	if err := free(t.Context(), address); err != nil {
		t.Errorf("a free port: %v", err)
	}
}

func TestAFullDiskIsSaid(t *testing.T) {
	refuses(t, room(t.TempDir(), 1<<62), "MB left", "free")
	if err := room(t.TempDir(), 1); err != nil {
		t.Errorf("with room: %v", err)
	}
	out, err := exec.CommandContext(t.Context(), filepath.Join(root, ".setup", "space"), t.TempDir(), "999999999").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "free") {
		t.Errorf("set-up says %q, %v", out, err)
	}
	if out, err = exec.CommandContext(t.Context(), filepath.Join(root, ".setup", "space"), t.TempDir(), "1").CombinedOutput(); err != nil {
		t.Errorf("with room set-up says %q, %v", out, err)
	}
}

func TestADisplayThatIsTooSmallOrAwayIsSaid(t *testing.T) {
	if err := tools(); err != nil {
		t.Skip(err)
	}
	var all programs
	t.Cleanup(all.stop)
	for size, fits := range map[string]bool{"640x480x24": false, "1440x900x24": true} {
		folder := t.TempDir()
		screen, err := newDisplay(t.Context(), &all, folder, folder, size)
		if err != nil {
			t.Fatal(err)
		}
		err = large(t.Context(), screen.env())
		if fits && err != nil {
			t.Errorf("%s: %v", size, err)
		}
		if !fits {
			refuses(t, err, "640 × 480", "make tour")
		}
	}
	refuses(t, large(t.Context(), []string{"DISPLAY=:99999"}), "does not answer", "DISPLAY")
}

func TestADisplayWithoutAWindowManagerIsSaid(t *testing.T) {
	if err := tools(); err != nil {
		t.Skip(err)
	}
	t.Setenv("WAYLAND_DISPLAY", "")
	var all programs
	t.Cleanup(all.stop)
	screen, err := newServer(t.Context(), &all, t.TempDir(), screenSize)
	if err != nil {
		t.Fatal(err)
	}
	refuses(t, managed(t.Context(), screen.env()), "no window manager", "openbox", "make tour")
	folder := t.TempDir()
	if screen, err = newDisplay(t.Context(), &all, folder, folder, screenSize); err != nil {
		t.Fatal(err)
	}
	if err := managed(t.Context(), screen.env()); err != nil {
		t.Errorf("with openbox: %v", err)
	}
}

func TestAToolThatIsMissingIsNamed(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"Xvfb", "xdotool", "xclip"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", folder)
	refuses(t, tools(), "openbox", ".setup/packages display")
}
