package raster_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"testing"

	"golang.org/x/image/bmp"

	"realname.example/backend/internal/face/raster"
)

// a WebP of 40×48 in one colour, 3264c8.
const webp = "UklGRk4AAABXRUJQVlA4IEIAAACQAwCdASooADAAPpFIn0ulpCKho4gAsBIJZwDOooAAHNSCNiUAAP7p7P//G8eBXkuyv/6FPtRTUaRG3nQ8rzCQAAA="

// chip is what readers of ID cards write: a BMP of 24 bits, 102×126, 38,862 bytes.
func chip(tb testing.TB) []byte {
	tb.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 102, 126))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	img.Set(0, 0, color.RGBA{200, 100, 50, 255})
	var b bytes.Buffer
	if err := bmp.Encode(&b, img); err != nil {
		tb.Fatal(err)
	}
	if b.Len() != 38862 {
		tb.Fatalf("a chip's picture has %d bytes", b.Len())
	}
	return b.Bytes()
}

func TestPlainTurnsBMPAndWebPIntoWhatIsTaken(t *testing.T) {
	small, err := base64.StdEncoding.DecodeString(webp)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data []byte
		w, h int
	}{"the BMP of a chip": {chip(t), 102, 126}, "WebP": {small, 40, 48}, "JPEG": {encodeJPEG(t, image.NewGray(image.Rect(0, 0, 40, 41))), 40, 41}} {
		plain, err := raster.Plain(t.Context(), c.data, 1)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var r raster.Raster
		if err := r.Decode(context.Background(), plain, raster.Sent); err != nil || r.W != c.w || r.H != c.h {
			t.Errorf("%s: %d×%d, %v", name, r.W, r.H, err)
		}
		if name == "the BMP of a chip" && (r.Pix[0] != 200 || r.Pix[1] != 100 || r.Pix[2] != 50) {
			t.Errorf("its first pixel is %v", r.Pix[:3])
		}
	}
}

// blackAndWhite is a lossy WebP of 32×32, its left half white and its right black.
const blackAndWhite = "UklGRjYAAABXRUJQVlA4ICoAAACwAgCdASogACAAPikQhkKhoQ36AAwBQlpAACxX/QAA/v60ZX/1wHAAAAA="

func TestPlainKeepsTheColoursOfAWebP(t *testing.T) {
	type pixel struct {
		at   int
		want [3]int
	}
	for picture, pixels := range map[string][]pixel{
		webp:          {{0, [3]int{54, 99, 198}}}, // as libwebp decodes it
		blackAndWhite: {{5*32 + 3, [3]int{255, 255, 255}}, {5*32 + 28, [3]int{}}},
	} {
		data, err := base64.StdEncoding.DecodeString(picture)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := raster.Plain(t.Context(), data, 1)
		if err != nil {
			t.Fatal(err)
		}
		var r raster.Raster
		if err := r.Decode(t.Context(), plain, raster.Sent); err != nil {
			t.Fatal(err)
		}
		for _, p := range pixels {
			for i, want := range p.want {
				if got := int(r.Pix[3*p.at+i]); got < want-3 || got > want+3 {
					t.Errorf("colour %d of pixel %d is %d, want %d", i, p.at, got, want)
				}
			}
		}
	}
}

func TestPlainRefusesByTheHeaderAndWhatIsCut(t *testing.T) {
	huge := chip(t)
	binary.LittleEndian.PutUint32(huge[18:], 20000)
	binary.LittleEndian.PutUint32(huge[22:], 20000)
	if _, err := raster.Plain(t.Context(), huge, 1); !errors.Is(err, raster.ErrTooLarge) {
		t.Errorf("a BMP that claims 20,000×20,000: %v", err)
	}
	for name, data := range map[string][]byte{"cut": chip(t)[:1000], "a header alone": []byte("BM"), "half a WebP": []byte("RIFF\x00\x00\x00\x00WEBPVP8 ")} {
		if _, err := raster.Plain(t.Context(), data, 1); !errors.Is(err, raster.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPlainLeavesTwoPicturesOfOneFileToTheFirst(t *testing.T) {
	first, second := encodeJPEG(t, image.NewGray(image.Rect(0, 0, 40, 41))), encodeJPEG(t, image.NewGray(image.Rect(0, 0, 80, 90)))
	plain, err := raster.Plain(t.Context(), append(first, second...), 1) // as a phone's MPO has them
	var r raster.Raster
	if err := errors.Join(err, r.Decode(t.Context(), plain, raster.Sent)); err != nil || r.W != 40 || r.H != 41 {
		t.Errorf("%d×%d, %v", r.W, r.H, err)
	}
}

func TestPlainMakesTheLargestPicturesOfPhonesSmaller(t *testing.T) {
	large := image.NewGray(image.Rect(0, 0, 8064, 6048)) // 48 MP
	plain, err := raster.Plain(t.Context(), encodeJPEG(t, large), 1)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := raster.Sent.Header(plain); err != nil || c.Width != 3000 || c.Height != 2250 {
		t.Errorf("48 MP become %d×%d, %v", c.Width, c.Height, err)
	}
}

func TestPlainGivesAJPEGTheEndThatItLacks(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 64, 48))
	for i := range img.Pix {
		img.Pix[i] = uint8(i * 37)
	}
	whole := encodeJPEG(t, img)
	for cut, decodes := range map[int]bool{0: true, 1: true, 2: true, 3: false, 200: false} {
		data := whole[:len(whole)-cut]
		var r raster.Raster
		if err := r.Decode(t.Context(), data, raster.Sent); (err == nil) != (cut == 0) {
			t.Errorf("as it is sent, %d bytes cut: %v", cut, err)
		}
		plain, err := raster.Plain(t.Context(), data, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Decode(t.Context(), plain, raster.Sent); (err == nil) != decodes {
			t.Errorf("%d bytes cut: %v", cut, err)
		}
	}
}

func TestPlainTurnsAPictureAsItIsToldToAndNotAsItsFileSays(t *testing.T) {
	data := withOrientation(encodeJPEG(t, image.NewGray(image.Rect(0, 0, 64, 48))), 6)
	for orientation, w := range map[int]int{6: 48, 1: 64, 3: 64, 8: 48} {
		plain, err := raster.Plain(t.Context(), data, orientation)
		var r raster.Raster
		if err := errors.Join(err, r.Decode(t.Context(), plain, raster.Sent)); err != nil || r.W != w {
			t.Errorf("%d: %d×%d, %v", orientation, r.W, r.H, err)
		}
		if again := raster.Orientation(plain); orientation != 6 && again != 1 {
			t.Errorf("%d: it still says %d", orientation, again)
		}
	}
	plain, err := raster.Plain(t.Context(), chip(t), 6)
	var r raster.Raster
	if err := errors.Join(err, r.Decode(t.Context(), plain, raster.Sent)); err != nil || r.W != 126 || r.H != 102 || r.Pix[3*125] != 200 {
		t.Errorf("a BMP: %d×%d, %v", r.W, r.H, err)
	}
}

func FuzzPlain(f *testing.F) {
	small, err := base64.StdEncoding.DecodeString(webp)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(chip(f), 6)
	f.Add(small, 1)
	f.Add(encodeJPEG(f, image.NewGray(image.Rect(0, 0, 64, 48)))[:300], 3)
	f.Fuzz(func(t *testing.T, data []byte, orientation int) {
		_, err := raster.Plain(t.Context(), data, orientation)
		for _, expected := range []error{nil, raster.ErrFormat, raster.ErrForm, raster.ErrTooLarge, raster.ErrTooSmall, raster.ErrDamaged, raster.ErrSlow} {
			if errors.Is(err, expected) {
				return
			}
		}
		t.Fatal(err)
	})
}
