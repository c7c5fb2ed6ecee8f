package look

import (
	"context"
	"slices"

	"realname.example/backend/internal/face/raster"
)

// Look is all that is kept of one picture: measurements, and the small crop
// that tells a plane from a face. The picture itself is gone; what a later stage
// wants to see of it, it decodes again.
type Look struct {
	Width, Height int
	Faces         int // how many were found
	Box           Box
	Mesh          Mesh
	Net           Pose // by the pose network
	Depth         Pose // by the mesh
	Mouth, Eyes   float64
	Quality       Quality

	Posed bool // net was asked, else it is guessed from depth
	Found bool // by the detector; else where the face was the frame before

	Face       []uint8 // 112×112
	Cells      *Grid
	Descriptor []float32 // only of some
	Live       float64   // passive score, if scored
	Scored     bool
	Print      Print // where the engine has a printer
	Alone      *Look // the same picture looked at by itself, where that was needed
}

// Wipe overwrites what shows or tells the face.
func (l *Look) Wipe() {
	if l == nil {
		return
	}
	clear(l.Face)
	clear(l.Descriptor)
}

// Effort says how much of a picture is wanted.
type Effort int

// The efforts.
const (
	EffortPresence Effort = iota // boxes, landmarks and quality
	EffortMotion                 // and pose and cells
	EffortCompare                // as for presence, of a face that is searched for thoroughly
)

// smallFace is how much smaller than the largest face another one may be and
// not count: people in the background.
const smallFace = 0.3

// Analyse decodes a picture and looks at its largest face. Without a face it
// returns a look with faces == 0 and no error.
func (w *Worker) Analyse(ctx context.Context, data []byte, limits raster.Limits, want Effort) (*Look, error) {
	if err := w.Decode(ctx, data, limits); err != nil {
		return nil, err
	}
	return w.See(want)
}

// Decode makes a picture the one that the worker holds. It ends with ctx, whose
// error is no fault of the picture.
func (w *Worker) Decode(ctx context.Context, data []byte, limits raster.Limits) error {
	w.watch.start()
	err := w.Picture.Decode(ctx, data, limits)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return Unreadable(err, -1)
	}
	w.watch.lap(StageDecode)
	return nil
}

// See looks at the picture that the worker holds.
func (w *Worker) See(want Effort) (*Look, error) {
	l := &Look{Width: w.Picture.W, Height: w.Picture.H}
	if want == EffortMotion {
		l.Cells = w.cells() // of pictures without a face too
	}
	m, err := w.place(l, want)
	if err != nil || m == nil {
		return l, err
	}
	w.measure(l, m)
	if want == EffortMotion {
		err = w.Point(l)
	}
	return l, err
}

// measure notes what the landmarks say.
func (w *Worker) measure(l *Look, m *Mesh) {
	l.Mesh = *m
	l.Depth.Yaw, l.Depth.Pitch, l.Depth.Roll = m.angles()
	l.Mouth, l.Eyes = m.mouth(), m.eyes()
	l.Face = slices.Clone(w.crop(m.featureView(), FeatureSize))
	l.Quality = m.quality(&w.Picture, l.Face)
	w.watch.lap(StageCrop)
}

// Point asks the pose network where the head of a look points.
func (w *Worker) Point(l *Look) (err error) {
	l.Net, err = w.headPose(l.Box)
	l.Posed = err == nil
	return err
}

// place finds the largest face and its landmarks; nil means that there is none.
func (w *Worker) place(l *Look, want Effort) (*Mesh, error) {
	boxes, err := w.find()
	w.watch.lap(StageDetect)
	if err != nil {
		return nil, err
	}
	if want == EffortCompare {
		return w.search(l, boxes)
	}
	if len(boxes) == 0 {
		return nil, nil
	}
	l.Box, l.Faces, l.Found = boxes[0], count(boxes), true
	return w.trace(l.Box)
}

// count leaves out faces far smaller than the largest, which comes first.
func count(boxes []Box) int {
	n := 0
	for _, b := range boxes {
		if b.area() > smallFace*boxes[0].area() {
			n++
		}
	}
	return n
}

// crop cuts a square patch, which the next one overwrites.
func (w *Worker) crop(view raster.Affine, size int) []uint8 {
	w.Picture.Cut(w.patch, size, size, view, 0)
	return w.patch[:3*size*size]
}
