package live

import (
	"cmp"
	"math"
	"slices"
)

// Ahead is the frame that looks ahead best of the whole capture, or -1.
func (s *Sequence) Ahead() int {
	if best := s.Spread(1); len(best) > 0 {
		return best[0]
	}
	return -1
}

// Spread picks n frames, one from each part of the capture: the part's best by
// pose, sharpness and closed mouth.
func (s *Sequence) Spread(n int) []int {
	var picked []int
	total := len(s.Looks)
	for part := range n {
		best, bestScore := -1, math.Inf(-1)
		for i := part * total / n; i < (part+1)*total/n; i++ {
			l, g := s.Looks[i], s.signals[i]
			if !g.seen {
				continue
			}
			v := -math.Abs(l.Depth.Yaw)/15 - math.Abs(g.tilt())/15 - 2*max(0, g.mouthRel) + math.Log(max(1, l.Quality.Sharp))/4
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

// Calmest lists the most frames of a part of the capture that are held most
// like the neutral.
func (s *Sequence) Calmest(from, to, most int) []int {
	var seen []int
	for i := from; i < to; i++ {
		if s.signals[i].seen {
			seen = append(seen, i)
		}
	}
	off := func(i int) float64 {
		g := s.signals[i]
		return math.Hypot(g.yawMesh, g.pitMesh) + 30*math.Abs(g.mouthRel)
	}
	slices.SortStableFunc(seen, func(a, b int) int { return cmp.Compare(off(a), off(b)) })
	return seen[:min(most, len(seen))]
}
