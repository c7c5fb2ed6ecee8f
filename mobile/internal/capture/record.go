package capture

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"slices"
	"time"

	"realname.example/mobile/internal/camera"
	"realname.example/shared/api"
	"realname.example/shared/handoff"
	"realname.example/shared/verification"
)

// Progress is what the person sees while the camera runs.
type Progress struct {
	Hint Hint
	// Action is what to do now; "" means: look straight ahead.
	Action      verification.Action
	Done, Total int
}

// Source brings frames; a camera.Session is one.
type Source interface {
	Next(ctx context.Context) (*camera.Frame, error)
}

// Times of a capture, measured by the frames' own times.
const (
	settleFrames  = 8                      // good frames in a row before it begins
	settleMost    = 5 * time.Second        // then it begins all the same, and the server says what is wrong
	neutralFor    = 600 * time.Millisecond // frontal, at both ends
	neutralFrames = 5
	leadFor       = 500 * time.Millisecond // to read what to do
	leadFrames    = 2
	actionFor     = 2600 * time.Millisecond
	blinkFrames   = 32                    // every frame, for a blink is short
	blinkStep     = 38 * time.Millisecond // not faster than 26 a second
	longestSide   = 640
)

// Recorder takes one capture. Show, Tell and Play may be nil.
type Recorder struct {
	Source Source
	// Show gets every frame; it must not keep it.
	Show func(*camera.Frame)
	// Tell gets what to show the person.
	Tell func(Progress)
	// Play makes a replay show an action.
	Play func(segment string) bool

	frames [][]byte
	listed []handoff.ManifestFrame
	seen   map[string]bool
	first  time.Duration
	ending bool // the last frontal frames are being taken
}

// Settle waits until some frames in a row are good, or five seconds, and
// returns how many frames a second the camera brings.
func (r *Recorder) Settle(ctx context.Context) (framesPerSecond float64, err error) {
	var start, last time.Duration
	count, good := 0, 0
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
		hint := Look(f)
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
	r.frames, r.listed, r.seen, r.ending = nil, nil, map[string]bool{}, false
	total := len(c.Actions)
	if err := r.collect(ctx, neutralFor, neutralFor/neutralFrames, neutralFrames, Progress{Total: total}); err != nil {
		return nil, nil, err
	}
	share := shareOf(c.Actions)
	for i, action := range c.Actions {
		p := Progress{Action: action, Done: i, Total: total}
		if err := r.collect(ctx, leadFor, leadFor/leadFrames, leadFrames, p); err != nil {
			return nil, nil, err
		}
		if r.Play != nil {
			r.Play(string(action))
		}
		step, most := actionFor/time.Duration(share), share
		if action == verification.Blink {
			step, most = blinkStep, blinkFrames
		}
		if err := r.collect(ctx, actionFor, step, most, p); err != nil {
			return nil, nil, err
		}
	}
	end := Progress{Done: total, Total: total}
	// Time to come back to the middle.
	if err := r.collect(ctx, leadFor, leadFor, 0, end); err != nil {
		return nil, nil, err
	}
	r.ending = true
	if err := r.collect(ctx, neutralFor, neutralFor/neutralFrames, neutralFrames, end); err != nil {
		return nil, nil, err
	}
	manifest, err = handoff.Sign(key, handoff.Manifest{Challenge: c.ID, Nonce: c.Nonce, Frames: r.listed})
	if err != nil {
		return nil, nil, fmt.Errorf("sign evidence: %w", err)
	}
	return manifest, r.frames, nil
}

// shareOf returns how many frames each action but a blink may have.
func shareOf(actions []verification.Action) int {
	room := handoff.MaxFrames - 2*neutralFrames - leadFrames*len(actions)
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

// collect reads frames for a time and keeps at most some of them, a step
// apart.
func (r *Recorder) collect(ctx context.Context, span, step time.Duration, most int, p Progress) error {
	var start, kept time.Duration
	count, begun := 0, false
	for {
		f, err := r.next(ctx)
		if err != nil {
			return err
		}
		if !begun {
			start, kept, begun = f.At, f.At-step, true
		}
		p.Hint = Look(f)
		r.tell(p)
		if count < most && f.At-kept >= step {
			added, err := r.keep(f)
			if err != nil {
				return err
			}
			if added {
				count++
				kept = f.At
			}
		}
		if f.At-start >= span {
			return nil
		}
	}
}

// keep adds a frame unless the same picture is there already, as a replay
// that goes round brings it. At the end such a picture is moved there from
// between the actions, for a capture has to end frontal.
func (r *Recorder) keep(f *camera.Frame) (added bool, err error) {
	jpeg, err := camera.EncodeJPEG(f, longestSide)
	if err != nil {
		return false, err
	}
	hash := handoff.HashFrame(jpeg)
	if r.seen[hash] && (!r.ending || !r.release(hash)) || len(r.frames) >= handoff.MaxFrames {
		return false, nil
	}
	r.seen[hash] = true
	if len(r.frames) == 0 {
		r.first = f.At
	}
	r.frames = append(r.frames, jpeg)
	r.listed = append(r.listed, handoff.ManifestFrame{SHA256: hash, Millis: (f.At - r.first).Milliseconds()})
	return true, nil
}

// release drops a picture that came after the first frontal ones, and reports
// whether it did.
func (r *Recorder) release(hash string) bool {
	for i := neutralFrames; i < len(r.listed); i++ {
		if r.listed[i].SHA256 == hash {
			r.listed = slices.Delete(r.listed, i, i+1)
			r.frames = slices.Delete(r.frames, i, i+1)
			return true
		}
	}
	return false
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
