package face

import (
	"context"

	"realname.example/backend/internal/face/look"
	"realname.example/backend/internal/face/raster"
)

// Prints returns the print of each frame. The error is an InputError, ErrBusy,
// or ErrUnavailable.
func (e *Engine) Prints(ctx context.Context, p *look.Printer, frames [][]byte) ([]look.Print, error) {
	prints := make([]look.Print, len(frames))
	err := e.eachFrame(ctx, frames, func(w *look.Worker, i int) { prints[i] = p.Print(w) })
	return prints, err
}

// Search returns for each frame the prints under which it would be found again
// if it was cut from a picture that was printed. Errors are those of Prints.
func (e *Engine) Search(ctx context.Context, p *look.Printer, frames [][]byte) ([][]look.Print, error) {
	prints := make([][]look.Print, len(frames))
	err := e.eachFrame(ctx, frames, func(w *look.Worker, i int) { prints[i] = p.Search(w) })
	return prints, err
}

// eachFrame decodes frames and lets do look at each.
func (e *Engine) eachFrame(ctx context.Context, frames [][]byte, do func(w *look.Worker, i int)) error {
	leave, err := e.enter()
	if err != nil {
		return err
	}
	defer leave()
	return e.each(ctx, len(frames), func(w *look.Worker, i int) error {
		if err := w.Decode(ctx, frames[i], raster.Frame); err != nil {
			return look.AtFrame(err, i)
		}
		do(w, i)
		return nil
	})
}
