package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	readyWithin = 30 * time.Second       // the face engine loads its models first
	askEvery    = 100 * time.Millisecond // how often a server or a program is asked
	lookEvery   = 20 * time.Millisecond  // how often a report is read: a file's end
	stopWithin  = 25 * time.Second       // the backend drains for 20 s
)

// program is one process that this launcher started.
type program struct {
	name string
	log  string // the file with what it says
	cmd  *exec.Cmd
	// done is closed when the process has ended; err is set before.
	done chan struct{}
	err  error
}

// programs are all that were started, in that order.
type programs struct{ all []*program }

// start runs a program of the build folder with its output in NAME.log there. env adds to this
// process's environment.
func (p *programs) start(build, name string, env []string, args ...string) (*program, error) {
	return p.startInto(build, name, nil, env, args...)
}

// startInto is start with the standard output in a file of its own; nil for the log.
func (p *programs) startInto(build, name string, out *os.File, env []string, args ...string) (*program, error) {
	path, err := filepath.Abs(filepath.Join(build, name))
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(build, name+".log"))
	if err != nil {
		return nil, fmt.Errorf("make the log of %s: %w", name, err)
	}
	defer log.Close()
	cmd := exec.Command(path, args...) //nolint:noctx // stop ends it in order, not a context
	cmd.Stdout = log
	if out != nil {
		cmd.Stdout = out
	}
	return p.run(name, cmd, env, log)
}

// run starts cmd in a process group of its own, so that Ctrl-C reaches it through stop alone. What
// has no place for its output yet writes to the log.
func (p *programs) run(name string, cmd *exec.Cmd, env []string, log *os.File) (*program, error) {
	cmd.Env = append(os.Environ(), env...)
	if cmd.Stdout == nil {
		cmd.Stdout = log
	}
	cmd.Stderr = log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	started := &program{name: name, log: log.Name(), cmd: cmd, done: make(chan struct{})}
	go func() {
		started.err = cmd.Wait()
		close(started.done)
	}()
	p.all = append(p.all, started)
	return started, nil
}

// stop asks every program to end, the last one first, and insists after a while.
func (p *programs) stop() {
	for _, one := range slices.Backward(p.all) {
		one.end()
	}
	p.all = nil
}

// end ends one program and what it started, and returns when it is gone. A second call does nothing.
func (p *program) end() {
	select {
	case <-p.done:
		return
	default:
	}
	group := -p.cmd.Process.Pid
	_ = syscall.Kill(group, syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(stopWithin):
		_ = syscall.Kill(group, syscall.SIGKILL)
		<-p.done
	}
}

// hangs stops a program and what it started in the middle of whatever they do, until resume is called.
func (p *program) hangs() (resume func() error, err error) {
	group := -p.cmd.Process.Pid
	return func() error { return syscall.Kill(group, syscall.SIGCONT) }, syscall.Kill(group, syscall.SIGSTOP)
}

// backend starts the backend on a data folder and returns its address once /readyz says yes, or,
// where it has no face models yet, once it answers at all.
func (p *programs) backend(ctx context.Context, build, data, listen string, faceless bool, args ...string) (*program, string, error) {
	absolute, err := filepath.Abs(data)
	if err != nil {
		return nil, "", err
	}
	args = append([]string{"serve", "--listen", listen, "--data", absolute}, args...)
	one, err := p.start(build, "backend", nil, args...)
	if err != nil {
		return nil, "", err
	}
	server := "http://" + listen
	if !strings.HasPrefix(listen, "127.") {
		server = "https://" + listen
		return one, server, waitFor(ctx, readyWithin, "the backend says that it listens", func() (bool, error) {
			log, err := os.ReadFile(filepath.Join(build, "backend.log"))
			return err == nil && strings.Contains(string(log), listen), one.ended()
		})
	}
	path := "/readyz"
	if faceless {
		path = "/healthz"
	}
	return one, server, waitFor(ctx, readyWithin, "the backend is ready", func() (bool, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, server+path, nil)
		if err != nil {
			return false, err
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return false, one.ended() // not there yet
		}
		defer answer.Body.Close()
		return answer.StatusCode == http.StatusOK, one.ended()
	})
}

// ended is an error once the process is gone.
func (p *program) ended() error {
	select {
	case <-p.done:
		return fmt.Errorf("%s ended by itself (%w): see %s", p.name, orUnexpected(p.err), p.log)
	default:
		return nil
	}
}

func orUnexpected(err error) error {
	if err == nil {
		return errors.New("exit status 0")
	}
	return err
}

// waitFor asks until the condition holds; an error of it, the end of ctx or the time ends the wait.
func waitFor(ctx context.Context, limit time.Duration, what string, holds func() (bool, error)) error {
	return waitEvery(ctx, askEvery, limit, what, holds)
}

// waitEvery is waitFor with a pause of its own between two questions.
func waitEvery(ctx context.Context, every, limit time.Duration, what string, holds func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	ask := time.NewTicker(every)
	defer ask.Stop()
	for {
		ok, err := holds()
		if err != nil {
			return fmt.Errorf("wait until %s: %w", what, err)
		}
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait until %s: %w", what, ctx.Err())
		case <-ask.C:
		}
	}
}
