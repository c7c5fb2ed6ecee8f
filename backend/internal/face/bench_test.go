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
	"testing"
	"time"

	"realname.example/backend/internal/face/onnx"
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

// bare does the JPEG decodes and the runs of the networks that a verdict cannot
// do without, on as many workers, and nothing else.
func bare(ctx context.Context, e *Engine, c Capture) error {
	pictures := [][]byte{c.Portrait}
	for _, f := range c.Frames {
		pictures = append(pictures, f.JPEG)
	}
	runs := func(calls ...*onnx.Call) error {
		for _, call := range calls {
			if err := call.Run(); err != nil {
				return err
			}
		}
		return nil
	}
	decode := func(picture []byte) error {
		_, err := jpeg.Decode(bytes.NewReader(picture))
		return err
	}
	err := e.each(ctx, len(pictures), func(w *worker, i int) error {
		if err := decode(pictures[i]); err != nil {
			return err
		}
		if err := runs(w.detect, w.mesh, w.mesh); err != nil || i == 0 {
			return err
		}
		return runs(w.pose, w.descriptor)
	})
	if err != nil {
		return err
	}
	err = e.each(ctx, scoredFrames, func(w *worker, i int) error {
		return errors.Join(decode(pictures[1+i]), runs(w.spoof, w.spoof))
	})
	if err != nil {
		return err
	}
	return e.each(ctx, 1+comparedFrames, func(w *worker, i int) error {
		if i == 0 { // the portrait, which is decoded already
			return runs(w.feature, w.feature, w.identity, w.identity)
		}
		return errors.Join(decode(pictures[i]), runs(w.feature, w.feature, w.identity, w.identity))
	})
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
	for b.Loop() {
		for _, one := range []struct {
			do   func(context.Context, *Engine, Capture) error
			took *[]time.Duration
		}{{whole, &took}, {bare, &least}} {
			start := time.Now()
			if err := one.do(ctx, e, c); err != nil {
				b.Fatal(err)
			}
			*one.took = append(*one.took, time.Since(start))
		}
	}
	slices.Sort(took)
	slices.Sort(least)
	p50, bare50 := took[len(took)/2], least[len(least)/2]
	b.ReportMetric(0, "ns/op") // of both together: says nothing
	b.ReportMetric(p50.Seconds()*1000, "p50-ms")
	b.ReportMetric(bare50.Seconds()*1000, "bare-p50-ms")
	b.ReportMetric(p50.Seconds()/bare50.Seconds(), "times-bare")
}
