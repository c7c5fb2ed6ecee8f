package live

import (
	"bytes"
	"math"

	"realname.example/backend/internal/face/look"
)

// By what a picture that comes again is told, in grey levels of change.
// docs/face.md has the measurements.
const (
	// sameCells is the change under which two frames are one picture:
	// compressed again at JPEG quality 75 or better it changes by 0.06 to 0.19.
	sameCells = 0.2

	// Two frames that differ a little more are still one picture where another
	// one lies between them: within backCells, and backRatio times nearer to
	// each other than both are to a frame between.
	backCells = 0.3
	backRatio = 3.0
)

// Repeats refuses captures that hold a picture twice, as it was or compressed
// again.
func (s *Sequence) Repeats() Refusal {
	for i := range s.Looks {
		for j := range i {
			if bytes.Equal(s.Frames[i], s.Frames[j]) {
				s.Numbers["repeated_frame"] = float64(i)
				return Refusal{Reason: FramesRepeated, Hint: look.HintRetry}
			}
		}
	}
	first, again, closest := comesAgain(s.Looks)
	s.Numbers["closest_frames"] = closest
	if again > 0 {
		s.Numbers["repeated_frame"] = float64(again)
		s.Numbers["repeats_frame"] = float64(first)
		return Refusal{Reason: FramesRepeated, Hint: look.HintRetry}
	}
	return Refusal{}
}

// comesAgain finds two frames that are one picture; again is 0 if there are
// none. closest is the least change between any two.
func comesAgain(looks []*look.Look) (first, again int, closest float64) {
	n := len(looks)
	apart := make([]float64, n*n)
	for b := range n {
		for a := range b {
			apart[a*n+b] = look.Change(looks[a].Cells, looks[b].Cells)
			apart[b*n+a] = apart[a*n+b]
		}
	}
	closest = math.Inf(1)
	for b := range n {
		for a := range b {
			d := apart[a*n+b]
			closest = min(closest, d)
			if d < sameCells || d < backCells && between(apart, n, a, b) > backRatio*d {
				return a, b, d
			}
		}
	}
	return 0, 0, closest
}

// between is how far from both a and b the picture goes between them; for
// neighbours, how far it moves both just before and just after.
func between(apart []float64, n, a, b int) float64 {
	if b == a+1 {
		if a == 0 || b == n-1 {
			return 0
		}
		return min(apart[(a-1)*n+a], apart[b*n+b+1])
	}
	most := 0.0
	for k := a + 1; k < b; k++ {
		most = max(most, min(apart[a*n+k], apart[k*n+b]))
	}
	return most
}
