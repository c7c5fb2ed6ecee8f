//go:build !js && !android

package main

import (
	"os"

	"fyne.io/fyne/v2"

	"realname.example/shared/camera"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
)

// device is the name that the PC shows of this phone. One that runs on a PC says so,
// since the PC's own name would be taken for the PC.
func device() string {
	if !fyne.CurrentDevice().IsMobile() {
		return sentences.T("phone.simulated")
	}
	if host, err := os.Hostname(); err == nil && host != "" {
		return host
	}
	return "Phone"
}

// cameras are the system's.
func cameras() camera.Backend { return camera.System() }

// textSize is the usual one: these systems scale whole windows.
func textSize() int { return int(ui.UsualText) }

// opened is the code that the app was opened by: none.
func opened() string { return "" }
