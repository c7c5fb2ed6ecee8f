package screen

import "fyne.io/fyne/v2/canvas"

// previewScale: in a browser the fastest one logs an error on every frame.
const previewScale = canvas.ImageScaleSmooth
