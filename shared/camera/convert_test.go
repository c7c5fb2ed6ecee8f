package camera

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"testing"
)

func TestNearestModeTakesTheNearestSizeThenTheBestFormat(t *testing.T) {
	yuyv, mjpg := fourCC("YUYV"), fourCC("MJPG")
	offers := []mode{
		{mjpg, 1280, 720},
		{yuyv, 1280, 720},
		{yuyv, 640, 480},
		{mjpg, 640, 480},
		{fourCC("H264"), 333, 77},
		{yuyv, 0, 0},
	}
	for _, c := range []struct {
		w, h int
		want mode
	}{
		{1280, 720, mode{mjpg, 1280, 720}},
		{4000, 3000, mode{mjpg, 1280, 720}},
		{640, 480, mode{yuyv, 640, 480}},
		{333, 77, mode{yuyv, 640, 480}},
	} {
		if got, ok := nearestMode(offers, c.w, c.h); !ok || got != c.want {
			t.Errorf("%d × %d: %v, %v", c.w, c.h, got, ok)
		}
	}
}

func TestModesConvertPaddedRows(t *testing.T) {
	// 3 × 3, each row padded by 5 bytes; Y counts up, U is 90, V is 160.
	yuyv := make([]byte, 3*13)
	nv12 := make([]byte, 5*8)
	for y := 0; y < 3; y++ {
		for x := 0; x < 3; x++ {
			yuyv[y*13+2*x] = byte(10*y + x)
			nv12[y*8+x] = byte(10*y + x)
		}
		copy(yuyv[y*13+1:], []byte{90})
		copy(yuyv[y*13+3:], []byte{160})
		copy(yuyv[y*13+5:], []byte{90})
	}
	for _, at := range []int{24, 26, 32, 34} {
		nv12[at], nv12[at+1] = 90, 160
	}
	for name, c := range map[string]struct {
		m   mode
		buf []byte
	}{
		"YUYV": {mode{fourCC("YUYV"), 3, 3}, yuyv},
		"NV12": {mode{fourCC("NV12"), 3, 3}, nv12},
	} {
		var f Frame
		if err := c.m.convert(&f, c.buf); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if want := []byte{0, 1, 2, 10, 11, 12, 20, 21, 22}; !bytes.Equal(f.Y, want) {
			t.Errorf("%s: Y %v", name, f.Y)
		}
		if !bytes.Equal(f.U, []byte{90, 90, 90, 90}) || !bytes.Equal(f.V, []byte{160, 160, 160, 160}) {
			t.Errorf("%s: U %v V %v", name, f.U, f.V)
		}
	}
}

func TestJPEGFramesKeepTheirSizeInEverySubsampling(t *testing.T) {
	for _, ratio := range []image.YCbCrSubsampleRatio{
		image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio440,
	} {
		img := image.NewYCbCr(image.Rect(0, 0, 7, 5), ratio)
		for i := range img.Cb {
			img.Cb[i], img.Cr[i] = 90, 160
		}
		var f Frame
		if err := fromImage(&f, img); err != nil || f.W != 7 || f.H != 5 {
			t.Fatalf("%v: %d × %d, %v", ratio, f.W, f.H, err)
		}
		if f.U[11] != 90 || f.V[11] != 160 {
			t.Errorf("%v: chroma %d, %d", ratio, f.U[11], f.V[11])
		}
	}
}

// A camera may leave the Huffman tables out of its MJPEG, and means those of the JPEG standard.
func TestMJPEGWithoutItsTablesIsThePictureWithThem(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for i := range img.Pix {
		img.Pix[i] = byte(i * i / 97)
	}
	var whole bytes.Buffer
	if err := jpeg.Encode(&whole, img, nil); err != nil {
		t.Fatal(err)
	}
	head, rest, _ := bytes.Cut(whole.Bytes(), []byte{0xff, 0xc4})
	if want := []byte{0x00, 0, 1, 5, 1, 1, 1, 1, 1, 1}; !bytes.Equal(rest[2:2+len(want)], want) {
		t.Fatalf("the encoder has tables of its own: % x", rest[:16]) // table K.3 of ITU-T T.81 is what it had
	}
	bare := append(bytes.Clone(head), rest[int(rest[0])<<8+int(rest[1]):]...)
	m := mode{fourCC("MJPG"), 64, 48}
	var want, got Frame
	if err := m.convert(&want, whole.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := m.convert(&got, bare); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Y, want.Y) || !bytes.Equal(got.U, want.U) || !bytes.Equal(got.V, want.V) {
		t.Error("another picture without the tables")
	}
}

// pattern makes one mode's buffer of w × h with rows of pad bytes more, and
// the frame that it is.
func pattern(t *testing.T, format string, w, h, pad, seed int) (mode, []byte, *Frame) {
	t.Helper()
	want := &Frame{}
	want.resize(w, h)
	for i := range want.Y {
		want.Y[i] = byte(16 + (i*7+seed)%200)
	}
	cw, ch := want.ChromaSize()
	for i := range want.U { // columns: YUYV has chroma of its own in every row
		want.U[i], want.V[i] = byte(60+i%cw+seed%9), byte(150+i%cw+seed%9)
	}
	var buf []byte
	switch format {
	case "YUYV":
		stride := 2*w + pad
		buf = bytes.Repeat([]byte{0xEE}, stride*h)
		for i := cw - 1; w%2 == 1 && i < len(want.V); i += cw {
			want.V[i] = want.U[0] // an odd row ends in Y U: its V is the one before, or U where there is none
			if cw > 1 {
				want.V[i] = want.V[i-1]
			}
		}
		for y := range h {
			for x := range w {
				buf[y*stride+2*x] = want.Y[y*w+x]
			}
			for x := range w {
				chroma := want.U
				if x%2 == 1 {
					chroma = want.V
				}
				buf[y*stride+2*x+1] = chroma[x/2]
			}
		}
	case "NV12", "NV21":
		stride := 2*cw + pad
		buf = bytes.Repeat([]byte{0xEE}, stride*(h+ch))
		first, second := want.U, want.V
		if format == "NV21" {
			first, second = second, first
		}
		for y := range h {
			copy(buf[y*stride:], want.Y[y*w:(y+1)*w])
		}
		for y := range ch {
			for x := range cw {
				buf[(h+y)*stride+2*x], buf[(h+y)*stride+2*x+1] = first[y*cw+x], second[y*cw+x]
			}
		}
	}
	return mode{fourCC(format), w, h}, buf, want
}

func TestOddSizesAndStridesOfEveryFormat(t *testing.T) {
	for _, format := range []string{"YUYV", "NV12", "NV21"} {
		for _, size := range [][2]int{{1, 1}, {2, 2}, {3, 5}, {17, 9}, {64, 48}, {639, 3}} {
			for _, pad := range []int{0, 1, 3, 16, 61} {
				m, buf, want := pattern(t, format, size[0], size[1], pad, pad)
				var f Frame
				if err := m.convert(&f, buf); err != nil {
					t.Errorf("%s, %v, %d more: %v", format, size, pad, err)
					continue
				}
				if !bytes.Equal(f.Y, want.Y) || !bytes.Equal(f.U, want.U) || !bytes.Equal(f.V, want.V) {
					t.Errorf("%s, %v, %d more: other pixels", format, size, pad)
				}
			}
			m, buf, _ := pattern(t, format, size[0], size[1], 0, 0)
			if err := m.convert(&Frame{}, buf[:len(buf)/2]); !errors.Is(err, errShort) {
				t.Errorf("%s, %v, half a buffer: %v", format, size, err)
			}
		}
	}
}

// A phone that is turned, or a driver that changes its mind, changes the size
// and the rotation between two frames of one session.
func TestSizeAndRotationMayChangeBetweenFrames(t *testing.T) {
	box := NewMailbox()
	var f Frame
	shown := Preview(&Frame{W: 2, H: 2, Y: make([]byte, 4), U: []byte{1}, V: []byte{1}}, nil)
	for i, c := range []struct {
		format   string
		w, h     int
		rotation int
	}{
		{"YUYV", 640, 480, 0},
		{"NV12", 480, 640, 90},
		{"NV21", 33, 17, 180},
		{"YUYV", 1280, 720, 270},
		{"NV12", 639, 479, 90},
		{"YUYV", 16, 16, 0},
	} {
		m, buf, want := pattern(t, c.format, c.w, c.h, 7, i)
		if err := m.convert(&f, buf); err != nil {
			t.Fatal(err)
		}
		f.Rotation, f.Seq = c.rotation, uint64(i+1)
		box.put(&f)
		got, err := box.Take(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if got.W != c.w || got.H != c.h || got.Rotation != c.rotation || !bytes.Equal(got.Y, want.Y) || !bytes.Equal(got.V, want.V) {
			t.Errorf("frame %d: %d × %d turned by %d, or other pixels", i, got.W, got.H, got.Rotation)
		}
		shown = Preview(got, shown)
		if upright := shown.Rect.Dx() > shown.Rect.Dy(); c.w != c.h && upright != (c.w > c.h == (c.rotation%180 == 0)) {
			t.Errorf("frame %d: the preview is %v", i, shown.Rect)
		}
		data, err := EncodeJPEG(got, 320, MaxUpload)
		if err != nil {
			t.Fatal(err)
		}
		size, err := jpeg.DecodeConfig(bytes.NewReader(data))
		if err != nil || c.w != c.h && (size.Width > size.Height) != (c.w > c.h == (c.rotation%180 == 0)) {
			t.Errorf("frame %d: uploaded as %d × %d, %v", i, size.Width, size.Height, err)
		}
	}
}

func FuzzModeConvertNeverPanics(f *testing.F) {
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, image.NewGray(image.Rect(0, 0, 9, 9)), nil); err != nil {
		f.Fatal(err)
	}
	f.Add(buf.Bytes(), 9, 9, uint(3))
	f.Add(make([]byte, 64), 5, 3, uint(0))
	f.Add(make([]byte, 64), 5, 3, uint(1))
	f.Fuzz(func(t *testing.T, data []byte, w, h int, format uint) {
		if h < 1 || w < 1 || w > 2000 || h > 2000 {
			t.Skip()
		}
		m := mode{v4l2Formats[format%uint(len(v4l2Formats))], w, h}
		var frame Frame
		if err := m.convert(&frame, data); err == nil && len(frame.Y) != frame.W*frame.H {
			t.Errorf("%d × %d with %d bytes", frame.W, frame.H, len(frame.Y))
		}
	})
}
