package face

import (
	"context"
	"errors"
	"fmt"
	"math"

	"realname.example/backend/internal/face/look"
	"realname.example/backend/internal/face/raster"
)

// Portrait says whether a picture can serve as a portrait: exactly one face,
// large (the eyes 20 pixels apart), sharp, lit and straight enough. The error is an InputError with a
// hint, or ErrUnavailable.
func (e *Engine) Portrait(ctx context.Context, picture []byte) error {
	if len(picture) > MaxPortrait {
		return &look.InputError{Kind: look.ErrForm, Hint: look.NoHint, Frame: -1, Cause: raster.ErrTooLarge}
	}
	if _, err := raster.Sent.Header(picture); err != nil {
		return look.Unreadable(err, -1)
	}
	leave, err := e.enter()
	if err != nil {
		return err
	}
	defer leave()
	return e.with(ctx, func(w *look.Worker) error {
		if err := w.Decode(ctx, picture, raster.Sent); err != nil {
			return err
		}
		l, err := w.SeeTurned(ctx, look.EffortMotion)
		defer l.Wipe()
		if err != nil {
			return err
		}
		if err := alone(l, -1); err != nil {
			return err
		}
		if l.Quality.Eyes < look.MinPortraitEyes {
			return &look.InputError{Kind: look.ErrQuality, Hint: look.HintCloser, Frame: -1, Cause: fmt.Errorf(
				"the eyes are %.0f pixels apart, and a portrait needs %.0f: take the picture in its first size, or cut it closer before it is made smaller",
				l.Quality.Eyes, look.MinPortraitEyes)}
		}
		if hint := l.Quality.Below(look.MinPortraitEyes); hint != look.NoHint {
			return &look.InputError{Kind: look.ErrQuality, Hint: hint, Frame: -1}
		}
		if max(math.Abs(l.Net.Yaw), math.Abs(l.Depth.Yaw)) > maxPortraitTurn {
			return &look.InputError{Kind: look.ErrQuality, Hint: look.HintLookAhead, Frame: -1}
		}
		return nil
	})
}

// maxPortraitTurn is how far from the camera a portrait may look, in degrees.
const maxPortraitTurn = 30

// template makes the embedding of a portrait: of its largest face, whatever its
// quality, since Portrait was asked when it was stored. It tells the portrait's
// class, too.
func template(ctx context.Context, w *look.Worker, picture []byte) (look.Embedding, class, error) {
	if err := w.Decode(ctx, picture, raster.Sent); err != nil {
		return look.Embedding{}, class{}, err
	}
	l, err := w.SeeTurned(ctx, look.EffortCompare)
	defer l.Wipe()
	if err != nil {
		return look.Embedding{}, class{}, err
	}
	if l.Faces == 0 {
		return look.Embedding{}, class{}, &look.InputError{Kind: look.ErrNoFace, Hint: look.HintOneFace, Frame: -1, Cause: errors.New("the portrait shows none")}
	}
	x, err := w.Embed(l)
	return x, classOf(l.Quality.Eyes, raster.Quality(picture)), err
}

// alone refuses a picture without exactly one face.
func alone(l *look.Look, frame int) error {
	switch {
	case l.Faces == 0:
		return &look.InputError{Kind: look.ErrNoFace, Hint: look.HintOneFace, Frame: frame}
	case l.Faces > 1:
		return &look.InputError{Kind: look.ErrManyFace, Hint: look.HintOneFace, Frame: frame}
	}
	return nil
}
