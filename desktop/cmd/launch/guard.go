package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// least is the smallest display on which the desktop's window stands whole.
var least = [2]int{960, 700}

// leastSpace is what logs, pictures and a database of the sandbox may need, in bytes.
const leastSpace = 200 << 20

// hold keeps a build folder for this launcher until release is called or the process ends: two would
// write into the same logs and data.
func hold(build string) (release func(), err error) {
	path := filepath.Join(build, "launch.lock")
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer file.Close()
		pid, _ := os.ReadFile(path) // without it the sentence says less
		return nil, fmt.Errorf("another \"make run\" or tour uses the folder %s (process %s): wait for its end, or end it with Ctrl-C where it runs",
			build, bytes.TrimSpace(pid))
	}
	err = errors.Join(file.Truncate(0), write(file, fmt.Sprintln(os.Getpid())))
	return func() { file.Close() }, err
}

func write(file *os.File, text string) error {
	_, err := file.WriteAt([]byte(text), 0)
	return err
}

// free fails where a port is taken: another program that answers there would be taken for the backend.
func free(ctx context.Context, listen string) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("the port of %s is taken by another program: end that (ss -ltnp shows which), or choose another port: make run PORT=18080", listen)
	}
	if err != nil {
		return fmt.Errorf("listen on %s: %w", listen, err)
	}
	return listener.Close()
}

// room fails where a folder's disk is nearly full.
func room(folder string, least uint64) error {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(folder, &disk); err != nil {
		return fmt.Errorf("look at the disk of %s: %w", folder, err)
	}
	if have := disk.Bavail * uint64(disk.Bsize); have < least {
		return fmt.Errorf("the disk of %s has only %d MB left: free %d MB, then run the same command again", folder, have>>20, least>>20)
	}
	return nil
}

// usable fails where a display is too small, or windows on it get no keys.
func usable(ctx context.Context, env []string) error {
	if err := large(ctx, env); err != nil {
		return err
	}
	return managed(ctx, env)
}

// large fails where the display is too small for the windows. Where nothing here can tell, it does not.
func large(ctx context.Context, env []string) error {
	if path, _ := exec.LookPath("xdotool"); path == "" {
		return nil
	}
	cmd := exec.CommandContext(ctx, "xdotool", "getdisplaygeometry")
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("the display %s does not answer (%s): set DISPLAY to one that does, or unset it for a tour on a display of its own",
			os.Getenv("DISPLAY"), bytes.TrimSpace(out))
	}
	var size [2]int
	if _, err := fmt.Sscan(string(out), &size[0], &size[1]); err != nil {
		return fmt.Errorf("read the size of the display: %w", err)
	}
	if size[0] < least[0] || size[1] < least[1] {
		return fmt.Errorf("the display has %d × %d points and the windows need %d × %d: choose a larger mode, or play the tour on a display of its own: make tour",
			size[0], size[1], least[0], least[1])
	}
	return nil
}

// managed fails where a display has no window manager: windows then lie over one another at its corner, and
// none is sure to get the keyboard. Where nothing here can tell, it does not; under Wayland the compositor is one.
func managed(ctx context.Context, env []string) error {
	if path, _ := exec.LookPath("xdotool"); path == "" || os.Getenv("WAYLAND_DISPLAY") != "" {
		return nil
	}
	cmd := exec.CommandContext(ctx, "xdotool", "get_num_desktops") // one of the things that only a manager tells
	cmd.Env = append(os.Environ(), env...)
	if cmd.Run() == nil {
		return nil
	}
	return fmt.Errorf("the display %s has no window manager, so that windows get no keys: start one there (such as openbox), or play the tour on a display of its own: make tour",
		os.Getenv("DISPLAY"))
}

// tools fails where a program of the tour is not installed.
func tools() error {
	var missing []string
	for _, name := range []string{"Xvfb", "openbox", "xdotool", "xclip"} {
		if _, err := exec.LookPath(name); err != nil {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("the tour needs %s, which this system lacks: .setup/packages display installs them", strings.Join(missing, ", "))
	}
	return nil
}
