package camera

// Activity is what Android's cameras need of the app that they are used in.
type Activity struct {
	Question Question
	// Turn is how far the screen is turned from the way in which the phone is made to
	// be held, in degrees.
	Turn func() int
	// Settings shows the page on which the person allows the camera.
	Settings func() error
}

// OfPhone returns a phone's cameras.
func OfPhone(a Activity) Backend {
	return android{newNDK("libcamera2ndk.so", "libmediandk.so", a.Question, a.Turn), a.Settings}
}

type android struct {
	*ndkCameras
	settings func() error
}

// OpenSettings shows the page on which the person allows the camera.
func (a android) OpenSettings() error { return a.settings() }
