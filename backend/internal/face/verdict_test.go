//go:build !race

package face

import (
	"bytes"
	"image"
	"image/jpeg"
	"testing"

	"realname.example/backend/internal/face/live"
)

func TestAPersonIsJudgedAliveWhateverThePortraitIs(t *testing.T) {
	e := opened(t, Config{Workers: 2})
	c := passing(t)
	for name, want := range map[string]struct {
		portrait []byte
		reason   live.Reason
	}{
		"none":      {nil, live.Passed},
		"text":      {[]byte("not a picture"), live.PortraitUnusable},
		"nobody":    {encoded(t, image.NewGray(image.Rect(0, 0, 320, 240))), live.PortraitUnusable},
		"too large": {make([]byte, MaxPortrait+1), live.PortraitUnusable},
		"their own": {c.Portrait, live.Passed},
	} {
		c.Portrait = want.portrait
		got, err := e.Judge(t.Context(), c)
		if err != nil || got.Reason != want.reason || got.Passed != (want.reason == live.Passed) || got.Reason.Liveness() {
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
		reason   live.Reason
	}{
		"their own":                       {own, 50, live.Passed},
		"their own, compressed very hard": {own, 20, live.Passed},
		"another's":                       {other, 50, live.FaceMismatch},
		"another's, compressed very hard": {other, 20, live.PortraitUnusable},
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
