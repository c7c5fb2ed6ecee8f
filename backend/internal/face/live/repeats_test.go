package live

import (
	"math/rand/v2"
	"testing"

	"realname.example/backend/internal/face/look"
)

// walk makes looks whose pictures drift by about step grey levels a frame.
func walk(n int, step float64) []*look.Look {
	rng := rand.New(rand.NewPCG(1, 1))
	looks := make([]*look.Look, n)
	for i := range looks {
		looks[i] = &look.Look{Cells: new(look.Grid)}
		for k := range looks[i].Cells {
			before := float32(100)
			if i > 0 {
				before = looks[i-1].Cells[k]
			}
			looks[i].Cells[k] = before + float32(step*rng.NormFloat64())
		}
	}
	return looks
}

// again is a picture compressed again: the same but for a little noise and a
// shift of its light.
func again(l *look.Look, noise float64, light float32) *look.Look {
	rng := rand.New(rand.NewPCG(2, 2))
	out := &look.Look{Cells: new(look.Grid)}
	for k, v := range l.Cells {
		out.Cells[k] = v + light + float32(noise*rng.NormFloat64())
	}
	return out
}

func TestAPictureThatComesAgainIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(looks []*look.Look)
		again int
	}{
		"quiet video":                            {func([]*look.Look) {}, 0},
		"the picture long before":                {func(l []*look.Look) { l[30] = again(l[4], 0.12, 0) }, 30},
		"the picture just before":                {func(l []*look.Look) { l[30] = again(l[29], 0.12, 0) }, 30},
		"in other light":                         {func(l []*look.Look) { l[30] = again(l[4], 0.12, 3) }, 30},
		"compressed harder, with others between": {func(l []*look.Look) { l[30] = again(l[10], 0.27, 0) }, 30},
		"another one, a little like it":          {func(l []*look.Look) { l[30] = again(l[10], 0.5, 0) }, 0},
	} {
		looks := walk(40, 0.4)
		c.spoil(looks)
		if _, got, closest := comesAgain(looks); got != c.again {
			t.Errorf("%s: frame %d, want %d; closest %.2f", name, got, c.again, closest)
		}
	}
}
