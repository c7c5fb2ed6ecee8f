package face

import (
	"context"
	"math"
	"slices"

	"realname.example/backend/internal/face/live"
	"realname.example/backend/internal/face/look"
)

const (
	comparedFrames = 8 // at most, spread over the capture
	bestOf         = 3 // whose mean is the match score
)

// match compares the best frames with the portrait. Every compared frame must
// also be like the first one. Where the first, a middle and the last of them are
// like the portrait, the others could only raise the mean of the best three, and
// are not compared.
func (t *trial) match(ctx context.Context) (live.Refusal, error) {
	picked := t.Spread(comparedFrames)
	few := picked
	if n := len(picked); n > bestOf {
		few = []int{picked[0], picked[n/2], picked[n-1]}
	}
	r, err := t.matchOf(ctx, few)
	if err == nil && r.Reason != "" && len(few) < len(picked) {
		return t.matchOf(ctx, picked)
	}
	return r, err
}

// matchOf is match by some frames.
func (t *trial) matchOf(ctx context.Context, picked []int) (live.Refusal, error) {
	made := make([]look.Embedding, len(picked))
	defer func() {
		for i := range made {
			made[i].Wipe()
		}
	}()
	err := t.engine.each(ctx, len(picked), func(w *look.Worker, i int) (err error) {
		made[i], err = w.Embed(t.Looks[picked[i]])
		return err
	})
	if err != nil {
		return live.Refusal{}, err
	}
	alike := math.Inf(1)
	for _, x := range made {
		alike = min(alike, look.Score(x, made[0]))
	}
	t.Numbers["alike_worst"] = alike
	if alike < t.engine.limits.Match {
		return live.Refusal{Reason: live.PersonChanged, Hint: look.HintRetry}, nil
	}
	if t.portrait.Feature == nil { // there is nobody to compare with
		return live.Refusal{}, nil
	}
	threshold := t.engine.limits.matchOf(t.class)
	t.Numbers["match_threshold"] = threshold
	switch best := t.compare(made); {
	case best >= threshold:
		return live.Refusal{}, nil
	case t.class.poor:
		return live.Refusal{Reason: live.PortraitUnusable}, nil
	default: // not a number, too
		return live.Refusal{Reason: live.FaceMismatch, Hint: look.HintMoreLight}, nil
	}
}

// compare is the mean of the best scores against the portrait.
func (t *trial) compare(made []look.Embedding) float64 {
	scores := make([]float64, len(made))
	for i, x := range made {
		scores[i] = look.Score(x, t.portrait)
	}
	slices.Sort(scores)
	slices.Reverse(scores)
	var best float64
	k := min(bestOf, len(scores))
	for _, s := range scores[:k] {
		best += s / float64(k)
	}
	t.Numbers["match"] = best
	t.Numbers["match_worst"] = scores[len(scores)-1]
	t.Numbers["compared"] = float64(len(scores))
	return best
}
