package face

import (
	"context"

	"realname.example/backend/internal/face/raster"
)

// inspected is how many frames Inspect decodes, spread over the capture.
const inspected = 5

// Inspect looks quickly at a capture's frames before it is accepted: bounds and
// headers of all, and in five of them that one face is seen well enough. The
// error is an InputError with a hint, ErrBusy, or ErrUnavailable; the person
// takes the capture again and loses no attempt. What it lets through may still
// fail in Judge.
func (e *Engine) Inspect(ctx context.Context, frames [][]byte) error {
	if err := checkCount(len(frames)); err != nil {
		return err
	}
	for i, f := range frames {
		if len(f) == 0 || len(f) > MaxFrameBytes {
			return &InputError{ErrImage, HintRetry, i, raster.ErrTooLarge}
		}
		h, err := raster.Header(f)
		if err == nil && !h.JPEG {
			err = raster.ErrFormat
		}
		if err != nil {
			return &InputError{ErrImage, HintRetry, i, err}
		}
	}
	leave, err := e.enter()
	if err != nil {
		return err
	}
	defer leave()
	found := make([]error, inspected)
	err = e.each(ctx, inspected, func(w *worker, k int) error {
		i := k * (len(frames) - 1) / (inspected - 1)
		l, err := w.analyse(frames[i], effortPresence)
		defer l.wipe()
		if err != nil {
			return input(err, i)
		}
		if found[k] = alone(l, i); found[k] != nil {
			return nil
		}
		if hint := l.quality.problem(); hint != NoHint {
			found[k] = &InputError{ErrQuality, hint, i, nil}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return worst(found)
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
