package decoder_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"realname.example/backend/internal/decoder"
)

// drawing is a picture of 160×120, red above and blue below.
func drawing(t *testing.T, dir string) string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 160, 120))
	for y := range 120 {
		for x := range 160 {
			c := color.RGBA{200, 20, 20, 255}
			if y >= 60 {
				c = color.RGBA{20, 20, 200, 255}
			}
			img.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "drawing.png")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// encode runs an encoder, which the test's packages bring, and returns its file.
func encode(t *testing.T, out, program string, arguments ...string) []byte {
	t.Helper()
	if text, err := exec.CommandContext(t.Context(), program, arguments...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", program, err, text)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func heic(t *testing.T, pictures int) []byte {
	t.Helper()
	dir := t.TempDir()
	out := filepath.Join(dir, "a.heic")
	arguments := []string{"-q", "90", "-o", out}
	for range pictures {
		arguments = append(arguments, drawing(t, dir))
	}
	return encode(t, out, "heif-enc", arguments...)
}

func TestPicturesOfPhonesAndPassportsBecomePNG(t *testing.T) {
	dir := t.TempDir()
	from := drawing(t, dir)
	file := func(name string) string { return filepath.Join(dir, name) }
	for name, data := range map[string][]byte{
		"HEIC":                   heic(t, 1),
		"AVIF":                   encode(t, file("a.avif"), "heif-enc", "-A", "-q", "90", from, "-o", file("a.avif")),
		"JPEG 2000":              encode(t, file("a.jp2"), "opj_compress", "-i", from, "-o", file("a.jp2"), "-r", "10"),
		"a JPEG 2000 codestream": encode(t, file("a.j2k"), "opj_compress", "-i", from, "-o", file("a.j2k"), "-r", "10"),
	} {
		decoded, err := decoder.PNG(t.Context(), data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		img, err := png.Decode(bytes.NewReader(decoded))
		if err != nil || img.Bounds().Dx() != 160 || img.Bounds().Dy() != 120 {
			t.Errorf("%s: %v, %v", name, img, err)
			continue
		}
		above, _, below, _ := img.At(80, 20).RGBA()
		if above>>8 < 180 || below>>8 > 60 {
			t.Errorf("%s: its colours are not those of the drawing: %v", name, img.At(80, 20))
		}
		if _, err := decoder.PNG(t.Context(), data[:len(data)/2]); !errors.Is(err, decoder.ErrDamaged) {
			t.Errorf("half of %s: %v", name, err)
		}
	}
}

func TestWhatTheProgramSaysIsToldOn(t *testing.T) {
	data := heic(t, 1)
	_, err := decoder.PNG(t.Context(), data[:len(data)/2])
	if !errors.Is(err, decoder.ErrDamaged) || !strings.Contains(err.Error(), "Could not read") {
		t.Errorf("half a HEIC: %v", err)
	}
}

func TestWhatIsOfNoOtherFormComesBackAsItIs(t *testing.T) {
	for _, data := range [][]byte{nil, []byte("\xff\xd8\xff"), []byte("\x00\x00\x00\x18ftypmp42")} {
		if got, err := decoder.PNG(t.Context(), data); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%q: %q, %v", data, got, err)
		}
	}
}

func TestSeveralPicturesInOneFileAreCounted(t *testing.T) {
	_, err := decoder.PNG(t.Context(), heic(t, 10))
	var several *decoder.SeveralError
	if !errors.As(err, &several) || several.Count != 10 {
		t.Fatal(err)
	}
}

func TestAProgramThatIsNotThereIsNamed(t *testing.T) {
	data := heic(t, 1)
	t.Setenv("PATH", t.TempDir())
	_, err := decoder.PNG(t.Context(), data)
	var missing *decoder.MissingError
	if !errors.As(err, &missing) || !strings.Contains(err.Error(), "libheif-examples") {
		t.Fatal(err)
	}
}

func TestNothingOfAPictureStaysOnDisk(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	for _, data := range [][]byte{heic(t, 1), heic(t, 1)[:200]} {
		_, _ = decoder.PNG(t.Context(), data)
		if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
}

func TestAnImportThatEndsEndsTheProgram(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := decoder.PNG(ctx, heic(t, 1)); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}
