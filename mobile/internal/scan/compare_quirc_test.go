//go:build quirc

package scan

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"realname.example/mobile/internal/scan/internal/quirc"
	"realname.example/mobile/internal/scan/scangen"
)

// quircReaders adds the C library to the comparison.
func quircReaders() []reader {
	s := quirc.New(frameW, frameH)
	return []reader{{"quirc", func() func(*image.Gray) (string, bool) { return s.Scan }}}
}

// BenchmarkFrameWithoutCodeBesideQuirc prints how many times quirc's time ours is
// for a frame in which there is nothing to find: the median of all frames, and the
// one that is worst for us. It is the time of a core, over the rotation of our looks.
func BenchmarkFrameWithoutCodeBesideQuirc(b *testing.B) {
	frames := withoutCode(b)
	for b.Loop() {
		var times []float64
		for name, frame := range frames {
			ours, theirs := timesOf(b, frame)
			times = append(times, float64(ours)/float64(theirs))
			b.Logf("ours %v, quirc %v: %s", ours, theirs, name)
		}
		slices.Sort(times)
		b.ReportMetric(times[len(times)/2], "median-times-quirc")
		b.ReportMetric(times[len(times)-1], "worst-times-quirc")
	}
}

// timesOf is how long our scanner and quirc compute on a frame without a code: the
// mean over our rotation. They take turns, and of all rounds the quickest counts for
// each look, since others run on the machine and take its caches.
func timesOf(b *testing.B, frame *image.Gray) (ours, theirs time.Duration) {
	b.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const rounds = 8
	both := []reader{readers[0], quircReaders()[0]}
	least := make([][2]time.Duration, len(looks)-1)
	for k := range least {
		least[k] = [2]time.Duration{math.MaxInt64, math.MaxInt64}
	}
	for range rounds {
		scans := [2]func(*image.Gray) (string, bool){both[0].fresh(), both[1].fresh()}
		for k := range least {
			for i, scan := range scans {
				start := computed(b)
				if text, ok := scan(frame); ok {
					b.Fatalf("%s read %q where there is nothing", both[i].name, text)
				}
				least[k][i] = min(least[k][i], computed(b)-start)
			}
		}
	}
	for _, took := range least {
		ours += took[0] / time.Duration(len(least))
		theirs += took[1] / time.Duration(len(least))
	}
	return ours, theirs
}

// computed is how long this thread has computed.
func computed(b *testing.B) time.Duration {
	b.Helper()
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		b.Fatal(err)
	}
	return time.Duration(t.Nano())
}

// withoutCode is windows with text at all the angles, in all the light, even pages
// and a page of small print.
func withoutCode(b *testing.B) map[string]*image.Gray {
	b.Helper()
	scenes, err := scangen.Scenes(12, 1, 99)
	if err != nil {
		b.Fatal(err)
	}
	frames := make(map[string]*image.Gray)
	for _, s := range scenes {
		frames[s.Name] = scangen.Render(blank(s.Screen, s.Poses[0].Focus), s.Poses[0], frameW, frameH)
	}
	for _, shade := range []byte{0, 128, 255} {
		frames[fmt.Sprintf("an even page of %d", shade)] = pictureOf(newPage(shade))
	}
	print, rng := newPage(255), rand.New(rand.NewPCG(12, 12))
	for y := 16; y < frameH-16; y++ {
		for x := 16; x < frameW-16; x++ {
			if y%16 < 9 && x%9 < 6 && rng.IntN(3) == 0 {
				print.Pix[y*frameW+x] = 0
			}
		}
	}
	frames["small print"] = pictureOf(print)
	return frames
}

func pictureOf(p page) *image.Gray {
	return &image.Gray{Pix: p.Pix, Stride: p.Stride, Rect: image.Rect(0, 0, p.W, p.H)}
}
