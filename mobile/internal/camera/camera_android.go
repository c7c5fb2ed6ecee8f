package camera

import "realname.example/mobile/internal/activity"

// System returns a phone's cameras.
func System() Backend {
	return android{newNDK("libcamera2ndk.so", "libmediandk.so", activity.Camera{}, activity.Turn)}
}

type android struct{ *ndkCameras }

// OpenSettings shows the page on which the person allows the camera.
func (android) OpenSettings() error { return activity.OpenSettings() }
