package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
)

// sandbox is the backend of this launcher on its data folder. On a fresh machine it starts before
// its face models and recordings are made, since the first window needs neither.
type sandbox struct {
	all                 *programs
	build, data, listen string
	// rest is the target of make that brings what is missing; "" for nothing.
	rest string
	// flags are the backend's for what the build folder holds now.
	flags func() ([]string, error)

	backend *program
	making  *program // make, nil without a target
	whole   bool     // models and recordings were there when the backend started
}

// start starts the backend and returns its address once it answers, then make beside it.
func (s *sandbox) start(ctx context.Context) (server string, err error) {
	server, err = s.serve(ctx)
	if err != nil || s.rest == "" {
		return server, err
	}
	s.making, err = s.all.run("make "+s.rest, exec.Command("make", s.rest), nil, os.Stdout) //nolint:noctx // programs.stop ends it
	return server, err
}

func (s *sandbox) serve(ctx context.Context) (server string, err error) {
	var flags []string
	if s.whole = hasRecordings(s.build); s.whole {
		if flags, err = s.flags(); err != nil {
			return "", err
		}
	}
	s.backend, server, err = s.all.backend(ctx, s.build, s.data, s.listen, !s.whole, flags...)
	return server, err
}

// complete waits until make is through. Where models came, the backend starts again with them, on
// the same data and address; the apps find it again by themselves.
func (s *sandbox) complete(ctx context.Context) error {
	if s.making == nil {
		return nil
	}
	select {
	case <-s.making.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	if s.making.err != nil {
		return fmt.Errorf("make %s: %w: what it says stands above; after that, run the same command again", s.rest, s.making.err)
	}
	s.making = nil
	if s.whole || !hasRecordings(s.build) {
		return nil
	}
	fmt.Println("The face models are there now: the backend starts again with them.")
	s.backend.end()
	_, err := s.serve(ctx)
	return err
}
