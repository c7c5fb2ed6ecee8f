package face

import "realname.example/backend/internal/face/live"

// Thresholds are the numbers that decide. docs/face.md has the curves they were
// chosen from; `backend face eval` and `backend/cmd/face attack-eval` measure them again on
// other sets.
type Thresholds struct {
	Match float64 // fused score against the portrait, from which two faces are one person; lower for small portraits that were compressed hard (class)
	Live  float64 // passive score, median over frames, from which a capture may be live
	live.Limits
}

// DefaultThresholds are used where a field is zero.
var DefaultThresholds = Thresholds{Match: 0.55, Live: 0.35, Limits: live.DefaultLimits}

// Rates are what was measured at a threshold of the match (docs/face.md), or
// beside it.
type Rates struct {
	Threshold         float64 // at which it was measured
	StrangersAccepted string  // of pairs of two people
	OwnRefused        string  // of pairs of one person
}

// measured is the table of docs/face.md, by rising threshold.
var measured = []Rates{
	{0.45, "0.133 %", "0.3 %"},
	{0.50, "0.051 %", "1.1 %"},
	{0.55, "0.020 %", "3.3 %"},
	{0.60, "0 of 9,785", "6.5 %"},
}

// RatesAt returns the figures of the highest measured threshold that is not
// above match: no more strangers are accepted at match, and as many or more of
// one's own faces refused.
func RatesAt(match float64) Rates {
	at := measured[0]
	for _, r := range measured {
		if r.Threshold <= match {
			at = r
		}
	}
	return at
}

func (t Thresholds) withDefaults() Thresholds {
	for _, f := range []struct{ value, fallback *float64 }{
		{&t.Match, &DefaultThresholds.Match},
		{&t.Same, &DefaultThresholds.Same},
		{&t.Live, &DefaultThresholds.Live},
		{&t.Turn, &DefaultThresholds.Turn},
		{&t.Nod, &DefaultThresholds.Nod},
		{&t.Mouth, &DefaultThresholds.Mouth},
		{&t.EyesShut, &DefaultThresholds.EyesShut},
		{&t.EyesBack, &DefaultThresholds.EyesBack},
		{&t.Closer, &DefaultThresholds.Closer},
	} {
		if *f.value == 0 {
			*f.value = *f.fallback
		}
	}
	return t
}
