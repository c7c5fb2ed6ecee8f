package screen_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"realname.example/desktop/internal/flow"
	"realname.example/shared/camera"
	"realname.example/shared/ui/sentences"
)

// filming is a PC's camera that counts how often it is open.
type filming struct {
	camera.Backend
	open   atomic.Int32
	closed chan struct{}
}

// newFilming returns a PC without a camera.
func newFilming(t *testing.T) *filming {
	return &filming{Backend: recorded(t, camera.ReplayOptions{}), closed: make(chan struct{}, 8)}
}

func recorded(t *testing.T, o camera.ReplayOptions) camera.Backend {
	t.Helper()
	b, err := camera.NewReplay(o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Open implements camera.Backend.
func (f *filming) Open(ctx context.Context, cfg camera.Config) (camera.Session, error) {
	s, err := f.Backend.Open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	f.open.Add(1)
	return counted{s, f}, nil
}

type counted struct {
	camera.Session
	of *filming
}

// Close implements camera.Session.
func (c counted) Close() error {
	err := c.Session.Close()
	c.of.open.Add(-1)
	c.of.closed <- struct{}{}
	return err
}

// patience is how long a test waits for what has to come.
const patience = 20 * time.Second

// draws has the test draw what the camera's goroutine brings, and waits for it.
func (a *app) draws(draw func()) {
	done := make(chan struct{})
	select {
	case a.drawing <- func() { draw(); close(done) }:
		<-done
	case <-a.t.Context().Done():
	}
}

// until draws until something is so.
func (a *app) until(what string, so func() bool) {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(a.t.Context(), patience)
	defer cancel()
	for !so() {
		select {
		case draw := <-a.drawing:
			draw()
		case <-ctx.Done():
			a.t.Fatalf("does not come to %s, but shows:\n%s", what, a.texts())
		}
	}
}

// free draws until the camera is let go.
func (a *app) free() {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(a.t.Context(), patience)
	defer cancel()
	for {
		select {
		case <-a.filming.closed:
			return
		case draw := <-a.drawing:
			draw()
		case <-ctx.Done():
			a.t.Fatal("the camera is not let go")
		}
	}
}

// person is a recording of red on the left and blue on the right.
func person(t *testing.T) string {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, 640, 480))
	for y := range 480 {
		for x := range 640 {
			c := color.RGBA{R: 200, A: 255}
			if x >= 320 {
				c = color.RGBA{B: 200, A: 255}
			}
			picture.SetRGBA(x, y, c)
		}
	}
	var data bytes.Buffer
	if err := jpeg.Encode(&data, picture, nil); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "1.jpg"), data.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

// films opens the camera in the form in which a person adds themselves.
func films(t *testing.T, l sentences.Language, o camera.ReplayOptions) *app {
	t.Helper()
	a := addsThemselves(t, l)
	a.filming.Backend = recorded(t, o)
	a.taps("pc.people.portrait.take")
	return a
}

// seen draws until the picture of the dialog is there.
func (a *app) seen() *image.RGBA {
	a.t.Helper()
	var live *image.RGBA
	a.until("a live picture", func() bool {
		live, _ = a.photo().(*image.RGBA)
		return live != nil
	})
	return live
}

// red reports whether a point of a picture is more red than blue.
func red(picture image.Image, x, y int) bool {
	r, _, b, _ := picture.At(x, y).RGBA()
	return r > b
}

func TestAPortraitIsTakenWithTheCamera(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := films(t, l, camera.ReplayOptions{FrontPath: person(t)})
		live := a.seen()
		if w, h := live.Rect.Dx(), live.Rect.Dy(); red(live, w/2-9, h/2) || !red(live, w/2+9, h/2) {
			t.Error("the live picture is not mirrored")
		}
		a.sees(sentences.T("picture.selfie.how"))
		a.taps("pc.camera.take")
		a.until("the picture that was taken", func() bool { return a.shows(sentences.T("pc.camera.use")) })
		a.sees(sentences.T("pc.camera.look"))
		a.free()
		a.taps("pc.camera.again")
		a.seen()
		a.press(fyne.KeyReturn) // the focus is on the shutter
		a.until("the picture that was taken", func() bool { return a.shows(sentences.T("pc.camera.use")) })
		a.press(fyne.KeyReturn) // a second one keeps nothing
		a.seen()
		a.press(fyne.KeyReturn)
		a.until("the picture that was taken", func() bool { return a.shows(sentences.T("pc.camera.use")) })
		a.taps("pc.camera.use")
		a.sees(sentences.T("pc.people.portrait.taken"))
		a.taps("pc.people.add")
		data, err := base64.StdEncoding.DecodeString(a.backend.Added.Portrait)
		if err != nil {
			t.Fatal(err)
		}
		sent, err := jpeg.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if sent.Bounds().Dx() != 640 || !red(sent, 160, 240) || red(sent, 480, 240) {
			t.Errorf("a picture of %v was sent, turned or mirrored", sent.Bounds())
		}
	})
}

func TestTheCameraIsLetGoWhicheverWayOneLeaves(t *testing.T) {
	for name, leave := range map[string]func(*app){
		"cancel":     func(a *app) { a.taps("pc.cancel.dialog") },
		"escape":     func(a *app) { a.press(fyne.KeyEscape) },
		"signed out": func(a *app) { a.flow.SignOut(context.Background()) },
		"another screen": func(a *app) {
			a.flow.Go(flow.PageMethods)
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := films(t, sentences.English, camera.ReplayOptions{FrontPath: person(t)})
			a.seen()
			leave(a)
			a.free()
			if n := a.filming.open.Load(); n != 0 {
				t.Errorf("%d cameras are open", n)
			}
			if a.shown().Dialog == "pc.camera" {
				t.Error("the dialog stays")
			}
		})
	}
}

func TestEachFaultOfTheCameraSaysWhatToDo(t *testing.T) {
	faults := map[string]camera.ReplayOptions{
		"none":           {},
		"denied":         {Fail: camera.ErrDenied},
		"denied_forever": {Fail: camera.ErrDeniedForever},
		"busy":           {Fail: camera.ErrBusy},
		"unsupported":    {Fail: errors.New("odd")},
		"unplugged":      {FrontPath: person(t), UnplugAfter: 1},
	}
	inEach(t, func(t *testing.T, l sentences.Language) {
		for fault, o := range faults {
			a := films(t, l, o)
			a.until(fault, func() bool { return a.shows(sentences.T("pc.camera.retry")) })
			a.sees(sentences.T("pc.camera." + fault))
			if n := a.filming.open.Load(); n != 0 {
				t.Errorf("after %s the camera is open", fault)
			}
			a.filming.Backend = recorded(t, camera.ReplayOptions{FrontPath: person(t)})
			a.press(fyne.KeyReturn) // try again
			a.seen()
			a.press(fyne.KeyEscape)
			a.picture = []byte("file")
			a.taps("pc.people.portrait.choose")
			a.taps("pc.people.add")
			if a.backend.Added.Portrait == "" {
				t.Errorf("after %s no file is taken", fault)
			}
		}
	})
}

// photo is the picture in the dialog on top; nil for none.
func (a *app) photo() image.Image {
	for _, o := range a.objects() {
		if i, ok := o.(*canvas.Image); ok && i.Image != nil {
			return i.Image
		}
	}
	return nil
}

func TestTheFormAndItsCameraAreAsTheyWere(t *testing.T) {
	form := func(a *app) {
		a.enter()
		a.tap(sentences.T("pc.people"))
		a.tap(sentences.T("pc.people.add"))
	}
	for name, lead := range map[string]func(*app){
		"add_yourself": form,
		"camera": func(a *app) {
			form(a)
			a.filming.Backend = recorded(a.t, camera.ReplayOptions{FrontPath: person(a.t)})
			a.taps("pc.people.portrait.take")
			a.seen()
		},
		"camera_none": func(a *app) {
			form(a)
			a.taps("pc.people.portrait.take")
			a.until("the fault", func() bool { return a.shows(sentences.T("pc.camera.retry")) })
		},
	} {
		t.Run(name, func(t *testing.T) { drawsAsBefore(t, name, flow.ScreenHome, lead) })
	}
}
