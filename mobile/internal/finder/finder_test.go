package finder_test

import (
	"context"
	"math"
	"path/filepath"
	"testing"
	"time"

	"realname.example/mobile/internal/finder"
	"realname.example/shared/camera"
)

// recorded opens the front camera of a recording of set-up.
func recorded(t testing.TB, name string) camera.Session {
	t.Helper()
	replay, err := camera.NewReplay(camera.ReplayOptions{
		FrontPath: filepath.Join("..", "..", "..", "build", "recordings", name+".mjpeg"), Clock: &quick{},
	})
	if err != nil {
		t.Fatalf("%v: run make setup", err)
	}
	s, err := replay.Open(t.Context(), camera.Config{Facing: camera.Front})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestAFaceIsFoundInNearlyEveryQuietPictureOfTheRecordings(t *testing.T) {
	f, err := finder.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"franck", "cap"} {
		s := recorded(t, name)
		found, turned := 0, 0
		const pictures = 60
		for range pictures {
			frame, err := s.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			face, ok := f.Find(frame)
			if !ok {
				continue
			}
			found++
			if face.X < 0.2 || face.X > 0.8 || face.Y < 0.2 || face.Y > 0.8 || face.Size < 0.2 || face.Size > 0.9 {
				t.Errorf("%s: face at %+v", name, face)
			}
			if again, ok := f.Find(sideways(frame)); ok && math.Abs(again.X-face.X) < 0.1 && math.Abs(again.Y-face.Y) < 0.1 {
				turned++
			}
		}
		if found < pictures*9/10 || turned < found*9/10 {
			t.Errorf("%s: found in %d of %d, and in %d lying on their side", name, found, pictures, turned)
		}
	}
}

// sideways stores a picture as a sensor does that is built in turned.
func sideways(f *camera.Frame) *camera.Frame {
	out := &camera.Frame{W: f.H, H: f.W, Rotation: 90, Y: make([]byte, len(f.Y))}
	for y := range f.H {
		for x := range f.W {
			out.Y[(f.W-1-x)*f.H+y] = f.Y[y*f.W+x]
		}
	}
	return out
}

func TestNoFaceIsFoundWhereThereIsNone(t *testing.T) {
	f, err := finder.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range [][2]int{{640, 480}, {2, 2}, {1280, 16}} {
		frame := &camera.Frame{W: size[0], H: size[1], Y: make([]byte, size[0]*size[1])}
		for i := range frame.Y {
			frame.Y[i] = byte(i * 7)
		}
		if face, ok := f.Find(frame); ok {
			t.Errorf("found %+v in %v", face, size)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	f, err := finder.New()
	if err != nil {
		b.Fatal(err)
	}
	frame, err := recorded(b, "franck").Next(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		f.Find(frame)
	}
}

// quick is a clock that never waits.
type quick struct{ now time.Duration }

func (c *quick) Now() time.Duration { return c.now }

func (c *quick) Sleep(ctx context.Context, d time.Duration) error {
	c.now += d
	return ctx.Err()
}
