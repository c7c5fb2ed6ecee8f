// Mobile is the app on the phone: it scans the code that the PC shows and
// takes the face capture. The same program runs on Android, on iOS, in a
// browser, and on a PC as a simulated phone. It joins internal/flow to the
// server, the camera and Fyne's window.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"image"
	_ "image/jpeg" // pictures from a file
	_ "image/png"  // pictures from a file
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"realname.example/mobile/internal/capture"
	"realname.example/mobile/internal/finder"
	"realname.example/mobile/internal/flow"
	"realname.example/mobile/internal/screen"
	"realname.example/mobile/internal/vault"
	"realname.example/shared/camera"
	"realname.example/shared/client"
	"realname.example/shared/report"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
)

// id names the app to the system.
const id = "example.realname.mobile"

// class is what the system calls the window, the same in every language.
const class = "Realname Phone"

func main() {
	filmed := flag.String("camera", "", "replay:FRONT or replay:BACK,FRONT shows recordings; otherwise the system's camera")
	server := flag.String("server", "", "address of the backend, for typed codes")
	data := flag.String("data", "", "folder for the key and the claim, apart from the user's own")
	language := flag.String("lang", "", "zh or en")
	scheme := flag.String("theme", "system", "light, dark or system")
	text := flag.Int("text", 0, "size of text in percent: 100, 125, 150 or 200; otherwise the system's")
	link := flag.String("link", "", "text of a code, as if it had been scanned")
	reported := flag.String("report", "", "file for a line of JSON at each screen and focus, - for standard output")
	flag.Parse()
	a := app.NewWithID(id)
	if *link == "" {
		*link = opened()
	}
	o := options{cameras: *filmed, server: *server, folder: folder(a, *data), link: *link, report: *reported}
	err := sentences.Use(sentences.Named(*language))
	if err == nil {
		a.SetIcon(ui.Icon())
		a.Settings().SetTheme(ui.NewTheme(ui.Scheme(*scheme), ui.TextSizeOf(cmp.Or(*text, textSize()))))
		err = run(a, o)
	}
	if err != nil {
		fyne.LogError("start", err)
	}
}

// options are what the flags say.
type options struct{ cameras, server, folder, link, report string }

func run(a fyne.App, o options) error {
	backend, err := open(o.cameras)
	if err != nil {
		return err
	}
	memory, err := vault.Open(o.folder, func(err error) { fyne.LogError("keep claim", err) })
	if err != nil {
		return err
	}
	trustOrigin(memory)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	window := a.NewWindow(class)
	window.SetTitle(sentences.T("phone.title"))
	var shell *screen.Shell
	var f *flow.Flow
	var onPhone func(flow.State)
	lens := screen.Lens{Do: fyne.Do, Draw: func(img *image.RGBA) { shell.Picture(img) }}
	f = flow.New(flow.Config{
		Dial: dial, Memory: memory, Camera: backend, Faces: faces(), Device: device(), Language: sentences.Code(), Wait: wait,
		Unlit: memory.Unlit() || calm(a),
		Changed: func(s flow.State) {
			fyne.Do(func() {
				if shell.Render(s) {
					told(s, screen.Alert(s))
					onPhone(s)
				}
			})
		},
		Picture: func(frame *camera.Frame) { lens.Show(frame, f.State().Stage == flow.Capturing) },
	})
	shell = screen.NewShell(screen.Config{
		Window: window, Flow: f,
		Run:  func(action func(context.Context)) { go action(ctx) },
		Type: func() { typeCode(f) },
		Pick: func(use func([]byte)) { pick(window, use) },
	})
	onPhone = followPhone(ctx, a, window, f, o.link)
	f.Use(o.server)
	shell.Render(f.State())
	told(f.State(), "")
	window.Resize(fyne.NewSize(390, 844))
	window.SetMaster()
	if o.report != "" {
		file, err := report.Create(o.report)
		if err != nil {
			return err
		}
		go ui.Report(ctx, report.NewWriter(file), window.Canvas(), shell.Shown)
	}
	go func() {
		if o.link != "" {
			f.Scanned(ctx, o.link)
			return
		}
		f.Resume(ctx)
	}()
	window.ShowAndRun()
	return nil
}

// faces finds a face in the camera's picture, to guide the person. An app that
// was built without what it needs guides by light and sharpness alone.
func faces() capture.Finder {
	found, err := finder.New()
	if err != nil {
		fyne.LogError("guide without faces", err)
		return nil
	}
	return found
}

// open returns the camera that the flag names.
func open(name string) (camera.Backend, error) {
	paths, ok := strings.CutPrefix(name, "replay:")
	if !ok {
		return cameras(), nil
	}
	back, front, two := strings.Cut(paths, ",")
	if !two {
		back, front = "", back
	}
	return camera.NewReplay(camera.ReplayOptions{BackPath: back, FrontPath: front})
}

// dial makes the calls of one server over HTTP.
func dial(server string, pin client.Pin) (flow.Connection, error) {
	c, err := client.New(client.Config{Server: server, Pin: pin, Device: device()})
	if err != nil {
		return flow.Connection{}, fmt.Errorf("dial: %w", err)
	}
	return flow.Connection{Claimer: c, Phone: func(t client.PhoneToken) flow.Phone { return flow.Online{Phone: c.Phone(t)} }}, nil
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
