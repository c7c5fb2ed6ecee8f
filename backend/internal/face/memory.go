package face

import (
	"context"
	"crypto/sha256"
	"sync"

	"realname.example/backend/internal/face/raster"
)

// Remember analyses frames once, for tools that judge captures made of the same
// recording again and again. The server never calls it: what it judges is
// wiped. It must not be called while captures are judged.
func (e *Engine) Remember(ctx context.Context, frames [][]byte) error {
	leave, err := e.enter()
	if err != nil {
		return err
	}
	defer leave()
	if e.memory == nil {
		e.memory = map[[sha256.Size]byte]*look{}
	}
	var mu sync.Mutex
	return e.each(ctx, len(frames), func(w *worker, i int) error {
		l, err := w.analyse(ctx, frames[i], raster.Frame, effortWhole)
		if err != nil {
			return input(err, i)
		}
		l.kept = true
		mu.Lock()
		defer mu.Unlock()
		e.memory[sha256.Sum256(frames[i])] = l
		return nil
	})
}

// remembered returns the look of a frame that Remember was given, or nil.
func (e *Engine) remembered(frame []byte) *look {
	if e.memory == nil {
		return nil
	}
	return e.memory[sha256.Sum256(frame)]
}
