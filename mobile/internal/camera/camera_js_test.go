package camera_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"realname.example/mobile/internal/camera"
	"realname.example/mobile/internal/camera/cameratest"
	"realname.example/mobile/internal/scan"
)

// These tests run in a browser: the ones that end in InChromium start it.

func TestBrowserKeepsThePortsPromises(t *testing.T) {
	cameratest.Run(t, func(*testing.T) camera.Backend { return camera.System() })
}

func TestBrowserReadsTheCodeInItsFakeVideo(t *testing.T) {
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
	scanner := scan.New()
	for frames := 1; ; frames++ {
		f, err := s.Next(ctx)
		if err != nil {
			t.Fatalf("after %d frames: %v", frames, err)
		}
		if text, ok := scanner.Scan(scan.Plane{Pix: f.Y, W: f.W, H: f.H, Stride: f.W}); ok {
			if text != browserText {
				t.Errorf("read %q", text)
			}
			t.Logf("read in frame %d of %d × %d", frames, f.W, f.H)
			return
		}
	}
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
