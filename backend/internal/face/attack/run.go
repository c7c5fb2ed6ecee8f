package attack

import (
	"context"
	"errors"
	"math/rand/v2"

	"realname.example/backend/internal/face"
)

// Tally counts what became of the tries of one species.
type Tally struct {
	Species  Species
	Tries    int
	Accepted int
	Reasons  map[string]int // of the refusals
}

// Run makes tries captures of a species, from all sources in turn, and judges
// them. The same seed makes the same captures.
func Run(ctx context.Context, engine *face.Engine, sources []*Source, species Species, tries int, seed uint64) (Tally, error) {
	t := Tally{Species: species, Reasons: map[string]int{}}
	for k := range tries {
		s := sources[k%len(sources)]
		var others []*Source
		for _, o := range sources {
			if o != s {
				others = append(others, o)
			}
		}
		c, err := Make(rand.New(rand.NewPCG(seed, uint64(k))), species, s, others)
		if err != nil {
			return t, err
		}
		j, err := engine.Judge(ctx, c)
		var input *face.InputError
		if err != nil && !errors.As(err, &input) {
			return t, err
		}
		t.Tries++
		switch {
		case input != nil:
			t.Reasons["input"]++
		case j.Passed:
			t.Accepted++
		default:
			t.Reasons[string(j.Reason)]++
		}
	}
	return t, nil
}
