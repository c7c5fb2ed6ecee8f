package main

import (
	"context"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/mobile"
	"fyne.io/fyne/v2/test"

	"realname.example/mobile/internal/flow"
	"realname.example/shared/camera"
	"realname.example/shared/ui"
)

// handset is a phone's app: its driver records what is asked of the system.
type handset struct {
	fyne.App
	driver *driver
}

func (h handset) Driver() fyne.Driver { return h.driver }

type driver struct {
	fyne.Driver
	awake bool
	left  int
}

func (d *driver) SetDisableScreenBlanking(on bool) { d.awake = on }
func (d *driver) GoBack()                          { d.left++ }

// still is a camera that shows nothing, and tells when it opens and closes.
type still struct{ opened, closed chan struct{} }

func (still) Permission() camera.Permission { return camera.Granted }
func (still) RequestPermission(context.Context) (camera.Permission, error) {
	return camera.Granted, nil
}

func (s still) Open(context.Context, camera.Config) (camera.Session, error) {
	s.opened <- struct{}{}
	return s, nil
}

func (still) Next(ctx context.Context) (*camera.Frame, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}
func (still) Torch(bool) error { return camera.ErrUnsupported }
func (s still) Close() error   { s.closed <- struct{}{}; return nil }

func TestAPhonesAppFollowsItsSystem(t *testing.T) {
	phone := handset{App: test.NewTempApp(t), driver: &driver{}}
	window := test.NewTempWindow(t, nil)
	lens := still{opened: make(chan struct{}), closed: make(chan struct{})}
	f := flow.New(flow.Config{Camera: lens, Changed: func(flow.State) {}})
	told := follow(t.Context(), phone, window, f, "")
	life, ok := phone.Lifecycle().(interface {
		OnExitedForeground() func()
		OnEnteredForeground() func()
	})
	if !ok {
		t.Fatal("Fyne's lifecycle has another shape")
	}
	awake := func(want bool, when string) {
		t.Helper()
		told(f.State())
		if phone.driver.awake != want {
			t.Errorf("screen held on %s: %v", when, phone.driver.awake)
		}
	}
	awake(false, "at home")
	ended := make(chan struct{})
	go func() { f.Scan(t.Context()); close(ended) }()
	<-lens.opened
	awake(true, "while scanning")

	life.OnExitedForeground()()
	<-lens.closed
	<-ended
	awake(false, "in the background")

	life.OnEnteredForeground()()
	<-lens.opened
	awake(true, "in front again")

	press := window.Canvas().OnTypedKey()
	press(&fyne.KeyEvent{Name: mobile.KeyBack})
	<-lens.closed
	if stage := f.State().Stage; stage != flow.Home {
		t.Errorf("back leads to %s", stage)
	}
	awake(false, "at home again")
	press(&fyne.KeyEvent{Name: fyne.KeyA})
	if phone.driver.left != 0 {
		t.Error("left the app too early")
	}
	press(&fyne.KeyEvent{Name: mobile.KeyBack})
	if phone.driver.left != 1 {
		t.Errorf("left the app %d times", phone.driver.left)
	}

	f.Type()
	code := ui.NewEntry(nil)
	window.SetContent(code)
	window.Canvas().Focus(code)
	code.TypedKey(&fyne.KeyEvent{Name: mobile.KeyBack})
	if stage := f.State().Stage; stage != flow.Home {
		t.Errorf("back leads to %s while a code is typed", stage)
	}
}
