//go:build linux && !android

package camera

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/blackjack/webcam"
	"golang.org/x/sys/unix"
)

// System returns the cameras of Video4Linux.
func System() Backend { return v4l2{glob: "/dev/video*", open: openDevice} }

// device is the part of a webcam.Webcam that is used.
type device interface {
	Modes(w, h int) []mode
	Start(m mode) error
	WaitForFrame(seconds uint32) error
	GetFrame() ([]byte, uint32, error)
	ReleaseFrame(index uint32) error
	Close() error
}

// v4l2 opens the first camera that works among the devices of glob.
type v4l2 struct {
	glob string
	open func(path string) (device, error)
}

// Permission is not asked on Linux; the device file's owner decides at Open.
func (v4l2) Permission() Permission { return Granted }

// RequestPermission has nobody to ask.
func (v4l2) RequestPermission(context.Context) (Permission, error) { return Granted, nil }

// Open starts the first camera that can be opened; Facing says nothing here.
func (b v4l2) Open(ctx context.Context, cfg Config) (Session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	paths, err := filepath.Glob(b.glob)
	if err != nil {
		return nil, fmt.Errorf("list cameras: %w", err)
	}
	slices.Sort(paths)
	failed := ErrNone
	for _, path := range paths {
		s, err := b.start(path, cfg)
		if err == nil {
			return s, nil
		}
		// A node without pictures (metadata, output) is no reason to report;
		// a camera that others use or that is forbidden is.
		if errors.Is(err, ErrBusy) || errors.Is(err, ErrDenied) && errors.Is(failed, ErrNone) {
			failed = err
		}
	}
	return nil, fmt.Errorf("open camera: %w", failed)
}

func (b v4l2) start(path string, cfg Config) (Session, error) {
	dev, err := b.open(path)
	if err != nil {
		return nil, meaning(err)
	}
	w, h := cfg.size()
	m, ok := nearestMode(dev.Modes(w, h), w, h)
	if !ok {
		return nil, errors.Join(fmt.Errorf("picture formats: %w", ErrUnsupported), dev.Close())
	}
	if err := dev.Start(m); err != nil {
		return nil, errors.Join(meaning(err), dev.Close())
	}
	return &v4l2Session{fed: feed(func(stop <-chan struct{}, put func(*Frame)) error {
		return readDevice(dev, m, cfg.Facing == Front, stop, put)
	})}, nil
}

type v4l2Session struct{ *fed }

// Torch is nothing that webcams have.
func (*v4l2Session) Torch(bool) error { return ErrUnsupported }

// meaning gives a system error the port's name.
func meaning(err error) error {
	switch {
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return fmt.Errorf("%w: %w", ErrDenied, err)
	case errors.Is(err, unix.EBUSY):
		return fmt.Errorf("%w: %w", ErrBusy, err)
	case errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO), errors.Is(err, unix.EIO), errors.Is(err, unix.EBADF):
		return fmt.Errorf("%w: %w", ErrUnplugged, err)
	}
	return err
}

const (
	// silent is how many seconds without a frame mean that the camera is gone.
	silent = 5
	// badFrames in a row end a session: a torn frame now and then is normal.
	badFrames = 30
)

// readDevice hands on frames until stop closes or the camera fails.
func readDevice(dev device, m mode, mirror bool, stop <-chan struct{}, put func(*Frame)) error {
	defer dev.Close() //nolint:errcheck // nothing is left to do for a camera that cannot be closed
	began := time.Now()
	frame := Frame{Mirror: mirror}
	quiet, bad := 0, 0
	for {
		select {
		case <-stop:
			return ErrClosed
		default:
		}
		if err := dev.WaitForFrame(1); err != nil {
			var timeout *webcam.Timeout
			if errors.As(err, &timeout) {
				if quiet++; quiet < silent {
					continue
				}
				return fmt.Errorf("no frame for %d s: %w", silent, ErrUnplugged)
			}
			return meaning(err)
		}
		buf, index, err := dev.GetFrame()
		if errors.Is(err, unix.EAGAIN) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read frame: %w", meaning(err))
		}
		quiet = 0
		frame.Seq++
		frame.At = time.Since(began)
		err = m.convert(&frame, buf)
		if released := dev.ReleaseFrame(index); released != nil {
			return fmt.Errorf("return buffer: %w", meaning(released))
		}
		if err != nil {
			if bad++; bad == badFrames {
				return fmt.Errorf("%w: %w", ErrUnplugged, err)
			}
			continue
		}
		bad = 0
		put(&frame)
	}
}

// webcamDevice is a real camera.
type webcamDevice struct{ *webcam.Webcam }

func openDevice(path string) (device, error) {
	w, err := webcam.Open(path)
	if err != nil {
		return nil, err
	}
	return webcamDevice{w}, nil
}

// Modes lists what the camera offers; a range of sizes gives the one nearest
// to w × h.
func (d webcamDevice) Modes(w, h int) []mode {
	var out []mode
	for format := range d.GetSupportedFormats() {
		for _, s := range d.GetSupportedFrameSizes(format) {
			out = append(out, mode{
				uint32(format),
				clampStep(w, int(s.MinWidth), int(s.MaxWidth), int(s.StepWidth)),
				clampStep(h, int(s.MinHeight), int(s.MaxHeight), int(s.StepHeight)),
			})
		}
	}
	return out
}

// clampStep returns the value nearest to v that a range with a step allows.
func clampStep(v, lo, hi, step int) int {
	if step <= 0 {
		step = 1
	}
	v = max(lo, min(hi, v))
	return lo + (v-lo)/step*step
}

// Start sets the mode, which must be one of Modes: the library reports the
// asked size even where the driver chose another.
func (d webcamDevice) Start(m mode) error {
	if _, _, _, err := d.SetImageFormat(webcam.PixelFormat(m.format), uint32(m.w), uint32(m.h)); err != nil {
		return err
	}
	if err := d.SetBufferCount(4); err != nil {
		return err
	}
	return d.StartStreaming()
}
