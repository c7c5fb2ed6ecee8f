package raster_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"testing"

	"realname.example/backend/internal/face/raster"
)

// chunk is one part of a PNG.
func chunk(kind string, data []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(append(out, kind...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// pngOf is a PNG of 8-bit greys with the given size in its header and so many
// compressed zeros behind it.
func pngOf(t testing.TB, w, h uint32, zeros int) []byte {
	t.Helper()
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	header = append(header, 8, 0, 0, 0, 0)
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	if _, err := z.Write(make([]byte, zeros)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	out := []byte("\x89PNG\r\n\x1a\n")
	out = append(out, chunk("IHDR", header)...)
	out = append(out, chunk("IDAT", packed.Bytes())...)
	return append(out, chunk("IEND", nil)...)
}

// animated is a PNG with the chunks of an animation around its picture.
func animated(t testing.TB) []byte {
	t.Helper()
	data := encodePNG(t, image.NewGray(image.Rect(0, 0, 64, 64)))
	control := chunk("acTL", []byte{0, 0, 0, 2, 0, 0, 0, 0})
	return bytes.Join([][]byte{data[:33], control, data[33:]}, nil)
}

// withEXIF puts EXIF segments behind a JPEG's start.
func withEXIF(jpeg []byte, segments ...[]byte) []byte {
	out := []byte{0xff, 0xd8}
	for _, s := range segments {
		out = append(out, 0xff, 0xe1)
		out = binary.BigEndian.AppendUint16(out, uint16(len(s)+2))
		out = append(out, s...)
	}
	return append(out, jpeg[2:]...)
}

// bombs are EXIF segments that a careless reader follows for ever or beyond
// their end.
func bombs() map[string][]byte {
	tiff := func(s string) []byte { return []byte("Exif\x00\x00" + s) }
	many := append(tiff("MM\x00\x2a\x00\x00\x00\x08\xff\xff"), bytes.Repeat([]byte{0x01, 0x0f, 0, 2, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 8}, 5000)...)
	return map[string][]byte{
		"a directory that points to itself": tiff("MM\x00\x2a\x00\x00\x00\x08\x00\x00\x00\x00\x00\x08"),
		"an offset beyond the end":          tiff("II\x2a\x00\xff\xff\xff\xff\x01\x00"),
		"65,535 entries":                    many,
		"no byte order":                     tiff("XX\x00\x2a\x00\x00\x00\x08"),
		"cut short":                         tiff("MM"),
	}
}

func TestEXIFBombsAreUprightPictures(t *testing.T) {
	plain := encodeJPEG(t, image.NewGray(image.Rect(0, 0, 64, 48)))
	for name, bomb := range bombs() {
		data := withEXIF(plain, bomb)
		var r raster.Raster
		if err := r.Decode(context.Background(), data, raster.Sent); err != nil || r.W != 64 || r.H != 48 {
			t.Errorf("%s: %d×%d, %v", name, r.W, r.H, err)
		}
		if o := raster.Orientation(data); o != 1 {
			t.Errorf("%s: orientation %d", name, o)
		}
	}
	var thousands [][]byte
	for range 2000 {
		thousands = append(thousands, []byte("Exif\x00\x00MM"))
	}
	if o := raster.Orientation(withEXIF(plain, thousands...)); o != 1 {
		t.Errorf("2,000 segments: orientation %d", o)
	}
}

func TestAPictureThatClaimsMoreThanItHoldsIsRefusedByItsHeader(t *testing.T) {
	bomb := pngOf(t, 20000, 20000, 20000*20001)
	if len(bomb) > 2_000_000 {
		t.Fatalf("the bomb has %d bytes", len(bomb))
	}
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"20,000×20,000, whole":       {bomb, raster.ErrTooLarge},
		"20,000×20,000, only header": {hugePNG(t, 20000), raster.ErrTooLarge},
		"4,294,967,295 wide":         {pngOf(t, 1<<32-1, 1, 10), raster.ErrDamaged},
		"a strip":                    {pngOf(t, 100000, 32, 10), raster.ErrTooLarge},
	} {
		if _, err := raster.Sent.Header(c.data); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		// What a header refuses costs no pixels: only the header's own few
		// allocations are made.
		n := testing.AllocsPerRun(3, func() {
			var r raster.Raster
			if err := r.Decode(context.Background(), c.data, raster.Sent); err == nil || cap(r.Pix) != 0 {
				t.Errorf("%s: decoded, %d bytes", name, cap(r.Pix))
			}
		})
		if n > 50 {
			t.Errorf("%s: %.0f allocations", name, n)
		}
	}
}

func TestAPNGWithTooFewOrTooManyPixelsIsDamaged(t *testing.T) {
	var r raster.Raster
	if err := r.Decode(context.Background(), pngOf(t, 64, 64, 100), raster.Sent); !errors.Is(err, raster.ErrDamaged) {
		t.Errorf("too few: %v", err)
	}
	if err := r.Decode(context.Background(), pngOf(t, 64, 64, 50_000_000), raster.Sent); err != nil && !errors.Is(err, raster.ErrDamaged) {
		t.Errorf("too many: %v", err)
	}
}

// What this language's encoder cannot write: pictures of 40×32, orange, made
// with ImageMagick.
const (
	progressive = "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMU" +
		"FRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU" +
		"FBQUFBQUFBT/wgARCAAgACgDAREAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAT/xAAWAQEBAQAAAAAAAAAAAAAAAAAABgf/" +
		"2gAMAwEAAhADEAAAAac4vgAAAAAAAAB//8QAFBABAAAAAAAAAAAAAAAAAAAAQP/aAAgBAQABBQIn/8QAFBEBAAAAAAAAAAAAAAAA" +
		"AAAAQP/aAAgBAwEBPwEn/8QAFBEBAAAAAAAAAAAAAAAAAAAAQP/aAAgBAgEBPwEn/8QAFBABAAAAAAAAAAAAAAAAAAAAQP/aAAgB" +
		"AQAGPwIn/8QAFBABAAAAAAAAAAAAAAAAAAAAQP/aAAgBAQABPyEn/9oADAMBAAIAAwAAABD/AP8A/wD/AP8A/wD/AP8A/8QAFBEB" +
		"AAAAAAAAAAAAAAAAAAAAQP/aAAgBAwEBPxAn/8QAFBEBAAAAAAAAAAAAAAAAAAAAQP/aAAgBAgEBPxAn/8QAFBABAAAAAAAAAAAA" +
		"AAAAAAAAQP/aAAgBAQABPxAn/9k="
	cmyk = "/9j/7gAOQWRvYmUAZAAAAAAC/9sAQwADAgIDAgIDAwMDBAMDBAUIBQUEBAUKBwcGCAwKDAwLCgsLDQ4SEA0OEQ4LCxAWEBETFBUV" +
		"FQwPFxgWFBgSFBUU/9sAQwEDBAQFBAUJBQUJFA0LDRQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU" +
		"FBQUFBQU/8AAFAgAIAAoBAERAAIRAQMRAQQRAP/EABYAAQEBAAAAAAAAAAAAAAAAAAAHCP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/" +
		"xAAVAQEBAAAAAAAAAAAAAAAAAAAACP/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAOBAEAAhEDEQQAAD8Ag6tUxNgAAAAAAAAAAAAA" +
		"AAAAAAAAAAAAD//Z"
)

func TestDecodeTakesEveryKindOfPicture(t *testing.T) {
	from64 := func(s string) []byte {
		data, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	grey := image.NewGray(image.Rect(0, 0, 40, 32))
	deep := image.NewGray16(grey.Rect)
	opaque := image.NewNRGBA(grey.Rect)
	for i := range grey.Pix {
		grey.Pix[i] = 200
		deep.Pix[2*i] = 200
	}
	for y := range 32 {
		for x := range 40 {
			opaque.SetNRGBA(x, y, color.NRGBA{200, 200, 200, 255})
		}
	}
	for name, c := range map[string]struct {
		data []byte
		want [3]int
	}{
		"grey JPEG":        {encodeJPEG(t, grey), [3]int{200, 200, 200}},
		"grey PNG":         {encodePNG(t, grey), [3]int{200, 200, 200}},
		"16-bit grey PNG":  {encodePNG(t, deep), [3]int{200, 200, 200}},
		"PNG with alpha":   {encodePNG(t, opaque), [3]int{200, 200, 200}},
		"progressive JPEG": {from64(progressive), [3]int{200, 120, 40}},
		"CMYK JPEG":        {from64(cmyk), [3]int{200, 120, 40}},
	} {
		var r raster.Raster
		if err := r.Decode(context.Background(), c.data, raster.Sent); err != nil || r.W != 40 || r.H != 32 {
			t.Errorf("%s: %d×%d, %v", name, r.W, r.H, err)
			continue
		}
		for i, want := range c.want {
			if d := int(r.Pix[3*20*40+3*20+i]) - want; d < -8 || d > 8 {
				t.Errorf("%s: channel %d is %d, not about %d", name, i, r.Pix[3*20*40+3*20+i], want)
			}
		}
	}
	var r raster.Raster
	if err := r.Decode(context.Background(), animated(t), raster.Sent); err != nil || r.W != 64 {
		t.Errorf("of an animated PNG the first picture is taken: %v", err)
	}
}

// BenchmarkRefuse is how long it takes to say no where nothing is decoded.
func BenchmarkRefuse(b *testing.B) {
	plain := encodeJPEG(b, image.NewGray(image.Rect(0, 0, 64, 48)))
	bad := map[string][]byte{
		"text":          bytes.Repeat([]byte("no picture "), 20000),
		"1x1":           encodePNG(b, image.NewGray(image.Rect(0, 0, 1, 1))),
		"20000x20000":   pngOf(b, 20000, 20000, 200_000_000),
		"cut":           plain[:40],
		"65535 entries": withEXIF(plain[:60], bombs()["65,535 entries"]),
	}
	for name, data := range bad {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				var r raster.Raster
				if err := r.Decode(context.Background(), data, raster.Sent); err == nil {
					b.Fatal("it was taken")
				}
			}
		})
	}
}

func TestAPhonesPicturesAreTakenUpToItsLimits(t *testing.T) {
	var r raster.Raster
	for _, c := range []struct {
		w, h      uint32
		sent, own bool // taken
	}{
		{4032, 3024, true, true},
		{3072, 4096, true, true},
		{4096, 3073, false, true},
		{4097, 32, false, true},
		{8160, 6120, false, true},
		{10000, 5001, false, false},
		{10001, 32, false, false},
	} {
		data := pngOf(t, c.w, c.h, 10) // cut short: what is not refused for its size is damaged
		for limits, taken := range map[raster.Limits]bool{raster.Sent: c.sent, raster.Own: c.own} {
			want := raster.ErrTooLarge
			if taken {
				want = raster.ErrDamaged
			}
			if err := r.Decode(context.Background(), data, limits); !errors.Is(err, want) {
				t.Errorf("%d×%d within %v: %v, want %v", c.w, c.h, limits, err, want)
			}
		}
	}
}
