package face

import (
	"errors"
	"fmt"

	"realname.example/backend/internal/face/raster"
)

// look is all that is kept of one picture: measurements, and the small crops
// that later stages need. The picture itself is gone.
type look struct {
	width, height int
	faces         int // how many were found
	box           box
	mesh          mesh
	net           pose // by the pose network
	depth         pose // by the mesh
	mouth, eyes   float64
	quality       quality

	face       []uint8 // 112×112, for the feature network
	chip       []uint8 // 150×150, for the descriptor network
	bust       []uint8 // 224×224, for the identity network
	near, far  []uint8 // 128×128 each, for the spoof network
	cells      *grid
	descriptor []float32

	kept bool // the engine remembers it
}

// wipe overwrites the crops.
func (l *look) wipe() {
	if l == nil {
		return
	}
	for _, c := range [][]uint8{l.face, l.chip, l.bust, l.near, l.far} {
		clear(c)
	}
	clear(l.descriptor)
}

// effort says how much of a picture is wanted.
type effort int

const (
	effortPresence effort = iota // boxes, landmarks and quality
	effortMotion                 // and pose and cells
	effortWhole                  // and identity, and the crops for later
	effortCompare                // only what is compared, of a face that is searched for thoroughly
)

// smallFace is how much smaller than the largest face another one may be and
// not count: people in the background.
const smallFace = 0.3

// analyse decodes a picture and looks at its largest face. Without a face it
// returns a look with faces == 0 and no error.
func (w *worker) analyse(data []byte, want effort) (*look, error) {
	w.watch.start()
	if err := w.picture.Decode(data); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrImage, err)
	}
	w.watch.lap(StageDecode)
	return w.see(want)
}

// see looks at the picture that the worker holds.
func (w *worker) see(want effort) (*look, error) {
	l := &look{width: w.picture.W, height: w.picture.H}
	if want == effortMotion || want == effortWhole {
		l.cells = w.cells() // of pictures without a face too
	}
	m, err := w.place(l, want)
	if err != nil || m == nil {
		return l, err
	}
	l.mesh = *m
	l.depth.yaw, l.depth.pitch, l.depth.roll = m.angles()
	l.mouth, l.eyes = m.mouth(), m.eyes()
	l.face = w.crop(m.featureView(), featureSize)
	l.quality = m.quality(&w.picture, l.face)
	switch want {
	case effortPresence:
		return l, nil
	case effortCompare:
		l.chip = w.crop(m.descriptorView(), descriptorSize)
		l.bust = w.crop(m.identityView(), identitySize)
		w.watch.lap(StageCrop)
		return l, nil
	case effortMotion, effortWhole:
	}
	if l.net, err = w.headPose(l.box); err != nil {
		return nil, err
	}
	if want == effortMotion {
		return l, nil
	}
	l.chip = w.crop(m.descriptorView(), descriptorSize)
	l.bust = w.crop(m.identityView(), identitySize)
	if l.descriptor, err = w.embedDescriptor(l.chip, false); err != nil {
		return nil, err
	}
	l.near = w.crop(w.spoofView(l.box, spoofNear), spoofSize)
	l.far = w.crop(w.spoofView(l.box, spoofFar), spoofSize)
	return l, nil
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
	l.box, l.faces = boxes[0], count(boxes)
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

// crop cuts a square patch that outlives the picture.
func (w *worker) crop(view raster.Affine, size int) []uint8 {
	patch := make([]uint8, 3*size*size)
	w.picture.Cut(patch, size, size, view, 0)
	return patch
}

// input turns an error of analyse into one that says where.
func input(err error, frame int) error {
	if errors.Is(err, ErrImage) {
		return &InputError{ErrImage, HintRetry, frame, err}
	}
	return err
}
