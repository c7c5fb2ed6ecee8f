package face

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"realname.example/shared/handoff"
)

// capture is one that checkCapture accepts; its frames are no pictures.
func capture() Capture {
	c := Capture{Portrait: []byte("x"), Actions: []Action{TurnLeft, Nod, Blink}}
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
			if err := checkCapture(c); !errors.Is(err, ErrCapture) {
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
		"all": {func(int) bool { return true }, ErrCapture}, "too many": {func(i int) bool { return i >= handoff.MinFrames-1 }, ErrCapture},
		"among the others": {func(i int) bool { return i == 5 || i >= 32 }, ErrCapture},
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
	if !errors.Is(err, ErrForm) {
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

// movement makes signals at 10 frames/s that follow f.
func movement(n int, f func(i int, s *signal)) []signal {
	out := make([]signal, n)
	for i := range out {
		out[i] = signal{at: time.Duration(i) * 100 * time.Millisecond, seen: true, eyes: 1, size: 1}
		f(i, &out[i])
	}
	return out
}

func TestATurnCountsOnlyWhereBothMeasuresAgree(t *testing.T) {
	swing := func(i int) float64 { return 22 * max(0, math.Sin(float64(i-5)/10*math.Pi)) * b2f(i >= 5 && i <= 15) }
	for name, c := range map[string]struct {
		net, mesh float64
		want      []Action
	}{
		"to the person's left":  {1, 1, []Action{TurnLeft}},
		"to the person's right": {-1, -1, []Action{TurnRight}},
		"one measure only":      {1, 0.3, nil},
		"against each other":    {1, -1, nil},
	} {
		events := eventsOf(movement(30, func(i int, s *signal) {
			s.yawNet, s.yawMesh = c.net*swing(i), c.mesh*swing(i)
		}), DefaultThresholds)
		if len(events) != len(c.want) || len(events) == 1 && events[0].action != c.want[0] {
			t.Errorf("%s: %v", name, events)
		}
	}
}

func TestAMovementThatDoesNotComeBackIsNone(t *testing.T) {
	events := eventsOf(movement(30, func(i int, s *signal) {
		s.yawNet, s.yawMesh = 25*b2f(i > 10), 25*b2f(i > 10)
	}), DefaultThresholds)
	if len(events) != 0 {
		t.Errorf("found %v", events)
	}
}

func b2f(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func TestAPlaneLeavesNoReliefAndAHeadDoes(t *testing.T) {
	var flat, head, tilted, turned mesh
	sin, cos := math.Sincos(20 * math.Pi / 180)
	for i := range meshPoints {
		u, v := math.Mod(float64(i)*0.618, 1)*2-1, float64(i)/meshPoints*2-1
		z := -60 * math.Sqrt(max(0, 1-u*u/1.3-v*v/1.3))
		x, y := 100*u, 120*v
		flat.points[i], head.points[i] = point3{x: x, y: y}, point3{x: x, y: y}
		f := 600 / (600 + x*sin)
		tilted.points[i] = point3{x: x * cos * f, y: y * f}
		turned.points[i] = point3{x: x*cos - z*sin, y: y}
	}
	if r := planeResidual(&flat, &tilted); r > minRelief/3 {
		t.Errorf("a tilted plane leaves %.3f", r)
	}
	if r := planeResidual(&head, &turned); r < minRelief {
		t.Errorf("a turned head leaves only %.3f", r)
	}
}
