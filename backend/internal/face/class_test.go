package face

import "testing"

func TestAPortraitIsComparedAsItsClassIs(t *testing.T) {
	for _, c := range []struct {
		eyes    float64
		quality int
		want    float64
		poor    bool
	}{
		{120, 95, 0.55, false},
		{120, 20, 0.55, false}, // large: compression leaves enough
		{21, 0, 0.55, false},   // a PNG, or what was one
		{28.1, 50, 0.55, false},
		{28, 51, 0.55, false},
		{28, 50, 0.52, false},
		{28, 20, 0.49, false},
		{22, 76, 0.55, false},
		{22, 75, 0.51, false},
		{21, 50, 0.49, false},
		{21, 30, 0.47, false},
		{21, 20, 0.44, true},
		{22.5, 20, 0.49, false},
	} {
		got := DefaultThresholds.MatchOf(c.eyes, c.quality)
		if got < c.want-1e-9 || got > c.want+1e-9 || Poor(c.eyes, c.quality) != c.poor {
			t.Errorf("eyes %g pixels apart, quality %d: %.3f, want %.2f", c.eyes, c.quality, got, c.want)
		}
	}
}

// A poorer portrait is never held to more than a better one.
func TestThresholdsFallWithThePortrait(t *testing.T) {
	for eyes := 18.0; eyes <= 32; eyes += 0.5 {
		for quality := 1; quality < 100; quality++ {
			here := DefaultThresholds.MatchOf(eyes, quality)
			if here > DefaultThresholds.MatchOf(eyes+0.5, quality) || here > DefaultThresholds.MatchOf(eyes, quality+1) {
				t.Errorf("eyes %g pixels apart, quality %d: %.2f is more than of a better one", eyes, quality, here)
			}
		}
	}
}

func TestNoClassIsComparedBelowWhatWasMeasured(t *testing.T) {
	for match, want := range map[float64]float64{0.45: 0.44, 0.50: 0.44, 0.60: 0.49, 0.40: 0.40} {
		if got := (Thresholds{Match: match}).MatchOf(21, 20); got < want-1e-9 || got > want+1e-9 {
			t.Errorf("%.2f: the poorest are compared at %.3f, want %.2f", match, got, want)
		}
	}
}
