package face

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"reflect"
	"slices"
	"sync"
	"testing"

	"realname.example/backend/internal/face/look"
	"realname.example/backend/internal/face/raster"
	"realname.example/shared/handoff"
)

func TestVerdictsAtOnceShareTheNetworksAndAgree(t *testing.T) {
	e := opened(t, Config{Workers: 2, Verdicts: 3})
	c := captureOf(t, handoff.MinFrames)
	got := make([]Judgement, 3)
	var group sync.WaitGroup
	for i := range got {
		group.Go(func() {
			var err error
			if got[i], err = e.Judge(t.Context(), c); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, g := range got[1:] {
		if !reflect.DeepEqual(g, got[0]) {
			t.Errorf("the same capture gives %+v and %+v", got[0], g)
		}
	}
	if got[0].Reason == "" {
		t.Errorf("no reason: %+v", got[0])
	}
	if len(e.all) != 2 || len(e.workers) != 2 || len(e.places) != 0 || len(e.calls) != 0 {
		t.Errorf("afterwards %d workers, %d idle, %d verdicts, %d calls", len(e.all), len(e.workers), len(e.places), len(e.calls))
	}
}

func TestOverCapacityIsBusyAtOnce(t *testing.T) {
	e := opened(t, Config{Workers: 1, Verdicts: 1})
	c := captureOf(t, handoff.MinFrames)
	busy := func(what string, err error) {
		t.Helper()
		var b *BusyError
		if !errors.Is(err, ErrBusy) || !errors.As(err, &b) || b.RetryAfter <= 0 {
			t.Errorf("%s: %v", what, err)
		}
	}
	leave, err := e.place() // as a verdict that runs does
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.Judge(t.Context(), c)
	busy("a second verdict", err)
	leave()

	var leaves []func()
	for range callsPerVerdict {
		leave, err := e.enter()
		if err != nil {
			t.Fatal(err)
		}
		leaves = append(leaves, leave)
	}
	jpegs := make([][]byte, len(c.Frames))
	for i, f := range c.Frames {
		jpegs[i] = f.JPEG
	}
	busy("an inspection", e.Inspect(t.Context(), jpegs))
	busy("a portrait", e.Portrait(t.Context(), c.Portrait))
	_, err = e.Template(t.Context(), c.Portrait)
	busy("a template", err)
	for _, leave := range leaves {
		leave()
	}
	if err := e.Portrait(t.Context(), c.Portrait); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

func TestACallThatIsGivenUpEndsAndGivesItsPlacesBack(t *testing.T) {
	e := opened(t, Config{Workers: 1})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Judge(ctx, captureOf(t, handoff.MinFrames)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if len(e.workers) != 1 || len(e.places) != 0 || len(e.calls) != 0 {
		t.Error("a place is lost")
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if err := e.Ready(); !errors.Is(err, ErrUnavailable) {
		t.Errorf("closed: %v", err)
	}
}

// inside puts a picture into a larger grey one.
func inside(t *testing.T, data []byte, w, h, x, y int) []byte {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	large := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(large, large.Rect, image.NewUniform(color.Gray{120}), image.Point{}, draw.Src)
	draw.Draw(large, image.Rect(x, y, w, h), img, img.Bounds().Min, draw.Src)
	return encoded(t, large)
}

func encoded(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// darker is a picture at a share of its light.
func darker(t *testing.T, data []byte, share float64) []byte {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewRGBA(img.Bounds())
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			r, g, b, _ := img.At(x, y).RGBA()
			dim := func(v uint32) uint8 { return uint8(float64(v>>8) * share) }
			out.SetRGBA(x, y, color.RGBA{dim(r), dim(g), dim(b), 255})
		}
	}
	return encoded(t, out)
}

// beside puts two pictures next to each other.
func beside(t *testing.T, a, b []byte) []byte {
	t.Helper()
	left, err := jpeg.Decode(bytes.NewReader(a))
	if err != nil {
		t.Fatal(err)
	}
	right, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	w, h := left.Bounds().Dx(), left.Bounds().Dy()
	out := image.NewRGBA(image.Rect(0, 0, 2*w, h))
	draw.Draw(out, image.Rect(0, 0, w, h), left, image.Point{}, draw.Src)
	draw.Draw(out, image.Rect(w, 0, 2*w, h), right, image.Point{}, draw.Src)
	return encoded(t, out)
}

func TestAPortraitThatWillNotDoSaysWhy(t *testing.T) {
	e := opened(t, Config{Workers: 1})
	good, other := frames(t, "franck", 1, 1)[0], frames(t, "cap", 1, 1)[0]
	if err := e.Portrait(t.Context(), good); err != nil {
		t.Errorf("a good one: %v", err)
	}
	outline, err := e.Outline(t.Context(), good)
	if err != nil {
		t.Fatal(err)
	}
	img, err := jpeg.Decode(bytes.NewReader(good))
	if err != nil {
		t.Fatal(err)
	}
	half := img.(*image.YCbCr).SubImage(image.Rect(int(outline.X0+outline.X1)/2, 0, img.Bounds().Dx(), img.Bounds().Dy()))
	for name, c := range map[string]struct {
		data []byte
		want []error // one of them
	}{
		"nothing":     {nil, []error{look.ErrForm}},
		"text":        {[]byte("not a picture"), []error{look.ErrForm}},
		"cut short":   {good[:len(good)/2], []error{look.ErrImage}},
		"too large":   {make([]byte, MaxPortrait+1), []error{look.ErrForm}},
		"nobody":      {encoded(t, image.NewGray(image.Rect(0, 0, 320, 240))), []error{look.ErrNoFace}},
		"two people":  {beside(t, good, other), []error{look.ErrManyFace}},
		"half a face": {encoded(t, half), []error{look.ErrNoFace, look.ErrQuality}},
		"dark":        {darker(t, good, 0.1), []error{look.ErrNoFace, look.ErrQuality}},
	} {
		err := e.Portrait(t.Context(), c.data)
		var input *look.InputError
		if !errors.As(err, &input) || !slices.ContainsFunc(c.want, func(k error) bool { return errors.Is(err, k) }) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if tooLarge := len(c.data) > MaxPortrait; errors.Is(err, raster.ErrTooLarge) != tooLarge {
			t.Errorf("%s: %v", name, err)
		}
	}
}
