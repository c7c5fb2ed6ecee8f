package main

import (
	"fyne.io/fyne/v2"

	"realname.example/mobile/internal/activity"
	"realname.example/shared/camera"
)

// device is the name that the PC shows of this phone.
func device() string {
	if model := activity.Model(); model != "" {
		return model
	}
	return "Phone"
}

// cameras are the phone's.
func cameras() camera.Backend {
	return camera.OfPhone(camera.Activity{Question: activity.Camera{}, Turn: activity.Turn, Settings: activity.OpenSettings})
}

// textSize is how large the person has the system show text, in percent.
func textSize() int { return activity.Text() }

// opened is the address that the app was opened by, as a code is.
func opened() string { return activity.Link() }

// keepAwake holds the screen on, or no longer. Fyne's own way sets the window's
// flag from a thread on which Android does not take it.
func keepAwake(_ fyne.App, on bool) {
	if err := activity.KeepAwake(on); err != nil {
		fyne.LogError("keep the screen on", err)
	}
}
