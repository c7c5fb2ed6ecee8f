package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"realname.example/backend/internal/face/convert"
	"realname.example/backend/internal/face/models"
	"realname.example/backend/internal/facecmd"
)

type setup struct {
	From       string `required:"" help:"The folder node_modules."`
	To         string `required:"" help:"Folder of the models."`
	System     string `help:"System that the runtime library is for, as GOOS/GOARCH; else this one."`
	Recordings string `help:"Folder of the recordings; else none are made."`
}

// Run fills the folders.
func (s setup) Run(ctx context.Context, o facecmd.Output) error {
	if s.System == "" {
		s.System = runtime.GOOS + "/" + runtime.GOARCH
	}
	err := models.Setup(s.From, s.To, s.System, models.Converters{
		Prune: convert.Prune, Mesh: convert.Mesh, Identity: convert.Identity, Descriptor: convert.Descriptor,
	})
	if errors.Is(err, models.ErrUnsupported) {
		fmt.Fprintf(o.Err, "%v: face scans will answer provider_unavailable\n", err)
		return nil
	}
	if err != nil || s.Recordings == "" {
		return err
	}
	engine, err := facecmd.Models{Models: s.To}.Open(ctx)
	if err != nil {
		return err
	}
	defer engine.Close() //nolint:errcheck // nothing was written through it
	if err := prepareRecordings(ctx, o.Out, engine, s.From, s.Recordings); err != nil {
		fmt.Fprintf(o.Err, "%v: the sandbox's people have no portraits\n", err)
	}
	return nil
}
