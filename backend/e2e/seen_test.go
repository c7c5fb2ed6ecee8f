//go:build !race

package e2e_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"path/filepath"
	"testing"

	"golang.org/x/image/draw"

	"realname.example/backend/internal/face"
	"realname.example/backend/internal/face/look"
	"realname.example/backend/internal/verify"
)

// cutAnew is a picture cropped by a share of its width and height, made smaller,
// and compressed again.
func cutAnew(t *testing.T, picture []byte, crop, scale float64, quality int) []byte {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	b := img.Bounds()
	dx, dy := int(float64(b.Dx())*crop/2), int(float64(b.Dy())*crop/2)
	inner := image.Rect(b.Min.X+dx, b.Min.Y+dy, b.Max.X-dx, b.Max.Y-dy)
	out := image.NewRGBA(image.Rect(0, 0, int(float64(inner.Dx())*scale), int(float64(inner.Dy())*scale)))
	draw.ApproxBiLinear.Scale(out, out.Bounds(), img, inner, draw.Src, nil)
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, out, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// tries are the pictures of two captures that the person of each recording made
// one after the other, in the same chair: no picture is in both, and no movement.
var tries = map[string][2][][2]int{
	"franck": {
		{{0, 25}, {110, 124}, {182, 202}, {235, 260}},
		{{28, 53}, {145, 182}, {202, 223}, {223, 235}, {330, 366}},
	},
	"cap": {
		{{0, 25}, {72, 94}, {138, 162}, {202, 229}},
		{{28, 54}, {115, 138}, {162, 184}, {184, 202}, {297, 329}},
	},
}

// TestCaptureThatComesAgainIsTold measures the prints of frames on the
// recordings: what comes again compressed, smaller or cropped is found, and a
// second try of the same person is not.
func TestCaptureThatComesAgainIsTold(t *testing.T) {
	engine, err := face.Open(t.Context(), face.Config{Models: filepath.Join("..", "..", "build", "models")})
	if err != nil {
		t.Skip("needs the models of set-up: make setup")
	}
	defer func() { _ = engine.Close() }()
	key := look.NewPrinter([32]byte{1})
	for name, parts := range tries {
		pictures, _ := openRecording(t, name)
		var captures [2][][]byte
		for i, passages := range parts {
			for _, at := range spread(passages, 72) {
				captures[i] = append(captures[i], pictures[at])
			}
		}
		known := prints(t, engine, key, captures[0])
		seen := func(capture [][]byte) bool {
			t.Helper()
			searched, err := engine.Search(t.Context(), key, verify.Sample(capture))
			if err != nil {
				t.Fatal(err)
			}
			all := make([][]verify.Print, len(searched))
			for i, found := range searched {
				for _, p := range found {
					all[i] = append(all[i], verify.Print(p))
				}
			}
			return verify.CaptureSeen(all, known)
		}
		for _, attack := range []struct {
			crop, scale float64
			quality     int
		}{{0, 1, 75}, {0, 1, 40}, {0, 0.75, 60}, {0, 0.5, 75}, {0.015, 1, 80}, {0.045, 1, 60}, {0.08, 1, 80}} {
			again := make([][]byte, len(captures[0]))
			for i, picture := range captures[0] {
				again[i] = cutAnew(t, picture, attack.crop, attack.scale, attack.quality)
			}
			if !seen(again) {
				t.Errorf("%s: not told: %+v", name, attack)
			}
			if !seen(again[3 : len(again)-9]) {
				t.Errorf("%s: a part is not told: %+v", name, attack)
			}
		}
		if seen(captures[1]) {
			t.Errorf("%s: a second try is refused", name)
		}
		if seen(captures[1][5:]) || seen(captures[1][:50]) {
			t.Errorf("%s: a part of a second try is refused", name)
		}
	}
}

func prints(t *testing.T, engine *face.Engine, key *look.Printer, capture [][]byte) []verify.Print {
	t.Helper()
	made, err := engine.Prints(t.Context(), key, capture)
	if err != nil {
		t.Fatal(err)
	}
	all := make([]verify.Print, len(made))
	for i, p := range made {
		all[i] = verify.Print(p)
	}
	return all
}
