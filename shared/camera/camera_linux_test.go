//go:build linux && !android

package camera

import (
	"context"
	"errors"
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
