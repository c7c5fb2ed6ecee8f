package camera_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"realname.example/shared/camera"
	"realname.example/shared/camera/cameratest"
)

// fakeClock moves only when somebody sleeps.
type fakeClock struct {
	mu  sync.Mutex
	now time.Duration
}

func (c *fakeClock) Now() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	c.now += d
	c.mu.Unlock()
	return ctx.Err()
}

// picture is 32 × 24 of one grey: 10 times its number.
func picture(i int) image.Image {
	img := image.NewGray(image.Rect(0, 0, 32, 24))
	for k := range img.Pix {
		img.Pix[k] = uint8(10 * i)
	}
	return img
}

// number tells which picture a frame shows.
func number(f *camera.Frame) int { return (int(f.Y[100]) + 5) / 10 }

func writeFile(t *testing.T, path string, data []byte) string {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func mjpeg(t *testing.T, n int) string {
	t.Helper()
	var buf bytes.Buffer
	for i := 0; i < n; i++ {
		if err := jpeg.Encode(&buf, picture(i), nil); err != nil {
			t.Fatal(err)
		}
	}
	return writeFile(t, filepath.Join(t.TempDir(), "r.mjpeg"), buf.Bytes())
}

func y4m(t *testing.T, n int) string {
	t.Helper()
	buf := bytes.NewBufferString("YUV4MPEG2 W32 H24 F25:1 Ip A1:1 C420jpeg\n")
	for i := 0; i < n; i++ {
		buf.WriteString("FRAME\n")
		buf.Write(bytes.Repeat([]byte{byte(10 * i)}, 32*24))
		buf.Write(bytes.Repeat([]byte{128}, 2*16*12))
	}
	return writeFile(t, filepath.Join(t.TempDir(), "r.y4m"), buf.Bytes())
}

func folder(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < n; i++ {
		var buf bytes.Buffer
		if err := png.Encode(&buf, picture(i)); err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, fmt.Sprintf("%03d.png", i)), buf.Bytes())
	}
	return dir
}

func newReplay(t *testing.T, opt camera.ReplayOptions) *camera.Replay {
	t.Helper()
	if opt.Clock == nil {
		opt.Clock = &fakeClock{}
	}
	r, err := camera.NewReplay(opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func show(t *testing.T, s camera.Session, n int) []int {
	t.Helper()
	var out []int
	for i := 0; i < n; i++ {
		f, err := s.Next(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, number(f))
	}
	return out
}

func TestReplayKeepsThePortsPromises(t *testing.T) {
	for name, path := range map[string]string{"mjpeg": mjpeg(t, 4), "y4m": y4m(t, 4), "folder": folder(t, 4)} {
		t.Run(name, func(t *testing.T) {
			cameratest.Run(t, func(t *testing.T) camera.Backend {
				return newReplay(t, camera.ReplayOptions{BackPath: path})
			})
		})
	}
}

func TestReplayLoopsAtItsOwnRate(t *testing.T) {
	for name, c := range map[string]struct {
		path   string
		period time.Duration
	}{
		"mjpeg":  {mjpeg(t, 3), time.Second / 15},
		"y4m":    {y4m(t, 3), 40 * time.Millisecond},
		"folder": {folder(t, 3), time.Second / 15},
	} {
		clock := &fakeClock{}
		s, err := newReplay(t, camera.ReplayOptions{BackPath: c.path, Clock: clock}).Open(context.Background(), camera.Config{})
		if err != nil {
			t.Fatal(err)
		}
		if got := show(t, s, 7); !slices.Equal(got, []int{0, 1, 2, 0, 1, 2, 0}) {
			t.Errorf("%s: %v", name, got)
		}
		if got, want := clock.Now(), 6*c.period; (got - want).Abs() > time.Microsecond {
			t.Errorf("%s: seven frames took %v, want %v", name, got, want)
		}
		s.Close()
	}
}

func TestReplaySkipsFramesForALateReader(t *testing.T) {
	clock := &fakeClock{}
	s, err := newReplay(t, camera.ReplayOptions{BackPath: y4m(t, 20), Clock: clock}).Open(context.Background(), camera.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	show(t, s, 1)
	clock.Sleep(context.Background(), 210*time.Millisecond) // five frames of 40 ms
	f, err := s.Next(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if f.Seq != 5 || number(f) != 5 {
		t.Errorf("frame %d shows picture %d, want 5", f.Seq, number(f))
	}
}

func TestReplayPlaysAskedSegmentsBetweenNeutral(t *testing.T) {
	path := mjpeg(t, 12)
	writeFile(t, path+".json", []byte(`{"qr":[[0,2]],"neutral":[[2,4],[7,9]],"turn_left":[[4,7]],"blink":[9,12]}`))
	r := newReplay(t, camera.ReplayOptions{BackPath: path})
	back, err := r.Open(context.Background(), camera.Config{Facing: camera.Back})
	if err != nil {
		t.Fatal(err)
	}
	if got := show(t, back, 4); !slices.Equal(got, []int{0, 1, 0, 1}) {
		t.Errorf("back camera shows %v", got)
	}
	back.Close()
	front, err := r.Open(context.Background(), camera.Config{Facing: camera.Front})
	if err != nil {
		t.Fatal(err)
	}
	defer front.Close()
	got := show(t, front, 3)
	if !r.Play("turn_left") {
		t.Fatal("no turn_left")
	}
	got = append(got, show(t, front, 5)...)
	r.Play("blink")
	got = append(got, show(t, front, 5)...)
	if want := []int{2, 3, 7, 4, 5, 6, 8, 2, 9, 10, 11, 3, 7}; !slices.Equal(got, want) {
		t.Errorf("front camera shows %v, want %v", got, want)
	}
	if r.Play("nod") {
		t.Error("played a segment that is not there")
	}
	if got := r.Segments(); !slices.Equal(got, []string{"blink", "neutral", "qr", "turn_left"}) {
		t.Errorf("segments %v", got)
	}
}

func TestReplayPretendsFaults(t *testing.T) {
	path := y4m(t, 3)
	for _, fault := range []error{camera.ErrDenied, camera.ErrDeniedForever, camera.ErrNone, camera.ErrBusy} {
		r := newReplay(t, camera.ReplayOptions{BackPath: path, Fail: fault})
		if _, err := r.Open(context.Background(), camera.Config{}); !errors.Is(err, fault) {
			t.Errorf("open: %v, want %v", err, fault)
		}
		if _, err := r.RequestPermission(context.Background()); !errors.Is(err, r.Permission().Err()) {
			t.Errorf("%v: request says %v", fault, err)
		}
	}
	if _, err := newReplay(t, camera.ReplayOptions{}).Open(context.Background(), camera.Config{}); !errors.Is(err, camera.ErrNone) {
		t.Errorf("without recording: %v", err)
	}
	r := newReplay(t, camera.ReplayOptions{BackPath: path, UnplugAfter: 2})
	s, err := r.Open(context.Background(), camera.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Open(context.Background(), camera.Config{}); !errors.Is(err, camera.ErrBusy) {
		t.Errorf("second session: %v", err)
	}
	show(t, s, 2)
	if _, err := s.Next(context.Background()); !errors.Is(err, camera.ErrUnplugged) {
		t.Errorf("after two frames: %v", err)
	}
}

func TestReplayRefusesBrokenRecordings(t *testing.T) {
	dir := t.TempDir()
	bad := map[string]string{
		"a.y4m":   "YUV4MPEG2 W32 H24 F25:0\nFRAME\n",
		"b.y4m":   "YUV4MPEG2 W99999 H24\nFRAME\n",
		"c.y4m":   "YUV4MPEG2 W32 H24 C444\nFRAME\n",
		"d.y4m":   "YUV4MPEG2 W32 H24\nFRAME\nshort",
		"e.mjpeg": "no picture",
		"f.txt":   "text",
	}
	for name, text := range bad {
		path := writeFile(t, filepath.Join(dir, name), []byte(text))
		if _, err := camera.NewReplay(camera.ReplayOptions{BackPath: path}); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
	path := mjpeg(t, 3)
	for _, segments := range []string{`{"a":[[0,4]]}`, `{"a":[[2,2]]}`, `{"a":[[-1,2]]}`, `{"a":[[1]]}`, `{"a":[0,4]}`, `{"a":[0,1,2]}`, `{"a":[]}`, `[]`, `{`} {
		writeFile(t, path+".json", []byte(segments))
		if _, err := camera.NewReplay(camera.ReplayOptions{BackPath: path}); err == nil {
			t.Errorf("segments %s: opened", segments)
		}
	}
}

func TestReplayReadsWhatItIsHeldAtWheneverItOpens(t *testing.T) {
	path := mjpeg(t, 1)
	r, err := camera.NewReplay(camera.ReplayOptions{BackPath: path, Clock: &fakeClock{}})
	if err != nil {
		t.Fatal(err)
	}
	var other bytes.Buffer
	if err := jpeg.Encode(&other, image.NewGray(image.Rect(0, 0, 64, 48)), nil); err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, other.Bytes())
	s, err := r.Open(context.Background(), camera.Config{Facing: camera.Back})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if f, err := s.Next(context.Background()); err != nil || f.W != 64 || f.H != 48 {
		t.Errorf("still shows what it was held at before: %+v, %v", f, err)
	}
}

func TestMailboxGivesTheNewestFrameToEachReader(t *testing.T) {
	r := newReplay(t, camera.ReplayOptions{BackPath: y4m(t, 20), UnplugAfter: 10})
	s, err := r.Open(context.Background(), camera.Config{})
	if err != nil {
		t.Fatal(err)
	}
	a, b := camera.NewMailbox(), camera.NewMailbox()
	if err := camera.Pump(context.Background(), s, a, b); !errors.Is(err, camera.ErrUnplugged) {
		t.Fatal(err)
	}
	for _, box := range []*camera.Mailbox{a, b} {
		f, err := box.Take(context.Background())
		if err != nil || f.Seq != 9 || number(f) != 9 {
			t.Errorf("took %+v, %v; want frame 9", f, err)
		}
		if _, err := box.Take(context.Background()); !errors.Is(err, camera.ErrUnplugged) {
			t.Errorf("then %v", err)
		}
	}
}

// A reader's frame must not change while it reads: run with -race.
func TestMailboxFramesBelongToTheirReader(t *testing.T) {
	r := newReplay(t, camera.ReplayOptions{BackPath: y4m(t, 20), UnplugAfter: 300})
	s, err := r.Open(context.Background(), camera.Config{})
	if err != nil {
		t.Fatal(err)
	}
	box := camera.NewMailbox()
	go camera.Pump(context.Background(), s, box)
	var last uint64
	for {
		f, err := box.Take(context.Background())
		if err != nil {
			break
		}
		if f.Seq < last {
			t.Fatalf("frame %d after %d", f.Seq, last)
		}
		last = f.Seq
		for _, v := range f.Y {
			if v != f.Y[0] {
				t.Fatal("a frame of two pictures")
			}
		}
	}
	if last != 299 {
		t.Errorf("last frame %d", last)
	}
}

func TestPreviewTurnsAndMirrors(t *testing.T) {
	f := &camera.Frame{W: 8, H: 4, Y: make([]byte, 32), U: bytes.Repeat([]byte{128}, 8), V: bytes.Repeat([]byte{128}, 8)}
	for _, i := range []int{0, 1, 8, 9} {
		f.Y[i] = 255 // top left 2 × 2
	}
	for _, c := range []struct {
		rotation int
		mirror   bool
		w, h     int
		x, y     int
	}{
		{0, false, 4, 2, 0, 0},
		{0, true, 4, 2, 3, 0},
		{90, false, 2, 4, 1, 0},
		{90, true, 2, 4, 0, 0},
		{180, false, 4, 2, 3, 1},
		{270, false, 2, 4, 0, 3},
	} {
		f.Rotation, f.Mirror = c.rotation, c.mirror
		img := camera.Preview(f, nil)
		if img.Rect.Dx() != c.w || img.Rect.Dy() != c.h {
			t.Fatalf("%+v: %v", c, img.Rect)
		}
		for y := 0; y < c.h; y++ {
			for x := 0; x < c.w; x++ {
				want := uint8(0)
				if x == c.x && y == c.y {
					want = 255
				}
				if got := img.RGBAAt(x, y); got != (color.RGBA{want, want, want, 255}) {
					t.Errorf("%+v: (%d, %d) is %v", c, x, y, got)
				}
			}
		}
	}
}

// testFrame is 720p with edges and colours everywhere.
func testFrame() *camera.Frame {
	f := &camera.Frame{W: 1280, H: 720, Y: make([]byte, 1280*720), U: make([]byte, 640*360), V: make([]byte, 640*360)}
	seed := uint32(1)
	for i := range f.Y {
		seed = seed*1664525 + 1013904223
		f.Y[i] = byte(i/5) ^ byte(seed>>28)
	}
	for i := range f.U {
		f.U[i], f.V[i] = byte(i/7), byte(i/640)
	}
	return f
}

func TestPreviewReusesItsPictureAndIsSmallEnoughForFyne(t *testing.T) {
	f := testFrame()
	img := camera.Preview(f, nil)
	if img.Rect != image.Rect(0, 0, 640, 360) || camera.Preview(f, img) != img {
		t.Errorf("preview %v", img.Rect)
	}
	big := &camera.Frame{W: 1920, H: 1080, Y: make([]byte, 1920*1080), U: make([]byte, 960*540), V: make([]byte, 960*540)}
	if r := camera.Preview(big, img).Rect; r.Dx() > 640 {
		t.Errorf("preview of 1080p is %v", r)
	}
}

func TestEncodeJPEGIsUprightUnmirroredAndSmallEnough(t *testing.T) {
	f := testFrame()
	f.Rotation, f.Mirror = 90, true
	for y := 0; y < 720; y++ { // a white left half that no mirroring may move
		for x := 0; x < 1280; x++ {
			if y >= 360 {
				f.Y[y*1280+x] = 255
			}
		}
	}
	data, err := camera.EncodeJPEG(f, 640, camera.MaxUpload)
	if err != nil {
		t.Fatal(err)
	}
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if img.Bounds() != image.Rect(0, 0, 360, 640) || len(data) > camera.MaxUpload {
		t.Errorf("%v in %d bytes", img.Bounds(), len(data))
	}
	left := img.(*image.YCbCr).YCbCrAt(90, 320).Y
	if left < 240 { // turned clockwise, the lower half comes to the left
		t.Errorf("left half has luminance %d", left)
	}
	if _, err := camera.EncodeJPEG(&camera.Frame{}, 640, camera.MaxUpload); err == nil {
		t.Error("encoded an empty frame")
	}
}

// BenchmarkPreview720p also says how much of a core 15 previews a second take.
func BenchmarkPreview720p(b *testing.B) {
	f := testFrame()
	var img *image.RGBA
	for b.Loop() {
		img = camera.Preview(f, img)
	}
	b.ReportMetric(100*15*b.Elapsed().Seconds()/float64(b.N), "%-of-a-core-at-15/s")
}

func BenchmarkEncodeJPEG(b *testing.B) {
	f := testFrame()
	for b.Loop() {
		if _, err := camera.EncodeJPEG(f, 640, camera.MaxUpload); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMJPEG720pToPreview is the whole way of a webcam's frame.
func BenchmarkMJPEG720pToPreview(b *testing.B) {
	data, err := camera.EncodeJPEG(testFrame(), 1280, camera.MaxUpload)
	if err != nil {
		b.Skip(err)
	}
	path := filepath.Join(b.TempDir(), "f.mjpeg")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		b.Fatal(err)
	}
	r, err := camera.NewReplay(camera.ReplayOptions{BackPath: path, Clock: &fakeClock{}})
	if err != nil {
		b.Fatal(err)
	}
	s, err := r.Open(context.Background(), camera.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var img *image.RGBA
	for b.Loop() {
		f, err := s.Next(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		img = camera.Preview(f, img)
	}
	b.ReportMetric(100*15*b.Elapsed().Seconds()/float64(b.N), "%-of-a-core-at-15/s")
}
