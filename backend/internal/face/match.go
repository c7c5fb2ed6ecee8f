package face

import (
	"context"
	"math"
	"slices"
)

const (
	comparedFrames = 8 // at most, spread over the capture
	bestOf         = 3 // whose mean is the match score
)

func (x *embedding) wipe() {
	clear(x.feature)
	clear(x.identity)
}

// score is how alike two faces are: the mean over the two networks of the cosine
// of their embeddings, about 0 for strangers and 1 for the same picture.
func score(a, b embedding) float64 {
	return (cosine(a.feature, b.feature) + cosine(a.identity, b.identity)) / 2
}

// match compares the best frames with the portrait. Every compared frame must
// also be like the first one.
func (t *trial) match(ctx context.Context) (refusal, bool, error) {
	picked := t.spread(comparedFrames)
	made := make([]embedding, len(picked))
	err := t.engine.each(ctx, len(picked), func(w *worker, i int) (err error) {
		if err = w.again(ctx, t.capture.Frames[picked[i]]); err == nil {
			made[i], err = w.embed(t.looks[picked[i]])
		}
		return err
	})
	defer func() {
		for i := range made {
			made[i].wipe()
		}
	}()
	if err != nil {
		return refusal{}, false, err
	}
	scores := make([]float64, len(made))
	alike := math.Inf(1)
	for i, x := range made {
		if t.portrait.feature != nil {
			scores[i] = score(x, t.portrait)
		}
		alike = min(alike, score(x, made[0]))
	}
	if t.portrait.feature == nil { // there is nobody to compare with
		t.numbers["alike_worst"] = alike
		return refusal{reason: PersonChanged, hint: HintRetry}, alike < t.engine.limits.Match, nil
	}
	slices.Sort(scores)
	slices.Reverse(scores)
	var best float64
	k := min(bestOf, len(scores))
	for _, s := range scores[:k] {
		best += s / float64(k)
	}
	t.numbers["match"] = best
	t.numbers["match_worst"] = scores[len(scores)-1]
	t.numbers["compared"] = float64(len(scores))
	t.numbers["alike_worst"] = alike
	if alike < t.engine.limits.Match {
		return refusal{reason: PersonChanged, hint: HintRetry}, true, nil
	}
	if !(best >= t.engine.limits.Match) {
		return refusal{reason: FaceMismatch, hint: HintMoreLight}, true, nil
	}
	return refusal{}, false, nil
}

// spread picks n frames, one from each part of the capture: the part's best by
// pose, sharpness and closed mouth.
func (t *trial) spread(n int) []int {
	var picked []int
	total := len(t.looks)
	for part := range n {
		best, bestScore := -1, math.Inf(-1)
		for i := part * total / n; i < (part+1)*total/n; i++ {
			l, s := t.looks[i], t.signals[i]
			if !s.seen {
				continue
			}
			v := -math.Abs(l.depth.yaw)/15 - math.Abs(s.tilt())/15 - 2*max(0, s.mouthRel) + math.Log(max(1, l.quality.sharp))/4
			if v > bestScore {
				best, bestScore = i, v
			}
		}
		if best >= 0 {
			picked = append(picked, best)
		}
	}
	return picked
}
