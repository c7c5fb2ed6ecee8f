package facecmd

import (
	"context"
	"fmt"
	"os"

	"realname.example/backend/internal/decoder"
	"realname.example/backend/internal/face"
)

type compare struct {
	Models
	A string `arg:"" help:"A picture."`
	B string `arg:"" help:"Another one."`
}

// Run prints the score and what it means.
func (c compare) Run(ctx context.Context, o Output) error {
	engine, err := c.Open(ctx)
	if err != nil {
		return err
	}
	defer engine.Close() //nolint:errcheck // nothing was written through it
	var templates [2]face.Template
	for i, path := range []string{c.A, c.B} {
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
	score, match := templates[0].Score(templates[1]), engine.Limits().Match
	fmt.Fprintf(o.Out, "%.3f: %s (threshold %.2f)\n", score, opinion(score, match, templates), match)
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
