package capture_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"testing"
	"time"

	"realname.example/mobile/internal/camera"
	"realname.example/mobile/internal/capture"
	"realname.example/shared/api"
	"realname.example/shared/handoff"
	"realname.example/shared/verification"
)

// film brings a new picture every step; it ends with err after limit frames.
type film struct {
	step  time.Duration
	level byte
	n     int
	limit int
}

func (s *film) Next(context.Context) (*camera.Frame, error) {
	if s.limit > 0 && s.n >= s.limit {
		return nil, camera.ErrUnplugged
	}
	f := &camera.Frame{W: 64, H: 48, At: time.Duration(s.n) * s.step}
	f.Y, f.U, f.V = make([]byte, 64*48), make([]byte, 32*24), make([]byte, 32*24)
	for i := range f.Y {
		f.Y[i] = s.level + byte((i*(7+s.n/32*2)+s.n*13)%32)
	}
	s.n++
	return f, nil
}

func TestACaptureIsSignedAndWithinTheLimitsOfTheEvidence(t *testing.T) {
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string][]verification.Action{
		"with a blink":    {verification.Blink, verification.TurnLeft, verification.Nod},
		"without a blink": {verification.TurnRight, verification.OpenMouth, verification.ComeCloser},
	}
	for name, actions := range tests {
		for _, rate := range []int{5, 15, 30, 60} {
			var played []string
			r := capture.Recorder{
				Source: &film{step: time.Second / time.Duration(rate), level: 100},
				Play:   func(s string) bool { played = append(played, s); return true },
			}
			manifest, frames, err := r.Record(context.Background(), key, api.Challenge{ID: "c", Nonce: "bm8=", Actions: actions})
			if err != nil {
				t.Fatal(err)
			}
			m, err := handoff.Open(public, manifest)
			if err != nil {
				t.Fatal(err)
			}
			if len(frames) != len(m.Frames) || len(frames) < handoff.MinFrames || len(frames) > handoff.MaxFrames {
				t.Fatalf("%s at %d: %d frames, %d listed", name, rate, len(frames), len(m.Frames))
			}
			if m.Frames[0].Millis != 0 || m.Challenge != "c" {
				t.Fatalf("%s: manifest begins with %+v", name, m.Frames[0])
			}
			for i := 1; i < len(m.Frames); i++ {
				if step := m.Frames[i].Millis - m.Frames[i-1].Millis; step < 5 || step > 3000 {
					t.Fatalf("%s at %d: frame %d comes %d ms after the one before", name, rate, i, step)
				}
			}
			if len(played) != 3 || played[0] != string(actions[0]) {
				t.Fatalf("played %v", played)
			}
		}
	}
}

func TestDarkPicturesAreHeldBackAndThenLeftToTheServer(t *testing.T) {
	var hints []capture.Hint
	s := &film{step: 100 * time.Millisecond, level: 0}
	r := capture.Recorder{Source: s, Tell: func(p capture.Progress) { hints = append(hints, p.Hint) }}
	rate, err := r.Settle(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if hints[0] != capture.Dark || s.n < 50 {
		t.Fatalf("hint %q, %d frames", hints[0], s.n)
	}
	if rate < 9.9 || rate > 10.1 {
		t.Fatalf("rate %v", rate)
	}
}

func TestEachHintHasItsPicture(t *testing.T) {
	flat := func(level byte) *camera.Frame {
		f := &camera.Frame{W: 16, H: 16, Y: make([]byte, 256)}
		for i := range f.Y {
			f.Y[i] = level
		}
		return f
	}
	good, _ := (&film{level: 100}).Next(context.Background())
	tests := map[capture.Hint]*camera.Frame{
		capture.Dark: flat(10), capture.Bright: flat(250), capture.Blurred: flat(120), "": good,
	}
	for want, f := range tests {
		if got := capture.Look(f); got != want {
			t.Errorf("hint %q, want %q", got, want)
		}
	}
}

func TestACameraThatGoesAwayEndsTheCapture(t *testing.T) {
	r := capture.Recorder{Source: &film{step: time.Second / 15, level: 100, limit: 20}}
	_, _, err := r.Record(context.Background(), nil, api.Challenge{Actions: []verification.Action{verification.Nod}})
	if !errors.Is(err, camera.ErrUnplugged) {
		t.Fatalf("error %v", err)
	}
}

// loop goes round some pictures, as a replay of a short recording does.
type loop struct {
	film
	round int
}

func (l *loop) Next(ctx context.Context) (*camera.Frame, error) {
	n := l.n
	l.n = n % l.round
	f, err := l.film.Next(ctx)
	l.n = n + 1
	f.At = time.Duration(n) * l.step
	return f, err
}

func TestAShortReplayStillEndsFrontalWithoutAPictureTwice(t *testing.T) {
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	r := capture.Recorder{Source: &loop{film: film{step: time.Second / 15, level: 100}, round: 30}}
	manifest, _, err := r.Record(context.Background(), key, api.Challenge{Actions: []verification.Action{verification.TurnLeft, verification.Nod, verification.TurnRight}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := handoff.Open(public, manifest)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, f := range m.Frames {
		if seen[f.SHA256] {
			t.Error("a picture twice")
		}
		seen[f.SHA256] = true
	}
	if last := m.Frames[len(m.Frames)-1].Millis; last < 9500 {
		t.Errorf("the last picture is from %d ms", last)
	}
}
