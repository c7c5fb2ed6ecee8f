package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"realname.example/backend/internal/face"
	"realname.example/backend/internal/face/attack"
	"realname.example/backend/internal/face/look"
	"realname.example/backend/internal/face/video"
	"realname.example/backend/internal/facecmd"
	"realname.example/shared/handoff"
	"realname.example/shared/verification"
)

type judge struct {
	facecmd.Models
	Portrait string                `required:"" help:"File of the portrait."`
	Actions  []verification.Action `required:"" help:"Actions that were asked, by comma, in their order."`
	From     time.Duration         `help:"Where the capture begins in the recording."`
	To       time.Duration         `help:"Where it ends; 0 is the end of the recording."`
	Path     string                `arg:"" help:"A folder of pictures, or a video."`
}

// Run judges a capture and prints each step.
func (cmd judge) Run(ctx context.Context, o facecmd.Output) error {
	c := face.Capture{Actions: cmd.Actions}
	var err error
	if c.Portrait, err = os.ReadFile(cmd.Portrait); err != nil {
		return err
	}
	clip, err := video.Open(ctx, cmd.Path, attack.Rate)
	if err != nil {
		return err
	}
	first, last := clip.Index(cmd.From), len(clip.Frames)-1
	if cmd.To > 0 {
		last = clip.Index(cmd.To)
	}
	step := max(1, (last-first+handoff.MaxFrames)/handoff.MaxFrames)
	for i := first; i <= last; i += step {
		c.Frames = append(c.Frames, face.Frame{JPEG: clip.Frames[i], At: clip.At(i - first)})
	}
	engine, err := cmd.Open(ctx)
	if err != nil {
		return err
	}
	defer engine.Close() //nolint:errcheck // nothing was written through it
	verdict, err := engine.Judge(ctx, c)
	if err != nil {
		return err
	}
	printVerdict(o.Out, verdict)
	return nil
}

func printVerdict(w io.Writer, v face.Judgement) {
	for _, name := range v.Checks {
		fmt.Fprintf(w, "%-12s passed\n", name)
	}
	if v.Failed != "" {
		fmt.Fprintf(w, "%-12s refused: %s\n", v.Failed, v.Reason)
	}
	for _, s := range v.Steps {
		if s.Found {
			fmt.Fprintf(w, "  %-12s frames %d to %d, %.2f at most\n", s.Action, s.Start, s.End, s.Peak)
		} else {
			fmt.Fprintf(w, "  %-12s not found\n", s.Action)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v.Number)) {
		fmt.Fprintf(w, "  %-20s %.3f\n", name, v.Number[name])
	}
	switch {
	case v.Passed:
		fmt.Fprintf(w, "passed\n")
	case v.Hint == look.NoHint:
		fmt.Fprintf(w, "refused: %s\n", v.Reason)
	default:
		fmt.Fprintf(w, "refused: %s; what would help: %s\n", v.Reason, v.Hint)
	}
}
