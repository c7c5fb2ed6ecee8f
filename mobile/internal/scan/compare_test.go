package scan

import (
	"image"
	"os"
	"slices"
	"sort"
	"strconv"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"realname.example/mobile/internal/scan/scangen"
)

const (
	frameW, frameH = 1280, 720
	maxFrames      = 10
)

// reader is one way to read frames; fresh returns one that has seen nothing.
type reader struct {
	name  string
	fresh func() func(*image.Gray) (string, bool)
}

// readers holds ours and plain gozxing; the tags zbar and quirc add these libraries.
var readers = slices.Concat([]reader{
	{"ours", func() func(*image.Gray) (string, bool) {
		s := New()
		return func(img *image.Gray) (string, bool) { return s.Scan(grey(img)) }
	}},
	{"gozxing", func() func(*image.Gray) (string, bool) { return gozxingScan }},
}, zbarReaders(), quircReaders())

func grey(img *image.Gray) Plane {
	return Plane{Pix: img.Pix, W: img.Rect.Dx(), H: img.Rect.Dy(), Stride: img.Stride}
}

// gozxingScan is the library as its own documentation uses it.
func gozxingScan(img *image.Gray) (string, bool) {
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		return "", false
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil {
		return "", false
	}
	return result.GetText(), true
}

// tally is what one reader did over a set of scenes.
type tally struct {
	found, wrong int
	first        int // found in the very first frame
	times        []float64
	missed       []string
}

func (t *tally) median() float64 {
	sort.Float64s(t.times)
	if len(t.times) == 0 {
		return 0
	}
	return t.times[len(t.times)/2]
}

// compare lets every reader see the same frames of every scene until it finds
// the code, ten at most.
func compare(tb testing.TB, scenes []scangen.Scene) map[string]*tally {
	tb.Helper()
	out := make(map[string]*tally)
	for _, r := range readers {
		out[r.name] = &tally{}
	}
	for _, scene := range scenes {
		var frames []*image.Gray // drawn when the first reader needs them
		for _, r := range readers {
			scan, t := r.fresh(), out[r.name]
			found := false
			for i := 0; i < len(scene.Poses) && !found; i++ {
				if i == len(frames) {
					frames = append(frames, scangen.Render(scene.Screen, scene.Poses[i], frameW, frameH))
				}
				start := time.Now()
				text, ok := scan(frames[i])
				t.times = append(t.times, float64(time.Since(start).Microseconds())/1000)
				if ok && text != scene.Text {
					t.wrong++
				}
				found = ok && text == scene.Text
				if found && i == 0 {
					t.first++
				}
			}
			if found {
				t.found++
			} else {
				t.missed = append(t.missed, scene.Name)
			}
		}
	}
	return out
}

// BenchmarkFoundWithinTenFrames prints how many codes of a generated set each
// reader finds. REALNAME_SCENES sets the size of the set, 200 by default.
func BenchmarkFoundWithinTenFrames(b *testing.B) {
	n := 200
	if v, err := strconv.Atoi(os.Getenv("REALNAME_SCENES")); err == nil {
		n = v
	}
	scenes, err := scangen.Scenes(n, maxFrames, 2026)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		got := compare(b, scenes)
		for _, r := range readers {
			t := got[r.name]
			b.ReportMetric(100*float64(t.found)/float64(n), r.name+"-found-%")
			b.ReportMetric(t.median(), r.name+"-median-ms/frame")
			b.Logf("%-8s found %d of %d (%d in the first frame, %d read wrongly), median %.1f ms a frame",
				r.name, t.found, n, t.first, t.wrong, t.median())
		}
		for _, name := range got["ours"].missed {
			b.Logf("ours missed: %s", name)
		}
	}
}

// BenchmarkFrameWithoutCode prints the median time of frames in which there is
// nothing to find: windows with text at all the angles, in all the light.
func BenchmarkFrameWithoutCode(b *testing.B) {
	scenes, err := scangen.Scenes(12, 1, 99)
	if err != nil {
		b.Fatal(err)
	}
	var frames []*image.Gray
	for _, s := range scenes {
		frames = append(frames, scangen.Render(blank(s.Screen, s.Poses[0].Focus), s.Poses[0], frameW, frameH))
	}
	for b.Loop() {
		for _, r := range readers {
			var t tally
			scan := r.fresh()
			for round := 0; round < 3; round++ {
				for _, f := range frames {
					start := time.Now()
					if text, ok := scan(f); ok {
						b.Fatalf("%s read %q where there is nothing", r.name, text)
					}
					t.times = append(t.times, float64(time.Since(start).Microseconds())/1000)
				}
			}
			b.ReportMetric(t.median(), r.name+"-median-ms/frame")
		}
	}
}

// blank returns the screen with black where its code is.
func blank(screen image.Image, code image.Rectangle) image.Image {
	b := screen.Bounds()
	out := image.NewGray(b)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if !image.Pt(x, y).In(code) {
				out.Set(x, y, screen.At(x, y))
			}
		}
	}
	return out
}
