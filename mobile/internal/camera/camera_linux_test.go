//go:build linux && !android

package camera

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/blackjack/webcam"
	"golang.org/x/sys/unix"
)

// fakeDevice is a camera of one mode that always has a frame; gone and silent
// are how it can fail after some frames.
type fakeDevice struct {
	mu     sync.Mutex
	mode   mode
	buf    []byte
	after  int   // frames until err
	err    error // what GetFrame then says; nil means never
	mute   bool  // then say nothing at all instead
	startE error
	frames int
	closed int
}

func (d *fakeDevice) Modes(int, int) []mode { return []mode{d.mode, {fourCC("H264"), 1280, 720}} }
func (d *fakeDevice) Start(mode) error      { return d.startE }

func (d *fakeDevice) WaitForFrame(uint32) error {
	if d.mute && d.frames >= d.after {
		return new(webcam.Timeout)
	}
	return nil
}

func (d *fakeDevice) GetFrame() ([]byte, uint32, error) {
	if d.err != nil && d.frames >= d.after {
		return nil, 0, d.err
	}
	d.frames++
	return d.buf, 0, nil
}
func (d *fakeDevice) ReleaseFrame(uint32) error { return nil }

func (d *fakeDevice) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed++
	return nil
}

// fakeV4L2 is a backend of one device file that opens as dev.
func fakeV4L2(t *testing.T, dev *fakeDevice, openErr error) v4l2 {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "video0"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return v4l2{glob: filepath.Join(dir, "video*"), open: func(string) (device, error) {
		if openErr != nil {
			return nil, openErr
		}
		return dev, nil
	}}
}

func TestV4L2SaysWhyACameraCannotBeOpened(t *testing.T) {
	none := v4l2{glob: filepath.Join(t.TempDir(), "video*"), open: openDevice}
	yuyv := mode{fourCC("YUYV"), 4, 2}
	for name, c := range map[string]struct {
		backend v4l2
		want    error
	}{
		"no device":         {none, ErrNone},
		"forbidden":         {fakeV4L2(t, nil, unix.EACCES), ErrDenied},
		"taken":             {fakeV4L2(t, nil, unix.EBUSY), ErrBusy},
		"taken at start":    {fakeV4L2(t, &fakeDevice{mode: yuyv, startE: unix.EBUSY}, nil), ErrBusy},
		"not a camera":      {fakeV4L2(t, nil, errors.New("not a video capture device")), ErrNone},
		"no format we read": {fakeV4L2(t, &fakeDevice{mode: mode{fourCC("H264"), 4, 2}}, nil), ErrNone},
	} {
		if _, err := c.backend.Open(context.Background(), Config{}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestV4L2EndsWhenTheCameraGoesAway(t *testing.T) {
	yuyv := mode{fourCC("YUYV"), 4, 2}
	buf := make([]byte, 16)
	for name, dev := range map[string]*fakeDevice{
		"unplugged":      {mode: yuyv, buf: buf, after: 3, err: unix.ENODEV},
		"bus error":      {mode: yuyv, buf: buf, after: 0, err: unix.EIO},
		"silent":         {mode: yuyv, buf: buf, after: 2, mute: true},
		"only bad ones":  {mode: yuyv, buf: buf[:3]},
		"broken picture": {mode: mode{fourCC("MJPG"), 4, 2}, buf: []byte("no picture")},
	} {
		s, err := fakeV4L2(t, dev, nil).Open(context.Background(), Config{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for err == nil {
			_, err = s.Next(context.Background())
		}
		if !errors.Is(err, ErrUnplugged) {
			t.Errorf("%s: %v", name, err)
		}
		s.Close()
		if dev.closed != 1 {
			t.Errorf("%s: closed %d times", name, dev.closed)
		}
	}
}

func TestNearestModeTakesTheNearestSizeThenTheBestFormat(t *testing.T) {
	yuyv, mjpg := fourCC("YUYV"), fourCC("MJPG")
	offers := []mode{
		{mjpg, 1280, 720},
		{yuyv, 1280, 720},
		{yuyv, 640, 480},
		{mjpg, 640, 480},
		{fourCC("H264"), 333, 77},
		{yuyv, 0, 0},
	}
	for _, c := range []struct {
		w, h int
		want mode
	}{
		{1280, 720, mode{mjpg, 1280, 720}},
		{4000, 3000, mode{mjpg, 1280, 720}},
		{640, 480, mode{yuyv, 640, 480}},
		{333, 77, mode{yuyv, 640, 480}},
	} {
		if got, ok := nearestMode(offers, c.w, c.h); !ok || got != c.want {
			t.Errorf("%d × %d: %v, %v", c.w, c.h, got, ok)
		}
	}
}

func TestModesConvertPaddedRows(t *testing.T) {
	// 3 × 3, each row padded by 5 bytes; Y counts up, U is 90, V is 160.
	yuyv := make([]byte, 3*13)
	nv12 := make([]byte, 5*8)
	for y := 0; y < 3; y++ {
		for x := 0; x < 3; x++ {
			yuyv[y*13+2*x] = byte(10*y + x)
			nv12[y*8+x] = byte(10*y + x)
		}
		copy(yuyv[y*13+1:], []byte{90})
		copy(yuyv[y*13+3:], []byte{160})
		copy(yuyv[y*13+5:], []byte{90})
	}
	for _, at := range []int{24, 26, 32, 34} {
		nv12[at], nv12[at+1] = 90, 160
	}
	for name, c := range map[string]struct {
		m   mode
		buf []byte
	}{
		"YUYV": {mode{fourCC("YUYV"), 3, 3}, yuyv},
		"NV12": {mode{fourCC("NV12"), 3, 3}, nv12},
	} {
		var f Frame
		if err := c.m.convert(&f, c.buf); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if want := []byte{0, 1, 2, 10, 11, 12, 20, 21, 22}; !bytes.Equal(f.Y, want) {
			t.Errorf("%s: Y %v", name, f.Y)
		}
		if !bytes.Equal(f.U, []byte{90, 90, 90, 90}) || !bytes.Equal(f.V, []byte{160, 160, 160, 160}) {
			t.Errorf("%s: U %v V %v", name, f.U, f.V)
		}
	}
}

func TestJPEGFramesKeepTheirSizeInEverySubsampling(t *testing.T) {
	for _, ratio := range []image.YCbCrSubsampleRatio{
		image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio440,
	} {
		img := image.NewYCbCr(image.Rect(0, 0, 7, 5), ratio)
		for i := range img.Cb {
			img.Cb[i], img.Cr[i] = 90, 160
		}
		var f Frame
		if err := fromImage(&f, img); err != nil || f.W != 7 || f.H != 5 {
			t.Fatalf("%v: %d × %d, %v", ratio, f.W, f.H, err)
		}
		if f.U[11] != 90 || f.V[11] != 160 {
			t.Errorf("%v: chroma %d, %d", ratio, f.U[11], f.V[11])
		}
	}
}

func FuzzModeConvertNeverPanics(f *testing.F) {
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, image.NewGray(image.Rect(0, 0, 9, 9)), nil); err != nil {
		f.Fatal(err)
	}
	f.Add(buf.Bytes(), 9, 9, uint(3))
	f.Add(make([]byte, 64), 5, 3, uint(0))
	f.Add(make([]byte, 64), 5, 3, uint(1))
	f.Fuzz(func(t *testing.T, data []byte, w, h int, format uint) {
		if h < 1 || w < 1 || w > 2000 || h > 2000 {
			t.Skip()
		}
		m := mode{v4l2Formats[format%uint(len(v4l2Formats))], w, h}
		var frame Frame
		if err := m.convert(&frame, data); err == nil && len(frame.Y) != frame.W*frame.H {
			t.Errorf("%d × %d with %d bytes", frame.W, frame.H, len(frame.Y))
		}
	})
}

func FuzzRecordingsNeverPanic(f *testing.F) {
	f.Add([]byte("YUV4MPEG2 W2 H2 F25:1\nFRAME\n123456"))
	f.Add([]byte{0xff, 0xd8, 0xff, 0xda, 0, 2, 1, 0xff, 0, 0xff, 0xd9})
	f.Add([]byte(`{"a":[[0,1]]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var frame Frame
		for _, parse := range []func([]byte) (*recording, error){parseY4M, parseMJPEG} {
			rec, err := parse(data)
			if err != nil {
				continue
			}
			for i := 0; i < rec.count; i++ {
				_ = rec.read(i, &frame) // an error is fine, a panic is not
			}
		}
		if segments, err := parseSegments(data, 10); err == nil {
			for name, passages := range segments {
				for _, p := range passages {
					if p[0] < 0 || p[1] > 10 || p[0] >= p[1] {
						t.Errorf("segment %s: %v", name, p)
					}
				}
			}
		}
	})
}
