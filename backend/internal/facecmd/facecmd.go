// Package facecmd is what operators do with the face engine at a command line: `backend
// face …`. It decides nothing; the engine does. What makes models and attacks is
// backend/cmd/face, which the server is not linked with.
package facecmd

import (
	"context"
	"io"

	"realname.example/backend/internal/face"
)

// Tools are the commands. Each has a method Run, which takes a context and an Output.
type Tools struct {
	Compare compare `cmd:"" help:"Say how alike the faces of two pictures are."`
	Eval    eval    `cmd:"" help:"Measure error rates over a folder per person."`
}

// Output is where a command writes.
type Output struct{ Out, Err io.Writer }

// Models is the flag of every command that opens the engine.
type Models struct {
	Models string `help:"Folder of the models."`
}

// Open opens the engine.
func (m Models) Open(ctx context.Context) (*face.Engine, error) {
	return face.Open(ctx, face.Config{Models: m.Models})
}
