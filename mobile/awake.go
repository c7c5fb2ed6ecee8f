//go:build !android

package main

import "fyne.io/fyne/v2"

// keepAwake holds the screen on, or no longer.
func keepAwake(a fyne.App, on bool) { a.Driver().SetDisableScreenBlanking(on) }
