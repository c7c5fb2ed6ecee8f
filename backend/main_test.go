package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// said is standard output; the first line of a server ends it.
type said struct {
	bytes.Buffer
	end context.CancelFunc
}

func (s *said) Write(p []byte) (int, error) {
	s.end()
	return s.Buffer.Write(p)
}

// call runs the program as from a shell; one that serves is stopped as soon as
// it says where.
func call(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	defer end()
	stdout, stderr := said{end: end}, bytes.Buffer{}
	code = run(ctx, args, &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func TestWithoutACommandItServes(t *testing.T) {
	for _, command := range [][]string{{}, {"serve"}} {
		args := append(command, "-listen", "127.0.0.1:0", "--data="+t.TempDir(), "--models", t.TempDir(), "--sandbox_password", "told-by-a-flag", "--log-level", "error")
		code, out, errs := call(t, args...)
		if code != 0 || !strings.HasPrefix(out, "Realname (sandbox) at http://127.0.0.1:") || !strings.Contains(out, "told-by-a-flag") {
			t.Errorf("%v: %d %q %q", command, code, out, errs)
		}
	}
}

func TestHelpIsGivenWhereItIsAskedFor(t *testing.T) {
	for _, args := range [][]string{{"help"}, {"--help"}, {"-h"}, {"serve", "--help"}, {"review", "-h"}, {"audit", "verify", "--help"}, {"keys", "--help"}} {
		if code, out, errs := call(t, args...); code != 0 || !strings.Contains(out, "REALNAME_LISTEN") || errs != "" {
			t.Errorf("%v: %d %q", args, code, errs)
		}
	}
}

func TestWrongCallsSayWhatIsRight(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"dance"}, 2, `"dance" is not a command`},
		{[]string{"review"}, 2, "usage: backend review list"},
		{[]string{"review", "approve", "ID"}, 2, "usage: backend review list"},
		{[]string{"registry"}, 2, "registry import"},
		{[]string{"--nope", "1"}, 1, "--nope is not a flag"},
		{[]string{"--listen", "8080"}, 1, "write it as 127.0.0.1:8080"},
	} {
		args := c.args
		if args[0] == "review" && len(args) > 1 { // the folder is looked at first
			args = append(args, "--data", served(t))
		}
		if code, _, errs := call(t, args...); code != c.code || !strings.Contains(errs, c.says) {
			t.Errorf("%v: %d %q", args, code, errs)
		}
	}
}

// served returns a data folder that a backend has served from.
func served(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if code, _, errs := call(t, "--listen", "127.0.0.1:0", "--data", folder, "--models", t.TempDir(), "--log-level", "error"); code != 0 {
		t.Fatalf("serve: %d %s", code, errs)
	}
	return folder
}

func TestReviewMakesNoFolderAndTakesTheFlags(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	if code, _, errs := call(t, "review", "list", "--data", none); code != 1 || !strings.Contains(errs, "name the data folder with --data") {
		t.Errorf("%d %q", code, errs)
	}
	if _, err := os.Stat(none); err == nil {
		t.Error("looking made a data folder")
	}
	if code, out, errs := call(t, "review", "list", "--data", served(t)); code != 0 || out != "" {
		t.Errorf("%d %q %q", code, out, errs)
	}
}
