package raster

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"testing"
	"time"
)

func colour(w, h int) image.Image {
	img := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	for i := range img.Y {
		img.Y[i] = uint8(i)
	}
	return img
}

func jpegOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// marked is a JPEG with another frame marker.
func marked(data []byte, marker byte) []byte {
	out := bytes.Clone(data)
	out[bytes.Index(out, []byte{0xff, 0xc0})+1] = marker
	return out
}

// scans repeats the last scan of a JPEG until it has n of them. Nobody decodes
// the result: the header pass counts, and no more.
func scans(data []byte, n int) []byte {
	first := bytes.Index(data, []byte{0xff, 0xda})
	scan := data[first : len(data)-2]
	out := bytes.Clone(data[:first])
	for range n {
		out = append(out, scan...)
	}
	return append(out, 0xff, 0xd9)
}

// beside puts a segment that holds bytes like a scan's start before the picture.
func beside(data []byte, marker byte, content []byte) []byte {
	out := append(bytes.Clone(data[:2]), 0xff, marker)
	out = binary.BigEndian.AppendUint16(out, uint16(len(content)+2))
	return append(append(out, content...), data[2:]...)
}

func TestTheHeaderPassKnowsEachFormOfJPEG(t *testing.T) {
	baseline := jpegOf(t, colour(64, 48))
	var drawing bytes.Buffer
	if err := png.Encode(&drawing, image.NewPaletted(image.Rect(0, 0, 64, 48), color.Palette{color.Black})); err != nil {
		t.Fatal(err)
	}
	lookalike := bytes.Repeat([]byte{0xff, 0xda, 0xff, 0xc2}, 50)
	for name, c := range map[string]struct {
		data        []byte
		frame, sent error
	}{
		"baseline":                     {baseline, nil, nil},
		"baseline, a scan a component": {scans(baseline, 3), nil, nil},
		"baseline, one scan more":      {scans(baseline, 4), ErrForm, ErrForm},
		"grey, two scans":              {scans(jpegOf(t, image.NewGray(image.Rect(0, 0, 64, 48))), 2), ErrForm, ErrForm},
		"extended sequential":          {marked(baseline, 0xc1), ErrForm, nil},
		"progressive, 20 scans":        {scans(marked(baseline, 0xc2), 20), ErrForm, nil},
		"progressive, 21 scans":        {scans(marked(baseline, 0xc2), 21), ErrForm, ErrForm},
		"a scan's start in a comment":  {beside(baseline, 0xfe, lookalike), nil, nil},
		"a scan's start in EXIF":       {beside(baseline, 0xe1, lookalike), nil, nil},
		"bytes behind the end":         {append(bytes.Clone(baseline), lookalike...), nil, nil},
		"PNG":                          {drawing.Bytes(), ErrForm, nil},
		"1.3 MP":                       {jpegOf(t, image.NewGray(image.Rect(0, 0, 1300, 1000))), nil, nil},
		"a column more":                {jpegOf(t, image.NewGray(image.Rect(0, 0, 1301, 1000))), ErrTooLarge, nil},
		"two frames": {
			append(bytes.Clone(baseline[:len(baseline)-2]), baseline[2:]...), ErrForm, ErrForm,
		},
	} {
		for limits, want := range map[Limits]error{Frame: c.frame, Sent: c.sent} {
			_, err := limits.Header(c.data)
			if want == nil && err != nil || !errors.Is(err, want) {
				t.Errorf("%s within %+v: %v, want %v", name, limits, err, want)
			}
			if want == nil {
				continue
			}
			var r Raster
			if err := r.Decode(context.Background(), c.data, limits); !errors.Is(err, want) || cap(r.Pix) != 0 {
				t.Errorf("%s within %+v is decoded: %v", name, limits, err)
			}
		}
	}
}

// leaving cancels a decode once it has read so often, as a caller does that
// hangs up.
type leaving struct {
	io.Reader
	after int
	leave func()
	reads int
}

func (l *leaving) Read(p []byte) (int, error) {
	if l.reads++; l.reads == l.after {
		l.leave()
	}
	return l.Reader.Read(p)
}

func TestADecodeEndsWithItsCaller(t *testing.T) {
	large := jpegOf(t, colour(1200, 900))
	var drawn bytes.Buffer
	if err := png.Encode(&drawn, colour(300, 300)); err != nil {
		t.Fatal(err)
	}
	for name, decode := range map[string]func(io.Reader) error{
		"JPEG": func(r io.Reader) error { _, err := jpeg.Decode(r); return err },
		"PNG":  func(r io.Reader) error { _, err := png.Decode(r); return err },
	} {
		data := large
		if name == "PNG" {
			data = drawn.Bytes()
		}
		ctx, leave := context.WithCancel(t.Context())
		from := &leaving{Reader: &guarded{ctx, data}, after: len(data) / (2 * readAtOnce), leave: leave}
		if from.after < 2 {
			t.Fatalf("%s: %d bytes are too few to leave between", name, len(data))
		}
		if err := decode(from); !errors.Is(err, context.Canceled) || from.reads > from.after+1 {
			t.Errorf("%s: %v after %d reads", name, err, from.reads)
		}
	}
	ctx, leave := context.WithCancel(t.Context())
	leave()
	var r Raster
	if err := r.Decode(ctx, large, Frame); !errors.Is(err, context.Canceled) || cap(r.Pix) != 0 {
		t.Errorf("a caller who is gone: %v", err)
	}
}

func TestADecodeHasABudgetOfTime(t *testing.T) {
	data := jpegOf(t, colour(640, 480))
	c, err := Frame.Header(data)
	if err != nil {
		t.Fatal(err)
	}
	var r Raster
	if err := r.decodeFor(t.Context(), data, c, 0); !errors.Is(err, ErrSlow) || cap(r.Pix) != 0 {
		t.Errorf("without time: %v", err)
	}
	if err := r.decodeFor(t.Context(), data, c, time.Hour); err != nil || r.W != 640 {
		t.Errorf("with time: %v", err)
	}
}
