//go:build linux && !android

package camera

import "testing"

// FakeV4L2 is the V4L2 backend over a camera that always has a frame.
func FakeV4L2(t *testing.T) Backend {
	return fakeV4L2(t, &fakeDevice{mode: mode{fourCC("YUYV"), 640, 480}, buf: make([]byte, 640*480*2)}, nil)
}
