// Launch is what "make run" starts: it runs the backend in its sandbox, waits until it is ready,
// and opens the desktop app and the phone app on this PC. Without a display, or with --tour, it
// makes a display of its own, plays the main flows there as a person would, and leaves a picture
// of each step in build/tour. It builds nothing (the Makefile does) and ends only what it started.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

func main() {
	lan := flag.Bool("lan", false, "listen on the local network too, for real phones")
	tour := flag.Bool("tour", false, "play the main flows under Xvfb even where there is a display")
	packaged := flag.Bool("packaged", false, "try the programs of a package under Xvfb: one verification, and the phone's window")
	release := flag.Bool("release", false, "try a backend that was unpacked: one verification, without a window")
	language := flag.String("lang", "en", "language of the tour: en or zh")
	build := flag.String("build", "build", "folder of the three programs, and of what this leaves")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	switch {
	case *release:
		err = tryRelease(ctx, *build)
	case *packaged:
		err = playTour(ctx, *build, *language, packagedStories)
	case *tour || os.Getenv("DISPLAY") == "":
		err = playTour(ctx, *build, *language, stories)
	default:
		err = open(ctx, *build, *lan)
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "launch:", err)
		stop()
		os.Exit(1)
	}
}

// open starts the three programs on the display that is there, and waits until both windows are
// closed or ctx ends.
func open(ctx context.Context, build string, lan bool) error {
	listen := "127.0.0.1:8080"
	if lan {
		host, err := lanAddress()
		if err != nil {
			return err
		}
		listen = net.JoinHostPort(host, "8443")
	}
	var all programs
	defer all.stop()
	camera, flags, err := lens(build)
	if err != nil {
		return err
	}
	server, err := all.backend(ctx, build, filepath.Join(build, "data"), listen, flags...)
	if err != nil {
		return err
	}
	if lan {
		explainLAN(server)
	}
	desktop, err := all.start(build, "desktop", nil, "--server", server)
	if err != nil {
		return err
	}
	phone, err := all.start(build, "mobile", nil, append(camera, "--server", server)...)
	if err != nil {
		return err
	}
	fmt.Println("The backend runs at", server, "- close both windows or press Ctrl-C to end it.")
	for _, window := range []*program{desktop, phone} {
		select {
		case <-window.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// lens returns the flags of the phone app and of the backend for the camera of this PC. Where there
// is none, a recorded person stands before the phone.
func lens(build string) (phone, backend []string, err error) {
	if cameras, _ := filepath.Glob("/dev/video*"); len(cameras) > 0 || runtime.GOOS != "linux" || !hasRecordings(build) {
		return nil, nil, nil
	}
	backend, err = recorded(build, recordingWuMin)
	if err != nil {
		return nil, nil, err
	}
	fmt.Println("This PC has no camera: the recorded person of the account wumin (吴敏) stands before the phone's.",
		"Choose \"Type the code\" on the phone instead of scanning.")
	return []string{"--camera", "replay:" + recording(build, recordingWuMin)}, backend, nil
}

// lanAddress is this PC's first private address.
func lanAddress() (string, error) {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return "", fmt.Errorf("list this PC's addresses: %w", err)
	}
	for _, a := range addresses {
		if network, ok := a.(*net.IPNet); ok && network.IP.To4() != nil && network.IP.IsPrivate() {
			return network.IP.String(), nil
		}
	}
	return "", errors.New("LAN=1 needs an address in a private network (10.…, 172.16.…, 192.168.…), and this PC has none")
}

// explainLAN says what works from a phone and what does not.
func explainLAN(server string) {
	fmt.Println(strings.Join([]string{
		"Phones in this network reach " + server + ".",
		"  The app on a phone works: the QR code carries the key of this server, and the app checks it.",
		"  A phone's browser does not trust the self-signed certificate: give REALNAME_TLS_CERT and",
		"  REALNAME_TLS_KEY of a certificate that the phone trusts, and REALNAME_PUBLIC_URL.",
	}, "\n"))
}
