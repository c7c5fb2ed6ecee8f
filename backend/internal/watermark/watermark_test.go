package watermark_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"testing"

	"realname.example/backend/internal/watermark"
)

// plain is a picture of one grey.
func plain(t testing.TB, w, h int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(img, img.Rect, image.NewUniform(color.Gray{128}), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestNoPartOfAPictureIsWithoutTheMark(t *testing.T) {
	for _, size := range []image.Point{{2000, 1260}, {1260, 2000}, {640, 480}, {200, 2000}, {64, 64}} {
		marked, err := watermark.Mark(plain(t, size.X, size.Y), "wang 2026-11-29 20:00")
		if err != nil {
			t.Fatal(err)
		}
		img, err := jpeg.Decode(bytes.NewReader(marked))
		if err != nil || img.Bounds().Size() != size {
			t.Fatalf("%v: %v %v", size, img, err)
		}
		third := image.Pt(max(1, size.X/3), max(1, size.Y/3))
		for i := range 9 {
			part := image.Rectangle{Max: third}.Add(image.Pt(i%3*third.X, i/3*third.Y))
			if !varies(img, part) {
				t.Errorf("%v: nothing stands in %v", size, part)
			}
		}
	}
}

// varies reports whether a part of a picture is not of one grey.
func varies(img image.Image, part image.Rectangle) bool {
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			if v := color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y; v < 100 || v > 156 { //nolint:forcetypeassert // the model converts to nothing else
				return true
			}
		}
	}
	return false
}

func TestWhatIsNoPictureIsAnError(t *testing.T) {
	if _, err := watermark.Mark([]byte("<html>"), "wang"); err == nil {
		t.Error("an HTML page was marked")
	}
}

func BenchmarkMark(b *testing.B) {
	picture := plain(b, 2000, 1260)
	for b.Loop() {
		if _, err := watermark.Mark(picture, "wang 2026-11-29 20:00"); err != nil {
			b.Fatal(err)
		}
	}
}
