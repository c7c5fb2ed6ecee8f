// Package admincmd carries out the backend's commands for operators that need
// no running server: rotating and reindexing keys, verifying the audit trail,
// importing a registry. main hands it the arguments after the program's name;
// it serves nothing and decides nothing about a verification.
package admincmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/keys"
	"realname.example/backend/internal/store"
)

// KeysVariable is the environment variable that holds a key document in place
// of the file.
const KeysVariable = "REALNAME_KEYS"

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// Env is what a command works with.
type Env struct {
	Stdout, Stderr io.Writer
	// Getenv reads the environment, as os.Getenv does.
	Getenv func(string) string
	Random io.Reader
	Now    func() time.Time
	// CheckPortrait says why a picture cannot be used as a portrait.
	CheckPortrait func([]byte) error
}

// command is one command, called by two words.
type command struct {
	words string
	args  string
	doc   string
	run   func(ctx context.Context, env Env, args []string) error
}

// commands lists them in the order of the help.
func commands() []command {
	return []command{
		{"registry import", "FILE [--dry-run] [--portraits DIR] [--encoding NAME] [--sheet NAME]", "import people from CSV or .xlsx, all or none; each bad row is named", importRegistry},
		{"keys rotate", "", "add a master key and wrap every data key with it", rotateKeys},
		{"keys reindex", "", "change the index key; stop every backend first", reindexKeys},
		{"audit verify", "[--seal N:HEAD]", "name the first row of the audit trail that was changed, removed or moved", verifyAudit},
	}
}

// Known reports whether args begin with one of the commands' first words.
func Known(args []string) bool {
	return len(args) > 0 && slices.ContainsFunc(commands(), func(c command) bool {
		return strings.HasPrefix(c.words, args[0]+" ")
	})
}

// Run carries out the command that args name and returns the exit code of the
// program.
func Run(ctx context.Context, args []string, env Env) int {
	for _, c := range commands() {
		if len(args) < 2 || c.words != args[0]+" "+args[1] {
			continue
		}
		err := c.run(ctx, env, args[2:])
		switch {
		case err == nil:
			return exitOK
		case errors.Is(err, errUsage):
			_, _ = fmt.Fprintf(env.Stderr, "usage: backend %s %s\n", c.words, c.args)
			return exitUsage
		}
		_, _ = fmt.Fprintf(env.Stderr, "%s: %v\n", c.words, err)
		return exitFailed
	}
	_, _ = io.WriteString(env.Stderr, Help())
	return exitUsage
}

// Help lists the commands.
func Help() string {
	var b strings.Builder
	for _, c := range commands() {
		fmt.Fprintf(&b, "  backend %-48s %s\n", c.words+" "+c.args, c.doc)
	}
	return b.String()
}

// errUsage is a call that the command does not understand.
var errUsage = errors.New("wrong arguments")

// option takes "--name value" or "--name=value" out of args.
func option(args []string, name string) (value string, rest []string, err error) {
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, name+"="); ok {
			return v, slices.Delete(slices.Clone(args), i, i+1), nil
		}
		if a == name {
			if i+1 == len(args) {
				return "", nil, errUsage
			}
			return args[i+1], slices.Delete(slices.Clone(args), i, i+2), nil
		}
	}
	return "", args, nil
}

// flag takes "--name" out of args, and reports whether it was there.
func flag(args []string, name string) (rest []string, given bool) {
	i := slices.Index(args, name)
	if i < 0 {
		return args, false
	}
	return slices.Delete(slices.Clone(args), i, i+1), true
}

// session is a database with its keys.
type session struct {
	*store.Store
	keys keys.Keys
	// folder is empty where the keys come from the environment.
	folder string
	// embedded is true for SQLite.
	embedded bool
}

// open opens the database that the settings name. It makes neither keys nor
// database for a folder that has none, which would be a mistyped one, unless
// fresh is set.
func (env Env) open(ctx context.Context, args []string, fresh bool) (*session, error) {
	cfg, err := config.Load(args, env.Getenv)
	if err != nil {
		return nil, err
	}
	s := &session{embedded: cfg.DatabaseURL == ""}
	if document := env.Getenv(KeysVariable); document != "" {
		s.keys, err = keys.Parse([]byte(document))
	} else if s.folder = cfg.Data; fresh {
		s.keys, err = keys.LoadOrCreate(cfg.Data, env.Random)
	} else {
		s.keys, err = keys.Load(cfg.Data)
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no key file in %s; name the data folder with --data", cfg.Data)
	}
	if err != nil {
		return nil, err
	}
	s.Store, err = store.Open(ctx, store.Config{
		URL: cfg.DatabaseURL, DirectURL: cfg.ListenDatabaseURL, Folder: cfg.Data, Mode: string(cfg.Mode),
		Keys: s.keys, Now: env.Now, Random: env.Random,
	})
	return s, err
}
