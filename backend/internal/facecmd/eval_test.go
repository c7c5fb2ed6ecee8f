package facecmd

import (
	"math"
	"testing"
)

func TestErrorRatesOfKnownScores(t *testing.T) {
	genuine := []float64{0.2, 0.6, 0.7, 0.8, 0.9}
	impostor := []float64{0.0, 0.1, 0.1, 0.2, 0.3}
	if got := equalError(genuine, impostor); math.Abs(got-0.2) > 1e-9 {
		t.Errorf("EER %v, want 0.2", got)
	}
	threshold := thresholdAt(impostor, 0.001)
	if acceptedAt(impostor, threshold) != 0 || acceptedAt(genuine, threshold) != 0.8 {
		t.Errorf("threshold %v accepts %v of impostors, %v of genuine", threshold, acceptedAt(impostor, threshold), acceptedAt(genuine, threshold))
	}
	if got := acceptedAt(impostor, thresholdAt(impostor, 0.4)); got != 0.4 && got != 0.2 {
		t.Errorf("40 %% allows %v", got)
	}
}

func TestWilsonStaysWithinZeroAndOne(t *testing.T) {
	if low, high := wilson(1, 10); low < 0.7 || low > 0.75 || high != 1 {
		t.Errorf("10 of 10: %v to %v", low, high)
	}
}
