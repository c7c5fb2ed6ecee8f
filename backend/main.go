// Command backend is Realname's server and its operator's tools. Each
// subcommand hands its arguments to a package; nothing is decided here.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"realname.example/backend/internal/admincmd"
	"realname.example/backend/internal/app"
	"realname.example/backend/internal/config"
	"realname.example/backend/internal/face"
	"realname.example/backend/internal/facecmd"
	"realname.example/shared/client"
	"realname.example/shared/version"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run carries out a command and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if slices.ContainsFunc(args, func(a string) bool { return a == "--help" || a == "-help" || a == "-h" }) {
		help(stdout)
		return 0
	}
	if len(args) == 0 || strings.HasPrefix(args[0], "-") && args[0] != "--version" {
		args = append([]string{"serve"}, args...)
	}
	switch args[0] {
	case "serve":
		return report(stderr, serve(ctx, args[1:], stdout))
	case "review":
		err := app.Review(ctx, args[1:], stdout)
		if errors.Is(err, app.ErrReviewUsage) {
			_, _ = fmt.Fprintln(stderr, err)
			return 2
		}
		return report(stderr, err)
	case "openapi":
		return report(stderr, app.OpenAPI(ctx, stdout))
	case "face":
		return facecmd.Run(ctx, args[1:], stdout, stderr)
	case "version", "--version":
		_, _ = fmt.Fprintln(stdout, version.Number())
		return 0
	case "help":
		help(stdout)
		return 0
	}
	if admincmd.Known(args) {
		return admincmd.Run(ctx, args, admincmd.Env{
			Stdout: stdout, Stderr: stderr, Getenv: os.Getenv, Random: rand.Reader, Now: time.Now,
			CheckPortrait: checkPortrait(ctx),
		})
	}
	_, _ = fmt.Fprintf(stderr, "%q is not a command.\n", args[0])
	help(stderr)
	return 2
}

func report(stderr io.Writer, err error) int {
	if err == nil {
		return 0
	}
	_, _ = fmt.Fprintln(stderr, err)
	return 1
}

// serve runs the server until it is told to stop.
func serve(ctx context.Context, args []string, stdout io.Writer) error {
	cfg, err := config.FromEnvironment(args)
	if err != nil {
		return err
	}
	hangUps := make(chan os.Signal, 1)
	signal.Notify(hangUps, syscall.SIGHUP)
	defer signal.Stop(hangUps)
	a, err := app.Open(ctx, cfg, app.Options{})
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(stdout, "Realname (%s) at %s\n", cfg.Mode, a.URL())
	if hash := a.KeyHash(); hash != "" {
		// In the form in which the apps ask people to compare it.
		_, _ = fmt.Fprintf(stdout, "key fingerprint %s\n", client.Pin(hash).Fingerprint())
	}
	if a.Password != "" {
		_, _ = fmt.Fprintf(stdout, "sandbox accounts demo, zhaolei, zhoujie, wumin, zhengqiang: password %s\n", a.Password)
	}
	go reload(ctx, a, hangUps)
	return a.Run(ctx)
}

// reload reads the certificate again with each SIGHUP, which ends nothing.
func reload(ctx context.Context, a *app.App, hangUps <-chan os.Signal) {
	for {
		select {
		case <-hangUps:
			a.Reload(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// checkPortrait opens the face engine at the first picture, since most imports
// have none.
func checkPortrait(ctx context.Context) func([]byte) error {
	var engine *face.Engine
	return func(image []byte) error {
		if engine == nil {
			var err error
			if engine, err = face.Open(ctx, face.Config{Models: os.Getenv("REALNAME_MODELS")}); err != nil {
				return err
			}
		}
		return engine.Portrait(ctx, image)
	}
}

func help(w io.Writer) {
	_, _ = fmt.Fprintf(w, `Realname's backend.

  backend [serve] [flags]       serve the API; the settings are below
  backend review list|show ID|approve ID REASON|reject ID REASON
  backend openapi               print the API's description
  backend version
%s%s
Settings, as environment or flag of serve:
%s`, admincmd.Help(), facecmd.Help(), config.Help())
}
