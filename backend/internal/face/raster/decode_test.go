package raster_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"slices"
	"testing"

	"realname.example/backend/internal/face/raster"
)

func encodeJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func encodePNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// hugePNG claims a size that it does not hold.
func hugePNG(t testing.TB, side uint32) []byte {
	t.Helper()
	data := encodePNG(t, image.NewGray(image.Rect(0, 0, 64, 64)))
	binary.BigEndian.PutUint32(data[16:], side)
	binary.BigEndian.PutUint32(data[20:], side)
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	return data
}

func TestDecodeSaysWhyAPictureIsRefused(t *testing.T) {
	var animated bytes.Buffer
	if err := gif.Encode(&animated, image.NewGray(image.Rect(0, 0, 64, 64)), nil); err != nil {
		t.Fatal(err)
	}
	whole := encodeJPEG(t, image.NewGray(image.Rect(0, 0, 64, 64)))
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"nothing":          {nil, raster.ErrFormat},
		"text":             {[]byte("<svg></svg>"), raster.ErrFormat},
		"animated picture": {animated.Bytes(), raster.ErrFormat},
		"truncated":        {whole[:len(whole)/2], raster.ErrDamaged},
		"only a header":    {whole[:4], raster.ErrDamaged},
		"1×1":              {encodePNG(t, image.NewGray(image.Rect(0, 0, 1, 1))), raster.ErrTooSmall},
		"20,000×20,000":    {hugePNG(t, 20000), raster.ErrTooLarge},
		"too many pixels":  {hugePNG(t, 4000), raster.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			var r raster.Raster
			if err := r.Decode(context.Background(), c.data, raster.Sent); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestDecodeTakesEveryKindOfPixel(t *testing.T) {
	box := image.Rect(0, 0, 40, 33)
	orange := color.RGBA{200, 120, 40, 255}
	deep, palette := image.NewNRGBA64(box), image.NewPaletted(box, color.Palette{orange})
	for y := range box.Dy() {
		for x := range box.Dx() {
			deep.Set(x, y, orange)
		}
	}
	for name, img := range map[string]image.Image{"16 bits": deep, "palette": palette} {
		var r raster.Raster
		if err := r.Decode(context.Background(), encodePNG(t, img), raster.Sent); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if r.W != 40 || r.H != 33 || !bytes.Equal(r.Pix[:3], []byte{200, 120, 40}) {
			t.Errorf("%s: got %d×%d and %v", name, r.W, r.H, r.Pix[:3])
		}
	}
	var r raster.Raster
	if err := r.Decode(context.Background(), encodeJPEG(t, deep), raster.Sent); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{200, 120, 40} {
		if d := int(r.Pix[i]) - want; d < -6 || d > 6 {
			t.Errorf("the JPEG's channel %d is %d, not about %d", i, r.Pix[i], want)
		}
	}
}

// withOrientation puts an EXIF segment with one tag behind a JPEG's start.
func withOrientation(jpeg []byte, value byte) []byte {
	exif := append([]byte("Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01"),
		0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, value, 0, 0, 0, 0, 0, 0)
	segment := append([]byte{0xff, 0xe1, 0, byte(len(exif) + 2)}, exif...)
	return append(append([]byte{0xff, 0xd8}, segment...), jpeg[2:]...)
}

func TestOrientationIsHonoured(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 64, 32))
	for y := range 16 {
		for x := range 16 {
			img.SetGray(x, y, color.Gray{255}) // a white corner, top left
		}
	}
	data := encodeJPEG(t, img)
	for value, corner := range map[byte][2]int{1: {4, 4}, 2: {59, 4}, 3: {59, 27}, 4: {4, 27}, 5: {4, 4}, 6: {27, 4}, 7: {27, 59}, 8: {4, 59}} {
		var r raster.Raster
		if err := r.Decode(context.Background(), withOrientation(data, value), raster.Sent); err != nil {
			t.Fatal(err)
		}
		if wide := value < 5; wide != (r.W == 64) {
			t.Errorf("orientation %d gives %d×%d", value, r.W, r.H)
			continue
		}
		if v := r.Pix[3*(corner[1]*r.W+corner[0])]; v < 200 {
			t.Errorf("orientation %d: the white corner is not at %v", value, corner)
		}
	}
}

// tiff is an EXIF structure with one tag, the orientation, of a type: 3 is SHORT, 4 is LONG.
func tiff(order binary.AppendByteOrder, kind uint16, value uint32) []byte {
	mark := "MM"
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		mark = "II"
	}
	out := order.AppendUint32(order.AppendUint16([]byte(mark), 42), 8)
	out = order.AppendUint16(order.AppendUint16(order.AppendUint16(out, 1), 0x0112), kind)
	out = order.AppendUint32(out, 1)
	if kind == 3 {
		return order.AppendUint32(order.AppendUint16(order.AppendUint16(out, uint16(value)), 0), 0)
	}
	return order.AppendUint32(order.AppendUint32(out, value), 0)
}

// riff is a WebP of the given chunks, names and contents in turn.
func riff(chunks ...string) []byte {
	out := []byte("RIFF\x00\x00\x00\x00WEBP")
	for i := 0; i < len(chunks); i += 2 {
		out = binary.LittleEndian.AppendUint32(append(out, chunks[i]...), uint32(len(chunks[i+1])))
		out = append(out, chunks[i+1]...)
		if len(chunks[i+1])%2 == 1 {
			out = append(out, 0)
		}
	}
	return out
}

func TestOrientationIsFoundWhereItStands(t *testing.T) {
	plain := encodeJPEG(t, image.NewGray(image.Rect(0, 0, 64, 32)))
	picture := encodePNG(t, image.NewGray(image.Rect(0, 0, 64, 32)))
	jpegOf := func(tiff []byte) []byte { return withEXIF(plain, append([]byte("Exif\x00\x00"), tiff...)) }
	pngWith := func(at int, content []byte) []byte {
		return slices.Concat(picture[:at], chunk("eXIf", content), picture[at:])
	}
	big, little := binary.AppendByteOrder(binary.BigEndian), binary.AppendByteOrder(binary.LittleEndian)
	for name, c := range map[string]struct {
		data []byte
		want int
	}{
		"SHORT":                       {jpegOf(tiff(big, 3, 6)), 6},
		"SHORT, little end first":     {jpegOf(tiff(little, 3, 6)), 6},
		"LONG":                        {jpegOf(tiff(big, 4, 8)), 8},
		"LONG, little end first":      {jpegOf(tiff(little, 4, 3)), 3},
		"LONG that makes no sense":    {jpegOf(tiff(little, 4, 1<<16+6)), 1},
		"of a type that it never has": {jpegOf(tiff(big, 2, 6)), 1},
		"behind XMP": {
			withEXIF(plain, []byte("http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta/>"), append([]byte("Exif\x00\x00"), tiff(big, 3, 6)...)), 6,
		},
		"PNG before the picture":     {pngWith(33, tiff(big, 3, 6)), 6},
		"PNG behind the picture":     {pngWith(len(picture)-12, tiff(little, 3, 8)), 8},
		"PNG with the JPEG's header": {pngWith(33, append([]byte("Exif\x00\x00"), tiff(big, 3, 6)...)), 6},
		"PNG without":                {picture, 1},
		"PNG with an endless chunk":  {append(picture[:8:8], "\xff\xff\xff\xffeXIfMM"...), 1},
		"WebP behind an odd chunk":   {riff("VP8X", "odd", "EXIF", string(tiff(little, 3, 6))), 6},
		"WebP without":               {riff("VP8 ", "picture"), 1},
		"BMP, which has none":        {[]byte("BM"), 1},
		"nothing":                    {nil, 1},
	} {
		if got := raster.Orientation(c.data); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
		var r raster.Raster
		if err := r.Decode(t.Context(), c.data, raster.Sent); err == nil && (r.W == 32) != (c.want >= 5) {
			t.Errorf("%s: decoded as %d×%d", name, r.W, r.H)
		}
	}
}

func TestOrientationThatMakesNoSenseIsUpright(t *testing.T) {
	data := withOrientation(encodeJPEG(t, image.NewGray(image.Rect(0, 0, 32, 32))), 9)
	if o := raster.Orientation(data); o != 1 {
		t.Errorf("got %d", o)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encodeJPEG(f, image.NewGray(image.Rect(0, 0, 40, 40))))
	f.Add(withOrientation(encodeJPEG(f, image.NewGray(image.Rect(0, 0, 40, 40))), 6))
	f.Add(encodePNG(f, image.NewNRGBA64(image.Rect(0, 0, 33, 40))))
	f.Add(hugePNG(f, 20000))
	f.Add(slices.Concat(encodePNG(f, image.NewGray(image.Rect(0, 0, 40, 40)))[:33], chunk("eXIf", tiff(binary.LittleEndian, 4, 6))))
	f.Add(riff("VP8X", "odd", "EXIF", string(tiff(binary.BigEndian, 3, 6))))
	f.Add(pngOf(f, 64, 64, 100))
	f.Add(animated(f))
	for _, bomb := range bombs() {
		f.Add(withEXIF(encodeJPEG(f, image.NewGray(image.Rect(0, 0, 40, 40))), bomb))
	}
	for _, s := range []string{progressive, cmyk} {
		data, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var r raster.Raster
		if err := r.Decode(context.Background(), data, raster.Sent); err != nil {
			return
		}
		if len(r.Pix) != 3*r.W*r.H || r.W*r.H > raster.Sent.Pixels || max(r.W, r.H) > raster.Sent.Side {
			t.Fatalf("%d×%d with %d bytes", r.W, r.H, len(r.Pix))
		}
	})
}

func TestCutOfTheWholeIsTheWhole(t *testing.T) {
	var r raster.Raster
	img := image.NewGray(image.Rect(0, 0, 48, 40))
	for i := range img.Pix {
		img.Pix[i] = uint8(i)
	}
	r.FromImage(img)
	patch := make([]uint8, 3*48*40)
	r.Cut(patch, 48, 40, raster.Box(-0.5, -0.5, 47.5, 39.5, 48, 40), 0)
	if !bytes.Equal(patch, r.Pix) {
		t.Error("a cut through the identity changed pixels")
	}
}

func TestSimilarityFindsTurnScaleAndShift(t *testing.T) {
	from := []raster.Point{{X: 0, Y: 0}, {X: 10, Y: 0}, {X: 0, Y: 10}}
	want := raster.Affine{A: 1.5, B: -0.5, C: 7, D: 0.5, E: 1.5, F: -3}
	var to []raster.Point
	for _, p := range from {
		to = append(to, want.Apply(p))
	}
	got := raster.Similarity(from, to)
	for i, p := range from {
		if q := got.Apply(p); abs(q.X-to[i].X)+abs(q.Y-to[i].Y) > 1e-9 {
			t.Errorf("%v goes to %v, not %v", p, q, to[i])
		}
		if q := got.Invert().Apply(to[i]); abs(q.X-p.X)+abs(q.Y-p.Y) > 1e-9 {
			t.Errorf("%v comes back to %v, not %v", to[i], q, p)
		}
	}
}

func abs(v float64) float64 { return max(v, -v) }
