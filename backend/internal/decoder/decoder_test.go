package decoder_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/bmp"

	"realname.example/backend/internal/decoder"
	"realname.example/backend/internal/face/raster"
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
		decoded, err := decoder.Plain(t.Context(), data)
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
		if _, err := decoder.Plain(t.Context(), data[:len(data)/2]); !errors.Is(err, decoder.ErrDamaged) {
			t.Errorf("half of %s: %v", name, err)
		}
	}
}

// jpegOf is the drawing as cjpeg writes it.
func jpegOf(t *testing.T, arguments ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	drawn, err := os.ReadFile(drawing(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(drawn))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := bmp.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	from, out := filepath.Join(dir, "a.bmp"), filepath.Join(dir, "a.jpg")
	if err := os.WriteFile(from, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return encode(t, out, "cjpeg", append(arguments, "-quality", "95", "-outfile", out, from)...)
}

func cmyk(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	out := filepath.Join(dir, "cmyk.jpg")
	return encode(t, out, "convert", drawing(t, dir), "-colorspace", "CMYK", "-sampling-factor", "2x2", "-quality", "95", out)
}

// lying puts an EXIF orientation of 6 behind a JPEG's start: a quarter clockwise makes it upright.
func lying(jpeg []byte) []byte {
	const exif = "\xff\xe1\x00\x22Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"
	return slices.Concat(jpeg[:2], []byte(exif), jpeg[2:])
}

func TestJPEGsThatGoRefusesAreRead(t *testing.T) {
	for name, data := range map[string][]byte{
		"CMYK 4:2:0 with Adobe's marker":    cmyk(t),
		"arithmetic coding":                 jpegOf(t, "-arithmetic"),
		"arithmetic and progressive":        jpegOf(t, "-arithmetic", "-progressive"),
		"luma 2×1 with Cr 2×1":              jpegOf(t, "-sample", "2x1,1x1,2x1"),
		"luma 2×1 with Cb 2×1":              jpegOf(t, "-sample", "2x1,2x1,1x1"),
		"luma 3×1":                          jpegOf(t, "-sample", "3x1,1x1,1x1"),
		"without its last two bytes":        jpegOf(t)[:len(jpegOf(t))-2],
		"arithmetic, lying on its side":     lying(jpegOf(t, "-arithmetic")),
		"luma 2×1 with Cr 2×1, on its side": lying(jpegOf(t, "-sample", "2x1,1x1,2x1")),
		"which Go reads, lying on its side": lying(jpegOf(t)),
	} {
		if _, err := jpeg.Decode(bytes.NewReader(data)); err == nil && !strings.HasPrefix(name, "which Go reads") {
			t.Errorf("%s: Go reads it", name)
		}
		plain, err := decoder.Plain(t.Context(), data)
		var r raster.Raster
		if err := errors.Join(err, r.Decode(t.Context(), plain, raster.Sent)); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		w, h, red, blue := 160, 120, 3*(10*160+80), 3*(110*160+80)
		if strings.Contains(name, "side") { // what was above is on the right
			w, h, red, blue = 120, 160, 3*(80*120+110), 3*(80*120+10)
		}
		if r.W != w || r.H != h {
			t.Errorf("%s: %d×%d", name, r.W, r.H)
			continue
		}
		if r.Pix[red] < 180 || r.Pix[red+2] > 60 || r.Pix[blue] > 60 || r.Pix[blue+2] < 180 {
			t.Errorf("%s: red is %v, blue is %v", name, r.Pix[red:red+3], r.Pix[blue:blue+3])
		}
	}
}

func TestAJPEGThatNothingReadsSaysWhatWouldDo(t *testing.T) {
	deep := jpegOf(t, "-baseline", "-grayscale")
	at := bytes.Index(deep, []byte{0xff, 0xc0})
	deep[at+1], deep[at+4] = 0xc1, 12
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"12 bits a sample":             {deep, decoder.ErrForm},
		"half of one in arithmetic":    {jpegOf(t, "-arithmetic")[:400], decoder.ErrDamaged},
		"nothing behind such a header": {jpegOf(t, "-arithmetic")[:200], decoder.ErrDamaged},
	} {
		if _, err := decoder.Plain(t.Context(), c.data); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !strings.Contains(decoder.ErrForm.Error(), "save it as") {
		t.Error(decoder.ErrForm)
	}
}

func TestAJPEGIsRefusedByItsSizeBeforeAProgramReadsIt(t *testing.T) {
	data := jpegOf(t, "-arithmetic")
	at := bytes.Index(data, []byte{0xff, 0xc9})
	binary.BigEndian.PutUint16(data[at+5:], 9000)
	binary.BigEndian.PutUint16(data[at+7:], 9000)
	t.Setenv("PATH", t.TempDir()) // where no program is
	if _, err := decoder.Plain(t.Context(), data); !errors.Is(err, raster.ErrTooLarge) {
		t.Error(err)
	}
}

// A program of ours stands for one that writes more than anybody takes.
func TestWhatAProgramWritesIsRefusedBeforeItIsRead(t *testing.T) {
	dir := t.TempDir()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		t.Fatal(err)
	}
	const header, width, check = 12, 16, 29 // where the PNG's first chunk has its name, its size and its CRC
	huge := b.Bytes()
	binary.BigEndian.PutUint32(huge[width:], 20000)
	binary.BigEndian.PutUint32(huge[width+4:], 20000)
	binary.BigEndian.PutUint32(huge[check:], crc32.ChecksumIEEE(huge[header:check]))
	script := "#!/bin/sh\ncat > \"$4\" < '" + dir + "/huge.png' && truncate -s 256M \"$4\"\n"
	for name, content := range map[string]string{"huge.png": string(huge), "opj_decompress": script} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := decoder.Plain(t.Context(), []byte("\xff\x4f\xff\x51"))
	runtime.ReadMemStats(&after)
	if !errors.Is(err, raster.ErrTooLarge) || after.TotalAlloc-before.TotalAlloc > 16<<20 {
		t.Errorf("%v after reading %d MB", err, (after.TotalAlloc-before.TotalAlloc)>>20)
	}
}

// A phone's HEIC is turned by its own property; the EXIF beside it says the same of
// the pixels before, and is not to be followed once more.
func TestAPhonesHEICIsTurnedOnce(t *testing.T) {
	dir := t.TempDir()
	from, out := filepath.Join(dir, "a.jpg"), filepath.Join(dir, "a.heic")
	if err := os.WriteFile(from, lying(jpegOf(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	// heif-enc copies the EXIF, and leaves the pixels as they lie, which is what HEIF says of them.
	plain, err := decoder.Plain(t.Context(), encode(t, out, "heif-enc", "-q", "90", from, "-o", out))
	var r raster.Raster
	if err := errors.Join(err, r.Decode(t.Context(), plain, raster.Sent)); err != nil || r.W != 160 || r.H != 120 {
		t.Errorf("%d×%d, %v", r.W, r.H, err)
	}
}

func TestWhatTheProgramSaysIsToldOn(t *testing.T) {
	data := heic(t, 1)
	_, err := decoder.Plain(t.Context(), data[:len(data)/2])
	if !errors.Is(err, decoder.ErrDamaged) || !strings.Contains(err.Error(), "Could not read") {
		t.Errorf("half a HEIC: %v", err)
	}
}

func TestWhatIsOfNoOtherFormComesBackAsItIs(t *testing.T) {
	for _, data := range [][]byte{nil, []byte("GIF89a"), []byte("\x00\x00\x00\x18ftypmp42")} {
		if got, err := decoder.Plain(t.Context(), data); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%q: %q, %v", data, got, err)
		}
	}
}

func TestSeveralPicturesInOneFileAreCounted(t *testing.T) {
	_, err := decoder.Plain(t.Context(), heic(t, 10))
	var several *decoder.SeveralError
	if !errors.As(err, &several) || several.Count != 10 {
		t.Fatal(err)
	}
}

func TestAProgramThatIsNotThereIsNamed(t *testing.T) {
	data := heic(t, 1)
	t.Setenv("PATH", t.TempDir())
	_, err := decoder.Plain(t.Context(), data)
	var missing *decoder.MissingError
	if !errors.As(err, &missing) || !strings.Contains(err.Error(), "libheif-examples") {
		t.Fatal(err)
	}
}

func TestNothingOfAPictureStaysOnDisk(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	for _, data := range [][]byte{heic(t, 1), heic(t, 1)[:200]} {
		_, _ = decoder.Plain(t.Context(), data)
		if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
}

func TestAnImportThatEndsEndsTheProgram(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := decoder.Plain(ctx, heic(t, 1)); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}
