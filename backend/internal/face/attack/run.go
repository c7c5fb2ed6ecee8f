package attack

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"

	"realname.example/backend/internal/face"
	"realname.example/backend/internal/face/live"
	"realname.example/backend/internal/face/look"
)

// Tally counts what became of the tries of one species.
type Tally struct {
	Species  Species        `json:"species"`
	Tries    int            `json:"tries"`
	Accepted int            `json:"accepted"`
	Reasons  map[string]int `json:"reasons"` // of what was not accepted
}

// together is how many captures are made and judged at once.
const together = 2

// Run makes tries captures of a species, from all sources in turn, and judges
// them; under light where there is a renderer, and then by the light alone unless they are
// to be whole. The same seed makes the same captures.
func Run(ctx context.Context, engine *face.Engine, sources []*Source, species Species, with Renderer, whole bool, tries int, seed uint64) (Tally, error) {
	t := Tally{Species: species, Tries: tries, Reasons: map[string]int{}}
	next := make(chan int, tries)
	for k := range tries {
		next <- k
	}
	close(next)
	var group sync.WaitGroup
	var mu sync.Mutex
	var failed error
	for range together {
		group.Go(func() {
			for k := range next {
				reason, err := try(ctx, engine, sources, species, with, whole, k, seed)
				mu.Lock()
				switch {
				case err != nil:
					failed = errors.Join(failed, err)
				case reason == string(live.Passed):
					t.Accepted++
				default:
					t.Reasons[reason]++
				}
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	group.Wait()
	return t, failed
}

// try makes one capture and returns why it was refused, or Passed.
func try(ctx context.Context, engine *face.Engine, sources []*Source, species Species, with Renderer, whole bool, k int, seed uint64) (string, error) {
	s := sources[k%len(sources)]
	rng := rand.New(rand.NewPCG(seed, uint64(k)))
	var c face.Capture
	var err error
	if with != nil {
		c, err = MakeLit(ctx, engine, rng, species, s, with, whole)
	} else {
		others := slices.DeleteFunc(slices.Clone(sources), func(o *Source) bool { return o == s })
		c, err = Make(rng, species, s, others) //nolint:contextcheck // it decodes a small picture of its own
	}
	if err != nil {
		return "", err
	}
	if with != nil && !whole {
		answer, err := engine.Answer(ctx, c.Frames)
		if answer == face.LightAnswered {
			return string(live.Passed), err
		}
		return string(answer), err
	}
	j, err := engine.Judge(ctx, c)
	var input *look.InputError
	if errors.As(err, &input) {
		return "input", nil
	}
	return string(j.Reason), err
}
