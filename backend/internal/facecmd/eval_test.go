package facecmd

import (
	"bytes"
	"image/png"
	"math"
	"testing"
)

// known is pairs with scores as given, of two people or of as many as needed.
func known(genuine, impostor []float64) []pair {
	var pairs []pair
	for _, s := range genuine {
		pairs = append(pairs, pair{s, 0, 0})
	}
	for i, s := range impostor {
		pairs = append(pairs, pair{s, 0, 1 + i%3})
	}
	sortPairs(pairs)
	return pairs
}

func TestErrorRatesOfKnownScores(t *testing.T) {
	r, err := measure(known([]float64{0.2, 0.6, 0.7, 0.8, 0.9}, []float64{0, 0.1, 0.1, 0.2, 0.3}), nil)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(r.eer-0.2) > 1e-9 {
		t.Errorf("EER %v, want 0.2", r.eer)
	}
	if r.at01 != (operating{0.6, 0.8}) {
		t.Errorf("at FMR 0.1 %%: %+v", r.at01)
	}
	for threshold, want := range map[float64]step{
		1:    {1, 0, 0},
		0.9:  {0.9, 0.2, 0},
		0.25: {0.25, 0.8, 0.2},
		0.2:  {0.2, 1, 0.4},
		-1:   {-1, 1, 1},
	} {
		if got := r.at(threshold); got != want {
			t.Errorf("at %v: %+v, want %+v", threshold, got, want)
		}
	}
}

func TestOneImpostorInAThousandIsAllowedAtATenthOfAPercent(t *testing.T) {
	impostor := make([]float64, 1000)
	impostor[7] = 0.9
	r, err := measure(known([]float64{0.5, 0.95}, impostor), nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.at01 != (operating{0.5, 1}) {
		t.Errorf("got %+v", r.at01)
	}
	impostor[8] = 0.9
	if r, _ = measure(known([]float64{0.5, 0.95}, impostor), nil); r.at01 != (operating{0.95, 0.5}) {
		t.Errorf("with two above: %+v", r.at01)
	}
}

func TestEqualScoresAreAcceptedTogether(t *testing.T) {
	r, err := measure(known([]float64{0.5, 0.5}, []float64{0.5, 0.1}), nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.at01.tar != 0 || !math.IsInf(r.at01.threshold, 1) {
		t.Errorf("a threshold parts equal scores: %+v", r.at01)
	}
}

func TestTooFewPicturesAreSaid(t *testing.T) {
	for name, pairs := range map[string][]pair{
		"nothing":        nil,
		"one person":     known([]float64{0.5}, nil),
		"strangers only": known(nil, []float64{0.5}),
	} {
		if _, err := measure(pairs, nil); err == nil {
			t.Errorf("%s: rates came out", name)
		}
	}
}

func TestIntervalsHoldTheRateAndRepeat(t *testing.T) {
	var genuine, impostor []float64
	for i := range 60 {
		genuine = append(genuine, 0.3+float64(i%12)/20)
		impostor = append(impostor, float64(i%17)/40)
	}
	pairs := known(genuine, impostor)
	for i := range pairs {
		if pairs[i].a == pairs[i].b {
			pairs[i].a, pairs[i].b = i%4, i%4
		}
	}
	r, err := measure(pairs, nil)
	if err != nil {
		t.Fatal(err)
	}
	eer, _, at01 := intervals(pairs, 4, 1)
	if again, _, _ := intervals(pairs, 4, 1); again != eer {
		t.Errorf("the same seed gives %v and %v", eer, again)
	}
	if r.eer < eer.low || r.eer > eer.high || r.at01.tar < at01.low || r.at01.tar > at01.high || eer.low == eer.high {
		t.Errorf("EER %v in %v, TAR %v in %v", r.eer, eer, r.at01.tar, at01)
	}
}

func TestWilsonStaysWithinZeroAndOne(t *testing.T) {
	if low, high := Wilson(1, 10); low < 0.7 || low > 0.75 || high != 1 {
		t.Errorf("10 of 10: %v to %v", low, high)
	}
}

func TestTheCurveIsAPicture(t *testing.T) {
	r, err := measure(known([]float64{0.2, 0.6, 0.7, 0.8, 0.9}, []float64{0, 0.1, 0.1, 0.2, 0.3}), nil)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := plot(&b, r, 0.4); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	colours := map[[3]uint32]bool{}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			r, g, b, _ := img.At(x, y).RGBA()
			colours[[3]uint32{r >> 8, g >> 8, b >> 8}] = true
		}
	}
	for name, c := range map[string][3]uint32{"TAR": {20, 90, 180}, "FMR": {190, 40, 30}, "threshold": {30, 130, 60}} {
		if !colours[c] {
			t.Errorf("%s is not drawn", name)
		}
	}
}
