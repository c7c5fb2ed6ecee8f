package main

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestStopEndsAProgramAndWhatItStarted(t *testing.T) {
	out, err := os.CreateTemp(t.TempDir(), "log")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	var all programs
	shell, err := all.run("shell", exec.Command("sh", "-c", "sleep 600 & echo $!; wait"), nil, out)
	if err != nil {
		t.Fatal(err)
	}
	err = waitFor(t.Context(), 10*time.Second, "the child is there", func() (bool, error) {
		text, err := os.ReadFile(out.Name())
		return strings.HasSuffix(string(text), "\n"), err
	})
	if err != nil {
		t.Fatal(err)
	}
	all.stop()
	if shell.ended() == nil {
		t.Error("the shell still runs after stop")
	}
	// The child is nobody's to wait for, so its end may follow a moment later.
	err = waitFor(t.Context(), 10*time.Second, "the child has ended", func() (bool, error) {
		return errors.Is(syscall.Kill(-shell.cmd.Process.Pid, 0), syscall.ESRCH), nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAWaitEndsWithItsContextAndSaysForWhat(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := waitFor(ctx, time.Hour, "the moon rises", func() (bool, error) { return false, nil })
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "the moon rises") {
		t.Errorf("got %v", err)
	}
}

func TestAWaitEndsAtTheFirstError(t *testing.T) {
	broken := errors.New("broken")
	asked := 0
	err := waitFor(t.Context(), time.Hour, "it works", func() (bool, error) { asked++; return false, broken })
	if !errors.Is(err, broken) || asked != 1 {
		t.Errorf("got %v after %d times", err, asked)
	}
}

func TestLANNamesTheAddressOfTheRouteFirst(t *testing.T) {
	bridge, network := net.IPv4(172, 17, 0, 1), net.IPv4(192, 168, 1, 20)
	all := []net.Addr{
		&net.IPNet{IP: net.IPv4(127, 0, 0, 1)}, &net.IPNet{IP: bridge}, &net.IPNet{IP: net.ParseIP("fd00::1")},
		&net.IPNet{IP: net.IPv4(203, 0, 113, 7)}, &net.IPNet{IP: network},
	}
	for _, row := range []struct {
		route net.IP
		want  string
	}{
		{network, "192.168.1.20 172.17.0.1"},
		{bridge, "172.17.0.1 192.168.1.20"},
		{nil, "172.17.0.1 192.168.1.20"},
		{net.IPv4(203, 0, 113, 7), "172.17.0.1 192.168.1.20"},
	} {
		if got := strings.Join(byRoute(all, row.route), " "); got != row.want {
			t.Errorf("route %v: %s, want %s", row.route, got, row.want)
		}
	}
	if got := byRoute(all[:1], nil); len(got) > 0 {
		t.Errorf("named %v", got)
	}
}
