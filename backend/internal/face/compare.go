package face

import (
	"context"
	"time"

	"realname.example/backend/internal/face/look"
	"realname.example/backend/internal/face/raster"
)

// Template is a face ready to be compared, for tools that compare many.
type Template struct {
	embedding look.Embedding
	Faces     int       // faces in the picture; the largest was taken
	Eyes      float64   // distance of the eyes in pixels
	Hint      look.Hint // what is worst about its quality, or NoHint
	Unsure    bool      // whether it may be seen from a wrong side, or half hidden

	// Took is how long each stage took; empty without Config.Now.
	Took map[look.Stage]time.Duration
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
	err = e.with(ctx, func(w *look.Worker) error {
		if err := w.Decode(ctx, picture, raster.Own); err != nil {
			return err
		}
		l, err := w.SeeTurned(ctx, look.EffortCompare)
		defer l.Wipe()
		if err != nil {
			return err
		}
		if l.Faces == 0 {
			return &look.InputError{Kind: look.ErrNoFace, Hint: look.HintOneFace, Frame: -1}
		}
		t.Faces, t.Eyes, t.Hint, t.Unsure = l.Faces, l.Quality.Eyes, l.Quality.Problem(), !l.Upright()
		t.embedding, err = w.Embed(l)
		t.Took = w.Took()
		return err
	})
	return t, err
}

// Score is how alike two templates are: about 0 for strangers and 1 for
// the same picture. See Thresholds.Match.
func (t Template) Score(other Template) float64 { return look.Score(t.embedding, other.embedding) }

// Limits returns the thresholds in force.
func (e *Engine) Limits() Thresholds { return e.limits }

// Landmarks are the 468 points, by MediaPipe's published map, of the largest face of a
// picture. Without one the error is an InputError of kind ErrNoFace.
func (e *Engine) Landmarks(ctx context.Context, picture []byte) ([]look.Landmark, error) {
	l, err := e.only(ctx, picture)
	defer l.Wipe()
	if err != nil {
		return nil, err
	}
	return l.Mesh.Points[:], nil
}

// only looks at the largest face of a picture.
func (e *Engine) only(ctx context.Context, picture []byte) (*look.Look, error) {
	leave, err := e.enter()
	if err != nil {
		return nil, err
	}
	defer leave()
	var l *look.Look
	err = e.with(ctx, func(w *look.Worker) (err error) {
		l, err = w.Analyse(ctx, picture, raster.Sent, look.EffortPresence)
		return err
	})
	if err == nil && l.Faces == 0 {
		err = &look.InputError{Kind: look.ErrNoFace, Hint: look.HintOneFace, Frame: -1}
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
	defer l.Wipe()
	if err != nil {
		return Outline{}, err
	}
	return Outline{l.Width, l.Height, l.Box.X0, l.Box.Y0, l.Box.X1, l.Box.Y1}, nil
}
