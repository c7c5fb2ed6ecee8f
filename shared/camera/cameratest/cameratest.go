// Package cameratest is the suite that every camera backend which can run on
// the test machine must pass.
package cameratest

import (
	"context"
	"errors"
	"testing"

	"realname.example/shared/camera"
)

// Run checks that the backends which fresh makes keep the port's promises.
// fresh returns a backend with a working camera whose frames come by
// themselves.
func Run(t *testing.T, fresh func(t *testing.T) camera.Backend) {
	t.Helper()
	tests := []struct {
		name string
		run  func(*testing.T, camera.Backend)
	}{
		{"frames are tight and in order", framesInOrder},
		{"a size that no camera has gives a frame all the same", oddSize},
		{"next after close says closed", closedSession},
		{"close twice, and with a reader waiting", closeWhileReading},
		{"cancelled context ends next and leaves the session usable", cancelled},
		{"reopens after close", reopens},
		{"torch switches or says unsupported", torch},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(t, fresh(t)) })
	}
}

func open(t *testing.T, b camera.Backend, cfg camera.Config) camera.Session {
	t.Helper()
	s, err := b.Open(context.Background(), cfg)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func next(t *testing.T, s camera.Session) *camera.Frame {
	t.Helper()
	f, err := s.Next(context.Background())
	if err != nil {
		t.Fatalf("next: %v", err)
	}
	cw, ch := f.ChromaSize()
	if f.W < 1 || f.H < 1 || len(f.Y) != f.W*f.H || len(f.U) != cw*ch || len(f.V) != cw*ch {
		t.Fatalf("%d × %d with %d, %d, %d bytes is not tight I420", f.W, f.H, len(f.Y), len(f.U), len(f.V))
	}
	if f.Rotation%90 != 0 || f.Rotation < 0 || f.Rotation > 270 {
		t.Fatalf("rotation %d", f.Rotation)
	}
	return f
}

func framesInOrder(t *testing.T, b camera.Backend) {
	s := open(t, b, camera.Config{})
	f := next(t, s)
	seq, at := f.Seq, f.At
	for i := 0; i < 10; i++ {
		f := next(t, s)
		if f.Seq <= seq || f.At < at {
			t.Fatalf("frame %d at %v after frame %d at %v", f.Seq, f.At, seq, at)
		}
		seq, at = f.Seq, f.At
	}
}

func oddSize(t *testing.T, b camera.Backend) {
	next(t, open(t, b, camera.Config{Facing: camera.Front, W: 333, H: 77}))
}

func closedSession(t *testing.T, b camera.Backend) {
	s := open(t, b, camera.Config{})
	next(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Next(context.Background()); !errors.Is(err, camera.ErrClosed) {
		t.Errorf("next after close: %v", err)
	}
}

func closeWhileReading(t *testing.T, b camera.Backend) {
	s := open(t, b, camera.Config{})
	next(t, s)
	done := make(chan error)
	go func() {
		for {
			if _, err := s.Next(context.Background()); err != nil {
				done <- err
				return
			}
		}
	}()
	for i := 0; i < 2; i++ {
		if err := s.Close(); err != nil {
			t.Errorf("close %d: %v", i, err)
		}
	}
	if err := <-done; !errors.Is(err, camera.ErrClosed) {
		t.Errorf("the reader saw %v", err)
	}
}

func cancelled(t *testing.T, b camera.Backend) {
	s := open(t, b, camera.Config{})
	next(t, s)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("next with a cancelled context: %v", err)
	}
	next(t, s)
}

func reopens(t *testing.T, b camera.Backend) {
	for i := 0; i < 3; i++ {
		s := open(t, b, camera.Config{Facing: camera.Facing(i % 2)})
		next(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func torch(t *testing.T, b camera.Backend) {
	s := open(t, b, camera.Config{})
	if err := s.Torch(true); err != nil && !errors.Is(err, camera.ErrUnsupported) {
		t.Errorf("torch: %v", err)
	}
}
