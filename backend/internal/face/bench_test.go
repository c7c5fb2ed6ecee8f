package face

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"realname.example/backend/internal/face/onnx"
	"realname.example/backend/internal/face/raster"
)

// built is a folder that `make setup-test` fills.
func built(tb testing.TB, name string) string {
	tb.Helper()
	dir := filepath.Join("..", "..", "..", "build", name)
	if _, err := os.Stat(dir); err != nil {
		tb.Fatalf("%v: run `make setup-test` first", err)
	}
	return dir
}

// opened is an engine with the real models.
func opened(tb testing.TB, cfg Config) *Engine {
	tb.Helper()
	cfg.Models = built(tb, "models")
	e, err := Open(context.Background(), cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := e.Close(); err != nil {
			tb.Error(err)
		}
	})
	return e
}

// frames is n pictures of a test recording at 640×480, every step-th of it.
func frames(tb testing.TB, recording string, n, step int) [][]byte {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join(built(tb, "recordings"), recording+".mjpeg"))
	if err != nil {
		tb.Fatal(err)
	}
	start := []byte("\xff\xd8\xff")
	all := bytes.Split(data, start)[1:]
	var out [][]byte
	for i := range n {
		img, err := jpeg.Decode(bytes.NewReader(slices.Concat(start, all[i*step])))
		if err != nil {
			tb.Fatal(err)
		}
		small := image.NewYCbCr(image.Rect(0, 0, 640, 480), image.YCbCrSubsampleRatio420)
		rgba := image.NewRGBA(small.Rect)
		draw.Draw(rgba, rgba.Rect, img, image.Point{}, draw.Src)
		var b bytes.Buffer
		if err := jpeg.Encode(&b, rgba, &jpeg.Options{Quality: 85}); err != nil {
			tb.Fatal(err)
		}
		out = append(out, b.Bytes())
	}
	return out
}

// captureOf is a capture as a phone sends it: n frames, four a second, and a
// portrait. Its movements are the recording's own.
func captureOf(tb testing.TB, n int) Capture {
	c := Capture{Actions: []Action{TurnLeft, Nod, Blink}}
	for i, f := range frames(tb, "franck", n+1, 2) {
		if i == n {
			c.Portrait = f
			break
		}
		c.Frames = append(c.Frames, Frame{JPEG: f, At: time.Duration(i) * 250 * time.Millisecond})
	}
	return c
}

// passing is a capture of 36 frames at 640×480 that passes: parts of a test
// recording that answer the challenge, thinned out, and a portrait from its end.
func passing(tb testing.TB) Capture {
	tb.Helper()
	document, err := os.ReadFile(filepath.Join(built(tb, "recordings"), "franck.mjpeg.json"))
	if err != nil {
		tb.Fatal(err)
	}
	var parts map[string][][2]int
	if err := json.Unmarshal(document, &parts); err != nil {
		tb.Fatal(err)
	}
	neutrals := parts["neutral"]
	last := neutrals[len(neutrals)-1]
	all := frames(tb, "franck", last[1], 1)
	c := Capture{Portrait: all[last[1]-1], Actions: []Action{TurnRight, TurnLeft, Nod}}
	var at time.Duration
	const rate = 15 // frames a second of the recording
	for _, p := range []struct {
		part [2]int
		n    int
	}{
		{neutrals[0], 4},
		{parts["turn_right"][0], 10},
		{parts["turn_left"][0], 8},
		{parts["nod"][0], 8},
		{[2]int{neutrals[1][0], neutrals[2][1]}, 6},
	} {
		from := max(p.part[0], p.part[1]-3*rate) // of a long neutral only the end
		for i := range p.n {
			c.Frames = append(c.Frames, Frame{JPEG: all[from+(p.part[1]-from)*i/p.n], At: at})
			at += time.Duration(p.part[1]-from) * time.Second / time.Duration(rate*p.n)
		}
	}
	return c
}

// whole is a verdict.
func whole(ctx context.Context, e *Engine, c Capture) error {
	j, err := e.Judge(ctx, c)
	if err == nil && !j.Passed {
		err = fmt.Errorf("a genuine capture is refused: %s, %v", j.Reason, j.Number)
	}
	return err
}

// primed has every worker look at a frame of the capture, so that all networks
// have a face before them: over nothing they take up to 40 % less time.
func primed(ctx context.Context, e *Engine, c Capture) error {
	for _, w := range e.all {
		l, err := w.analyse(ctx, c.Frames[0].JPEG, raster.Frame, effortWhole)
		if err == nil {
			_, err = w.embed(l)
		}
		if err == nil {
			_, err = w.liveScore(l)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// bare does the JPEG decodes and the runs of the networks that a verdict makes,
// on as many workers, and nothing else: nothing is cut out, written into the
// inputs or wiped. The engine must be primed.
func bare(e *Engine, c Capture) error {
	portrait := 0
	pictures := [][]byte{c.Portrait}
	for _, f := range c.Frames {
		pictures = append(pictures, f.JPEG)
	}
	decode := func(i int) error {
		_, err := jpeg.Decode(bytes.NewReader(pictures[i]))
		return err
	}
	runs := func(calls ...*onnx.Call) error {
		for _, call := range calls {
			if err := call.Run(); err != nil {
				return err
			}
		}
		return nil
	}
	look := func(w *worker, i int) error {
		if i == portrait {
			return errors.Join(decode(i), runs(w.detect, w.mesh, w.mesh))
		}
		return errors.Join(decode(i), runs(w.detect, w.mesh, w.mesh, w.pose, w.descriptor))
	}
	score := func(w *worker, i int) error { return errors.Join(decode(1+i), runs(w.spoof, w.spoof)) }
	compare := func(w *worker, i int) error {
		var err error
		if i != portrait { // which is embedded while it is held
			err = decode(i)
		}
		return errors.Join(err, runs(w.feature, w.feature, w.identity, w.identity))
	}
	return errors.Join(
		inParallel(e, len(pictures), look), inParallel(e, scoredFrames, score), inParallel(e, 1+comparedFrames, compare))
}

// inParallel does 0 to n-1 on all workers of an engine that nobody else uses.
func inParallel(e *Engine, n int, do func(w *worker, i int) error) error {
	next := make(chan int, n)
	for i := range n {
		next <- i
	}
	close(next)
	failed := make([]error, len(e.all))
	var group sync.WaitGroup
	for k, w := range e.all {
		group.Go(func() {
			for i := range next {
				failed[k] = errors.Join(failed[k], do(w, i))
			}
		})
	}
	group.Wait()
	return errors.Join(failed...)
}

// BenchmarkVerdict is a whole verdict on 36 frames and a portrait, on 2 workers,
// beside its JPEG decodes and bare runs of networks: the two take turns, so that
// both meet the same noise.
func BenchmarkVerdict(b *testing.B) {
	e := opened(b, Config{Workers: min(2, runtime.NumCPU())})
	c := passing(b)
	ctx := context.Background()
	var took, least []time.Duration
	b.ReportAllocs()
	timed := func(times *[]time.Duration, do func() error) {
		start := time.Now()
		if err := do(); err != nil {
			b.Fatal(err)
		}
		*times = append(*times, time.Since(start))
	}
	for b.Loop() {
		timed(&took, func() error { return whole(ctx, e, c) })
		if err := primed(b.Context(), e, c); err != nil {
			b.Fatal(err)
		}
		timed(&least, func() error { return bare(e, c) })
	}
	slices.Sort(took)
	slices.Sort(least)
	p50, bare50 := took[len(took)/2], least[len(least)/2]
	b.ReportMetric(0, "ns/op") // of both together: says nothing
	b.ReportMetric(p50.Seconds()*1000, "p50-ms")
	b.ReportMetric(bare50.Seconds()*1000, "bare-p50-ms")
	b.ReportMetric(p50.Seconds()/bare50.Seconds(), "times-bare")
}
