package screen_test

import (
	"context"
	"image"
	"syscall"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"realname.example/mobile/internal/flow"
	"realname.example/mobile/internal/screen"
	"realname.example/shared/camera"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
)

// perSecond is how many previews a second a person is shown.
const perSecond = 15

// BenchmarkPreview draws frames of 1280 by 720 on the screen of the face scan, a
// phone's 390 by 844, with Fyne's painter that has no graphics card, and reports
// how many cores fifteen of them a second take. Beside it: the screen alone,
// without a new picture, and the pictures alone, without a screen.
func BenchmarkPreview(b *testing.B) {
	test.NewTempApp(b).Settings().SetTheme(ui.NewTheme(ui.DarkScheme, ui.UsualText))
	if err := sentences.Use(sentences.English); err != nil {
		b.Fatal(err)
	}
	w := test.NewTempWindow(b, nil)
	shell := screen.NewShell(screen.Config{
		Window: w, Flow: flow.New(flow.Config{Changed: func(flow.State) {}}),
		Run: func(func(context.Context)) {}, Pick: func(func([]byte)) {},
	})
	w.Resize(fyne.NewSize(390, 844))
	shell.Render(full(flow.Capturing))
	frames := []*camera.Frame{wide(0), wide(40)}
	n := 0
	show := func(draw func(*image.RGBA)) func() {
		lens := screen.Lens{Do: func(f func()) { f() }, Draw: draw}
		return func() {
			f := frames[n%2]
			f.At = time.Duration(n) * time.Second / perSecond
			n++
			lens.Show(f, true)
		}
	}
	onScreen := show(func(img *image.RGBA) {
		shell.Picture(img)
		w.Canvas().Capture()
	})
	onScreen()
	for name, draw := range map[string]func(){
		"screen with preview": onScreen, "screen alone": func() { w.Canvas().Capture() }, "pictures alone": show(func(*image.RGBA) {}),
	} {
		b.Run(name, func(b *testing.B) {
			before := worked(b)
			for b.Loop() {
				draw()
			}
			b.ReportMetric((worked(b)-before).Seconds()/float64(b.N)*perSecond, "cores-at-15/s")
		})
	}
}

// worked is the processor time of this process, which other programs on the
// machine do not lengthen.
func worked(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// wide is a frame of 1280 by 720.
func wide(level byte) *camera.Frame {
	const w, h = 1280, 720
	f := &camera.Frame{W: w, H: h, Mirror: true, Y: make([]byte, w*h), U: make([]byte, w*h/4), V: make([]byte, w*h/4)}
	for i := range f.Y {
		f.Y[i] = level + byte(i*7%190)
	}
	for i := range f.U {
		f.U[i], f.V[i] = byte(i%255), byte(i*3%255)
	}
	return f
}
