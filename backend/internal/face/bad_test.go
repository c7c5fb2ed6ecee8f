//go:build !race

package face_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"realname.example/backend/internal/face"
	"realname.example/backend/internal/face/attack"
	"realname.example/backend/internal/face/look"
	"realname.example/shared/verification"
)

func encoded(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// cat is a drawing with two eyes, a nose and ears.
func cat() image.Image {
	img := image.NewRGBA(image.Rect(0, 0, 640, 480))
	disc := func(x, y, rx, ry float64, c color.RGBA) {
		for py := int(y - ry); py < int(y+ry); py++ {
			for px := int(x - rx); px < int(x+rx); px++ {
				if math.Pow((float64(px)-x)/rx, 2)+math.Pow((float64(py)-y)/ry, 2) < 1 {
					img.SetRGBA(px, py, c)
				}
			}
		}
	}
	draw.Draw(img, img.Bounds(), image.NewUniform(color.RGBA{120, 150, 120, 255}), image.Point{}, draw.Src)
	fur, green, black, pink := color.RGBA{170, 120, 60, 255}, color.RGBA{110, 190, 60, 255}, color.RGBA{10, 10, 10, 255}, color.RGBA{230, 130, 130, 255}
	disc(210, 120, 50, 90, fur)
	disc(430, 120, 50, 90, fur)
	disc(320, 250, 170, 150, fur)
	for _, x := range []float64{250, 390} {
		disc(x, 220, 38, 30, green)
		disc(x, 220, 8, 28, black)
	}
	disc(320, 290, 20, 14, pink)
	return img
}

// halves draws each picture into its half of the width.
func halves(left, right image.Image) image.Image {
	out := image.NewRGBA(image.Rect(0, 0, left.Bounds().Dx()+right.Bounds().Dx(), left.Bounds().Dy()))
	draw.Draw(out, left.Bounds(), left, image.Point{}, draw.Src)
	draw.Draw(out, right.Bounds().Add(image.Pt(left.Bounds().Dx(), 0)), right, image.Point{}, draw.Src)
	return out
}

func TestPicturesWithoutOneWholeFaceAreRefusedWithAReason(t *testing.T) {
	build := filepath.Join("..", "..", "..", "build")
	if _, err := os.Stat(filepath.Join(build, "recordings")); err != nil {
		t.Skip("needs build/models and build/recordings of set-up: make setup-test")
	}
	engine, err := face.Open(t.Context(), face.Config{Models: filepath.Join(build, "models")})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	s, err := attack.Open(t.Context(), engine, filepath.Join(build, "recordings"), "franck")
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(3, 3))
	plain, err := s.Genuine(rng, s.Challenge(rng))
	if err != nil {
		t.Fatal(err)
	}
	decode := func(data []byte) image.Image {
		img, err := jpeg.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		return img
	}
	nobody := image.NewGray(image.Rect(0, 0, 640, 480))
	small := image.NewGray(image.Rect(0, 0, 1, 1))
	face0 := decode(plain.Frames[0].JPEG)
	outline, err := engine.Outline(t.Context(), plain.Frames[0].JPEG)
	if err != nil {
		t.Fatal(err)
	}
	// each stands for every third frame, or for all of them.
	for name, c := range map[string]struct {
		draw func(image.Image) image.Image
		all  bool
	}{
		"nobody":                    {func(image.Image) image.Image { return nobody }, false},
		"nobody at all":             {func(image.Image) image.Image { return nobody }, true},
		"one pixel":                 {func(image.Image) image.Image { return small }, false},
		"a cat":                     {func(image.Image) image.Image { return cat() }, true},
		"two faces":                 {func(img image.Image) image.Image { return halves(img, face0) }, false},
		"half a face":               {func(img image.Image) image.Image { return leftOf(img, (outline.X0+outline.X1)/2) }, true},
		"frames of different sizes": {func(img image.Image) image.Image { return middleOf(img) }, false},
	} {
		capture := plain
		capture.Frames = nil
		for i, f := range plain.Frames {
			if c.all || i%3 == 0 {
				f.JPEG = encoded(t, c.draw(decode(f.JPEG)))
			}
			capture.Frames = append(capture.Frames, f)
		}
		j, err := engine.Judge(t.Context(), capture)
		var input *look.InputError
		switch {
		case err != nil && !errors.As(err, &input):
			t.Errorf("%s: %v", name, err)
		case err == nil && (j.Passed || !j.Reason.Liveness()):
			t.Errorf("%s: %s, %v", name, j.Reason, j.Number)
		}
		t.Logf("%s: %s, %v", name, j.Reason, err)
	}
}

// leftOf keeps what is left of x.
func leftOf(img image.Image, x float64) image.Image {
	out := image.NewRGBA(img.Bounds())
	draw.Draw(out, image.Rect(0, 0, int(x), img.Bounds().Dy()), img, image.Point{}, draw.Src)
	return out
}

// middleOf cuts a frame's edges off.
func middleOf(img image.Image) image.Image {
	b := img.Bounds().Inset(40)
	out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(out, out.Bounds(), img, b.Min, draw.Src)
	return out
}

// Whatever comes, Judge answers with a typed error before anything is decoded,
// even without an engine.
func FuzzACaptureOfAnything(f *testing.F) {
	f.Add([]byte("x"), []byte("\xff\xd8\xff"), int64(100_000_000), "turn_left", uint16(40))
	f.Add([]byte{}, []byte{}, int64(-1), "", uint16(1000))
	f.Add([]byte("x"), []byte("\x89PNG"), int64(math.MaxInt64), "jump", uint16(16))
	f.Fuzz(func(t *testing.T, portrait, frame []byte, step int64, action string, n uint16) {
		c := face.Capture{Portrait: portrait, Actions: []verification.Action{verification.Action(action)}}
		for i := range n {
			c.Frames = append(c.Frames, face.Frame{JPEG: frame, At: time.Duration(step) * time.Duration(i)})
		}
		var none *face.Engine
		_, err := none.Judge(t.Context(), c)
		var input *look.InputError
		if !errors.As(err, &input) && !errors.Is(err, face.ErrUnavailable) {
			t.Fatalf("got %v", err)
		}
		if input != nil && input.Kind == nil {
			t.Fatal("an error of no kind")
		}
	})
}
