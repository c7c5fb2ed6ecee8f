//go:build ndk && !android

package camera

import (
	"cmp"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// count is how many open/read/close cycles run under each sanitizer;
// CYCLES asks for another number.
var count = cmp.Or(os.Getenv("CYCLES"), "100")

// build compiles C files of fakendk and returns the result's path.
func build(t *testing.T, name string, args ...string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), name)
	args = append([]string{"-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-g", "-O1", "-o", out}, args...)
	if said, err := exec.Command("gcc", args...).CombinedOutput(); err != nil {
		t.Fatalf("compile %s: %v\n%s", name, err, said)
	}
	return out
}

// allowed is a person who has said yes.
type allowed struct{}

func (allowed) Allowed() bool { return true }
func (allowed) Show() error   { return nil }
func (allowed) Focused() bool { return true }
func (allowed) Refused() bool { return false }

// phone is the process's one fake phone: cam.c looks for its library once.
var phone *ndkCameras

// FakeNDK is the NDK's backend over the fake libraries.
func FakeNDK(t *testing.T) Backend {
	t.Helper()
	if phone == nil {
		library := build(t, "fakendk.so", "-shared", "-fPIC", "fakendk/camera.c", "fakendk/media.c", "-lpthread")
		phone = newNDK(library, library, allowed{}, func() int { return 0 })
		phone.silent = 40                    // 2 s: far more than a busy machine needs for a fake frame
		if err := phone.load(); err != nil { // while the file is there
			t.Fatal(err)
		}
	}
	return phone
}

func TestNDKSaysWhyACameraCannotBeOpened(t *testing.T) {
	b := FakeNDK(t)
	for script, want := range map[string]error{
		"none": ErrNone, "noyuv": ErrNone, "denied": ErrDenied, "disabled": ErrDenied,
		"taken": ErrBusy, "nosession": ErrUnsupported,
	} {
		t.Setenv("FAKE_NDK", script)
		if _, err := b.Open(context.Background(), Config{}); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", script, err, want)
		}
	}
}

func TestNDKEndsWhenTheCameraGoesAway(t *testing.T) {
	b := FakeNDK(t)
	for script, want := range map[string]error{
		"gone": ErrUnplugged, "broken": ErrUnplugged, "stolen": ErrBusy, "dumb": ErrUnplugged,
	} {
		t.Setenv("FAKE_NDK", script)
		s, err := b.Open(context.Background(), Config{W: 176, H: 144})
		if err != nil {
			t.Fatalf("%s: %v", script, err)
		}
		for err == nil {
			_, err = s.Next(context.Background())
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", script, err, want)
		}
		if err := s.Torch(true); !errors.Is(err, ErrClosed) {
			t.Errorf("%s: torch of a lost camera: %v", script, err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: %v", script, err)
		}
	}
}

func TestNDKFramesAreTightAndTurned(t *testing.T) {
	b := FakeNDK(t)
	for facing, want := range map[Facing]Frame{
		Back:  {W: 640, H: 480, Rotation: 90},
		Front: {W: 639, H: 479, Rotation: 270, Mirror: true},
	} {
		s, err := b.Open(context.Background(), Config{Facing: facing, W: 640, H: 480})
		if err != nil {
			t.Fatal(err)
		}
		f, err := s.Next(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if f.W != want.W || f.H != want.H || f.Rotation != want.Rotation || f.Mirror != want.Mirror {
			t.Errorf("%d × %d turned by %d, mirror %v", f.W, f.H, f.Rotation, f.Mirror)
		}
		cw, ch := f.ChromaSize()
		last := byte(f.W - 1 + 2*(f.H-1) + int(f.Y[0])) // as the fake paints
		if f.Y[len(f.Y)-1] != last || f.U[len(f.U)-1] != byte(cw-1+ch-1) || f.V[len(f.V)-1] != byte(cw-1+ch-1+128) {
			t.Errorf("last pixel %d, %d, %d", f.Y[len(f.Y)-1], f.U[len(f.U)-1], f.V[len(f.V)-1])
		}
		if err := s.Torch(true); facing == Back && err != nil || facing == Front && !errors.Is(err, ErrUnsupported) {
			t.Errorf("torch: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestNDKOfAnOldSystem(t *testing.T) {
	old := newNDK("not-there.so", "not-there.so", allowed{}, func() int { return 0 })
	if _, err := old.Open(context.Background(), Config{}); !errors.Is(err, ErrTooOld) {
		t.Errorf("open: %v", err)
	}
	if _, err := old.RequestPermission(context.Background()); !errors.Is(err, ErrTooOld) {
		t.Errorf("ask: %v", err)
	}
}

// plain runs a program at addresses that are not scattered, where the system
// lets it: with vm.mmap_rnd_bits above 28 the TSan of GCC 12 does not start.
func plain(program string, args ...string) *exec.Cmd {
	if exec.Command("setarch", "-R", "true").Run() != nil {
		return exec.Command(program, args...)
	}
	return exec.Command("setarch", append([]string{"-R", program}, args...)...)
}

func TestCyclesUnderSanitizers(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	for _, sanitizer := range []string{"address,undefined", "thread"} {
		flags := []string{"-fsanitize=" + sanitizer, "-fno-sanitize-recover=all"}
		library := build(t, "fakendk.so", append(flags, "-shared", "-fPIC", "fakendk/camera.c", "fakendk/media.c", "-lpthread")...)
		cycles := build(t, "cycles", append(flags, "fakendk/cycles.c", "cam.c", "cam_look.c", library, "-ldl", "-lpthread")...)
		said, err := plain(cycles, library, count).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v", sanitizer, err)
		}
		t.Logf("%s: %s", sanitizer, said)
	}
}
