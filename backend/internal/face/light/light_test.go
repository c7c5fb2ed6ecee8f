package light

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"realname.example/shared/handoff"
)

// seen is what is lit before the camera: how much of the screen's light comes back from
// a spot, by its facing, and from what is around.
type seen struct {
	face   func(facing float64) float64
	around float64
	glare  float64 // added to every spot, whatever its colour
	drift  float64 // of what is around towards blue, a second
}

var (
	alive    = seen{face: func(f float64) float64 { return 0.2 * f }, around: 0.02}
	printed  = seen{face: func(float64) float64 { return 0.2 }, around: 0.2}
	cutOut   = seen{face: func(float64) float64 { return 0.2 }, around: 0.02}
	shining  = seen{face: func(float64) float64 { return 0 }, glare: 0.03}
	injected = seen{face: func(float64) float64 { return 0 }}
	leaning  = seen{face: alive.face, around: 0.02, drift: 0.04}
	atWindow = seen{face: func(f float64) float64 { return 0.008 * f }, drift: 0.01}
)

// shots are frames of something under colours, by a camera whose white balance and
// exposure wander and whose pictures have noise.
func shots(s seen, colours []handoff.Colour, each int) []Shot {
	rng := rand.New(rand.NewPCG(3, 3))
	var all []Shot
	for _, colour := range colours {
		for range each {
			at := time.Duration(len(all)) * 200 * time.Millisecond
			gain := RGB{0.9 + 0.2*rng.Float64(), 0.9 + 0.2*rng.Float64(), 0.9 + 0.2*rng.Float64()}
			shot := Shot{Shown: colour, At: at, Around: RGB{0.3, 0.4, 0.5 * (1 + s.drift*at.Seconds())}}
			rgb := colour.RGB()
			lit := func(base RGB, share, glare float64) (out RGB) {
				for k := range out {
					shines := float64(rgb[k]) / 255
					out[k] = gain[k] * (base[k]*(1+share*shines) + glare*shines) * (1 + 0.002*rng.NormFloat64())
				}
				return out
			}
			shot.Around = lit(shot.Around, s.around, 0)
			for y := range 12 {
				for x := range 12 {
					u, v := (float64(x)+0.5)/12, (float64(y)+0.5)/12
					facing := math.Sqrt(max(0.05, 1-3*(u-0.5)*(u-0.5)-2*(v-0.5)*(v-0.5)))
					shade := 0.6 + 0.4*u // by the room's light, from the right
					shot.Spots = append(shot.Spots, Spot{
						X: u, Y: v, Facing: facing,
						Colour: lit(RGB{0.5 * shade, 0.35 * shade, 0.25 * shade}, s.face(facing), s.glare),
					})
				}
			}
			all = append(all, shot)
		}
	}
	return all
}

var drawn = []handoff.Colour{handoff.Green, handoff.Magenta, handoff.Yellow, handoff.Blue}

func TestOnlyARoundFaceThatWasLitAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		seen    seen
		answers bool
		faint   bool
	}{
		"a face": {alive, true, false}, "a face that leans": {leaning, true, false}, "a face at a window": {atWindow, false, true},
		"a print": {printed, false, true}, "a cut-out print": {cutOut, false, false},
		"a display": {shining, false, false}, "an injected recording": {injected, false, true},
	} {
		r, enough := Measure(shots(c.seen, drawn, 3))
		if !enough || r.Answers() != c.answers || r.Unclear() != c.faint {
			t.Errorf("%s: %+v, %v", name, r, enough)
		}
	}
}

// What was filmed under one sequence is no answer to another, and no reason to film anew.
func TestAnotherSequenceIsNoAnswer(t *testing.T) {
	all := orders(handoff.Colours(), handoff.LightColours)
	for k := 0; k < len(all); k += 11 {
		filmed := shots(alive, all[k], 2)
		for _, other := range all {
			said := slices.Clone(filmed)
			for i := range said {
				said[i].Shown = other[i/2]
			}
			if r, _ := Measure(said); r.Answers() != slices.Equal(other, all[k]) || r.Unclear() {
				t.Errorf("%v said of %v: %+v", other, all[k], r)
			}
		}
	}
}

// orders lists every draw of n colours without repetition.
func orders(from []handoff.Colour, n int) (all [][]handoff.Colour) {
	if n == 0 {
		return [][]handoff.Colour{nil}
	}
	for i, c := range from {
		rest := append(slices.Clone(from[:i]), from[i+1:]...)
		for _, o := range orders(rest, n-1) {
			all = append(all, append([]handoff.Colour{c}, o...))
		}
	}
	return all
}

func TestTooLittleIsNoAnswer(t *testing.T) {
	whole := shots(alive, drawn, 3)
	dark := slices.Clone(whole)
	for i := range dark {
		dark[i].Around = RGB{}
	}
	short := slices.Clone(whole)
	short[5].Spots = short[5].Spots[:20]
	for name, s := range map[string][]Shot{
		"nothing": nil, "one colour": whole[:3], "three shots": {whole[0], whole[3], whole[6]}, "no surroundings": dark, "half a face": short,
		"no face": {{Shown: handoff.Green}, {Shown: handoff.Blue}, {Shown: handoff.Cyan}, {Shown: handoff.Yellow}},
	} {
		if r, enough := Measure(s); enough || r.Answers() {
			t.Errorf("%s: %+v", name, r)
		}
	}
}
