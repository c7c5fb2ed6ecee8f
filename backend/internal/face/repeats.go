package face

import (
	"bytes"
	"math"
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

// repeats refuses captures that hold a picture twice, as it was or compressed
// again.
func (t *trial) repeats() (refusal, bool) {
	for i := range t.looks {
		for j := range i {
			if bytes.Equal(t.capture.Frames[i].JPEG, t.capture.Frames[j].JPEG) {
				t.numbers["repeated_frame"] = float64(i)
				return refusal{reason: FramesRepeated, hint: HintRetry}, true
			}
		}
	}
	first, again, closest := comesAgain(t.looks)
	t.numbers["closest_frames"] = closest
	if again > 0 {
		t.numbers["repeated_frame"] = float64(again)
		t.numbers["repeats_frame"] = float64(first)
		return refusal{reason: FramesRepeated, hint: HintRetry}, true
	}
	return refusal{}, false
}

// comesAgain finds two frames that are one picture; again is 0 if there are
// none. closest is the least change between any two.
func comesAgain(looks []*look) (first, again int, closest float64) {
	n := len(looks)
	apart := make([]float64, n*n)
	for b := range n {
		for a := range b {
			apart[a*n+b] = change(looks[a].cells, looks[b].cells)
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
