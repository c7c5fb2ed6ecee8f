package scangen

import (
	"bytes"
	"image"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/skip2/go-qrcode"
)

func TestAddressStaysInAlphanumericModeAtVersionFourAtMost(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := 52; n <= 66; n++ {
		for _, level := range []qrcode.RecoveryLevel{qrcode.Low, qrcode.Medium} {
			q, err := qrcode.New(Address(rng, n), level)
			if err != nil {
				t.Fatal(err)
			}
			if q.VersionNumber > 4 {
				t.Errorf("%d characters at level %v: version %d", n, level, q.VersionNumber)
			}
		}
	}
}

func TestSamePoseAndSeedGiveTheSamePixels(t *testing.T) {
	screen, code, err := Screen("HTTPS://REALNAME.EXAMPLE/H/ABC", qrcode.Low, 4, true, false)
	if err != nil {
		t.Fatal(err)
	}
	pose := Pose{Focus: code, Size: 0.6, Tilt: 30, Axis: 20, Roll: 70, Blur: 1, Noise: 9, Seed: 5}
	a, b := Render(screen, pose, 320, 180), Render(screen, pose, 320, 180)
	if !bytes.Equal(a.Pix, b.Pix) {
		t.Fatal("two renderings differ")
	}
	pose.Seed++
	if bytes.Equal(a.Pix, Render(screen, pose, 320, 180).Pix) {
		t.Fatal("another seed gave the same noise")
	}
}

func TestFaceOnFocusHasTheAskedSizeAndStaysInView(t *testing.T) {
	screen, code := image.Rect(0, 0, 400, 300), image.Rect(100, 50, 300, 250)
	got := Corners(screen, Pose{Focus: code, Size: 0.5}, 640, 480)
	if side := got[1][0] - got[0][0]; math.Abs(side-240) > 0.5 {
		t.Errorf("side %.2f px, want 240", side)
	}
	for axis := 0.0; axis < 360; axis += 30 {
		pose := Pose{Focus: code, Size: 1, Tilt: 40, Axis: axis, Roll: axis / 2, OffX: 0.3, OffY: -0.2}
		for _, p := range Corners(screen, pose, 640, 480) {
			if p[0] < 0 || p[1] < 0 || p[0] > 640 || p[1] > 480 {
				t.Errorf("axis %.0f: corner %v out of the frame", axis, p)
			}
		}
	}
}

// A tilt about the vertical axis makes one side of the code longer than the
// other, which an affine stretch would not.
func TestTiltIsPerspective(t *testing.T) {
	screen := image.Rect(0, 0, 200, 200)
	c := Corners(screen, Pose{Size: 0.6, Tilt: 40, Axis: 90}, 640, 480)
	left := math.Hypot(c[0][0]-c[3][0], c[0][1]-c[3][1])
	right := math.Hypot(c[1][0]-c[2][0], c[1][1]-c[2][1])
	if ratio := max(left, right) / min(left, right); ratio < 1.2 {
		t.Errorf("sides %.1f and %.1f: no perspective", left, right)
	}
}
