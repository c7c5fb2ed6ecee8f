package face

import (
	"context"

	"realname.example/backend/internal/face/look"
	"realname.example/backend/internal/face/raster"
)

// Card says whether a picture of an identity document can be read by a person.
// Of the side with the portrait, the portrait is looked for and judged: large,
// sharp and lit enough, without a reflection on it. Of the other side only
// sharpness and light are. Of both, last, whether the card can be seen to leave the
// picture (look.HintCorners), which is advice: it may be wrong. The error is an InputError with a hint, ErrBusy, or ErrUnavailable.
func (e *Engine) Card(ctx context.Context, picture []byte, portrait bool) error {
	leave, err := e.enter()
	if err != nil {
		return err
	}
	defer leave()
	return e.with(ctx, func(w *look.Worker) error {
		if err := w.Decode(ctx, picture, raster.Sent); err != nil {
			return err
		}
		return w.Card(portrait)
	})
}
