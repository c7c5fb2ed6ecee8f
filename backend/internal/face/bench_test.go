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
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"realname.example/backend/internal/face/look"
	"realname.example/backend/internal/face/models"
	"realname.example/backend/internal/face/raster"
	"realname.example/shared/verification"
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
	c := Capture{Actions: []verification.Action{verification.TurnLeft, verification.Nod, verification.Blink}}
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
	c := Capture{Portrait: all[last[1]-1], Actions: []verification.Action{verification.TurnRight, verification.TurnLeft, verification.Nod}}
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

// runs counts what a verdict runs: decodes and runs of each network.
type runs struct{ decodes, detect, mesh, pose, descriptor, spoof, feature, identity int }

// needed is what a verdict on c runs at least, as the engine's own rules say:
// the face is sought once a stretch, placed twice where it was sought and else
// once, and so on. It judges the capture to know which frames move.
func needed(ctx context.Context, e *Engine, c Capture) (runs, error) {
	t := e.trial(c)
	defer t.wipe()
	if err := t.look(ctx); err != nil {
		return runs{}, err
	}
	r := runs{decodes: 1, detect: 1, mesh: 2, feature: 2, identity: 2} // of the portrait
	for _, l := range t.Looks {
		r.decodes++
		r.mesh++
		if l.Found {
			r.detect++
			r.mesh++
		}
		if l.Posed {
			r.pose++
		}
		if l.Descriptor != nil {
			r.descriptor++
		}
	}
	r.decodes += len(c.Actions) + (scoredFrames+1)/2
	r.descriptor += len(c.Actions) // at the top of each
	r.spoof += 2 * (scoredFrames + 1) / 2
	r.feature += 2 * bestOf
	r.identity += 2 * bestOf
	return r, nil
}

// bare does the decodes and runs and nothing else, on all workers: nothing is cut
// out, written into the inputs or wiped.
func bare(e *Engine, c Capture, r runs) error {
	times := func(n int, do func(w *look.Worker, i int) error) error { return inParallel(e, n, do) }
	run := func(n int, name models.Name) error {
		k := slices.Index(models.Networks, name)
		return times(n, func(w *look.Worker, _ int) error { return w.Nets()[k].Run() })
	}
	return errors.Join(
		times(r.decodes, func(_ *look.Worker, i int) error {
			_, err := jpeg.Decode(bytes.NewReader(c.Frames[i%len(c.Frames)].JPEG))
			return err
		}),
		run(r.detect, models.Detect),
		run(r.mesh, models.Mesh),
		run(r.pose, models.Pose),
		run(r.descriptor, models.Descriptor),
		run(r.spoof, models.Spoof),
		run(r.feature, models.Feature),
		run(r.identity, models.Identity),
	)
}

// primed has every worker look at a frame of the capture, so that all networks
// have a face before them: over nothing they take up to 40 % less time.
func primed(ctx context.Context, e *Engine, c Capture) error {
	for _, w := range e.all {
		if err := each(ctx, w, c.Frames[0].JPEG, (*look.Worker).Describe, scored, embedded); err != nil {
			return err
		}
	}
	return nil
}

func scored(w *look.Worker, l *look.Look) (err error) {
	l.Live, err = w.LiveScore(l)
	return err
}

func embedded(w *look.Worker, l *look.Look) error {
	_, err := w.Embed(l)
	return err
}

// each decodes a frame, seeks the face in the whole of it, asks the pose network,
// and does what else is wanted.
func each(ctx context.Context, w *look.Worker, jpeg []byte, do ...func(*look.Worker, *look.Look) error) error {
	l, err := w.Analyse(ctx, jpeg, raster.Frame, look.EffortMotion)
	for _, d := range do {
		if err == nil {
			err = d(w, l)
		}
	}
	return err
}

// byFrame is the work of a verdict as it was before faces were followed from
// frame to frame: five frames are looked at before it is accepted; then every
// frame is searched, pointed and described, five are decoded again and scored,
// eight decoded again and embedded, and all decoded again and printed.
func byFrame(ctx context.Context, e *Engine, c Capture) error {
	n := len(c.Frames)
	inspected := e.Inspect(ctx, c.pictures())
	looks := make([]*look.Look, n)
	again := func(count int, do func(*look.Worker, *look.Look) error) error {
		return inParallel(e, count, func(w *look.Worker, i int) error {
			if err := w.Decode(ctx, c.Frames[i*n/count].JPEG, raster.Frame); err != nil {
				return err
			}
			defer w.Forget()
			return do(w, looks[i*n/count])
		})
	}
	return errors.Join(
		inspected,
		inParallel(e, n+1, func(w *look.Worker, i int) (err error) {
			defer w.Forget()
			if i == n {
				_, _, err = template(ctx, w, c.Portrait)
				return err
			}
			if looks[i], err = w.Analyse(ctx, c.Frames[i].JPEG, raster.Frame, look.EffortMotion); err == nil {
				err = w.Describe(looks[i])
			}
			return err
		}),
		again(scoredFrames, scored),
		again(comparedFrames, embedded),
		again(n, func(w *look.Worker, _ *look.Look) error {
			e.printer.Print(w)
			return nil
		}),
	)
}

// inParallel does 0 to n-1 on all workers of an engine that nobody else uses.
func inParallel(e *Engine, n int, do func(w *look.Worker, i int) error) error {
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

// used is the time that all threads of this process had a core, by Linux; 0
// where that is not told.
func used() time.Duration {
	const tick = time.Second / 100 // USER_HZ, the same on all architectures of Linux that Go knows
	stat, _ := os.ReadFile("/proc/self/stat")
	_, behind, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(behind)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * tick
}

// BenchmarkVerdict is a whole verdict on 36 frames and a portrait, on 2 workers,
// beside its JPEG decodes and bare runs of networks, and beside the work of a
// verdict in which every frame is looked at for itself. The three take turns, so
// that all meet the same noise. "cpu" is what all threads used.
func BenchmarkVerdict(b *testing.B) {
	e := opened(b, Config{Workers: min(2, runtime.NumCPU()), Printer: look.NewPrinter([32]byte{1})})
	c := passing(b)
	r, err := needed(b.Context(), e, c)
	if err != nil {
		b.Fatal(err)
	}
	var took [3][]time.Duration
	var cpu [3]time.Duration
	b.ReportAllocs()
	for b.Loop() {
		if err := primed(b.Context(), e, c); err != nil {
			b.Fatal(err)
		}
		for i, do := range []func() error{
			func() error { return bare(e, c, r) },
			func() error { return whole(b.Context(), e, c) },
			func() error { return byFrame(b.Context(), e, c) },
		} {
			start, before := time.Now(), used()
			if err := do(); err != nil {
				b.Fatal(err)
			}
			took[i] = append(took[i], time.Since(start))
			cpu[i] += used() - before
		}
	}
	p50 := func(i int) float64 {
		slices.Sort(took[i])
		return took[i][len(took[i])/2].Seconds() * 1000
	}
	b.ReportMetric(0, "ns/op") // of all together: says nothing
	b.ReportMetric(p50(1), "p50-ms")
	b.ReportMetric(p50(0), "bare-p50-ms")
	b.ReportMetric(p50(1)/p50(0), "times-bare")
	b.ReportMetric(p50(2), "by-frame-p50-ms")
	if cpu[2] > 0 {
		b.ReportMetric(cpu[1].Seconds()*1000/float64(len(took[1])), "cpu-ms")
		b.ReportMetric(cpu[1].Seconds()/cpu[2].Seconds(), "cpu-of-by-frame")
		b.ReportMetric(cpu[1].Seconds()/cpu[0].Seconds(), "cpu-of-bare")
	}
}
