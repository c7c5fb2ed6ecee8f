// Command backend is Realname's server and its operator's tools. Package
// command has its words; nothing is decided here.
package main

import (
	"context"
	"crypto/rand"
	"os"
	"os/signal"
	"syscall"
	"time"

	"realname.example/backend/internal/command"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := command.Run(ctx, os.Args[1:], command.Env{
		Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Environ: os.Environ, Random: rand.Reader, Now: time.Now,
	})
	stop()
	os.Exit(code)
}
