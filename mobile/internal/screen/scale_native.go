//go:build !js

package screen

import "fyne.io/fyne/v2/canvas"

// previewScale lets the graphics card scale: Fyne's own way takes a quarter of a
// second for a picture of a phone's size.
const previewScale = canvas.ImageScaleFastest
