package look

import (
	"math"

	"realname.example/backend/internal/face/raster"
)

// Card judges the page that the worker holds, and the portrait on it where it has
// one; the error is an InputError. That a card leaves the picture is said last, where
// nothing else is wrong.
func (w *Worker) Card(portrait bool) error {
	if hint := w.sheet().problem(); hint != NoHint {
		return &InputError{ErrQuality, hint, -1, nil}
	}
	if portrait {
		if err := w.cardPortrait(); err != nil {
			return err
		}
	}
	if cutOff(&w.Picture) {
		return &InputError{ErrQuality, HintCorners, -1, nil}
	}
	return nil
}

// cardPortrait judges the portrait that is printed on a card.
func (w *Worker) cardPortrait() error {
	l, err := w.See(EffortCompare)
	defer l.Wipe()
	if err != nil {
		return err
	}
	if l.Faces == 0 {
		return &InputError{ErrNoFace, HintOneFace, -1, nil}
	}
	hint := l.Quality.Problem()
	if hint == NoHint && glare(l.Face) > maxGlare {
		hint = HintLessGlare
	}
	if hint != NoHint {
		return &InputError{ErrQuality, hint, -1, nil}
	}
	return nil
}

// maxGlare is how much of a face may be as bright as a sensor can tell.
const maxGlare = 0.06

// glare is the share of a crop's pixels, packed RGB, that are blown out.
func glare(crop []uint8) float64 {
	n := 0
	for i := 0; i+2 < len(crop); i += 3 {
		if min(crop[i], crop[i+1], crop[i+2]) >= 250 {
			n++
		}
	}
	return 3 * float64(n) / float64(max(1, len(crop)))
}

// sheet is what can be said of a printed page without reading it.
type sheet struct {
	light float64 // mean brightness, 0 to 255
	sharp float64 // the strongest fine detail of any part, as quality.sharp
}

// Bounds of a page. A page of a scanner is mostly white, and is no worse for it.
const (
	minPageLight = 30.0
	minPageSharp = 60.0
	pageTile     = 128 // pixels of the picture, at its own scale
)

func (s sheet) problem() Hint {
	switch {
	case s.light < minPageLight:
		return HintMoreLight
	case s.sharp < minPageSharp:
		return HintHoldStill
	}
	return NoHint
}

// sheet measures the picture in tiles of its own scale: print that is in focus has
// hard edges somewhere, whatever lies around the card.
func (w *Worker) sheet() sheet {
	s := sheet{light: w.Picture.Brightness()}
	for y := 0; y+pageTile <= w.Picture.H; y += pageTile {
		for x := 0; x+pageTile <= w.Picture.W; x += pageTile {
			view := raster.Box(float64(x)-0.5, float64(y)-0.5, float64(x+pageTile)-0.5, float64(y+pageTile)-0.5, pageTile, pageTile)
			_, _, sharp := texture(w.crop(view, pageTile), pageTile)
			s.sharp = math.Max(s.sharp, sharp)
		}
	}
	return s
}
