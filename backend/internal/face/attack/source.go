// Package attack makes captures by program, genuine and forged, out of
// recordings of people, and counts which of them the engine accepts.
//
// `backend/cmd/face attack-eval`, the set-up of the recordings and the tests call
// it; the server does not. Its forgeries are simulations: they show that a
// defence works against what was simulated, not against every attacker.
package attack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"realname.example/backend/internal/face"
	"realname.example/backend/internal/face/look"
	"realname.example/shared/verification"
)

// Rate is the frames a second of the recordings: what a blink needs.
const Rate = 15

// Source is one recorded person: a portrait, and pictures of which some show
// the neutral and others a movement.
type Source struct {
	Name     string
	Portrait []byte // JPEG, from a part of the recording that Frames do not hold
	Frames   [][]byte
	// Passages are [first, end) frame numbers by what they show: "neutral" or an
	// action, the clearest first. The replay of a simulated phone has the same.
	Passages map[string][][2]int

	box       face.Outline // where the face is in the neutral
	landmarks func(context.Context, []byte) ([]look.Landmark, error)
}

// ErrTooLittle means that a recording does not hold what a capture needs.
var ErrTooLittle = errors.New("the recording holds too little")

// atRest is the name of the quiet looks ahead; the first is the one from which
// the movements were measured.
const atRest = "neutral"

// Open reads what Save wrote for a person.
func Open(ctx context.Context, engine *face.Engine, folder, name string) (*Source, error) {
	s := &Source{Name: name, landmarks: engine.Landmarks}
	path := filepath.Join(folder, name)
	pictures, err := os.ReadFile(path + ".mjpeg")
	if err != nil {
		return nil, err
	}
	// The end of one picture and the begin of the next stand together only
	// between pictures: inside, the byte behind 0xff is escaped.
	s.Frames = bytes.Split(pictures, []byte("\xff\xd9\xff\xd8"))
	for i := range s.Frames {
		if i > 0 {
			s.Frames[i] = append([]byte("\xff\xd8"), s.Frames[i]...)
		}
		if i < len(s.Frames)-1 {
			s.Frames[i] = append(slices.Clip(s.Frames[i]), "\xff\xd9"...)
		}
	}
	document, err := os.ReadFile(path + ".mjpeg.json")
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(document, &s.Passages); err != nil {
		return nil, fmt.Errorf("%s.mjpeg.json: %w", path, err)
	}
	for name, passages := range s.Passages {
		for _, r := range passages {
			if r[0] < 0 || r[0] >= r[1] || r[1] > len(s.Frames) {
				return nil, fmt.Errorf("%s.mjpeg.json: %s %v is not a part of %d frames", path, name, r, len(s.Frames))
			}
		}
	}
	if s.Portrait, err = os.ReadFile(filepath.Join(path, "portrait.jpg")); err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	if s.box, err = engine.Outline(ctx, s.rest()[0]); err != nil {
		return nil, fmt.Errorf("find the face of %s: %w", name, err)
	}
	return s, nil
}

// Save writes the person into a folder: NAME.mjpeg, NAME.mjpeg.json with the
// passages, and NAME/portrait.jpg.
func (s *Source) Save(folder string) error {
	path := filepath.Join(folder, s.Name)
	document, err := json.Marshal(s.Passages)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(path, 0o750); err != nil {
		return err
	}
	if err := os.WriteFile(path+".mjpeg", bytes.Join(s.Frames, nil), 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(path+".mjpeg.json", document, 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(path, "portrait.jpg"), s.Portrait, 0o600)
}

func (s *Source) check() error {
	if len(s.rest()) < 4*restFrames || !answers(s.Can()) {
		return fmt.Errorf("%s: %w", s.Name, ErrTooLittle)
	}
	return nil
}

// shown lists the passages of a name, as frames.
func (s *Source) shown(name string) [][][]byte {
	var all [][][]byte
	for _, r := range s.Passages[name] {
		all = append(all, s.Frames[r[0]:r[1]])
	}
	return all
}

// rest returns the frames of the first quiet look ahead.
func (s *Source) rest() [][]byte {
	if all := s.shown(atRest); len(all) > 0 {
		return all[0]
	}
	return nil
}

// Can lists the actions that the person shows, in the order of verification.Actions.
func (s *Source) Can() []verification.Action {
	return slices.DeleteFunc(verification.Actions(), func(a verification.Action) bool { return len(s.Passages[string(a)]) == 0 })
}

// answers says whether a challenge can be made of actions: three, one a turn.
func answers(can []verification.Action) bool {
	return len(can) >= 3 && slices.ContainsFunc(can, verification.Action.Turn)
}

// Challenge draws three different actions that the person shows, at least one
// of them a turn.
func (s *Source) Challenge(rng *rand.Rand) []verification.Action {
	can := s.Can()
	for {
		rng.Shuffle(len(can), func(i, j int) { can[i], can[j] = can[j], can[i] })
		if slices.ContainsFunc(can[:3], verification.Action.Turn) {
			return slices.Clone(can[:3])
		}
	}
}

// Frames of a made capture: about as many as a phone sends.
const (
	restFrames   = 4 // at each end
	actionFrames = 11
	blinkFrames  = 14 // every one: a blink is short
)

// Genuine plays the person's passages to a challenge: rest, each action, rest
// again.
func (s *Source) Genuine(rng *rand.Rand, actions []verification.Action) (face.Capture, error) {
	c := face.Capture{Portrait: s.Portrait, Actions: actions}
	var at time.Duration
	show := func(frames [][]byte, most int) {
		n := min(most, len(frames))
		for i := range n {
			if i == 0 {
				at += 3 * time.Second / Rate // the time between two passages
			} else {
				at += time.Duration(len(frames)) * time.Second / time.Duration(Rate*n)
			}
			jitter := time.Duration(rng.Int64N(int64(5 * time.Millisecond)))
			c.Frames = append(c.Frames, face.Frame{JPEG: frames[i*len(frames)/n], At: at + jitter})
		}
	}
	neutral := s.rest()
	half := len(neutral) / 2
	first, last := rng.IntN(half-restFrames), half+rng.IntN(len(neutral)-half-restFrames)
	show(neutral[first:first+restFrames], restFrames)
	for _, a := range actions {
		shown := s.shown(string(a))
		if len(shown) == 0 {
			return face.Capture{}, fmt.Errorf("%s shows no %s: %w", s.Name, a, ErrTooLittle)
		}
		most := actionFrames
		if a == verification.Blink {
			most = blinkFrames
		}
		show(shown[rng.IntN(len(shown))], most)
	}
	show(neutral[last:last+restFrames], restFrames)
	return c, nil
}
