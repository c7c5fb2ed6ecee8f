package face

import "realname.example/backend/internal/face/raster"

const thumbSize = 24

// thumb is a small grey copy of the whole picture, by which equal pictures and
// the movement of a plane are told.
type thumb [thumbSize * thumbSize]uint8

// thumbnail makes the thumb of the worker's picture.
func (w *worker) thumbnail() thumb {
	view := raster.Box(-0.5, -0.5, float64(w.picture.W)-0.5, float64(w.picture.H)-0.5, thumbSize, thumbSize)
	patch := w.patch[:3*thumbSize*thumbSize]
	w.picture.Cut(patch, thumbSize, thumbSize, view, 0)
	var t thumb
	for i := range t {
		t[i] = uint8((299*int(patch[3*i]) + 587*int(patch[3*i+1]) + 114*int(patch[3*i+2])) / 1000)
	}
	return t
}
