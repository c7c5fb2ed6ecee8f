package face

import (
	"context"
	"fmt"

	"realname.example/backend/internal/face/look"
	"realname.example/backend/internal/face/raster"
	"realname.example/shared/handoff"
)

// inspected is how many frames Inspect decodes, spread over the capture.
const inspected = 5

// Inspect looks quickly at a capture's frames before it is accepted: bounds and
// headers of all, and in five of them that one face is seen well enough. The
// error is an InputError with a hint, ErrBusy, or ErrUnavailable; the person
// takes the capture again and loses no attempt. What it lets through may still
// fail in Judge.
func (e *Engine) Inspect(ctx context.Context, frames [][]byte) error {
	return e.inspect(ctx, frames, make([]*look.Look, len(frames)))
}

// inspect is Inspect where some frames may have been looked at before.
func (e *Engine) inspect(ctx context.Context, frames [][]byte, looks []*look.Look) error {
	if err := checkCount(len(frames)); err != nil {
		return err
	}
	if err := checkHeaders(frames); err != nil {
		return err
	}
	leave, err := e.enter()
	if err != nil {
		return err
	}
	defer leave()
	found := make([]error, inspected)
	err = e.each(ctx, inspected, func(w *look.Worker, k int) error {
		i := k * (len(frames) - 1) / (inspected - 1)
		l := looks[i]
		if l == nil {
			var err error
			l, err = w.Analyse(ctx, frames[i], raster.Frame, look.EffortPresence)
			defer l.Wipe()
			if err != nil {
				return look.AtFrame(err, i)
			}
		}
		if found[k] = alone(l, i); found[k] != nil {
			return nil
		}
		if hint := l.Quality.Problem(); hint != look.NoHint {
			found[k] = &look.InputError{Kind: look.ErrQuality, Hint: hint, Frame: i}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return worst(found)
}

// checkHeaders refuses frames that are no baseline JPEG of bearable size, or not all of
// one size as a camera's are, before the first one is decoded.
func checkHeaders(frames [][]byte) error {
	for i, f := range frames {
		if err := checkSize(frames[0], f, i); err != nil {
			return err
		}
	}
	return nil
}

// checkSize refuses a frame by its header, and by that of the first one.
func checkSize(first, frame []byte, i int) error {
	if len(frame) == 0 || len(frame) > handoff.MaxFrameBytes {
		return &look.InputError{Kind: look.ErrForm, Hint: look.HintRetry, Frame: i, Cause: raster.ErrTooLarge}
	}
	h, err := raster.Frame.Header(frame)
	if err != nil {
		return look.Unreadable(err, i)
	}
	if i == 0 {
		return nil
	}
	if f, err := raster.Frame.Header(first); err != nil || f.Width != h.Width || f.Height != h.Height {
		return &look.InputError{Kind: look.ErrForm, Hint: look.HintRetry, Frame: i, Cause: fmt.Errorf("it is %d×%d, the first %d×%d", h.Width, h.Height, f.Width, f.Height)}
	}
	return nil
}

// worst forgives one bad frame of those looked at: a movement blurs, a hand
// passes by. With more it returns the first.
func worst(found []error) error {
	var first error
	n := 0
	for _, err := range found {
		if err != nil {
			n++
			if first == nil {
				first = err
			}
		}
	}
	if n > 1 {
		return first
	}
	return nil
}
