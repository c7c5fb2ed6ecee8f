//go:build linux && !android

package camera_test

import (
	"testing"

	"realname.example/shared/camera"
	"realname.example/shared/camera/cameratest"
)

func TestV4L2KeepsThePortsPromises(t *testing.T) {
	cameratest.Run(t, func(t *testing.T) camera.Backend { return camera.FakeV4L2(t) })
}
