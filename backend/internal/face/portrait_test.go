//go:build !race

package face

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/draw"
	"image/jpeg"
	"runtime"
	"strings"
	"testing"
	"time"

	xdraw "golang.org/x/image/draw"

	"realname.example/backend/internal/face/look"
	"realname.example/backend/internal/face/raster"
)

// A chip's picture has 102×126 pixels, cut loosely: the eyes are 21 apart.
func TestAPortraitMayBeAsSmallAsThatOfACard(t *testing.T) {
	e := opened(t, Config{Workers: 1})
	frame := captureOf(t, 1).Frames[0].JPEG
	chip := scaledTo(t, e, frame, 102, 126, 21.4)
	if err := e.Portrait(t.Context(), chip); err != nil {
		t.Errorf("a chip's picture: %v", err)
	}
	err := e.Portrait(t.Context(), scaledTo(t, e, frame, 81, 100, 17))
	var bad *look.InputError
	if !errors.As(err, &bad) || bad.Hint != look.HintCloser || !errors.Is(err, look.ErrQuality) || !strings.Contains(err.Error(), "first size") {
		t.Errorf("a smaller one: %v", err)
	}
	// Of a capture more is asked, since it can be taken anew.
	if l := lookAt(t, e, chip); l.Quality.Problem() != look.HintCloser {
		t.Errorf("eyes %.1f pixels apart in a capture: %q", l.Quality.Eyes, l.Quality.Problem())
	}
}

func lookAt(t *testing.T, e *Engine, picture []byte) (l *look.Look) {
	t.Helper()
	err := e.with(t.Context(), func(w *look.Worker) (err error) {
		l, err = w.Analyse(t.Context(), picture, raster.Sent, look.EffortMotion)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// scaledTo is the face of a picture in one of w×h pixels, with the eyes so many apart.
func scaledTo(t *testing.T, e *Engine, picture []byte, w, h int, eyes float64) []byte {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	l := lookAt(t, e, picture)
	scale, centre := l.Quality.Eyes/eyes, l.Box.Centre()
	dx, dy := scale*float64(w)/2, scale*float64(h)/2
	cut := image.Rect(int(centre.X-dx), int(centre.Y-dy), int(centre.X+dx), int(centre.Y+dy))
	around := image.NewRGBA(cut)
	draw.Draw(around, cut, image.White, image.Point{}, draw.Src)
	draw.Draw(around, img.Bounds(), img, img.Bounds().Min, draw.Src)
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	xdraw.CatmullRom.Scale(out, out.Rect, around, cut, draw.Src, nil)
	return encoded(t, out)
}

func TestAPortraitOnItsSideOrHeadIsTurned(t *testing.T) {
	e := opened(t, Config{Workers: 1})
	for _, who := range []string{"franck", "cap"} {
		upright := frames(t, who, 1, 1)[0]
		want, err := e.Template(t.Context(), upright)
		if err != nil {
			t.Fatal(err)
		}
		for _, orientation := range []int{3, 6, 8} {
			lying := turned(t, upright, orientation)
			if err := e.Portrait(t.Context(), lying); err != nil {
				t.Errorf("%s turned by %d: %v", who, orientation, err)
			}
			var got look.Embedding
			err := e.with(t.Context(), func(w *look.Worker) (err error) {
				got, _, err = template(t.Context(), w, lying)
				return err
			})
			if s := look.Score(got, want.embedding); err != nil || s < 0.9 {
				t.Errorf("%s turned by %d is like itself by %.2f, %v", who, orientation, s, err)
			}
		}
	}
}

func TestASearchByQuartersEndsWithItsCaller(t *testing.T) {
	var lap func()
	e := opened(t, Config{Workers: 1, Now: func() time.Time {
		if lap != nil {
			lap()
		}
		return time.Time{}
	}})
	empty := encoded(t, image.NewGray(image.Rect(0, 0, 160, 120)))
	for _, last := range []int{1, 2, 3} {
		ctx, hangUp := context.WithCancel(t.Context())
		looks := 0
		err := e.with(ctx, func(w *look.Worker) error {
			if err := w.Decode(ctx, empty, raster.Sent); err != nil {
				return err
			}
			lap = func() { // of a picture without a face the search alone has one
				if looks++; looks == last {
					hangUp()
				}
			}
			defer func() { lap = nil }()
			l, err := w.SeeTurned(ctx, look.EffortMotion)
			l.Wipe()
			return err
		})
		if !errors.Is(err, context.Canceled) || looks != last {
			t.Errorf("hung up in look %d: %d looks, %v", last, looks, err)
		}
	}
}

func TestOnlyWhatIsLookedAtIsTurned(t *testing.T) {
	e := opened(t, Config{Workers: 1})
	upright := scaledTo(t, e, frames(t, "franck", 1, 1)[0], 1600, 1200, 200)
	for orientation, turns := range map[int]uint64{1: 0, 8: 1, 3: 2, 6: 3} { // a file that lies by so many quarters
		err := e.with(t.Context(), func(w *look.Worker) error {
			if err := w.Decode(t.Context(), turned(t, upright, orientation), raster.Sent); err != nil {
				return err
			}
			whole := uint64(len(w.Picture.Pix))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			l, err := w.SeeTurned(t.Context(), look.EffortCompare)
			runtime.ReadMemStats(&after)
			if got := (after.TotalAlloc - before.TotalAlloc) / whole; got > turns {
				t.Errorf("turned by %d: %d times its size was allocated", orientation, got)
			}
			l.Wipe()
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// turned is a picture whose pixels lie as an EXIF orientation says that is not in it.
func turned(t *testing.T, picture []byte, orientation int) []byte {
	t.Helper()
	var r raster.Raster
	if err := r.Decode(t.Context(), picture, raster.Own); err != nil {
		t.Fatal(err)
	}
	r.Turn(orientation)
	out, err := r.JPEG(max(r.W, r.H))
	if err != nil {
		t.Fatal(err)
	}
	return out
}
