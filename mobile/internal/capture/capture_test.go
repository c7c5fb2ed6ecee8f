package capture_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"realname.example/mobile/internal/capture"
	"realname.example/mobile/internal/finder"
	"realname.example/shared/api"
	"realname.example/shared/camera"
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
			if len(frames) != len(m.Frames) || len(frames) < handoff.MinFrames || len(frames) > handoff.ActionFrames {
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

func TestTheLastPicturesAreTakenUnderTheColoursThatWereAsked(t *testing.T) {
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	asked := []handoff.Colour{handoff.Blue, handoff.Yellow, handoff.Green, handoff.Magenta}
	for _, rate := range []int{5, 15, 30, 60} {
		source := &film{step: time.Second / time.Duration(rate), level: 100}
		var now capture.Progress
		since := map[handoff.Colour]time.Duration{} // when each was shown first
		at := func() time.Duration { return time.Duration(source.n-1) * source.step }
		r := capture.Recorder{Source: source, Tell: func(p capture.Progress) {
			if _, shown := since[p.Light]; !shown {
				since[p.Light] = at()
			}
			now = p
		}}
		manifest, _, err := r.Record(t.Context(), key, api.Challenge{
			ID: "c", Nonce: "bm8=", Actions: []verification.Action{verification.Blink, verification.TurnLeft, verification.Nod}, Light: asked,
		})
		if err != nil {
			t.Fatal(err)
		}
		m, err := handoff.Open(public, manifest)
		if err != nil {
			t.Fatal(err)
		}
		acted := len(m.Frames) - handoff.LightFrames
		if acted < handoff.MinFrames || acted > handoff.ActionFrames || now.Taken != 100 {
			t.Fatalf("at %d: %d frames before the light, %d hundredths taken", rate, acted, now.Taken)
		}
		for i, f := range m.Frames {
			want := handoff.Colour("")
			if i >= acted {
				want = asked[(i-acted)/handoff.ColourFrames]
			}
			if f.Light != want {
				t.Fatalf("at %d: frame %d of %d is said to be %q, want %q", rate, i, len(m.Frames), f.Light, want)
			}
			if taken := time.Duration(f.Millis) * time.Millisecond; want != "" && taken < since[want]+200*time.Millisecond {
				t.Errorf("at %d: frame %d is taken %s after the first, and %s is shown at %s", rate, i, taken, want, since[want])
			}
		}
		for i := range asked[1:] {
			if between := since[asked[i+1]] - since[asked[i]]; between < time.Second/3 {
				t.Errorf("at %d: %s follows %s after %s", rate, asked[i+1], asked[i], between)
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
	if hints[0] != capture.Dark || s.n < 100 {
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

// places has faces at the places that a test says, one a picture.
type places struct {
	faces []finder.Face // Size 0: none
	n     int
}

func (p *places) Find(*camera.Frame) (finder.Face, bool) {
	f := p.faces[min(p.n, len(p.faces)-1)]
	p.n++
	return f, f.Size > 0
}

func TestTheCaptureBeginsOnceTheFaceIsWellInThePicture(t *testing.T) {
	good := finder.Face{X: 0.5, Y: 0.5, Size: 0.5}
	for want, face := range map[capture.Hint]finder.Face{
		capture.NoFace: {}, capture.Closer: {X: 0.5, Y: 0.5, Size: 0.2}, capture.Farther: {X: 0.5, Y: 0.5, Size: 0.95},
		capture.Centre: {X: 0.9, Y: 0.5, Size: 0.5}, capture.Blurred: {X: 0.35, Y: 0.5, Size: 0.5},
	} {
		seen := []finder.Face{good}
		for i := range 30 {
			if f := face; want != capture.Blurred || i%2 == 0 {
				seen = append(seen, f)
			} else {
				seen = append(seen, good) // to and fro
			}
		}
		var hints []capture.Hint
		r := capture.Recorder{
			Source: &film{step: 100 * time.Millisecond, level: 100}, Faces: &places{faces: append(seen, good)},
			Tell: func(p capture.Progress) { hints = append(hints, p.Hint) },
		}
		if _, err := r.Settle(context.Background()); err != nil {
			t.Fatal(err)
		}
		if hints[0] != "" || hints[1] != want || hints[30] != want || len(hints) < 38 || hints[len(hints)-1] != "" {
			t.Errorf("%s: %d hints: %q", want, len(hints), hints)
		}
	}
}

func TestTheRingFillsWithThePicturesThatWereTaken(t *testing.T) {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	last := capture.Progress{}
	r := capture.Recorder{Source: &film{step: time.Second / 15, level: 100}, Tell: func(p capture.Progress) {
		if p.Taken < last.Taken || p.Done < last.Done {
			t.Errorf("%+v after %+v", p, last)
		}
		last = p
	}}
	if _, _, err := r.Record(context.Background(), key, api.Challenge{Actions: []verification.Action{verification.Nod, verification.TurnLeft}}); err != nil {
		t.Fatal(err)
	}
	if last.Taken != 100 || last.Done != 2 {
		t.Errorf("ends with %+v", last)
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

// twice hands out each picture two times, as some drivers do.
type twice struct {
	film
	last *camera.Frame
}

func (s *twice) Next(ctx context.Context) (*camera.Frame, error) {
	if f := s.last; f != nil {
		s.last = nil
		f.At += s.step / 2
		return f, nil
	}
	f, err := s.film.Next(ctx)
	s.last = f
	return f, err
}

func TestAPictureThatComesTwiceIsSentOnce(t *testing.T) {
	for name, source := range map[string]capture.Source{
		"a driver's":     &twice{film: film{step: time.Second / 8, level: 100}},
		"a short replay": &loop{film: film{step: time.Second / 15, level: 100}, round: 80},
	} {
		t.Run(name, func(t *testing.T) { sendsOnce(t, source) })
	}
}

func sendsOnce(t *testing.T, source capture.Source) {
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	r := capture.Recorder{Source: source}
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

// TestTheCameraDoesNotWaitForPicturesToBeEncoded has a phone so slow that the first picture is a JPEG
// only once the action has begun.
func TestTheCameraDoesNotWaitForPicturesToBeEncoded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, key, err := ed25519.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		begun := make(chan struct{})
		taken := 0
		r := capture.Recorder{
			Source: &film{step: time.Second / 15, level: 100},
			Play:   func(string) bool { close(begun); return true },
			Taken: func([]byte) {
				if taken++; taken == 1 {
					<-begun
				}
			},
		}
		_, frames, err := r.Record(t.Context(), key, api.Challenge{Actions: []verification.Action{verification.TurnLeft}})
		if err != nil || len(frames) != taken {
			t.Errorf("%d pictures, %d told, %v", len(frames), taken, err)
		}
	})
}

// frozen shows one picture for ever.
type frozen struct{ film }

func (s *frozen) Next(ctx context.Context) (*camera.Frame, error) {
	f, err := s.film.Next(ctx)
	clear(f.Y)
	return f, err
}

func TestAPictureThatStaysForEverEndsTheCapture(t *testing.T) {
	r := capture.Recorder{Source: &frozen{film{step: time.Second / 15, level: 100}}}
	_, _, err := r.Record(context.Background(), nil, api.Challenge{Actions: []verification.Action{verification.Nod}})
	if !errors.Is(err, camera.ErrUnplugged) {
		t.Fatalf("error %v", err)
	}
}

// mover stands still but for half a second of one action.
type mover struct {
	film
	from, to time.Duration
}

func (s *mover) Next(ctx context.Context) (*camera.Frame, error) {
	f, err := s.film.Next(ctx)
	for i := range f.Y {
		f.Y[i] = 100 + byte(i*7%32)
		if f.At >= s.from && f.At < s.to {
			f.Y[i] += byte(s.n * 20 % 100) // the whole picture changes
		}
	}
	f.Y[0] = byte(s.n) // new, all the same
	f.Y[1] = byte(s.n >> 8)
	return f, err
}

func TestAQuickMovementIsSeenInMorePicturesThanAQuietStretch(t *testing.T) {
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	from, to := 2000*time.Millisecond, 2500*time.Millisecond
	r := capture.Recorder{Source: &mover{film: film{step: time.Second / 25, level: 100}, from: from, to: to}}
	manifest, _, err := r.Record(context.Background(), key, api.Challenge{Actions: []verification.Action{verification.TurnLeft, verification.Nod, verification.Blink}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := handoff.Open(public, manifest)
	if err != nil {
		t.Fatal(err)
	}
	within, before := 0, time.Duration(0)
	for _, f := range m.Frames {
		at := time.Duration(f.Millis) * time.Millisecond
		if at >= from && at < to {
			within++
		}
		if at-before > time.Second {
			t.Errorf("nothing between %s and %s", before, at)
		}
		before = at
	}
	// 12 pictures in 2.6 s would give it 2 or 3.
	if within < 5 {
		t.Errorf("%d pictures of the movement", within)
	}
}
