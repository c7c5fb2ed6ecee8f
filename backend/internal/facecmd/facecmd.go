// Package facecmd is the command line of the face engine: `backend face …`.
// main hands it the arguments behind the word face. It decides nothing; the
// engine does.
package facecmd

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"realname.example/backend/internal/face"
	"realname.example/backend/internal/face/models"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// errUsage is a call that the command does not understand.
var errUsage = errors.New("wrong arguments")

// tool is what a command works with.
type tool struct {
	flags          *flag.FlagSet
	models         *string
	stdout, stderr io.Writer
	args           []string
}

// command is one word behind `backend face`.
type command struct {
	name, args, doc string
	run             func(ctx context.Context, t *tool) error
}

func commands() []command {
	return []command{
		{"setup", "--from NODE_MODULES --to DIR [--system GOOS/GOARCH] [--recordings DIR]", "put models, runtime and test recordings together", runSetup},
		{"compare", "A B", "how alike the faces of two pictures are", runCompare},
		{"judge", "--portrait P --actions a,b,c [--from 3s] [--to 9s] DIR-or-video", "judge a capture, and print each step", runJudge},
		{"actions", "[--json] DIR-or-video", "which actions a recording holds, and where", runActions},
		{"eval", "[--json] [--plot FILE.png] [--portrait EYES:QUALITY] DIR", "error rates over a folder per person", runEval},
		{"attack-eval", "[--json] [--tries N] [--light phong|area [--whole]] [--species NAME] [--from DIR]", "attacks made from recordings, and what passes", runAttackEval},
	}
}

// Run carries out the command that args name and returns the exit code of the
// program.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	all := commands()
	i := -1
	if len(args) > 0 {
		i = slices.IndexFunc(all, func(c command) bool { return c.name == args[0] })
	}
	if i < 0 {
		_, _ = io.WriteString(stderr, Help())
		return exitUsage
	}
	t := &tool{flags: flag.NewFlagSet("face "+args[0], flag.ContinueOnError), stdout: stdout, stderr: stderr, args: args[1:]}
	t.flags.SetOutput(io.Discard)
	t.models = t.flags.String("models", "", "folder of the models")
	err := all[i].run(ctx, t)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errUsage):
		_, _ = fmt.Fprintf(stderr, "face %s: %v\nusage: backend face %s %s\n", all[i].name, err, all[i].name, all[i].args)
		return exitUsage
	}
	_, _ = fmt.Fprintf(stderr, "face %s: %v\n", args[0], err)
	return exitFailed
}

// Help lists the commands.
func Help() string {
	var b strings.Builder
	for _, c := range commands() {
		fmt.Fprintf(&b, "  backend face %-50s %s\n", c.name+" "+c.args, c.doc)
	}
	return b.String()
}

// parse reads flags, which may stand before or behind the n arguments.
func (t *tool) parse(n int) ([]string, error) {
	var plain []string
	rest := t.args
	for {
		if err := t.flags.Parse(rest); err != nil {
			return nil, fmt.Errorf("%w: %w", errUsage, err)
		}
		if t.flags.NArg() == 0 {
			break
		}
		plain = append(plain, t.flags.Arg(0))
		rest = t.flags.Args()[1:]
	}
	if len(plain) != n {
		return nil, errUsage
	}
	return plain, nil
}

func (t *tool) printf(format string, args ...any) { _, _ = fmt.Fprintf(t.stdout, format, args...) }

// engine opens the face engine.
func (t *tool) engine(ctx context.Context) (*face.Engine, error) {
	return face.Open(ctx, face.Config{Models: *t.models})
}

func runSetup(ctx context.Context, t *tool) error {
	from := t.flags.String("from", "", "node_modules")
	to := t.flags.String("to", "", "folder of the models")
	system := t.flags.String("system", runtime.GOOS+"/"+runtime.GOARCH, "system that the runtime library is for")
	recordings := t.flags.String("recordings", "", "folder of the recordings")
	if _, err := t.parse(0); err != nil || *from == "" || *to == "" {
		return errUsage
	}
	if err := models.Setup(*from, *to, *system); err != nil && !errors.Is(err, models.ErrUnsupported) {
		return err
	} else if err != nil {
		_, _ = fmt.Fprintf(t.stderr, "%v: face scans will answer provider_unavailable\n", err)
		return nil
	}
	if *recordings == "" {
		return nil
	}
	*t.models = *to
	engine, err := t.engine(ctx)
	if err != nil {
		return err
	}
	defer engine.Close() //nolint:errcheck // nothing was written through it
	if err := prepareRecordings(ctx, t, engine, *from, *recordings); err != nil {
		_, _ = fmt.Fprintf(t.stderr, "%v: the sandbox's people have no portraits\n", err)
	}
	return nil
}
