package face

import (
	"context"
	"errors"
	"slices"

	"realname.example/backend/internal/face/raster"
)

// look is all that is kept of one picture: measurements, and the small crop
// that tells a plane from a face. The picture itself is gone; what a later stage
// wants to see of it, it decodes again.
type look struct {
	width, height int
	faces         int // how many were found
	box           box
	mesh          mesh
	net           pose // by the pose network
	depth         pose // by the mesh
	mouth, eyes   float64
	quality       quality

	posed bool // net was asked, else it is guessed from depth
	found bool // by the detector; else where the face was the frame before

	face       []uint8 // 112×112
	cells      *grid
	descriptor []float32 // only of some
	live       float64   // passive score, if scored
	scored     bool
	print      Print // where the engine has a printer
	alone      *look // the same picture looked at by itself, where that was needed
}

// wipe overwrites what shows or tells the face.
func (l *look) wipe() {
	if l == nil {
		return
	}
	clear(l.face)
	clear(l.descriptor)
}

// effort says how much of a picture is wanted.
type effort int

const (
	effortPresence effort = iota // boxes, landmarks and quality
	effortMotion                 // and pose and cells
	effortCompare                // as for presence, of a face that is searched for thoroughly
)

// smallFace is how much smaller than the largest face another one may be and
// not count: people in the background.
const smallFace = 0.3

// analyse decodes a picture and looks at its largest face. Without a face it
// returns a look with faces == 0 and no error.
func (w *worker) analyse(ctx context.Context, data []byte, limits raster.Limits, want effort) (*look, error) {
	if err := w.decode(ctx, data, limits); err != nil {
		return nil, err
	}
	return w.see(want)
}

// decode makes a picture the one that the worker holds. It ends with ctx, whose
// error is no fault of the picture.
func (w *worker) decode(ctx context.Context, data []byte, limits raster.Limits) error {
	w.watch.start()
	err := w.picture.Decode(ctx, data, limits)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return unreadable(err, -1)
	}
	w.watch.lap(StageDecode)
	return nil
}

// unreadable is the InputError of a picture that is refused; -1 is the portrait.
func unreadable(err error, frame int) error {
	kind := ErrImage
	for _, form := range []error{raster.ErrFormat, raster.ErrForm, raster.ErrTooLarge, raster.ErrTooSmall} {
		if errors.Is(err, form) {
			kind = ErrForm
		}
	}
	return &InputError{kind, HintRetry, frame, err}
}

// see looks at the picture that the worker holds.
func (w *worker) see(want effort) (*look, error) {
	l := &look{width: w.picture.W, height: w.picture.H}
	if want == effortMotion {
		l.cells = w.cells() // of pictures without a face too
	}
	m, err := w.place(l, want)
	if err != nil || m == nil {
		return l, err
	}
	w.measure(l, m)
	if want == effortMotion {
		err = w.point(l)
	}
	return l, err
}

// measure notes what the landmarks say.
func (w *worker) measure(l *look, m *mesh) {
	l.mesh = *m
	l.depth.yaw, l.depth.pitch, l.depth.roll = m.angles()
	l.mouth, l.eyes = m.mouth(), m.eyes()
	l.face = slices.Clone(w.crop(m.featureView(), featureSize))
	l.quality = m.quality(&w.picture, l.face)
	w.watch.lap(StageCrop)
}

// point asks the pose network where the head of a look points.
func (w *worker) point(l *look) (err error) {
	l.net, err = w.headPose(l.box)
	l.posed = err == nil
	return err
}

// place finds the largest face and its landmarks; nil means that there is none.
func (w *worker) place(l *look, want effort) (*mesh, error) {
	boxes, err := w.find()
	w.watch.lap(StageDetect)
	if err != nil {
		return nil, err
	}
	if want == effortCompare {
		return w.search(l, boxes)
	}
	if len(boxes) == 0 {
		return nil, nil
	}
	l.box, l.faces, l.found = boxes[0], count(boxes), true
	return w.trace(l.box)
}

// count leaves out faces far smaller than the largest, which comes first.
func count(boxes []box) int {
	n := 0
	for _, b := range boxes {
		if b.area() > smallFace*boxes[0].area() {
			n++
		}
	}
	return n
}

// crop cuts a square patch, which the next one overwrites.
func (w *worker) crop(view raster.Affine, size int) []uint8 {
	w.picture.Cut(w.patch, size, size, view, 0)
	return w.patch[:3*size*size]
}

// input puts the number of the frame into an error of analyse.
func input(err error, frame int) error {
	var in *InputError
	if errors.As(err, &in) {
		in.Frame = frame
	}
	return err
}
