// Package command is the backend's command line: one tree, from which flags,
// help, shell completion and the man page come. Each command opens what it
// acts on and hands over; nothing is decided here. None but `serve` and
// `database create` makes a database.
package command

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/alecthomas/kong"
	mangokong "github.com/alecthomas/mango-kong"
	kongcompletion "github.com/jotaen/kong-completion"
	"github.com/muesli/roff"

	"realname.example/backend/internal/app"
	"realname.example/backend/internal/config"
	"realname.example/backend/internal/facecmd"
	"realname.example/backend/internal/operator"
	people "realname.example/backend/internal/registry"
	"realname.example/backend/internal/service"
	"realname.example/backend/internal/verify"
	"realname.example/shared/version"
)

// Exit codes of the program.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// Env is what the commands work with.
type Env struct {
	Stdout, Stderr io.Writer
	// Getenv and Environ read the environment, as those of os do.
	Getenv  func(string) string
	Environ func() []string
	Random  io.Reader
	Now     func() time.Time
	// CheckPortrait says why a picture cannot be used as a portrait; nil for
	// the face engine.
	CheckPortrait func([]byte) error
}

// tree has every command. A command is a struct with a method Run, a flag or
// an argument a field of it.
type tree struct {
	config.Storage `embed:"" group:"settings"`
	config.File

	Serve    serve         `cmd:"" default:"withargs" help:"Serve the API; what the program does without a command."`
	Operator operators     `cmd:"" help:"Add and remove who runs the server."`
	Review   review        `cmd:"" help:"Decide about people whom a person has to look at."`
	Registry registry      `cmd:"" help:"Keep the registry of people."`
	Service  services      `cmd:"" help:"Keep the services that rely on this server."`
	Keys     keyring       `cmd:"" help:"Change keys."`
	Audit    audit         `cmd:"" help:"Prove the audit trail."`
	Database database      `cmd:"" help:"Make and look after the database."`
	Face     facecmd.Tools `cmd:"" help:"Measure with the face engine."`
	Health   health        `cmd:"" help:"Ask the server that runs here with these settings whether it is ready; exit code 0 where it is."`
	OpenAPI  openAPI       `cmd:"" name:"openapi" help:"Print the API's description."`

	SandboxService sandboxService `cmd:"" name:"sandbox-service" help:"Show a site that relies on a backend in its sandbox."`

	Completion kongcompletion.Completion `cmd:"" help:"Print the code by which a shell completes commands."`
	Man        man                       `cmd:"" help:"Print the manual page."`
	Version    printVersion              `cmd:"" help:"Print the version."`
	Help       help                      `cmd:"" help:"Explain a command, and list the settings with \"help serve\"."`
}

// Run carries out the command that args name (without the program's own name)
// and returns the exit code of the program.
func Run(ctx context.Context, args []string, env Env) int {
	if len(args) == 1 && args[0] == "--version" {
		args = []string{"version"}
	}
	call, err := parse(args, env)
	switch {
	case errors.Is(err, errHelped):
		return exitOK
	case err != nil:
		_, _ = fmt.Fprintf(env.Stderr, "%v\n`backend --help` lists the commands, `backend help serve` the settings.\n", config.Sentence(err))
		return exitUsage
	}
	tellUnknown(env)
	call.BindTo(ctx, (*context.Context)(nil))
	call.Bind(env, facecmd.Output{Out: env.Stdout, Err: env.Stderr})
	var status exitStatus
	switch err := call.Run(); {
	case err == nil:
		return exitOK
	case errors.As(err, &status):
		return int(status)
	default:
		_, _ = fmt.Fprintln(env.Stderr, withWay(err))
		return exitFailed
	}
}

// ways name the command that lists what a call may name, for each error of a call
// that names what there is not.
var ways = []struct {
	err error
	way string
}{
	{operator.ErrNotFound, "`backend operator list` names the operators"},
	{people.ErrNotFound, "`backend registry list` names who is in it"},
	{verify.ErrNotFound, "`backend review list` names who waits"},
	{service.ErrNotFound, "`backend service list` names the services"},
}

// withWay adds to an error how to go on, where there is a way.
func withWay(err error) string {
	for _, w := range ways {
		if errors.Is(err, w.err) {
			return err.Error() + "; " + w.way
		}
	}
	return err.Error()
}

// errHelped ends the parsing of a call that asked for help, and was given it.
var errHelped = errors.New("help was printed")

// exitStatus is the exit code of a command that has said everything itself.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// parse reads a call. Its settings are bound as config.Config: those that no
// flag of a command gives are the server's.
func parse(args []string, env Env) (call *kong.Context, err error) {
	c, err := config.ByMode(func(defaults config.Config) (config.Config, error) {
		t := tree{Storage: defaults.Storage, Serve: serve{defaults.Server}}
		source := &config.Source{Getenv: env.Getenv}
		var printed bytes.Buffer
		parser, err := newParser(&t, &printed, env.Stderr, source)
		if err != nil {
			return defaults, err
		}
		helped := false
		parser.Exit = func(int) { helped = true }
		call, err = parser.Parse(args)
		parser.Stdout = env.Stdout
		if helped && err == nil && t.Mode != defaults.Mode { // the help of another mode's defaults is asked for
			return config.Config{Storage: t.Storage}, nil
		}
		if helped {
			_, err = printed.WriteTo(env.Stdout)
			err = cmp.Or(err, errHelped)
		}
		if err != nil {
			return config.Config{Storage: t.Storage, Server: t.Serve.Server}, err
		}
		if call.Selected().Name == "serve" {
			unknown, err := config.Unknown(env.Environ())
			origins := config.Origins{From: source.Origins(call), Unknown: unknown}
			return config.Config{Storage: t.Storage, Server: t.Serve.Server, Origins: origins}, err
		}
		c, err := config.Load(t.Args(), env.Getenv)
		c.Storage = t.Storage
		return c, err
	})
	if err == nil {
		call.Bind(c)
	}
	return call, err
}

func newParser(t *tree, out, complaints io.Writer, source *config.Source) (*kong.Kong, error) {
	parser, err := kong.New(t, append(source.Options(),
		kong.Name("backend"),
		kong.Description("Realname's backend: the server, and its operator's commands."),
		kong.ExplicitGroups([]kong.Group{{Key: config.Group, Title: "Settings:", Description: "As flag, [environment variable], or key of the file of --config."}}),
		kong.Writers(out, complaints),
	)...)
	if err == nil {
		kongcompletion.Register(parser)
	}
	return parser, err
}

// tellUnknown names misspelt variables, which would otherwise do nothing
// silently.
func tellUnknown(env Env) {
	unknown, err := config.Unknown(env.Environ())
	for _, name := range unknown {
		if config.Gone[name] != "" {
			_, _ = fmt.Fprintln(env.Stderr, config.Gone[name])
			continue
		}
		_, _ = fmt.Fprintf(env.Stderr, "%s is set, and there is no such setting; `backend help serve` lists them\n", name)
	}
	if err != nil {
		_, _ = fmt.Fprintln(env.Stderr, err)
	}
}

type openAPI struct{}

func (openAPI) Run(ctx context.Context, env Env) error { return app.OpenAPI(ctx, env.Stdout) }

type printVersion struct{}

func (printVersion) Run(env Env) error {
	_, err := fmt.Fprintln(env.Stdout, version.Number())
	return err
}

type man struct{}

func (man) Run(call *kong.Context, env Env) error {
	page := mangokong.NewManPage(1, call.Model)
	_, err := io.WriteString(env.Stdout, page.Build(roff.NewDocument()))
	return err
}

type help struct {
	Command []string `arg:"" optional:"" help:"The command to explain."`
}

func (h help) Run(ctx context.Context, cfg config.Config, env Env) error {
	if status := Run(ctx, append(h.Command, "--help", "--mode", string(cfg.Mode)), env); status != exitOK {
		return exitStatus(status)
	}
	return nil
}
