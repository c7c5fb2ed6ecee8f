package face

import (
	"context"
	"time"

	"realname.example/backend/internal/face/live"
	"realname.example/backend/internal/face/look"
	"realname.example/backend/internal/face/raster"
)

// Segments finds which actions a recording of n frames holds and where. frame
// returns the i-th picture and its time; it is called from several goroutines.
// Of all quiet looks ahead it takes the one from which the most different
// actions are seen, and which lasts long enough to be shown between them.
func (e *Engine) Segments(ctx context.Context, n int, frame func(i int) ([]byte, time.Duration, error)) (live.Recording, error) {
	leave, err := e.enter()
	if err != nil {
		return live.Recording{}, err
	}
	defer leave()
	looks := make([]*look.Look, n)
	at := make([]time.Duration, n)
	err = e.each(ctx, n, func(w *look.Worker, i int) error {
		data, when, err := frame(i)
		if err != nil {
			return err
		}
		l, err := w.Analyse(ctx, data, raster.Frame, look.EffortMotion)
		if err != nil {
			return look.AtFrame(err, i)
		}
		l.Face, l.Mesh = nil, look.Mesh{}
		looks[i], at[i] = l, when
		return nil
	})
	if err != nil {
		return live.Recording{}, err
	}
	return live.SegmentsOf(looks, at, e.limits.Limits), nil
}
