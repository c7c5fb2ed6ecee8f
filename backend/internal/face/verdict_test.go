//go:build !race

package face

import (
	"image"
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
