// Package attack makes captures by program, genuine and forged, out of
// recordings of people, and counts which of them the engine accepts.
//
// `backend face attack-eval` and the tests call it; the server does not. Its
// forgeries are simulations: they show that a defence works against what was
// simulated, not against every attacker.
package attack

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"realname.example/backend/internal/face"
	"realname.example/backend/internal/face/video"
)

// Source is one recorded person.
type Source struct {
	Name     string
	Person   string // recordings of one person share it
	Clip     video.Clip
	Holds    face.Recording
	Portrait []byte // JPEG, from a part of the recording that captures do not use

	box face.Outline // where the face is in the neutral
}

// Rate is the frames a second of the captures that are made: what a phone or a
// browser brings.
const Rate = 12

// Load decodes a recording, finds what it holds, and takes its portrait.
func Load(ctx context.Context, engine *face.Engine, name, person, path string) (*Source, error) {
	clip, err := video.Open(ctx, path, Rate)
	if err != nil {
		return nil, err
	}
	s := &Source{Name: name, Person: person, Clip: clip}
	s.Holds, err = engine.Segments(ctx, len(clip.Frames), func(i int) ([]byte, time.Duration, error) {
		return clip.Frames[i], clip.At(i), nil
	})
	if err != nil {
		return nil, fmt.Errorf("find the actions of %s: %w", name, err)
	}
	if len(s.Holds.Neutrals) < 3 {
		return nil, fmt.Errorf("%s: %w", name, ErrTooLittle)
	}
	if _, err := s.Challenge(rand.New(rand.NewPCG(1, 1))); err != nil {
		return nil, err
	}
	// The last neutral gives the portrait and is used for nothing else.
	last := len(s.Holds.Neutrals) - 1
	part := s.Holds.Neutrals[last]
	s.Portrait = clip.Frames[clip.Index((part.Start+part.End)/2)]
	s.Holds.Neutrals = s.Holds.Neutrals[:last]
	if s.box, err = engine.Outline(ctx, s.Portrait); err != nil {
		return nil, fmt.Errorf("find the face of %s: %w", name, err)
	}
	return s, nil
}

// ErrTooLittle means that a recording does not hold what a capture needs.
var ErrTooLittle = errors.New("the recording holds too little")

// Can lists the actions that the recording holds, in the order of
// face.Actions.
func (s *Source) Can() []face.Action {
	var can []face.Action
	for _, a := range face.Actions {
		if slices.ContainsFunc(s.Holds.Segments, func(x face.Segment) bool { return x.Action == a }) {
			can = append(can, a)
		}
	}
	return can
}

// Challenge draws three different actions that the recording holds, at least
// one of them a turn.
func (s *Source) Challenge(rng *rand.Rand) ([]face.Action, error) {
	can := s.Can()
	if len(can) < 3 || !slices.ContainsFunc(can, face.Action.Turn) {
		return nil, fmt.Errorf("%s: %w", s.Name, ErrTooLittle)
	}
	for {
		rng.Shuffle(len(can), func(i, j int) { can[i], can[j] = can[j], can[i] })
		if slices.ContainsFunc(can[:3], face.Action.Turn) {
			return slices.Clone(can[:3]), nil
		}
	}
}

// around is how much of the recording before and after a movement is shown.
const around = 250 * time.Millisecond

// Genuine plays the recording's parts to a challenge: a neutral, each action,
// another neutral, with the frames' real times in between.
func (s *Source) Genuine(rng *rand.Rand, actions []face.Action) (face.Capture, error) {
	first := rng.IntN(len(s.Holds.Neutrals))
	last := (first + 1 + rng.IntN(len(s.Holds.Neutrals)-1)) % len(s.Holds.Neutrals)
	parts := []face.Segment{s.Holds.Neutrals[first]}
	for _, a := range actions {
		part, err := s.pick(rng, a)
		if err != nil {
			return face.Capture{}, err
		}
		parts = append(parts, part)
	}
	parts = append(parts, s.Holds.Neutrals[last])
	c := face.Capture{Portrait: s.Portrait, Actions: actions}
	used := map[int]bool{}
	for _, p := range parts {
		for i := s.Clip.Index(p.Start); i <= s.Clip.Index(p.End); i++ {
			if !used[i] {
				used[i] = true
				c.Frames = append(c.Frames, face.Frame{JPEG: s.Clip.Frames[i]})
			}
		}
	}
	if len(c.Frames) > face.MaxFrames {
		c.Frames = thin(c.Frames, face.MaxFrames)
	}
	stamp(rng, c.Frames)
	return c, nil
}

// pick chooses one segment of an action, with what is around it.
func (s *Source) pick(rng *rand.Rand, a face.Action) (face.Segment, error) {
	var fits []face.Segment
	for _, x := range s.Holds.Segments {
		if x.Action == a && x.End-x.Start < 4*time.Second {
			fits = append(fits, x)
		}
	}
	if len(fits) == 0 {
		return face.Segment{}, fmt.Errorf("%s shows no %s: %w", s.Name, a, ErrTooLittle)
	}
	x := fits[rng.IntN(len(fits))]
	x.Start, x.End = max(0, x.Start-around), x.End+around
	return x, nil
}

// thin keeps n frames, evenly.
func thin(frames []face.Frame, n int) []face.Frame {
	out := make([]face.Frame, n)
	for i := range out {
		out[i] = frames[i*(len(frames)-1)/(n-1)]
	}
	return out
}

// stamp gives frames the times of a camera: the rate, with a little jitter.
func stamp(rng *rand.Rand, frames []face.Frame) {
	step := time.Second / Rate
	for i := range frames {
		frames[i].At = time.Duration(i)*step + time.Duration(rng.Int64N(int64(step/8)))
	}
}
