package capture

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"fmt"
	"hash/maphash"
	"time"

	"realname.example/shared/api"
	"realname.example/shared/camera"
	"realname.example/shared/handoff"
	"realname.example/shared/verification"
)

// Progress is what the person sees while the camera runs.
type Progress struct {
	Hint Hint
	// Action is what to do now; "" means: look straight ahead.
	Action      verification.Action
	Done, Total int
	// Light is the colour that the whole screen has to show; Soon says that colours follow.
	Light handoff.Colour
	Soon  bool
	// Taken is how much of the capture has been taken, in hundredths; it goes
	// by the pictures' own times.
	Taken int
}

// Source brings frames; a camera.Session is one.
type Source interface {
	Next(ctx context.Context) (*camera.Frame, error)
}

// Times of a capture, measured by the frames' own times.
const (
	settleFrames  = 8                      // good frames in a row before it begins
	settleMost    = 10 * time.Second       // then it begins all the same, and the server says what is wrong
	neutralFor    = 600 * time.Millisecond // frontal, at both ends
	neutralFrames = 5
	leadFor       = 500 * time.Millisecond // to read what to do
	leadFrames    = 2
	actionFor     = 2600 * time.Millisecond
	shortestStep  = 38 * time.Millisecond  // not faster than 26 a second
	blinkFrames   = 32                     // for a blink is short: nearly every picture
	blinkStep     = 60 * time.Millisecond  // at the 15 a second that it takes
	lightLag      = 250 * time.Millisecond // until a new colour is on the screen and in the picture
	frozenAfter   = 5 * time.Second        // without a new picture
	longestSide   = 640
)

// Recorder takes one capture. Faces, Show, Taken, Tell and Play may be nil.
type Recorder struct {
	Source Source
	// Faces is asked where the face is, before the actions and after them.
	Faces Finder
	// Show gets every frame; it must not keep it.
	Show func(*camera.Frame)
	// Taken gets each picture of the evidence, a JPEG, soon after it is chosen, from one
	// goroutine at a time.
	Taken func(jpeg []byte)
	// Tell gets what to show the person.
	Tell func(Progress)
	// Play makes a replay show an action.
	Play func(segment string) bool

	frames [][]byte
	listed []handoff.ManifestFrame
	first  time.Duration
	light  handoff.Colour // of the pictures that are kept now
	seed   maphash.Seed
	sent   map[uint64]bool // pictures that are in frames
	roll   film
	chosen chan *shot    // becomes JPEGs while the camera goes on
	step   time.Duration // at least between two pictures of the roll
	guide  guide
	passed time.Duration // the spans that are over
	whole  time.Duration // all spans
}

// Settle waits until some frames in a row are good, or ten seconds, and
// returns how many frames a second the camera brings.
func (r *Recorder) Settle(ctx context.Context) (framesPerSecond float64, err error) {
	var start, last time.Duration
	count, good := 0, 0
	r.guide = guide{faces: r.Faces}
	for {
		f, err := r.next(ctx)
		if err != nil {
			return 0, err
		}
		if count == 0 {
			start = f.At
		}
		last = f.At
		count++
		hint := r.guide.look(f)
		r.tell(Progress{Hint: hint})
		good++
		if hint != "" {
			good = 0
		}
		if count > settleFrames && (good >= settleFrames || last-start >= settleMost) {
			break
		}
	}
	if last <= start {
		return 0, nil
	}
	return float64(count-1) / (last - start).Seconds(), nil
}

// Record leads through the actions of a challenge and returns the signed
// manifest and its JPEGs.
func (r *Recorder) Record(ctx context.Context, key ed25519.PrivateKey, c api.Challenge) (manifest []byte, frames [][]byte, err error) {
	r.frames, r.listed, r.light = nil, nil, ""
	r.chosen = make(chan *shot, handoff.MaxFrames)
	encoded := make(chan error, 1)
	go func() { encoded <- r.encode(ctx) }()
	err = r.film(ctx, c)
	close(r.chosen)
	if err = cmp.Or(err, <-encoded); err != nil {
		return nil, nil, err
	}
	manifest, err = handoff.Sign(key, handoff.Manifest{Challenge: c.ID, Nonce: c.Nonce, Frames: r.listed})
	if err != nil {
		return nil, nil, fmt.Errorf("sign evidence: %w", err)
	}
	return manifest, r.frames, nil
}

// film takes the pictures of a challenge.
func (r *Recorder) film(ctx context.Context, c api.Challenge) error {
	r.seed, r.sent = maphash.MakeSeed(), map[uint64]bool{}
	total := len(c.Actions)
	r.passed, r.whole = 0, 2*neutralFor+leadFor+time.Duration(total)*(leadFor+actionFor)+time.Duration(len(c.Light))*handoff.ColourFor
	if err := r.collect(ctx, neutralFor, neutralFrames, neutralFrames, Progress{Total: total}); err != nil {
		return err
	}
	share := shareOf(c.Actions)
	for i, action := range c.Actions {
		p := Progress{Action: action, Done: i, Total: total}
		if err := r.collect(ctx, leadFor, 0, leadFrames, p); err != nil {
			return err
		}
		if r.Play != nil {
			r.Play(string(action))
		}
		r.step = shortestStep
		most := share
		if action == verification.Blink {
			r.step, most = blinkStep, blinkFrames
		}
		if err := r.collect(ctx, actionFor, 0, most, p); err != nil {
			return err
		}
	}
	end := Progress{Done: total, Total: total, Soon: len(c.Light) > 0}
	// Time to come back to the middle.
	if err := r.collect(ctx, leadFor, 0, 0, end); err != nil {
		return err
	}
	if err := r.collect(ctx, neutralFor, neutralFrames, neutralFrames, end); err != nil {
		return err
	}
	return r.lit(ctx, c.Light, Progress{Done: total, Total: total})
}

// lit takes pictures under each colour in turn.
func (r *Recorder) lit(ctx context.Context, colours []handoff.Colour, p Progress) error {
	r.step = shortestStep
	for _, p.Light = range colours {
		if err := r.collect(ctx, lightLag, 0, 0, p); err != nil {
			return err
		}
		r.light = p.Light
		if err := r.collect(ctx, handoff.ColourFor-lightLag, handoff.ColourFrames, handoff.ColourFrames, p); err != nil {
			return err
		}
	}
	return nil
}

// shareOf returns how many frames each action but a blink may have.
func shareOf(actions []verification.Action) int {
	room := handoff.ActionFrames - 2*neutralFrames - leadFrames*len(actions)
	others := 0
	for _, a := range actions {
		if a == verification.Blink {
			room -= blinkFrames
		} else {
			others++
		}
	}
	return max(1, room/max(1, others))
}

// collect reads frames for a time, and longer until there are least new
// pictures, and keeps at most some of them. A picture that is kept already is
// passed over: a replay goes round, and some drivers hand out a picture twice.
func (r *Recorder) collect(ctx context.Context, span time.Duration, least, most int, p Progress) error {
	var start time.Duration
	r.roll.clear()
	for begun := false; ; {
		f, err := r.next(ctx)
		if err != nil {
			return err
		}
		if !begun {
			start, begun = f.At, true
		}
		past := f.At - start
		p.Hint = Look(f)
		if p.Action == "" {
			p.Hint = r.guide.look(f)
		}
		p.Taken = int(100 * (r.passed + min(past, span)) / r.whole)
		r.tell(p)
		if most > 0 && r.roll.due(f.At, r.step) {
			if sum := maphash.Bytes(r.seed, f.Y); !r.sent[sum] && !r.roll.has(sum) {
				r.roll.add(f, sum)
			}
		}
		if past >= span && r.roll.count() >= least {
			break
		}
		if past >= span+frozenAfter {
			return fmt.Errorf("take picture: %w", camera.ErrUnplugged)
		}
	}
	r.passed += span
	for _, s := range r.roll.take(most) {
		s.light, r.sent[s.sum] = r.light, true
		r.chosen <- s
	}
	return nil
}

// encode makes JPEGs of the pictures that were chosen, until there are no more. On a slow phone that takes
// longer than may lie between two pictures, so the camera does not wait for it.
func (r *Recorder) encode(ctx context.Context) (err error) {
	for s := range r.chosen {
		if err = cmp.Or(err, ctx.Err()); err == nil {
			err = r.keep(s)
		}
	}
	return err
}

// keep adds a picture to the evidence.
func (r *Recorder) keep(s *shot) error {
	f := &s.frame
	jpeg, err := camera.EncodeJPEG(f, longestSide, camera.MaxUpload)
	if err != nil {
		return err
	}
	if len(r.frames) == 0 {
		r.first = f.At
	}
	r.frames = append(r.frames, jpeg)
	if r.Taken != nil {
		r.Taken(jpeg)
	}
	r.listed = append(r.listed, handoff.ManifestFrame{SHA256: handoff.HashFrame(jpeg), Millis: (f.At - r.first).Milliseconds(), Light: s.light})
	return nil
}

func (r *Recorder) next(ctx context.Context) (*camera.Frame, error) {
	f, err := r.Source.Next(ctx)
	if err != nil {
		return nil, fmt.Errorf("take picture: %w", err)
	}
	if r.Show != nil {
		r.Show(f)
	}
	return f, nil
}

func (r *Recorder) tell(p Progress) {
	if r.Tell != nil {
		r.Tell(p)
	}
}
