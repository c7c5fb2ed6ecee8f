package face

import (
	"context"

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
	frames  [][]byte
	looks   []*look
	limits  Thresholds
	printer *Printer // nil makes no prints
	closed  bool     // no frame comes any more: the last ones are known
}

// stretches is how many there are.
func (f *film) stretches() int { return (len(f.frames) + stretch - 1) / stretch }

// watch looks at those frames of a stretch that were not looked at yet.
func (f *film) watch(ctx context.Context, w *worker, k int) error {
	for i := k * stretch; i < min(len(f.frames), (k+1)*stretch); i++ {
		if f.looks[i] != nil {
			continue
		}
		l, err := f.look(ctx, w, i)
		if err != nil {
			return input(err, i)
		}
		f.looks[i] = l
	}
	return nil
}

func (f *film) look(ctx context.Context, w *worker, i int) (*look, error) {
	if err := w.decode(ctx, f.frames[i], raster.Frame); err != nil {
		return nil, err
	}
	var before *look
	if i%stretch > 0 && i >= startFrames {
		before = f.looks[i-1]
	}
	l, err := w.follow(before)
	if err != nil {
		return nil, err
	}
	if f.printer != nil {
		l.print = f.printer.middle(w, printPart)
	}
	if l.faces == 0 {
		return l, nil
	}
	return l, f.compare(w, l, i)
}

// compare asks the networks that compare a look with the others, where their
// answer can matter: the pose network where the head moves, and the descriptor
// where the face was sought anew. Both are asked of the first looks, and the pose
// of the last.
func (f *film) compare(w *worker, l *look, i int) error {
	rest, known := f.rest(i)
	if !known || l.found {
		if err := w.describe(l); err != nil {
			return err
		}
	}
	if !known || f.moved(l, rest) || f.closed && i >= len(f.frames)-startFrames {
		return w.point(l)
	}
	l.net.yaw = rest.net.yaw + l.depth.yaw - rest.depth.yaw
	l.net.pitch = rest.net.pitch + l.depth.pitch - rest.depth.pitch
	return nil
}

// rest is how the head is held before anything is asked, if the first stretch
// shows it before frame i.
func (f *film) rest(i int) (neutral, bool) {
	seen := seenIn(f.looks[:min(i, stretch, len(f.looks))])
	if len(seen) < startFrames {
		return neutral{}, false
	}
	return neutralOf(seen[:startFrames], seen), true
}

// moved says whether the mesh sees enough of a movement that the pose network
// could make it count: together never makes more of it than the mesh allows.
func (f *film) moved(l *look, rest neutral) bool {
	return abs(l.depth.yaw-rest.depth.yaw) >= lesserShare*f.limits.Turn/2 ||
		abs(l.depth.pitch-rest.depth.pitch) >= lesserShare*f.limits.Nod/2
}

// seenIn lists the looks that show one face.
func seenIn(looks []*look) []*look {
	var seen []*look
	for _, l := range looks {
		if l.faces == 1 {
			seen = append(seen, l)
		}
	}
	return seen
}

// follow looks at the picture that the worker holds: first where the face was
// in the frame before, if there was one, then in the whole of it.
func (w *worker) follow(before *look) (*look, error) {
	l := &look{width: w.picture.W, height: w.picture.H, cells: w.cells()}
	m, err := w.track(l, before)
	if err == nil && m == nil {
		m, err = w.place(l, effortMotion)
	}
	if err != nil || m == nil {
		return l, err
	}
	w.measure(l, m)
	return l, nil
}

// track places the mesh on the square around the face in the frame before; nil
// means that the mesh does not believe in a face there.
func (w *worker) track(l, before *look) (*mesh, error) {
	if before == nil || before.faces != 1 {
		return nil, nil
	}
	centre, side, angle := before.mesh.frame()
	m, err := w.meshAt(centre, 1.5*side, angle)
	if err != nil || !(m.score > searchMesh) {
		return nil, err
	}
	l.faces, l.box = 1, before.box.carried(&before.mesh, m)
	return m, nil
}

// carried is the box as it moves and grows with the landmarks.
func (b box) carried(from, to *mesh) box {
	old, oldSide, _ := from.frame()
	now, side, _ := to.frame()
	k := side / max(1, oldSide)
	c := b.centre()
	x, y := now.X+k*(c.X-old.X), now.Y+k*(c.Y-old.Y)
	w, h := k*b.width()/2, k*b.height()/2
	return box{x - w, y - h, x + w, y + h, b.score}
}
