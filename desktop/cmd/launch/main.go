// Launch is what "make run" starts: it runs the backend in its sandbox, waits until it is ready,
// and opens the desktop app and the phone app on this PC. Without a display, or with --tour, it
// makes a display of its own, plays the main flows there as a person would, and leaves a picture
// of each step in build/tour. It builds nothing (the Makefile does, in part while the first window
// is open already: see rest) and ends only what it started.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
)

func main() {
	lan := flag.Bool("lan", false, "listen on the local network too, for real phones")
	tour := flag.Bool("tour", false, "play the main flows under Xvfb even where there is a display")
	packaged := flag.Bool("packaged", false, "try the programs of a package under Xvfb: one verification, and the phone's window")
	system := flag.Bool("system", false, "try the desktop app under Xvfb with a locked keyring, fcitx5 and ibus")
	release := flag.Bool("release", false, "try a backend that was unpacked: one verification, without a window")
	port := flag.String("port", "", "port of the backend, where another program has the usual one")
	rest := flag.String("rest", "", "target of make that brings what the first window needs not: models, recordings, the phone app")
	language := flag.String("lang", "en", "language of the tour: en or zh")
	theme := flag.String("theme", "system", "theme of the tour: light, dark or system")
	looks := flag.Bool("looks", false, "play the tour in both languages and both themes, each with pictures of its own")
	build := flag.String("build", "build", "folder of the three programs, and of what this leaves")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	var err error
	switch {
	case *release:
		err = tryRelease(ctx, *build)
	case *packaged:
		err = playTour(ctx, *build, look{*language, *theme}, "", packagedStories)
	case *system:
		err = playTour(ctx, *build, look{*language, *theme}, "", systemStories)
	case *looks:
		err = playLooks(ctx, *build, *rest)
	case *tour || os.Getenv("DISPLAY") == "":
		err = playTour(ctx, *build, look{*language, *theme}, *rest, stories)
	default:
		err = open(ctx, *build, *rest, *port, *lan)
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "launch:", err)
		stop()
		os.Exit(1)
	}
}

// open starts the three programs on the display that is there, and waits until both windows are
// closed or ctx ends.
func open(ctx context.Context, build, rest, port string, lan bool) error {
	release, err := hold(build)
	if err != nil {
		return err
	}
	defer release()
	listen := net.JoinHostPort("127.0.0.1", cmp.Or(port, "8080"))
	var addresses []string
	if lan {
		if addresses, err = lanAddresses(ctx); err != nil {
			return err
		}
		listen = net.JoinHostPort(addresses[0], cmp.Or(port, "8443"))
	}
	if err := errors.Join(usable(ctx, nil), room(build, leastSpace), free(ctx, listen)); err != nil {
		return err
	}
	var all programs
	defer all.stop()
	box := &sandbox{all: &all, build: build, data: filepath.Join(build, "data"), listen: listen, rest: rest}
	var camera []string
	box.flags = func() (backend []string, err error) {
		camera, backend, err = lens(build)
		return backend, err
	}
	server, err := box.start(ctx)
	if err != nil {
		return err
	}
	if lan {
		explainLAN(server, addresses[1:])
	}
	desktop, err := all.start(build, "desktop", nil, "--server", server)
	if err != nil {
		return err
	}
	fmt.Println("The backend runs at", server, "- close both windows or press Ctrl-C to end it.")
	if err := box.complete(ctx); err != nil {
		return err
	}
	phone, err := all.start(build, "mobile", nil, append(camera, "--server", server)...)
	if err != nil {
		return err
	}
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

// lanAddresses are this PC's addresses in private networks, that of the route to the world first: of
// the others, bridges of containers and virtual machines, no phone reaches any.
func lanAddresses(ctx context.Context) ([]string, error) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("list this PC's addresses: %w", err)
	}
	found := byRoute(all, routed(ctx))
	if len(found) == 0 {
		return nil, errors.New("LAN=1 needs an address in a private network (10.…, 172.16.…, 192.168.…), and this PC has none")
	}
	return found, nil
}

// routed is the address with which this PC would go to the world; nil where there is no way. Nothing
// is sent: a UDP socket only looks up its route (TEST-NET-1 of RFC 5737 is nobody's).
func routed(ctx context.Context) net.IP {
	conn, err := (&net.Dialer{}).DialContext(ctx, "udp4", "192.0.2.1:9")
	if err != nil {
		return nil
	}
	defer conn.Close()
	if at, ok := conn.LocalAddr().(*net.UDPAddr); ok {
		return at.IP
	}
	return nil
}

// byRoute picks the private addresses of IPv4, the one of the route first.
func byRoute(all []net.Addr, route net.IP) []string {
	var found []string
	for _, a := range all {
		network, ok := a.(*net.IPNet)
		switch {
		case !ok || network.IP.To4() == nil || !network.IP.IsPrivate():
		case network.IP.Equal(route):
			found = slices.Insert(found, 0, network.IP.String())
		default:
			found = append(found, network.IP.String())
		}
	}
	return found
}

// explainLAN says what works from a phone and what does not.
func explainLAN(server string, others []string) {
	if len(others) > 0 {
		fmt.Println("This PC has other addresses too, on which it does not listen:", strings.Join(others, ", ")+".")
	}
	fmt.Println(strings.Join([]string{
		"Phones in this network reach " + server + ".",
		"  The app on a phone works: the QR code carries the key of this server, and the app checks it.",
		"  A phone's browser does not trust the self-signed certificate: give REALNAME_TLS_CERT and",
		"  REALNAME_TLS_KEY of a certificate that the phone trusts, and REALNAME_PUBLIC_URL.",
	}, "\n"))
}
