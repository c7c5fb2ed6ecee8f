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
// also be like the first one. Where the first, a middle and the last of them are
// like the portrait, the others could only raise the mean of the best three, and
// are not compared.
func (t *trial) match(ctx context.Context) (refusal, bool, error) {
	picked := t.spread(comparedFrames)
	few := picked
	if n := len(picked); n > bestOf {
		few = []int{picked[0], picked[n/2], picked[n-1]}
	}
	r, refused, err := t.matchOf(ctx, few)
	if err == nil && refused && len(few) < len(picked) {
		return t.matchOf(ctx, picked)
	}
	return r, refused, err
}

// matchOf is match by some frames.
func (t *trial) matchOf(ctx context.Context, picked []int) (refusal, bool, error) {
	made := make([]embedding, len(picked))
	defer func() {
		for i := range made {
			made[i].wipe()
		}
	}()
	err := t.engine.each(ctx, len(picked), func(w *worker, i int) (err error) {
		made[i], err = w.embed(t.looks[picked[i]])
		return err
	})
	if err != nil {
		return refusal{}, false, err
	}
	alike := math.Inf(1)
	for _, x := range made {
		alike = min(alike, score(x, made[0]))
	}
	t.numbers["alike_worst"] = alike
	if alike < t.engine.limits.Match {
		return refusal{reason: PersonChanged, hint: HintRetry}, true, nil
	}
	if t.portrait.feature == nil { // there is nobody to compare with
		return refusal{}, false, nil
	}
	threshold := t.engine.limits.matchOf(t.class)
	t.numbers["match_threshold"] = threshold
	switch best := t.compare(made); {
	case best >= threshold:
		return refusal{}, false, nil
	case t.class.poor:
		return refusal{reason: PortraitUnusable}, true, nil
	default: // not a number, too
		return refusal{reason: FaceMismatch, hint: HintMoreLight}, true, nil
	}
}

// compare is the mean of the best scores against the portrait.
func (t *trial) compare(made []embedding) float64 {
	scores := make([]float64, len(made))
	for i, x := range made {
		scores[i] = score(x, t.portrait)
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
	return best
}

// ahead is the frame that looks ahead best of the whole capture, or -1.
func (t *trial) ahead() int {
	if best := t.spread(1); len(best) > 0 {
		return best[0]
	}
	return -1
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
