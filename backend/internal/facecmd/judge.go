package facecmd

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"realname.example/backend/internal/decoder"
	"realname.example/backend/internal/face"
	"realname.example/backend/internal/face/attack"
	"realname.example/backend/internal/face/look"
	"realname.example/backend/internal/face/video"
	"realname.example/shared/handoff"
	"realname.example/shared/verification"
)

func runCompare(ctx context.Context, t *tool) error {
	args, err := t.parse(2)
	if err != nil {
		return err
	}
	engine, err := t.engine(ctx)
	if err != nil {
		return err
	}
	defer engine.Close() //nolint:errcheck // nothing was written through it
	var templates [2]face.Template
	for i, path := range args {
		picture, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if picture, err = decoder.Plain(ctx, picture); err == nil {
			templates[i], err = engine.Template(ctx, picture)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	score := templates[0].Score(templates[1])
	t.printf("%.3f: %s (threshold %.2f)\n", score, opinion(score, engine.Limits().Match, templates), engine.Limits().Match)
	return nil
}

// opinion says what a score means. Of a face that is seen badly nobody can say that
// it is another one.
func opinion(score, threshold float64, of [2]face.Template) string {
	switch {
	case score >= threshold:
		return "the same person"
	case of[0].Unsure || of[1].Unsure:
		return "cannot be told, since a face is on its side, half hidden or too poor"
	}
	return "different people"
}

func runJudge(ctx context.Context, t *tool) error {
	portraitPath := t.flags.String("portrait", "", "portrait")
	list := t.flags.String("actions", "", "actions by comma")
	from := t.flags.Duration("from", 0, "where the capture begins in the recording")
	to := t.flags.Duration("to", 0, "where it ends; 0 is the end of the recording")
	args, err := t.parse(1)
	if err != nil || *portraitPath == "" || *list == "" {
		return errUsage
	}
	var c face.Capture
	for _, name := range strings.Split(*list, ",") {
		c.Actions = append(c.Actions, verification.Action(strings.TrimSpace(name)))
	}
	if c.Portrait, err = os.ReadFile(*portraitPath); err != nil {
		return err
	}
	clip, err := video.Open(ctx, args[0], attack.Rate)
	if err != nil {
		return err
	}
	first, last := clip.Index(*from), len(clip.Frames)-1
	if *to > 0 {
		last = clip.Index(*to)
	}
	step := max(1, (last-first+handoff.MaxFrames)/handoff.MaxFrames)
	for i := first; i <= last; i += step {
		c.Frames = append(c.Frames, face.Frame{JPEG: clip.Frames[i], At: clip.At(i - first)})
	}
	engine, err := t.engine(ctx)
	if err != nil {
		return err
	}
	defer engine.Close() //nolint:errcheck // nothing was written through it
	verdict, err := engine.Judge(ctx, c)
	if err != nil {
		return err
	}
	printVerdict(t, verdict)
	return nil
}

func printVerdict(t *tool, v face.Judgement) {
	for _, name := range v.Checks {
		t.printf("%-12s passed\n", name)
	}
	if v.Failed != "" {
		t.printf("%-12s refused: %s\n", v.Failed, v.Reason)
	}
	for _, s := range v.Steps {
		if s.Found {
			t.printf("  %-12s frames %d to %d, %.2f at most\n", s.Action, s.Start, s.End, s.Peak)
		} else {
			t.printf("  %-12s not found\n", s.Action)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v.Number)) {
		t.printf("  %-20s %.3f\n", name, v.Number[name])
	}
	switch {
	case v.Passed:
		t.printf("passed\n")
	case v.Hint == look.NoHint:
		t.printf("refused: %s\n", v.Reason)
	default:
		t.printf("refused: %s; what would help: %s\n", v.Reason, v.Hint)
	}
}
