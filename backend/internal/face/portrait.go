package face

import (
	"context"
	"errors"
	"fmt"

	"realname.example/backend/internal/face/raster"
)

// Portrait says whether a picture can serve as a portrait: exactly one face,
// large (the eyes 20 pixels apart), sharp, lit and straight enough. The error is an InputError with a
// hint, or ErrUnavailable.
func (e *Engine) Portrait(ctx context.Context, picture []byte) error {
	if len(picture) == 0 || len(picture) > MaxPortrait {
		return &InputError{ErrForm, NoHint, -1, raster.ErrTooLarge}
	}
	if _, err := raster.Sent.Header(picture); err != nil {
		return unreadable(err, -1)
	}
	leave, err := e.enter()
	if err != nil {
		return err
	}
	defer leave()
	return e.with(ctx, func(w *worker) error {
		if err := w.decode(ctx, picture, raster.Sent); err != nil {
			return err
		}
		l, err := w.seeTurned(ctx, effortMotion)
		defer l.wipe()
		if err != nil {
			return err
		}
		if err := alone(l, -1); err != nil {
			return err
		}
		if l.quality.eyes < minPortraitEyes {
			return &InputError{ErrQuality, HintCloser, -1, fmt.Errorf(
				"the eyes are %.0f pixels apart, and a portrait needs %.0f: take the picture in its first size, or cut it closer before it is made smaller",
				l.quality.eyes, minPortraitEyes)}
		}
		if hint := l.quality.below(minPortraitEyes); hint != NoHint {
			return &InputError{ErrQuality, hint, -1, nil}
		}
		if max(abs(l.net.yaw), abs(l.depth.yaw)) > maxPortraitTurn {
			return &InputError{ErrQuality, HintLookAhead, -1, nil}
		}
		return nil
	})
}

// maxPortraitTurn is how far from the camera a portrait may look, in degrees.
const maxPortraitTurn = 30

// template makes the embedding of a portrait: of its largest face, whatever its
// quality, since Portrait was asked when it was stored. It tells the portrait's
// class, too.
func (w *worker) template(ctx context.Context, picture []byte) (embedding, class, error) {
	if err := w.decode(ctx, picture, raster.Sent); err != nil {
		return embedding{}, class{}, err
	}
	l, err := w.seeTurned(ctx, effortCompare)
	defer l.wipe()
	if err != nil {
		return embedding{}, class{}, err
	}
	if l.faces == 0 {
		return embedding{}, class{}, &InputError{ErrNoFace, HintOneFace, -1, errors.New("the portrait shows none")}
	}
	x, err := w.embed(l)
	return x, classOf(l.quality.eyes, raster.Quality(picture)), err
}

// alone refuses a picture without exactly one face.
func alone(l *look, frame int) error {
	switch {
	case l.faces == 0:
		return &InputError{ErrNoFace, HintOneFace, frame, nil}
	case l.faces > 1:
		return &InputError{ErrManyFace, HintOneFace, frame, nil}
	}
	return nil
}

func abs(v float64) float64 { return max(v, -v) }
