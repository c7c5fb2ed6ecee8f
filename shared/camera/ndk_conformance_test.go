//go:build ndk && !android

package camera_test

import (
	"testing"

	"realname.example/shared/camera"
	"realname.example/shared/camera/cameratest"
)

func TestNDKKeepsThePortsPromises(t *testing.T) {
	cameratest.Run(t, func(t *testing.T) camera.Backend { return camera.FakeNDK(t) })
}
