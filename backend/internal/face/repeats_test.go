package face

import (
	"math/rand/v2"
	"testing"
)

// walk makes looks whose pictures drift by about step grey levels a frame.
func walk(n int, step float64) []*look {
	rng := rand.New(rand.NewPCG(1, 1))
	looks := make([]*look, n)
	for i := range looks {
		looks[i] = &look{cells: new(grid)}
		for k := range looks[i].cells {
			before := float32(100)
			if i > 0 {
				before = looks[i-1].cells[k]
			}
			looks[i].cells[k] = before + float32(step*rng.NormFloat64())
		}
	}
	return looks
}

// again is a picture compressed again: the same but for a little noise and a
// shift of its light.
func again(l *look, noise float64, light float32) *look {
	rng := rand.New(rand.NewPCG(2, 2))
	out := &look{cells: new(grid)}
	for k, v := range l.cells {
		out.cells[k] = v + light + float32(noise*rng.NormFloat64())
	}
	return out
}

func TestAPictureThatComesAgainIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(looks []*look)
		again int
	}{
		"quiet video":                            {func([]*look) {}, 0},
		"the picture long before":                {func(l []*look) { l[30] = again(l[4], 0.12, 0) }, 30},
		"the picture just before":                {func(l []*look) { l[30] = again(l[29], 0.12, 0) }, 30},
		"in other light":                         {func(l []*look) { l[30] = again(l[4], 0.12, 3) }, 30},
		"compressed harder, with others between": {func(l []*look) { l[30] = again(l[10], 0.27, 0) }, 30},
		"another one, a little like it":          {func(l []*look) { l[30] = again(l[10], 0.5, 0) }, 0},
	} {
		looks := walk(40, 0.4)
		c.spoil(looks)
		if _, got, closest := comesAgain(looks); got != c.again {
			t.Errorf("%s: frame %d, want %d; closest %.2f", name, got, c.again, closest)
		}
	}
}
