package look

import (
	"cmp"
	"context"
	"slices"
)

// What the thorough search allows beyond detectScore: a box that the detector
// half believes in, if the mesh believes in it too.
const (
	unsureScore  = 0.3
	searchMesh   = 5.0 // score of the mesh that it takes then; 19 of 20 real faces have it
	searchDark   = 90  // mean brightness below which a picture is also tried brighter
	searchTarget = 130 // brightness that it is brought to
)

// searchTiles is in how many parts a side is cut, each reaching over its
// neighbours, to find a face that is small in the picture.
var searchTiles = []int{2, 3}

// search places the mesh on the largest face that both networks believe in, of
// the boxes of find or, if there is none, of a longer search: it is for
// pictures that are given as the picture of one person. l gets the box and how
// many faces there are; nil means that there is none.
func (w *Worker) search(l *Look, boxes []Box) (*Mesh, error) {
	m, err := w.believed(l, boxes, minMesh)
	if m != nil || err != nil {
		return m, err
	}
	if len(boxes) > 0 { // a profile, say: the detector is sure of it
		l.Box, l.Faces = boxes[0], count(boxes)
		return w.trace(l.Box)
	}
	for _, look := range []func() ([]Box, error){w.unsure, w.tiles, w.brighter, w.filling} {
		boxes, err := look()
		w.watch.lap(StageDetect)
		if err != nil {
			return nil, err
		}
		if m, err := w.believed(l, boxes, searchMesh); m != nil || err != nil {
			return m, err
		}
	}
	return nil, nil
}

// believed returns the mesh of the first box that it fits.
func (w *Worker) believed(l *Look, boxes []Box, least float64) (*Mesh, error) {
	for _, b := range boxes {
		m, err := w.trace(b)
		w.watch.lap(StageLandmarks)
		if err != nil {
			return nil, err
		}
		if m.score > least {
			l.Box, l.Faces = b, count(boxes)
			return m, nil
		}
	}
	return nil, nil
}

// unsure looks at the whole picture at three sizes and takes every box that the
// detector half believes in, the surest first.
func (w *Worker) unsure() ([]Box, error) {
	var found []Box
	for _, zoom := range []float64{1, 0.55, 0.3} {
		boxes, err := w.findIn(w.whole(zoom), unsureScore)
		if err != nil {
			return nil, err
		}
		found = append(found, boxes...)
	}
	slices.SortFunc(found, func(a, b Box) int { return cmp.Compare(b.score, a.score) })
	return found, nil
}

// tiles looks at overlapping parts of the picture, each as large as the
// detector's input.
func (w *Worker) tiles() ([]Box, error) {
	var found []Box
	for _, n := range searchTiles {
		pw, ph := float64(w.Picture.W), float64(w.Picture.H)
		side := 1.4 / float64(n) // of the picture
		for i := range n * n {
			x := float64(i%n) * (1 - side) / float64(n-1) * pw
			y := float64(i/n) * (1 - side) / float64(n-1) * ph
			boxes, err := w.findIn(fit(x, y, x+side*pw, y+side*ph, 1), detectScore)
			if err != nil {
				return nil, err
			}
			found = append(found, boxes...)
		}
	}
	return suppress(found), nil
}

// brighter lifts a dark picture and looks again. The picture stays lifted only
// for the search.
func (w *Worker) brighter() ([]Box, error) {
	mean := w.Picture.Brightness()
	if mean >= searchDark || mean < 1 {
		return nil, nil
	}
	defer w.Picture.Brighten(searchTarget / mean)()
	return w.unsure()
}

// filling guesses that the face fills the picture, and leaves the word to the
// mesh.
func (w *Worker) filling() ([]Box, error) {
	pw, ph := float64(w.Picture.W), float64(w.Picture.H)
	var guesses []Box
	for _, part := range []float64{0.75, 0.55, 1} {
		side := part * min(pw, ph)
		x, y := (pw-side)/2, (ph-side)/2
		guesses = append(guesses, Box{x, y, x + side, y + side, 0})
	}
	return guesses, nil
}

// surelyUpright is the score of the mesh from which a face is neither on its side nor
// on its head. Of the two recordings, upright ones score 23 and more, turned ones 7 at
// most.
const surelyUpright = 15.0

// Upright says whether the face is surely seen from its right side.
func (l *Look) Upright() bool { return l.Faces > 0 && l.Mesh.score >= surelyUpright }

// clockwise are the orientations by which Turn turns a picture so many quarters.
var clockwise = [...]int{1, 6, 3, 8}

// SeeTurned looks at the picture that the worker holds as see does, and, where the
// face is not surely upright, at each quarter turn of it until it is. The picture stays
// turned as the mesh likes it best. It ends between two looks where ctx does, with its
// error.
func (w *Worker) SeeTurned(ctx context.Context, want Effort) (*Look, error) {
	best, err := w.See(want)
	if err != nil {
		return best, err
	}
	lies, kept := 0, 0 // by so many quarters
	for lies < len(clockwise)-1 && !best.Upright() {
		if ctx.Err() != nil {
			return best, context.Cause(ctx)
		}
		w.Picture.Turn(clockwise[1])
		lies++
		l, err := w.See(want)
		if err != nil {
			l.Wipe()
			return best, err
		}
		if !l.clearerThan(best) {
			l.Wipe()
			continue
		}
		best.Wipe()
		best, kept = l, lies
	}
	w.Picture.Turn(clockwise[(kept-lies+len(clockwise))%len(clockwise)])
	return best, nil
}

// clearerThan says whether the mesh is clearly surer of the face of this look: a
// poor picture is not turned for a trifle.
func (l *Look) clearerThan(other *Look) bool {
	if l.Faces == 0 || l.Mesh.score < searchMesh {
		return false
	}
	return other.Faces == 0 || l.Mesh.score > other.Mesh.score+searchMesh
}
