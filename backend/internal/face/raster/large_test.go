package raster_test

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"math/rand/v2"
	"testing"

	"golang.org/x/image/bmp"

	"realname.example/backend/internal/face/raster"
)

func TestPlainWritesAJPEGWhereAPNGIsTooLarge(t *testing.T) {
	const w, h = 1900, 1600
	grain := image.NewRGBA(image.Rect(0, 0, w, h))
	_, _ = rand.NewChaCha8([32]byte{}).Read(grain.Pix)
	for i := 3; i < len(grain.Pix); i += 4 {
		grain.Pix[i] = 255
	}
	var asBMP, asPNG bytes.Buffer
	if err := errors.Join(bmp.Encode(&asBMP, grain), (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(&asPNG, grain)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data        []byte
		orientation int
		w           int
	}{
		"a PNG": {asPNG.Bytes(), 1, w}, "a BMP": {asBMP.Bytes(), 1, w},
		"a JPEG on its side": {encodeJPEG(t, grain), 6, h}, // its pixels have more bytes as a PNG
	} {
		plain, err := raster.Plain(t.Context(), c.data, c.orientation)
		if err != nil || len(plain) > raster.MaxFile {
			t.Errorf("%s of %d bytes becomes one of %d, %v", name, len(c.data), len(plain), err)
		}
		if got, err := raster.Sent.Header(plain); err != nil || !got.JPEG || got.Width != c.w || got.Height != w+h-c.w {
			t.Errorf("%s becomes %+v, %v", name, got, err)
		}
	}
}
