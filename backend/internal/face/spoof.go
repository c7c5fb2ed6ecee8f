package face

import (
	"cmp"
	"context"
	"math"
	"slices"

	"realname.example/backend/internal/face/raster"
)

// The spoof network looks at the face with its surroundings, at two scales of
// the detector's box.
const (
	spoofSize = 128
	spoofNear = 2.7
	spoofFar  = 4.0

	scoredFrames = 5 // at most
)

// spoofView is the map from the spoof network's input to the picture: the box
// grown by scale, moved and if need be shrunk to stay inside the picture, as in
// the network's training.
func (w *worker) spoofView(b box, scale float64) raster.Affine {
	pw, ph := float64(w.picture.W), float64(w.picture.H)
	scale = min(scale, (pw-1)/max(1, b.width()), (ph-1)/max(1, b.height()))
	c := b.centre()
	bw, bh := b.width()*scale, b.height()*scale
	x0 := max(0, min(c.X-bw/2, pw-1-bw))
	y0 := max(0, min(c.Y-bh/2, ph-1-bh))
	return raster.Box(x0, y0, x0+bw, y0+bh, spoofSize, spoofSize)
}

// liveScore is the passive score of one look, 0 (print or screen) to 1 (live):
// the mean over the two scales. The worker must hold the look's picture.
func (w *worker) liveScore(l *look) (float64, error) {
	var sum float64
	for _, scale := range []float64{spoofNear, spoofFar} {
		crop := w.crop(w.spoofView(l.box, scale), spoofSize)
		scaleSpoof.fill(w.spoof.Input(), crop, spoofSize, spoofSize, false)
		if err := w.spoof.Run(); err != nil {
			return 0, err
		}
		sum += first(w.spoof.Output(0))
	}
	return sum / 2, nil
}

// first is the softmax probability of the first class.
func first(logits []float32) float64 {
	var sum float64
	for _, v := range logits {
		sum += math.Exp(float64(v - logits[0]))
	}
	return 1 / sum
}

// passive takes the median of the passive scores of five frames: the two of the
// first quarter, the two of the last and the one between that are held most
// like the neutral, since the network knows faces that look ahead. Where three
// of them agree, the other two cannot change on which side of the limit the
// median lies, and are not scored.
func (t *trial) passive(ctx context.Context) (refusal, bool, error) {
	n := len(t.looks)
	picked := slices.Concat(t.calmest(0, n/4, 1), t.calmest(n/4, n-n/4, 1), t.calmest(n-n/4, n, 1))
	scores, err := t.liveScores(ctx, picked)
	if err == nil && !agree(scores, t.engine.limits.Live) {
		picked = slices.Concat(t.calmest(0, n/4, 2), t.calmest(n/4, n-n/4, 1), t.calmest(n-n/4, n, 2))
		scores, err = t.liveScores(ctx, picked)
	}
	if err != nil {
		return refusal{}, false, err
	}
	live := quantile(scores, 0.5)
	t.numbers["live"] = live
	if !(live >= t.engine.limits.Live) {
		return refusal{reason: SpoofSuspected, hint: HintMoreLight}, true, nil
	}
	return refusal{}, false, nil
}

// liveScores are the passive scores of frames; those that were scored before
// are not again.
func (t *trial) liveScores(ctx context.Context, picked []int) ([]float64, error) {
	var missing []int
	for _, i := range picked {
		if !t.looks[i].scored {
			missing = append(missing, i)
		}
	}
	err := t.again(ctx, missing, func(w *worker, l *look) (err error) {
		l.live, err = w.liveScore(l)
		l.scored = err == nil
		return err
	})
	scores := make([]float64, len(picked))
	for k, i := range picked {
		scores[k] = t.looks[i].live
	}
	return scores, err
}

// agree says whether three scores or more are all on one side of the limit.
func agree(scores []float64, limit float64) bool {
	return len(scores) >= (scoredFrames+1)/2 && (slices.Min(scores) >= limit || slices.Max(scores) < limit)
}

// calmest lists the most frames of a part of the capture that are held most
// like the neutral.
func (t *trial) calmest(from, to, most int) []int {
	var seen []int
	for i := from; i < to; i++ {
		if t.signals[i].seen {
			seen = append(seen, i)
		}
	}
	off := func(i int) float64 {
		s := t.signals[i]
		return math.Hypot(s.yawMesh, s.pitMesh) + 30*math.Abs(s.mouthRel)
	}
	slices.SortStableFunc(seen, func(a, b int) int { return cmp.Compare(off(a), off(b)) })
	return seen[:min(most, len(seen))]
}
