package face

import (
	"context"
	"slices"

	"realname.example/backend/internal/face/live"
	"realname.example/backend/internal/face/look"
)

const scoredFrames = 5 // at most

// passive takes the median of the passive scores of five frames: the two of the
// first quarter, the two of the last and the one between that are held most
// like the neutral, since the network knows faces that look ahead. Where three
// of them agree, the other two cannot change on which side of the limit the
// median lies, and are not scored.
func (t *trial) passive(ctx context.Context) (live.Refusal, error) {
	n := len(t.Looks)
	picked := slices.Concat(t.Calmest(0, n/4, 1), t.Calmest(n/4, n-n/4, 1), t.Calmest(n-n/4, n, 1))
	scores, err := t.liveScores(ctx, picked)
	if err == nil && !agree(scores, t.engine.limits.Live) {
		picked = slices.Concat(t.Calmest(0, n/4, 2), t.Calmest(n/4, n-n/4, 1), t.Calmest(n-n/4, n, 2))
		scores, err = t.liveScores(ctx, picked)
	}
	if err != nil {
		return live.Refusal{}, err
	}
	score := live.Quantile(scores, 0.5)
	t.Numbers["live"] = score
	if !(score >= t.engine.limits.Live) {
		return live.Refusal{Reason: live.SpoofSuspected, Hint: look.HintMoreLight}, nil
	}
	return live.Refusal{}, nil
}

// liveScores are the passive scores of frames; those that were scored before
// are not again.
func (t *trial) liveScores(ctx context.Context, picked []int) ([]float64, error) {
	var missing []int
	for _, i := range picked {
		if !t.Looks[i].Scored {
			missing = append(missing, i)
		}
	}
	err := t.again(ctx, missing, func(w *look.Worker, l *look.Look) (err error) {
		l.Live, err = w.LiveScore(l)
		l.Scored = err == nil
		return err
	})
	scores := make([]float64, len(picked))
	for k, i := range picked {
		scores[k] = t.Looks[i].Live
	}
	return scores, err
}

// agree says whether three scores or more are all on one side of the limit.
func agree(scores []float64, limit float64) bool {
	return len(scores) >= (scoredFrames+1)/2 && (slices.Min(scores) >= limit || slices.Max(scores) < limit)
}
