// Face makes what the face engine needs and measures what it stands: models and recordings
// out of installed packages, attacks, captures out of a recording. No server is linked with
// it.
//
//	go run ./backend/cmd/face --help
package main

import (
	"context"
	"os"

	"github.com/alecthomas/kong"

	"realname.example/backend/internal/facecmd"
)

type tools struct {
	Setup      setup      `cmd:"" help:"Put models, runtime and test recordings together."`
	Actions    actions    `cmd:"" help:"Say which actions a recording holds, and where."`
	Judge      judge      `cmd:"" help:"Judge a capture, and print each step."`
	AttackEval attackEval `cmd:"" help:"Make attacks from recordings, and say what passes."`
}

func main() {
	call := kong.Parse(&tools{}, kong.Description("Makes and measures what the face engine needs."))
	call.BindTo(context.Background(), (*context.Context)(nil))
	call.FatalIfErrorf(call.Run(facecmd.Output{Out: os.Stdout, Err: os.Stderr}))
}
