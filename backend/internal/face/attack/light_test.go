package attack_test

import (
	"bytes"
	"errors"
	"image"
	"image/draw"
	"image/jpeg"
	"math/rand/v2"
	"slices"
	"testing"

	"realname.example/backend/internal/face"
	"realname.example/backend/internal/face/attack"
	"realname.example/backend/internal/face/live"
	"realname.example/backend/internal/face/look"
	"realname.example/shared/handoff"
)

// lit is a capture of the first source under light.
func lit(t *testing.T, engine *face.Engine, s *attack.Source, species attack.Species, renderer string, seed uint64) face.Capture {
	t.Helper()
	c, err := attack.MakeLit(t.Context(), engine, rand.New(rand.NewPCG(seed, 0)), species, s, attack.Renderers[renderer], true)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// litFrames are those of a capture.
func litFrames(c face.Capture) []face.Frame {
	return slices.DeleteFunc(slices.Clone(c.Frames), func(f face.Frame) bool { return f.Light == "" })
}

// cut is the upper left of a picture, as large as another one.
func cut(t *testing.T, picture, like []byte) []byte {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	size, err := jpeg.DecodeConfig(bytes.NewReader(like))
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewRGBA(image.Rect(0, 0, size.Width, size.Height))
	draw.Draw(out, out.Bounds(), img, image.Point{}, draw.Src)
	var encoded bytes.Buffer
	if err := jpeg.Encode(&encoded, out, &jpeg.Options{Quality: 88}); err != nil {
		t.Fatal(err)
	}
	return encoded.Bytes()
}

// `backend/cmd/face attack-eval --light` makes as many tries as are wanted, and docs/face.md
// has its figures.
func TestOnlyAFaceThatIsThereAnswersTheLight(t *testing.T) {
	engine, sources := people(t)
	for renderer := range attack.Renderers {
		for _, species := range attack.Lit {
			tries := 1
			if species == attack.Genuine {
				tries = 2 // one of them before a window
			}
			tally, err := attack.Run(t.Context(), engine, sources, species, attack.Renderers[renderer], false, tries, 5)
			if err != nil {
				t.Fatal(err)
			}
			if (tally.Accepted > 0) != (species == attack.Genuine) {
				t.Errorf("%s by %s: %d of %d answered, %v", species, renderer, tally.Accepted, tries, tally.Reasons)
			}
		}
	}
}

func TestLightThatIsNotAsAskedIsNoAnswer(t *testing.T) {
	engine, sources := people(t)
	good := lit(t, engine, sources[0], attack.Genuine, "phong", 9)
	n := len(good.Frames) - len(litFrames(good))
	other := lit(t, engine, sources[1], attack.Genuine, "phong", 9)
	said := func(name func(handoff.Colour) handoff.Colour) face.Capture {
		c := good
		c.Frames = slices.Clone(good.Frames)
		for i := n; i < len(c.Frames); i++ {
			c.Frames[i].Light = name(c.Frames[i].Light)
		}
		return c
	}
	colours := handoff.Colours()
	turned := said(func(c handoff.Colour) handoff.Colour {
		return colours[(slices.Index(colours, c)+1)%len(colours)]
	})
	first, second := good.Frames[n].Light, good.Frames[n+handoff.ColourFrames].Light
	swapped := said(func(c handoff.Colour) handoff.Colour {
		if c == first {
			return second
		}
		if c == second {
			return first
		}
		return c
	})
	missing, halved := good, good
	missing.Frames = good.Frames[:n]
	halved.Frames = good.Frames[:n+handoff.ColourFrames]
	stranger := good
	stranger.Frames = slices.Clone(good.Frames)
	for i, f := range litFrames(other) {
		stranger.Frames[n+i].JPEG = cut(t, f.JPEG, good.Frames[0].JPEG)
		stranger.Frames[n+i].Light = f.Light
	}
	for name, c := range map[string]struct {
		capture face.Capture
		light   face.Light
	}{
		"as asked": {good, face.LightAnswered}, "another sequence": {turned, face.LightUnanswered},
		"two colours swapped": {swapped, face.LightUnanswered}, "no lit frame": {missing, face.LightNone},
		"one colour alone": {halved, face.LightUnclear}, "another person in the light": {stranger, face.LightUnanswered},
	} {
		c.capture.DemandLight = true
		j, err := engine.Judge(t.Context(), c.capture)
		want := map[face.Light]live.Reason{
			face.LightAnswered: live.Passed, face.LightUnclear: live.LightFaint,
			face.LightUnanswered: live.LightMissing, face.LightNone: live.LightMissing,
		}[c.light]
		if err != nil || j.Light != c.light || j.Reason != want {
			t.Errorf("%s: %q, %s, %v, %v", name, j.Light, j.Reason, j.Number, err)
		}
	}
	missing.DemandLight, turned.DemandLight = false, false
	for name, c := range map[string]face.Capture{"none": missing, "another sequence": turned} {
		if j, err := engine.Judge(t.Context(), c); err != nil || !j.Passed {
			t.Errorf("%s, where light is not demanded: %q, %s, %v", name, j.Light, j.Reason, err)
		}
	}
	early := said(func(c handoff.Colour) handoff.Colour { return c })
	early.Frames[3].Light = handoff.Green
	if _, err := engine.Judge(t.Context(), early); !errors.Is(err, look.ErrCapture) {
		t.Errorf("a lit frame among the others: %v", err)
	}
}
