package face

import (
	"context"
	"errors"
	"image"
	"reflect"
	"testing"

	"realname.example/backend/internal/face/look"
	"realname.example/shared/handoff"
)

func TestAVerdictIsTheSameWhetherTheFramesComeOneByOneOrAllAtOnce(t *testing.T) {
	e := opened(t, Config{Workers: 2, Printer: look.NewPrinter([32]byte{1})})
	c := captureOf(t, handoff.MinFrames)
	want, err := e.Judge(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	f := e.Footage(t.Context(), 0, func(err error) { t.Errorf("trouble: %v", err) })
	defer f.Close()
	for _, frame := range c.Frames {
		f.Add(frame.JPEG)
		f.group.Wait() // it was looked at
	}
	if err := f.Inspect(t.Context()); err != nil {
		t.Error(err)
	}
	got, err := f.Judge(t.Context(), c)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("one by one %+v, %v; all at once %+v", got, err, want)
	}
	if len(got.Prints) != len(c.Frames) || got.Prints[0] == (look.Print{}) {
		t.Errorf("%d prints", len(got.Prints))
	}
}

func TestWhatNothingCanComeOfIsToldAtOnce(t *testing.T) {
	e := opened(t, Config{Workers: 1})
	good, other := frames(t, "franck", 6, 2), frames(t, "cap", 1, 1)[0]
	nobody := encoded(t, image.NewGray(image.Rect(0, 0, 640, 480)))
	two, dark := beside(t, good[0], other), darker(t, good[0], 0.2)
	for name, c := range map[string]struct {
		frames [][]byte
		want   error
	}{
		"one person":              {good, nil},
		"nobody, twice":           {[][]byte{good[0], nobody, nobody, good[1], good[2]}, nil},
		"nobody, three times":     {[][]byte{good[0], nobody, nobody, nobody}, look.ErrNoFace},
		"two people":              {[][]byte{two, two, two}, look.ErrManyFace},
		"too dark":                {[][]byte{dark, dark, dark, dark, dark}, look.ErrQuality},
		"no picture":              {[][]byte{good[0], []byte("not a picture")}, look.ErrForm},
		"cut short":               {[][]byte{good[0][:len(good[0])/2]}, look.ErrImage},
		"another size than first": {[][]byte{good[0], encoded(t, image.NewGray(image.Rect(0, 0, 320, 240)))}, look.ErrForm},
	} {
		told := make(chan error, 2)
		f := e.Footage(t.Context(), 0, func(err error) { told <- err })
		for _, frame := range c.frames {
			f.Add(frame)
		}
		f.group.Wait()
		f.Close()
		close(told)
		if got := <-told; !errors.Is(got, c.want) {
			t.Errorf("%s: told %v, want %v", name, got, c.want)
		}
		if again := <-told; again != nil {
			t.Errorf("%s: told twice, %v", name, again)
		}
	}
}

// What a screen lights may be too dark to see a face in: the light challenge judges it.
func TestLitFramesEndNoCapture(t *testing.T) {
	e := opened(t, Config{Workers: 1})
	good, nobody := frames(t, "franck", 6, 2), encoded(t, image.NewGray(image.Rect(0, 0, 640, 480)))
	told := make(chan error, 1)
	f := e.Footage(t.Context(), 4, func(err error) { told <- err })
	defer f.Close()
	looked := func() (n int) {
		f.group.Wait()
		for _, l := range f.film.Looks {
			if l != nil {
				n++
			}
		}
		return n
	}
	for i, frame := range [][]byte{good[0], good[1], good[2], nobody, nobody, nobody, nobody} {
		f.Add(frame)
		if want := max(0, i+1-4); looked() != want {
			t.Errorf("%d frames came: %d were looked at, not %d", i+1, looked(), want)
		}
	}
	for range 3 { // so these were not the last ones
		f.Add(good[3])
	}
	f.group.Wait()
	if err := <-told; !errors.Is(err, look.ErrNoFace) {
		t.Errorf("nobody among the others: %v", err)
	}
}

// Whoever waits for a worker comes before what looks ahead, which takes none of the
// engine's places either.
func TestLookingAheadTakesNothingFromTheOthers(t *testing.T) {
	e := opened(t, Config{Workers: 1, Verdicts: 1})
	c := captureOf(t, 3)
	f := e.Footage(t.Context(), 0, func(err error) { t.Errorf("trouble: %v", err) })
	defer f.Close()
	busy := <-e.workers
	f.Add(c.Frames[0].JPEG)
	f.group.Wait() // it does not wait for the worker
	f.Add(c.Frames[1].JPEG)
	f.group.Wait()
	if f.film.Looks[0] != nil {
		t.Error("looked at without a worker")
	}
	e.workers <- busy
	for range callsPerVerdict {
		leave, err := e.enter()
		if err != nil {
			t.Fatal(err)
		}
		defer leave()
	}
	f.Add(c.Frames[2].JPEG)
	f.group.Wait()
	for i, l := range f.film.Looks[:3] {
		if l == nil {
			t.Errorf("frame %d was not looked at, though the worker is idle", i)
		}
	}
}

// Where no worker is idle nothing is told: what was not looked at waits for the
// verdict, which says that it is busy where the pool is full.
func TestAFullPoolInTheMiddleLeavesTheRestForTheVerdict(t *testing.T) {
	e := opened(t, Config{Workers: 1, Verdicts: 1})
	c := captureOf(t, handoff.MinFrames)
	f := e.Footage(t.Context(), 0, func(err error) { t.Errorf("trouble: %v", err) })
	defer f.Close()
	f.Add(c.Frames[0].JPEG)
	f.group.Wait()
	busy := <-e.workers
	var leaves []func()
	for range callsPerVerdict {
		leave, err := e.enter()
		if err != nil {
			t.Fatal(err)
		}
		leaves = append(leaves, leave)
	}
	for _, frame := range c.Frames[1:] {
		f.Add(frame.JPEG)
	}
	f.group.Wait()
	if f.film.Looks[0] == nil || f.film.Looks[1] != nil {
		t.Error("the first frame was looked at, and no other")
	}
	if err := f.Inspect(t.Context()); !errors.Is(err, ErrBusy) {
		t.Errorf("with a full pool: %v", err)
	}
	e.workers <- busy
	for _, leave := range leaves {
		leave()
	}
	if err := f.Inspect(t.Context()); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if j, err := f.Judge(t.Context(), c); err != nil || j.Reason == "" {
		t.Errorf("verdict: %+v, %v", j, err)
	}
}

func TestFootageThatIsClosedOrGivenUpKeepsNothing(t *testing.T) {
	e := opened(t, Config{Workers: 1})
	ctx, cancel := context.WithCancel(t.Context())
	f := e.Footage(ctx, 0, nil)
	frame := captureOf(t, 1).Frames[0].JPEG
	f.Add(frame)
	f.group.Wait()
	crop := f.film.Looks[0].Face
	cancel()
	f.Add(frame)
	f.group.Wait()
	f.Close()
	for _, v := range crop {
		if v != 0 {
			t.Fatal("a crop is left")
		}
	}
	if len(e.workers) != 1 || len(e.calls) != 0 {
		t.Error("a place is lost")
	}
	var none *Engine
	if err := none.Footage(t.Context(), 0, nil).Inspect(t.Context()); !errors.Is(err, ErrUnavailable) {
		t.Errorf("without an engine: %v", err)
	}
}
