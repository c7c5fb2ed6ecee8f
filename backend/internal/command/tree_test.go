package command_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/command"
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
	code = command.Run(ctx, args, command.Env{
		Stdout: &stdout, Stderr: &stderr, Getenv: os.Getenv, Environ: os.Environ, Random: rand.Reader, Now: time.Now,
	})
	return code, stdout.String(), stderr.String()
}

func TestWithoutACommandItServes(t *testing.T) {
	for _, command := range [][]string{{}, {"serve"}} {
		args := append(command, "--listen", "127.0.0.1:0", "--data="+t.TempDir(), "--models", t.TempDir(), "--sandbox-password", "told-by-a-flag", "--log-level", "error")
		code, out, errs := call(t, args...)
		if code != 0 || !strings.HasPrefix(out, "Realname (sandbox) at http://127.0.0.1:") || !strings.Contains(out, "told-by-a-flag") {
			t.Errorf("%v: %d %q %q", command, code, out, errs)
		}
	}
}

func TestHelpIsGivenWhereItIsAskedFor(t *testing.T) {
	for _, test := range []struct {
		args []string
		says []string
		not  string
	}{
		{[]string{"help"}, []string{"registry import <file>", "--data=\"data\"", "REALNAME_DATABASE_URL"}, "REALNAME_SMS_INTERVAL"},
		{[]string{"--help"}, []string{"review approve <id> <reason>"}, "REALNAME_SMS_INTERVAL"},
		{[]string{"-h"}, []string{"keys rotate"}, "REALNAME_SMS_INTERVAL"},
		{[]string{"serve", "--help"}, []string{"[REALNAME_SMS_INTERVAL]", "REALNAME_TENCENT_KEY_SECRET_FILE"}, "keys rotate"},
		{[]string{"help", "serve"}, []string{"[REALNAME_FACE_ACTIONS]"}, "keys rotate"},
		{[]string{"help", "audit", "verify"}, []string{"--seal=N:HEAD"}, "REALNAME_SMS_INTERVAL"},
		{[]string{"review", "-h"}, []string{"review list"}, "keys rotate"},
	} {
		code, out, errs := call(t, test.args...)
		if code != 0 || errs != "" || strings.Contains(out, test.not) {
			t.Errorf("%v: %d %q\n%s", test.args, code, errs, out)
		}
		for _, want := range test.says {
			if !strings.Contains(out, want) {
				t.Errorf("%v lacks %s:\n%s", test.args, want, out)
			}
		}
	}
}

func TestHelpShowsTheDefaultsOfTheMode(t *testing.T) {
	shows := func(args []string, want ...string) {
		t.Helper()
		code, out, errs := call(t, args...)
		for _, line := range want {
			if code != 0 || !strings.Contains(out, line+" ") || strings.Count(out, "--ids-per-account") != 1 {
				t.Errorf("%v lacks %s: %d %s%s", args, line, code, out, errs)
			}
		}
	}
	shows([]string{"help", "serve"}, "--ids-per-account=0", "--leave-notice=0s", `--sms="sandbox"`)
	shows([]string{"serve", "--mode", "production", "--help"}, "--ids-per-account=3", "--leave-notice=2s", `--name="Realname"`)
	t.Setenv("REALNAME_MODE", "production")
	shows([]string{"help", "serve"}, "--ids-per-account=3", `--mode="production"`)
	shows([]string{"help", "serve", "--mode", "sandbox"}, "--ids-per-account=0")
}

func TestPagesAndCompletionComeFromTheTree(t *testing.T) {
	for want, args := range map[string][]string{
		"registry import":       {"man"},
		"complete":              {"completion", "--code", "bash"},
		`"openapi": "3.1.0"`:    {"openapi"},
		"face eval <dir>":       {"help", "face"},
		"1.":                    {"--version"},
		"REALNAME_DATABASE_URL": {"help", "help"},
	} {
		if _, out, errs := call(t, args...); !strings.Contains(out+errs, want) {
			t.Errorf("%v lacks %q: %s%s", args, want, out, errs)
		}
	}
}

func TestWrongCallsSayWhatIsRight(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"dance"}, 2, "unexpected argument dance"},
		{[]string{"help", "dance"}, 2, "unexpected argument dance"},
		{[]string{"review"}, 2, `expected one of "list", "show"`},
		{[]string{"review", "approve", "ID"}, 2, "<reason>"},
		{[]string{"registry"}, 2, `expected one of "import", "list"`},
		{[]string{"--nope", "1"}, 2, "unknown flag --nope"},
		{[]string{"--listen", "8080"}, 1, "write it as 127.0.0.1:8080"},
		{[]string{"--mode", "prod"}, 2, "use sandbox or production"},
	} {
		if code, _, errs := call(t, c.args...); code != c.code || !strings.Contains(errs, c.says) {
			t.Errorf("%v: %d %q", c.args, code, errs)
		}
	}
}

func TestMisspeltVariableIsNamed(t *testing.T) {
	t.Setenv("REALNAME_LISTNE", "127.0.0.1:1")
	if code, _, errs := call(t, "version"); code != 0 || !strings.Contains(errs, "REALNAME_LISTNE is set, and there is no such setting") {
		t.Errorf("%d %q", code, errs)
	}
}

// stopped returns a data folder that a backend has served from.
func stopped(t *testing.T) string {
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
	if code, out, errs := call(t, "review", "list", "--data", stopped(t)); code != 0 || out != "" {
		t.Errorf("%d %q %q", code, out, errs)
	}
}
