//go:build !race

package face

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
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
		"a cartoon": {encoded(t, cartoon()), live.FaceMismatch}, // which the networks take for a face
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

// cartoon is a round face with dots for eyes and a line for a mouth.
func cartoon() image.Image {
	img := image.NewRGBA(image.Rect(0, 0, 240, 320))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	disc := func(cx, cy, rx, ry int, c color.Color) {
		for y := -ry; y <= ry; y++ {
			for x := -rx; x <= rx; x++ {
				if x*x*ry*ry+y*y*rx*rx <= rx*rx*ry*ry {
					img.Set(cx+x, cy+y, c)
				}
			}
		}
	}
	disc(120, 160, 80, 105, color.RGBA{250, 215, 170, 255})
	disc(90, 135, 10, 16, color.Black)
	disc(150, 135, 10, 16, color.Black)
	disc(120, 215, 35, 6, color.RGBA{200, 40, 40, 255})
	return img
}
