package face

import (
	"context"
	"time"

	"realname.example/backend/internal/face/raster"
)

// Template is a face ready to be compared, for tools that compare many.
type Template struct {
	embedding embedding
	Faces     int     // faces in the picture; the largest was taken
	Eyes      float64 // distance of the eyes in pixels
	Hint      Hint    // what is worst about its quality, or NoHint
	Unsure    bool    // whether it may be seen from a wrong side, or half hidden

	// Took is how long each stage took; empty without Config.Now.
	Took map[Stage]time.Duration
}

// Template makes the template of the largest face of an operator's own picture.
// Without a face the error is an InputError of kind ErrNoFace.
func (e *Engine) Template(ctx context.Context, picture []byte) (Template, error) {
	leave, err := e.enter()
	if err != nil {
		return Template{}, err
	}
	defer leave()
	var t Template
	err = e.with(ctx, func(w *worker) error {
		if err := w.decode(ctx, picture, raster.Own); err != nil {
			return err
		}
		l, err := w.seeTurned(ctx, effortCompare)
		defer l.wipe()
		if err != nil {
			return err
		}
		if l.faces == 0 {
			return &InputError{ErrNoFace, HintOneFace, -1, nil}
		}
		t.Faces, t.Eyes, t.Hint, t.Unsure = l.faces, l.quality.eyes, l.quality.problem(), !l.upright()
		t.embedding, err = w.embed(l)
		t.Took = w.watch.took
		return err
	})
	return t, err
}

// Score is how alike two templates are: about 0 for strangers and 1 for
// the same picture. See Thresholds.Match.
func (t Template) Score(other Template) float64 { return score(t.embedding, other.embedding) }

// Limits returns the thresholds in force.
func (e *Engine) Limits() Thresholds { return e.limits }

// Landmark is a point of the mesh in a picture: pixels, Z away from the camera.
type Landmark struct{ X, Y, Z float64 }

// Landmarks are the 468 points, by MediaPipe's published map, of the largest face of a
// picture. Without one the error is an InputError of kind ErrNoFace.
func (e *Engine) Landmarks(ctx context.Context, picture []byte) ([]Landmark, error) {
	l, err := e.only(ctx, picture)
	defer l.wipe()
	if err != nil {
		return nil, err
	}
	points := make([]Landmark, meshPoints)
	for i, p := range l.mesh.points {
		points[i] = Landmark{p.x, p.y, p.z}
	}
	return points, nil
}

// only looks at the largest face of a picture.
func (e *Engine) only(ctx context.Context, picture []byte) (*look, error) {
	leave, err := e.enter()
	if err != nil {
		return nil, err
	}
	defer leave()
	var l *look
	err = e.with(ctx, func(w *worker) (err error) {
		l, err = w.analyse(ctx, picture, raster.Sent, effortPresence)
		return err
	})
	if err == nil && l.faces == 0 {
		err = &InputError{ErrNoFace, HintOneFace, -1, nil}
	}
	return l, err
}

// Outline is where a face lies in a picture, in pixels.
type Outline struct {
	Width, Height  int     // of the picture
	X0, Y0, X1, Y1 float64 // the detector's box
}

// Outline finds the largest face of a picture. Without one the error is an
// InputError of kind ErrNoFace.
func (e *Engine) Outline(ctx context.Context, picture []byte) (Outline, error) {
	l, err := e.only(ctx, picture)
	defer l.wipe()
	if err != nil {
		return Outline{}, err
	}
	return Outline{l.width, l.height, l.box.x0, l.box.y0, l.box.x1, l.box.y1}, nil
}
