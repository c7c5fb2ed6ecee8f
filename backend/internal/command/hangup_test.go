//go:build unix

package command_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"realname.example/backend/internal/command"
)

// lines is an output that many write and a test waits for.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, err := l.text.Write(p)
	select {
	case l.more <- struct{}{}:
	default:
	}
	return n, err
}

// until waits for a text.
func (l *lines) until(ctx context.Context, t *testing.T, text string) {
	t.Helper()
	for {
		l.mu.Lock()
		there := strings.Contains(l.text.String(), text)
		l.mu.Unlock()
		if there {
			return
		}
		select {
		case <-l.more:
		case <-ctx.Done():
			t.Fatalf("%q is not said", text)
		}
	}
}

// A hang-up, by which operators say that files were replaced, ends nothing.
func TestAHangUpDoesNotEndTheServer(t *testing.T) {
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	out := &lines{more: make(chan struct{}, 1)}
	serving, end := context.WithCancel(ctx)
	ended := make(chan int, 1)
	go func() {
		ended <- command.Run(serving, []string{"--listen", "127.0.0.1:0", "--data", t.TempDir(), "--models", t.TempDir(), "--log-level", "error"}, command.Env{Stdout: out, Stderr: out, Getenv: os.Getenv, Environ: os.Environ, Random: rand.Reader, Now: time.Now})
	}()
	out.until(ctx, t, "password")
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	end()
	if code := <-ended; code != 0 {
		t.Errorf("it ends with %d", code)
	}
}
