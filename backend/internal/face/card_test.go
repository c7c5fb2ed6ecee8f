//go:build !race

package face

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"testing"

	xdraw "golang.org/x/image/draw"

	"realname.example/backend/internal/face/look"
	"realname.example/shared/specimen"
)

// asJPEG is a picture as a phone sends it.
func asJPEG(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 88}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// smeared is a picture out of focus: it lost all detail finer than n pixels.
func smeared(img image.Image, n int) image.Image {
	b := img.Bounds()
	small := image.NewRGBA(image.Rect(0, 0, b.Dx()/n, b.Dy()/n))
	xdraw.BiLinear.Scale(small, small.Bounds(), img, b, draw.Src, nil)
	out := image.NewRGBA(b)
	xdraw.BiLinear.Scale(out, b, small, small.Bounds(), draw.Src, nil)
	return out
}

// over is a picture with something of one colour over a part of it.
func over(img image.Image, at image.Rectangle, c color.Color) image.Image {
	out := image.NewRGBA(img.Bounds())
	draw.Draw(out, out.Bounds(), img, image.Point{}, draw.Src)
	draw.Draw(out, at, image.NewUniform(c), image.Point{}, draw.Over)
	return out
}

// dark is a picture in too little light.
func dark(img image.Image) image.Image { return over(img, img.Bounds(), color.RGBA{A: 230}) }

// scanned has a card in the middle of a scanner's white page.
func scanned(img image.Image) image.Image {
	out := image.NewRGBA(image.Rect(0, 0, 1700, 2200))
	draw.Draw(out, out.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(out, img.Bounds().Add(image.Pt(350, 500)), img, image.Point{}, draw.Src)
	return out
}

func TestACardIsReadableOrTheHintSaysWhatHelps(t *testing.T) {
	e := opened(t, Config{Workers: 1})
	person, err := jpeg.Decode(bytes.NewReader(frames(t, "franck", 1, 1)[0]))
	if err != nil {
		t.Fatal(err)
	}
	front := specimen.Front(person, "CHEN JING", "110100198809010260")
	back := specimen.Back("VALID 2020.01.01-2040.01.01")
	empty := over(image.NewRGBA(image.Rect(0, 0, 640, 480)), image.Rect(0, 0, 640, 480), color.Gray{128})
	for _, test := range []struct {
		name     string
		picture  image.Image
		portrait bool
		kind     error
		hint     look.Hint
	}{
		{"a front", front, true, nil, look.NoHint},
		{"a back", back, false, nil, look.NoHint},
		{"a scanned front", scanned(front), true, nil, look.NoHint},
		{"a scanned back", scanned(back), false, nil, look.NoHint},
		{"a front without a portrait", specimen.Front(nil, "CHEN JING"), true, look.ErrNoFace, look.HintOneFace},
		{"a back for a front", back, true, look.ErrNoFace, look.HintOneFace},
		{"a front out of focus", smeared(front, 8), true, look.ErrQuality, look.HintHoldStill},
		{"a back out of focus", smeared(back, 8), false, look.ErrQuality, look.HintHoldStill},
		{"a front in the dark", dark(front), true, look.ErrQuality, look.HintMoreLight},
		{"a back in the dark", dark(back), false, look.ErrQuality, look.HintMoreLight},
		{"a front with a reflection", over(front, image.Rect(740, 240, 820, 330), color.White), true, look.ErrQuality, look.HintLessGlare},
		{"a front that leaves the picture", front.SubImage(image.Rect(250, 0, specimen.Width, specimen.Height)), true, look.ErrQuality, look.HintCorners},
		{"a back that leaves the picture", back.SubImage(image.Rect(0, 0, specimen.Width, 450)), false, look.ErrQuality, look.HintCorners},
		{"an empty table", empty, false, look.ErrQuality, look.HintHoldStill},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := e.Card(t.Context(), asJPEG(t, test.picture), test.portrait)
			var input *look.InputError
			switch {
			case test.kind == nil && err != nil:
				t.Error(err)
			case test.kind != nil && (!errors.Is(err, test.kind) || !errors.As(err, &input) || input.Hint != test.hint):
				t.Errorf("got %v, want %v %s", err, test.kind, test.hint)
			}
		})
	}
}
