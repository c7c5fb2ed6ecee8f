// Package finder finds a face in a camera's picture, so that the phone can tell
// the person to come closer or to the middle before a capture begins. It guides
// and decides nothing: the server looks at the pictures itself.
package finder

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"

	pigo "github.com/esimov/pigo/core"

	"realname.example/shared/camera"
)

// built holds the cascade, where set-up had put it before the build; a module's
// own data cannot be embedded from here.
//
//go:embed cascade
var built embed.FS

const (
	cascade = "cascade/facefinder"
	pinned  = "d8014993e7298c7b1865d1f8b855d6dbf4ec5c808bf879e2091ab6837abf90cd" // SHA-256 of pigo v1.4.6's
)

// ErrCascade says that the app was built without the cascade, or with another.
var ErrCascade = errors.New("the face cascade is not that of pigo v1.4.6: run `make setup` and build again")

// How a picture is searched, chosen on the recordings of set-up: at this size
// it takes about a millisecond.
const (
	longest    = 160  // pixels of the longer side that is searched
	smallest   = 28   // pixels of the smallest face looked for
	shift      = 0.1  // of a window's size
	grow       = 1.15 // from one window's size to the next
	overlap    = 0.2  // of windows that are one face
	confidence = 8.0  // of the cascade; less is no face
)

// Face is where a face is, upright, as seen in the picture that is not
// mirrored. X and Y are the place of its middle in parts of the picture's width
// and height, Size its height in parts of the shorter side.
type Face struct{ X, Y, Size float64 }

// Finder searches pictures. It belongs to one goroutine and reuses its memory.
type Finder struct {
	classifier *pigo.Pigo
	grey       []uint8
}

// New unpacks the cascade. It returns ErrCascade where there is none.
func New() (*Finder, error) {
	data, err := built.ReadFile(cascade)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrCascade, err)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != pinned {
		return nil, ErrCascade
	}
	classifier, err := pigo.NewPigo().Unpack(data)
	if err != nil {
		return nil, fmt.Errorf("unpack face cascade: %w", err)
	}
	return &Finder{classifier: classifier}, nil
}

// Find returns the face of a picture, the surest where there are several.
func (f *Finder) Find(frame *camera.Frame) (Face, bool) {
	w, h := f.shrink(frame)
	found := f.classifier.RunCascade(pigo.CascadeParams{
		MinSize: smallest, MaxSize: min(w, h), ShiftFactor: shift, ScaleFactor: grow,
		ImageParams: pigo.ImageParams{Pixels: f.grey, Rows: h, Cols: w, Dim: w},
	}, 0)
	var best pigo.Detection
	for _, d := range f.classifier.ClusterDetections(found, overlap) {
		if d.Q > best.Q {
			best = d
		}
	}
	if best.Q < confidence {
		return Face{}, false
	}
	return Face{
		X: float64(best.Col) / float64(w), Y: float64(best.Row) / float64(h),
		Size: float64(best.Scale) / float64(min(w, h)),
	}, true
}

// shrink fills grey with the upright picture, smaller, and returns its size.
func (f *Finder) shrink(frame *camera.Frame) (w, h int) {
	w, h = frame.W, frame.H
	if frame.Rotation%180 != 0 {
		w, h = h, w
	}
	uw, uh := w, h
	if m := max(w, h); m > longest {
		w, h = w*longest/m, h*longest/m
	}
	if len(f.grey) != w*h {
		f.grey = make([]uint8, w*h)
	}
	for y := range h {
		for x := range w {
			// The middle of the pixels that this one stands for.
			u, v := (2*x+1)*uw/(2*w), (2*y+1)*uh/(2*h)
			switch frame.Rotation {
			case 90:
				u, v = v, frame.H-1-u
			case 180:
				u, v = frame.W-1-u, frame.H-1-v
			case 270:
				u, v = frame.W-1-v, u
			}
			f.grey[y*w+x] = frame.Y[v*frame.W+u]
		}
	}
	return w, h
}
