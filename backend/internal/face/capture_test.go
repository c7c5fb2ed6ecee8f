package face

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"realname.example/backend/internal/face/look"
	"realname.example/shared/handoff"
	"realname.example/shared/verification"
)

// capture is one that checkCapture accepts; its frames are no pictures.
func capture() Capture {
	c := Capture{Portrait: []byte("x"), Actions: []verification.Action{verification.TurnLeft, verification.Nod, verification.Blink}}
	for i := range 40 {
		c.Frames = append(c.Frames, Frame{JPEG: []byte{byte(i)}, At: time.Duration(i) * 100 * time.Millisecond})
	}
	return c
}

func TestACaptureOutOfBoundsIsRefusedWithoutDecoding(t *testing.T) {
	if err := checkCapture(capture()); err != nil {
		t.Fatalf("the plain capture is refused: %v", err)
	}
	for name, spoil := range map[string]func(*Capture){
		"no frames":       func(c *Capture) { c.Frames = nil },
		"1,000 frames":    func(c *Capture) { c.Frames = make([]Frame, 1000) },
		"an empty frame":  func(c *Capture) { c.Frames[3].JPEG = nil },
		"a huge frame":    func(c *Capture) { c.Frames[3].JPEG = make([]byte, handoff.MaxFrameBytes+1) },
		"no actions":      func(c *Capture) { c.Actions = nil },
		"unknown action":  func(c *Capture) { c.Actions[0] = "jump" },
		"time backwards":  func(c *Capture) { c.Frames[5].At = c.Frames[3].At },
		"a gap":           func(c *Capture) { c.Frames[39].At += time.Minute },
		"all in a moment": func(c *Capture) { stampEvery(c.Frames, time.Millisecond) },
		"far too long":    func(c *Capture) { stampEvery(c.Frames, 1900*time.Millisecond) },
	} {
		t.Run(name, func(t *testing.T) {
			c := capture()
			spoil(&c)
			if err := checkCapture(c); !errors.Is(err, look.ErrCapture) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestLitFramesComeAfterAWholeCapture(t *testing.T) {
	for name, c := range map[string]struct {
		lit  func(i int) bool
		want error
	}{
		"none": {func(int) bool { return false }, nil}, "the last ones": {func(i int) bool { return i >= 32 }, nil},
		"all": {func(int) bool { return true }, look.ErrCapture}, "too many": {func(i int) bool { return i >= handoff.MinFrames-1 }, look.ErrCapture},
		"among the others": {func(i int) bool { return i == 5 || i >= 32 }, look.ErrCapture},
	} {
		whole := capture()
		for i := range whole.Frames {
			if c.lit(i) {
				whole.Frames[i].Light = handoff.Green
			}
		}
		acted, lit, err := parted(whole)
		if !errors.Is(err, c.want) || err == nil && len(acted.Frames)+len(lit) != len(whole.Frames) {
			t.Errorf("%s: %d and %d frames, %v", name, len(acted.Frames), len(lit), err)
		}
	}
}

// The bounds are handoff's, to the frame and the millisecond: what the door
// accepts is never refused by the engine behind it.
func TestTheEngineTakesWhatTheDoorTakes(t *testing.T) {
	made := func(n int, step time.Duration) Capture {
		c := capture()
		c.Frames = nil
		for i := range n {
			c.Frames = append(c.Frames, Frame{JPEG: []byte{byte(i)}, At: time.Duration(i) * step})
		}
		return c
	}
	gap := made(handoff.MinFrames, 200*time.Millisecond)
	for i := range gap.Frames[12:] {
		gap.Frames[12+i].At += handoff.MaxFrameGap - 200*time.Millisecond
	}
	for name, c := range map[string]Capture{
		"fewest frames": made(handoff.MinFrames, 200*time.Millisecond),
		"most frames":   made(handoff.MaxFrames, 200*time.Millisecond),
		"shortest":      made(handoff.MinFrames+1, handoff.MinCapture/handoff.MinFrames+1),
		"longest":       made(handoff.MaxFrames, handoff.MaxCapture/(handoff.MaxFrames-1)),
		"widest gap":    gap,
	} {
		if err := checkCapture(c); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	nobody := capture()
	nobody.Portrait = nil
	if err := checkCapture(nobody); err != nil {
		t.Errorf("no portrait: %v", err)
	}
}

func stampEvery(frames []Frame, step time.Duration) {
	for i := range frames {
		frames[i].At = time.Duration(i) * step
	}
}

func TestNoEngineIsUnavailable(t *testing.T) {
	var e *Engine
	_, err := e.Judge(context.Background(), capture())
	// The frames are no pictures, which is told first and needs no engine.
	if !errors.Is(err, look.ErrForm) {
		t.Errorf("judge: %v", err)
	}
	if err := e.Ready(); !errors.Is(err, ErrUnavailable) {
		t.Errorf("ready: %v", err)
	}
	_, err = Open(context.Background(), Config{Models: t.TempDir()})
	if !errors.Is(err, ErrUnavailable) {
		t.Errorf("open: %v", err)
	}
}

func TestNumbersOfTheAuditTrailAreFinite(t *testing.T) {
	got := finite(map[string]float64{"a": 1, "b": math.NaN(), "c": math.Inf(1), "d": math.Inf(-1)})
	if len(got) != 1 || got["a"] != 1 {
		t.Errorf("got %v", got)
	}
}
