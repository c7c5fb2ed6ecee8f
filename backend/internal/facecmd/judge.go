package facecmd

import (
	"context"
	"fmt"
	"os"
	"sort"
	"strings"

	"realname.example/backend/internal/face"
	"realname.example/backend/internal/face/attack"
	"realname.example/backend/internal/face/video"
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
		if templates[i], err = engine.Template(ctx, picture); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	score := templates[0].Score(templates[1])
	verdict := "different people"
	if score >= engine.Limits().Match {
		verdict = "the same person"
	}
	t.printf("%.3f: %s (threshold %.2f)\n", score, verdict, engine.Limits().Match)
	return nil
}

// maxJudged is how many frames of a longer recording are judged.
const maxJudged = 72

func runJudge(ctx context.Context, t *tool) error {
	portraitPath := t.flags.String("portrait", "", "portrait")
	list := t.flags.String("actions", "", "actions by comma")
	args, err := t.parse(1)
	if err != nil || *portraitPath == "" || *list == "" {
		return errUsage
	}
	var c face.Capture
	for _, name := range strings.Split(*list, ",") {
		a, err := face.ParseAction(strings.TrimSpace(name))
		if err != nil {
			return err
		}
		c.Actions = append(c.Actions, a)
	}
	if c.Portrait, err = os.ReadFile(*portraitPath); err != nil {
		return err
	}
	clip, err := video.Open(ctx, args[0], attack.Rate)
	if err != nil {
		return err
	}
	step := (len(clip.Frames) + maxJudged - 1) / maxJudged
	for i := 0; i < len(clip.Frames); i += step {
		c.Frames = append(c.Frames, face.Frame{JPEG: clip.Frames[i], At: clip.At(i)})
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
	for _, s := range v.Steps {
		t.printf("%-12s found %-5v frames %d-%d, %.2f\n", s.Action, s.Found, s.Start, s.End, s.Peak)
	}
	names := make([]string, 0, len(v.Number))
	for name := range v.Number {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		t.printf("%-16s %.3f\n", name, v.Number[name])
	}
	t.printf("passed %v, reason %s, hint %q\n", v.Passed, v.Reason, v.Hint)
}
