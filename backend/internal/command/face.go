package command

import (
	"context"

	"realname.example/backend/internal/facecmd"
)

// faceTools are flags and arguments of their own.
type faceTools struct {
	Args []string `arg:"" optional:"" passthrough:"" help:"A tool and what it takes."`
}

func (f faceTools) Run(ctx context.Context, env Env) error {
	if code := facecmd.Run(ctx, f.Args, env.Stdout, env.Stderr); code != exitOK {
		return exitStatus(code)
	}
	return nil
}
