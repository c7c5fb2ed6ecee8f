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
	near, far  []uint8 // 128×128 each, for the spoof network
	thumb      thumb
	descriptor []float32
}

// wipe overwrites the crops.
func (l *look) wipe() {
	if l == nil {
		return
	}
	for _, c := range [][]uint8{l.face, l.chip, l.near, l.far} {
		clear(c)
	}
	clear(l.descriptor)
}

// effort says how much of a picture is wanted.
type effort int

const (
	effortPresence effort = iota // boxes, landmarks and quality
	effortMotion                 // and pose
	effortWhole                  // and identity, and the crops for later
)

// smallFace is how much smaller than the largest face another one may be and
// not count: people in the background.
const smallFace = 0.3

// analyse decodes a picture and looks at its largest face. Without a face it
// returns a look with faces == 0 and no error.
func (w *worker) analyse(data []byte, want effort) (*look, error) {
	defer w.forget()
	if err := w.picture.Decode(data); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrImage, err)
	}
	return w.see(want)
}

// see looks at the picture that the worker holds.
func (w *worker) see(want effort) (*look, error) {
	l := &look{width: w.picture.W, height: w.picture.H}
	boxes, err := w.find()
	if err != nil || len(boxes) == 0 {
		return l, err
	}
	l.faces, l.box = 1, boxes[0]
	for _, b := range boxes[1:] {
		if b.area() > smallFace*boxes[0].area() {
			l.faces++
		}
	}
	m, err := w.trace(l.box)
	if err != nil {
		return nil, err
	}
	l.mesh = *m
	l.depth.yaw, l.depth.pitch, l.depth.roll = m.angles()
	l.mouth, l.eyes = m.mouth(), m.eyes()
	l.face = w.crop(m.featureView(), featureSize)
	l.quality = m.quality(&w.picture, l.face)
	if want == effortPresence {
		return l, nil
	}
	if l.net, err = w.headPose(l.box); err != nil {
		return nil, err
	}
	if want == effortMotion {
		return l, nil
	}
	l.chip = w.crop(m.descriptorView(), descriptorSize)
	if l.descriptor, err = w.embedDescriptor(l.chip, false); err != nil {
		return nil, err
	}
	l.near = w.crop(w.spoofView(l.box, spoofNear), spoofSize)
	l.far = w.crop(w.spoofView(l.box, spoofFar), spoofSize)
	l.thumb = w.thumbnail()
	return l, nil
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
