//go:build !race

package face

import (
	"bytes"
	"image"
	"image/jpeg"
	"testing"
)

func TestAPersonIsJudgedAliveWhateverThePortraitIs(t *testing.T) {
	e := opened(t, Config{Workers: 2})
	c := passing(t)
	for name, want := range map[string]struct {
		portrait []byte
		reason   Reason
	}{
		"none":      {nil, Passed},
		"text":      {[]byte("not a picture"), PortraitUnusable},
		"nobody":    {encoded(t, image.NewGray(image.Rect(0, 0, 320, 240))), PortraitUnusable},
		"too large": {make([]byte, MaxPortrait+1), PortraitUnusable},
		"their own": {c.Portrait, Passed},
	} {
		c.Portrait = want.portrait
		got, err := e.Judge(t.Context(), c)
		if err != nil || got.Reason != want.reason || got.Passed != (want.reason == Passed) || got.Reason.Liveness() {
			t.Errorf("%s: %s, %v, %v", name, got.Reason, got.Number, err)
		}
	}
}

// A stranger is refused whatever the portrait is; where it is too poor for a mismatch
// to count, it is the portrait that will not do.
func TestSmallPortraitsAreComparedAsTheyAre(t *testing.T) {
	e := opened(t, Config{Workers: 2})
	c := passing(t)
	own, other := c.Portrait, frames(t, "cap", 1, 1)[0]
	for name, want := range map[string]struct {
		portrait []byte
		quality  int
		reason   Reason
	}{
		"their own":                       {own, 50, Passed},
		"their own, compressed very hard": {own, 20, Passed},
		"another's":                       {other, 50, FaceMismatch},
		"another's, compressed very hard": {other, 20, PortraitUnusable},
	} {
		c.Portrait = compressed(t, scaledTo(t, e, want.portrait, 102, 126, 21), want.quality)
		got, err := e.Judge(t.Context(), c)
		if err != nil || got.Reason != want.reason {
			t.Errorf("%s: %s, %v, %v", name, got.Reason, got.Number, err)
		}
		if got.Number["match_threshold"] >= e.limits.Match {
			t.Errorf("%s: compared at %.2f", name, got.Number["match_threshold"])
		}
	}
}

// compressed is a picture as a JPEG of a quality.
func compressed(t *testing.T, picture []byte, quality int) []byte {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
