package attack_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"realname.example/backend/internal/face"
	"realname.example/backend/internal/face/attack"
	"realname.example/backend/internal/face/live"
)

// built is a folder that set-up fills.
func built(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "..", "build", name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("needs build/%s of set-up: make setup-test", name)
	}
	return dir
}

// people opens the engine and everybody of the test recordings.
func people(t *testing.T) (*face.Engine, []*attack.Source) {
	t.Helper()
	recordings := built(t, "recordings")
	engine, err := face.Open(t.Context(), face.Config{Models: built(t, "models")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	var sources []*attack.Source
	for _, p := range attack.People {
		s, err := attack.Open(t.Context(), engine, recordings, p.Name)
		if err != nil {
			t.Fatalf("%v: run `make setup-test` again", err)
		}
		sources = append(sources, s)
	}
	return engine, sources
}

// The test uses few tries; `backend/cmd/face attack-eval` makes as many as are
// wanted, and docs/face.md has its figures.
func TestPeopleAreAcceptedAndAttacksAreNot(t *testing.T) {
	engine, sources := people(t)
	t.Run("one seed makes one capture", func(t *testing.T) { sameSeedSameCapture(t, sources) })
	for k, s := range sources {
		other := sources[(k+1)%len(sources)]
		for n := range 3 {
			rng := rand.New(rand.NewPCG(7, uint64(n)))
			c, err := s.Genuine(rng, s.Challenge(rng))
			if err != nil {
				t.Fatal(err)
			}
			j, err := engine.Judge(t.Context(), c)
			if err != nil || !j.Passed {
				t.Errorf("%s for %v: %s %s, %v, %v", s.Name, c.Actions, j.Reason, j.Action, j.Number, err)
			}
			if len(j.Steps) != len(c.Actions) || slices.ContainsFunc(j.Steps, func(s live.Step) bool { return !s.Found }) {
				t.Errorf("%s for %v: steps %v", s.Name, c.Actions, j.Steps)
			}
			if n > 0 {
				continue
			}
			c.Portrait = other.Portrait
			if j, err = engine.Judge(t.Context(), c); err != nil || j.Reason != live.FaceMismatch {
				t.Errorf("%s with the portrait of %s: %s, %v, %v", s.Name, other.Name, j.Reason, j.Number, err)
			}
		}
	}
	for _, species := range attack.MustFail {
		tally, err := attack.Run(t.Context(), engine, sources, species, nil, true, 4, 7)
		if err != nil {
			t.Fatalf("%s: %v", species, err)
		}
		if tally.Accepted > 0 || tally.Tries != 4 || tally.Reasons["input"] > 0 {
			t.Errorf("%+v", tally)
		}
	}
}

func sameSeedSameCapture(t *testing.T, sources []*attack.Source) {
	for _, species := range []attack.Species{attack.Genuine, attack.Duplicated, attack.Reordered, attack.Swapped, attack.ScreenShown} {
		made := func() face.Capture {
			c, err := attack.Make(rand.New(rand.NewPCG(1, 1)), species, sources[0], sources[1:])
			if err != nil {
				t.Fatalf("%s: %v", species, err)
			}
			return c
		}
		a, b := made(), made()
		if !slices.Equal(a.Actions, b.Actions) || !slices.EqualFunc(a.Frames, b.Frames, func(x, y face.Frame) bool {
			return x.At == y.At && slices.Equal(x.JPEG, y.JPEG)
		}) {
			t.Errorf("%s: two captures of one seed differ", species)
		}
	}
}
