package face

import (
	"context"

	"realname.example/backend/internal/face/live"
	"realname.example/backend/internal/face/look"
	"realname.example/backend/internal/face/raster"
)

// stretch is how many frames are looked at one behind the other: in the first
// the face is sought in the whole picture, in each other where it was the frame
// before, and in the whole picture only if it is not there. In the first frames of
// all it is sought every time: all movements are measured from them.
const stretch = 6

// film is the frames of a capture and what is seen in each. Stretches may be
// looked at side by side, once the first is done.
type film struct {
	live.Sequence
	printer *look.Printer // nil makes no prints
	closed  bool          // no frame comes any more: the last ones are known
}

// stretches is how many there are.
func (f *film) stretches() int { return (len(f.Frames) + stretch - 1) / stretch }

// watch looks at those frames of a stretch that were not looked at yet.
func (f *film) watch(ctx context.Context, w *look.Worker, k int) error {
	for i := k * stretch; i < min(len(f.Frames), (k+1)*stretch); i++ {
		if f.Looks[i] != nil {
			continue
		}
		l, err := f.look(ctx, w, i)
		if err != nil {
			return look.AtFrame(err, i)
		}
		f.Looks[i] = l
	}
	return nil
}

func (f *film) look(ctx context.Context, w *look.Worker, i int) (*look.Look, error) {
	if err := w.Decode(ctx, f.Frames[i], raster.Frame); err != nil {
		return nil, err
	}
	var before *look.Look
	if i%stretch > 0 && i >= live.StartFrames {
		before = f.Looks[i-1]
	}
	l, err := w.Follow(before)
	if err != nil {
		return nil, err
	}
	if f.printer != nil {
		l.Print = f.printer.Print(w)
	}
	if l.Faces == 0 {
		return l, nil
	}
	return l, f.compare(w, l, i)
}

// compare asks the networks that compare a look with the others, where their
// answer can matter: the pose network where the head moves, and the descriptor
// where the face was sought anew. Both are asked of the first looks, and the pose
// of the last.
func (f *film) compare(w *look.Worker, l *look.Look, i int) error {
	rest, known := f.Rest(min(i, stretch))
	if !known || l.Found {
		if err := w.Describe(l); err != nil {
			return err
		}
	}
	if !known || rest.Moved(l, f.Limits) || f.closed && i >= len(f.Frames)-live.StartFrames {
		return w.Point(l)
	}
	l.Net = rest.Guess(l)
	return nil
}
