package camera_test

import (
	"context"
	"errors"
	"image"
	"image/color"
	"testing"
	"time"

	"realname.example/shared/camera"
	"realname.example/shared/camera/cameratest"
)

// These tests run in a browser: the ones that end in InChromium start it.

func TestBrowserKeepsThePortsPromises(t *testing.T) {
	cameratest.Run(t, func(*testing.T) camera.Backend { return camera.System() })
}

func TestBrowserFilmsUprightAndInColour(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	b := camera.System()
	if p, err := b.RequestPermission(ctx); err != nil || p != camera.Granted {
		t.Fatalf("permission %v, %v", p, err)
	}
	s, err := b.Open(ctx, camera.Config{W: 640, H: 480})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var seen [4]color.Color
	for frames := 1; ; frames++ {
		f, err := s.Next(ctx)
		if err != nil {
			t.Fatalf("after %d frames: %v; seen %v", frames, err, seen)
		}
		if seen = quarters(camera.Preview(f, nil)); filmed(seen) {
			t.Logf("in frame %d of %d × %d", frames, f.W, f.H)
			return
		}
	}
}

// quarters are the colours in the middle of the four quarters of a picture.
func quarters(picture *image.RGBA) (out [4]color.Color) {
	w, h := picture.Rect.Dx(), picture.Rect.Dy()
	for i := range out {
		out[i] = picture.At(w/4+i%2*w/2, h/4+i/2*h/2)
	}
	return out
}

// filmed reports whether each quarter is nearest to its colour of the scene: the way
// through the browser shifts them a little.
func filmed(seen [4]color.Color) bool {
	all := color.Palette{color.Black}
	for _, colour := range scene {
		all = append(all, colour)
	}
	for i, colour := range seen {
		if all.Index(colour) != i+1 {
			return false
		}
	}
	return true
}

// Runs in a browser that answers every question with no.
func TestBrowserRefusalIsTold(t *testing.T) {
	b := camera.System()
	if p, err := b.RequestPermission(context.Background()); p == camera.Granted || !errors.Is(err, p.Err()) {
		t.Errorf("permission %v, %v", p, err)
	}
	if _, err := b.Open(context.Background(), camera.Config{}); !errors.Is(err, camera.ErrDenied) {
		t.Errorf("open: %v", err)
	}
}
