//go:build !race

package face

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"math"
	"slices"
	"testing"
	"time"

	"realname.example/backend/internal/face/live"
	"realname.example/backend/internal/face/look"
	"realname.example/backend/internal/face/raster"
	"realname.example/shared/handoff"
)

// A face that is followed is where the detector and a look of its own would find
// it, and the detector is asked once a stretch, and of the first frames of all.
func TestAFaceIsFollowedFromFrameToFrame(t *testing.T) {
	e := opened(t, Config{Workers: 1})
	c := captureOf(t, handoff.MinFrames)
	trial := e.trial(c)
	if err := trial.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, l := range trial.Looks {
		if l.Found != (i%stretch == 0 || i < live.StartFrames) {
			t.Errorf("frame %d: the detector was asked: %v", i, l.Found)
		}
		var alone *look.Look
		err := e.with(t.Context(), func(w *look.Worker) (err error) {
			alone, err = w.Analyse(t.Context(), c.Frames[i].JPEG, raster.Frame, look.EffortMotion)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if l.Box.Overlap(alone.Box) < 0.7 || math.Abs(l.Depth.Yaw-alone.Depth.Yaw) > 3 || math.Abs(l.Depth.Pitch-alone.Depth.Pitch) > 3 {
			t.Errorf("frame %d: followed to %+v, %+v; alone it is at %+v, %+v", i, l.Box, l.Depth, alone.Box, alone.Depth)
		}
	}
}

func TestAFaceThatIsLostIsSoughtAnew(t *testing.T) {
	e := opened(t, Config{Workers: 1})
	c := captureOf(t, handoff.MinFrames)
	nobody := encoded(t, image.NewGray(image.Rect(0, 0, 640, 480)))
	c.Frames[2].JPEG, c.Frames[7].JPEG = nobody, nobody
	trial := e.trial(c)
	if err := trial.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{2, 7} {
		if l := trial.Looks[i]; l.Faces != 0 {
			t.Errorf("frame %d shows nobody, and %d faces are seen", i, l.Faces)
		}
		if l := trial.Looks[i+1]; l.Faces != 1 || !l.Found || l.Descriptor == nil {
			t.Errorf("frame %d: %d faces, sought: %v, compared: %v", i+1, l.Faces, l.Found, l.Descriptor != nil)
		}
	}
}

func TestOnePersonsPictureIsFoundWhereTheFirstLookMissesIt(t *testing.T) {
	e := opened(t, Config{Workers: 1, Now: time.Now})
	plain := frames(t, "franck", 1, 1)[0]
	want, err := e.Template(t.Context(), plain)
	if err != nil {
		t.Fatal(err)
	}
	outline, err := e.Outline(t.Context(), plain)
	if err != nil {
		t.Fatal(err)
	}
	cut, err := jpeg.Decode(bytes.NewReader(plain))
	if err != nil {
		t.Fatal(err)
	}
	filling := cut.(*image.YCbCr).SubImage(image.Rect(int(outline.X0), int(outline.Y0), int(outline.X1), int(outline.Y1)))
	for name, data := range map[string][]byte{
		"small in the picture": inside(t, plain, 4000, 3000, 2600, 1900),
		"dark":                 darker(t, plain, 0.12),
		"filling the picture":  encoded(t, filling),
	} {
		got, err := e.Template(t.Context(), data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if s := got.Score(want); s < e.Limits().Match {
			t.Errorf("%s: another person is found, score %.2f", name, s)
		}
	}
	for _, stage := range look.Stages {
		if want.Took[stage] <= 0 {
			t.Errorf("%s took no time", stage)
		}
	}
	if s := want.Score(want); s < 0.999 || s > 1.001 {
		t.Errorf("a picture is like itself by %v", s)
	}
	grey := image.NewGray(image.Rect(0, 0, 300, 400))
	var input *look.InputError
	if _, err := e.Template(t.Context(), encoded(t, grey)); !errors.As(err, &input) || !errors.Is(err, look.ErrNoFace) {
		t.Errorf("a grey picture: %v", err)
	}
}

func TestTwoPeopleAreToldApartByEachNetwork(t *testing.T) {
	e := opened(t, Config{Workers: 1})
	var x []look.Embedding
	for _, data := range append(frames(t, "franck", 2, 300), frames(t, "cap", 2, 150)...) {
		template, err := e.Template(t.Context(), data)
		if err != nil {
			t.Fatal(err)
		}
		x = append(x, template.embedding)
	}
	for name, alike := range map[string]func(a, b look.Embedding) float64{
		"feature":  func(a, b look.Embedding) float64 { return look.Cosine(a.Feature, b.Feature) },
		"identity": func(a, b look.Embedding) float64 { return look.Cosine(a.Identity, b.Identity) },
		"together": look.Score,
	} {
		own := min(alike(x[0], x[1]), alike(x[2], x[3]))
		other := max(alike(x[0], x[2]), alike(x[0], x[3]), alike(x[1], x[2]), alike(x[1], x[3]))
		if own <= other+0.2 {
			t.Errorf("%s: own %.2f, other %.2f", name, own, other)
		}
	}
}

func TestNothingOfAPictureStaysInAWorker(t *testing.T) {
	e := opened(t, Config{Workers: 1})
	c := captureOf(t, handoff.MinFrames)
	if _, err := e.Judge(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	w := e.all[0]
	if slices.ContainsFunc(w.Picture.Pix[:cap(w.Picture.Pix)], func(v uint8) bool { return v != 0 }) {
		t.Error("pixels are left")
	}
	for i, call := range w.Nets() {
		if slices.ContainsFunc(call.Input(), func(v float32) bool { return v != 0 }) {
			t.Errorf("the input of network %d is left", i)
		}
	}
}

func TestATrialWipesItsCropsAndEmbeddings(t *testing.T) {
	e := opened(t, Config{Workers: 1})
	c := captureOf(t, handoff.MinFrames)
	trial := e.trial(c)
	if err := trial.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	var bytes [][]uint8
	for _, l := range trial.Looks {
		bytes = append(bytes, l.Face)
	}
	numbers := [][]float32{trial.portrait.Feature, trial.portrait.Identity, trial.Looks[0].Descriptor}
	for _, b := range bytes {
		if !slices.ContainsFunc(b, func(v uint8) bool { return v != 0 }) {
			t.Fatal("a crop is empty before")
		}
	}
	trial.wipe()
	for _, b := range bytes {
		if slices.ContainsFunc(b, func(v uint8) bool { return v != 0 }) {
			t.Error("a crop is left")
		}
	}
	for _, n := range numbers {
		if len(n) == 0 || slices.ContainsFunc(n, func(v float32) bool { return v != 0 }) {
			t.Error("an embedding is left")
		}
	}
}
