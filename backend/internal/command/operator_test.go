package command_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/account"
	"realname.example/backend/internal/command"
	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/store/storetest"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

func TestOperatorsAreAddedEnrolledListedAndRemoved(t *testing.T) {
	folder := served(t)
	code, out, complaint := run(t, folder, nil, "operator", "add", "wang", "--role", "reviewer,support", "--account", "demo")
	if code != 0 || complaint != "in "+place(folder)+"\n" || !strings.Contains(out, "\nhttp://localhost:8080/console/enrol#") {
		t.Fatalf("exit %d: %s%s", code, out, complaint)
	}
	first := out
	code, out, complaint = run(t, folder, nil, "operator", "enrol", "wang")
	if code != 0 || out == first || !strings.Contains(out, "/console/enrol#") {
		t.Errorf("exit %d: %s%s", code, out, complaint)
	}
	if code, out, complaint = run(t, folder, nil, "operator", "enrol", "wang", "--replace"); code != 0 || !strings.Contains(out, "/console/enrol#") {
		t.Errorf("exit %d: %s%s", code, out, complaint)
	}
	code, out, complaint = run(t, folder, nil, "operator", "key", "wang", "--role", "support")
	if code != 0 || !strings.HasPrefix(out, "rnk_") || !strings.Contains(complaint, "key of wang until ") {
		t.Errorf("exit %d: %s%s", code, out, complaint)
	}
	if code, out, complaint = run(t, folder, nil, "operator", "key", "wang", "--end"); code != 0 || out != "keys of wang that have ended: 1\n" {
		t.Errorf("exit %d: %s%s", code, out, complaint)
	}
	if code, out, complaint = run(t, folder, nil, "operator", "remove", "wang"); code != 0 || !strings.Contains(out, "wang is removed") {
		t.Errorf("exit %d: %s%s", code, out, complaint)
	}
	code, out, _ = run(t, folder, nil, "operator", "list")
	if code != 0 || !strings.Contains(out, "reviewer,support") || !strings.Contains(out, "removed ") {
		t.Errorf("exit %d: %s", code, out)
	}
}

func TestEachWrongOperatorHasItsSentence(t *testing.T) {
	folder := served(t)
	if code, _, complaint := run(t, folder, nil, "operator", "add", "wang", "--role", "reviewer"); code != 0 {
		t.Fatal(complaint)
	}
	for _, test := range []struct {
		says string
		args []string
	}{
		{"is no role", []string{"add", "li", "--role", "boss"}},
		{"missing flags: --role", []string{"add", "li"}},
		{"is no name for an operator", []string{"add", "Li Na", "--role", "admin"}},
		{"is, or was, an operator's", []string{"add", "wang", "--role", "admin"}},
		{"no such operator, key or session; `backend operator list` names the operators", []string{"remove", "li"}},
		{"no such operator, key or session; `backend operator list` names the operators", []string{"key", "li"}},
		{"no such operator, key or session; `backend operator list` names the operators", []string{"enrol", "li"}},
		{"has not the role admin", []string{"key", "wang", "--role", "admin"}},
		{"a year at most", []string{"key", "wang", "--life", "9999h"}},
	} {
		code, out, complaint := run(t, folder, nil, append([]string{"operator"}, test.args...)...)
		if code == 0 || out != "" || !strings.Contains(complaint, test.says) {
			t.Errorf("%v: exit %d: %s%s", test.args, code, out, complaint)
		}
	}
}

func TestAnAddressOfNumbersIsSaidToTakeNoPasskey(t *testing.T) {
	folder := served(t)
	code, out, complaint := run(t, folder, map[string]string{"REALNAME_PUBLIC_URL": "https://192.0.2.7"}, "operator", "add", "wang", "--role", "admin")
	if code != 0 || !strings.Contains(complaint, "passkeys need a name") || !strings.Contains(out, "https://192.0.2.7/console/enrol#") {
		t.Errorf("exit %d: %s%s", code, out, complaint)
	}
}

func TestTheOperatorTokenIsSaidToBeGone(t *testing.T) {
	var out, errs bytes.Buffer
	code := command.Run(t.Context(), []string{"version"}, command.Env{
		Stdout: &out, Stderr: &errs, Random: rand.Reader, Now: time.Now, Getenv: func(string) string { return "" },
		Environ: func() []string { return []string{"REALNAME_OPERATOR_TOKEN=x"} },
	})
	if code != 0 || !strings.Contains(errs.String(), "REALNAME_OPERATOR_TOKEN is gone") || !strings.Contains(errs.String(), "backend operator key NAME") {
		t.Errorf("exit %d: %s", code, errs.String())
	}
}

// Whoever works past the console stands in the trail as whoever works in it.
func TestCommandsThatShowOrChangePeopleAreActs(t *testing.T) {
	folder := served(t)
	number := storetest.Who(1).Number.Reveal()
	file := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(file, []byte("name,number,mobile\n张伟,"+number+",13800000001\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := opened(t, folder)
	if err := s.CreateAccount(t.Context(), account.Account{ID: "other", Username: "wangfang", CreatedAt: storetest.Start}); err != nil {
		t.Fatal(err)
	}
	storetest.Create(t, s, storetest.NewCase("c2", "other", storetest.Who(2)))
	storetest.Update(t, s, "c2", func(c *verify.Case) (verify.Effects, error) {
		c.Review = &verify.Review{AskedAt: storetest.Start}
		c.EndsAt = storetest.Start.Add(time.Hour)
		return storetest.Moved(verification.InReview)(c)
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"registry", "import", file},
		{"registry", "show", number},
		{"registry", "export", filepath.Join(t.TempDir(), "out.csv")},
		{"registry", "remove", number},
		{"review", "show", "c2"},
	} {
		code, out, complaint := run(t, folder, nil, args...)
		if code != 0 {
			t.Fatalf("%v: exit %d: %s%s", args, code, out, complaint)
		}
		if args[0] == "review" && !strings.Contains(out, "account  wangfang\n") {
			t.Errorf("a reviewer has to know the account: %s", out)
		}
	}
	lines, err := opened(t, folder).Trail(t.Context(), operator.TrailQuery{Limit: 10, Oldest: true})
	if err != nil {
		t.Fatal(err)
	}
	var acts []string
	for _, l := range lines {
		if l.Chain == operator.ActsChain && strings.HasPrefix(l.Party, "shell") {
			acts = append(acts, l.Event)
		}
		if strings.Contains(l.Subject+l.Detail, number) {
			t.Errorf("the trail has a number: %+v", l)
		}
	}
	if strings.Join(acts, " ") != "people_imported revealed people_exported person_removed review_opened" {
		t.Errorf("the trail has %v", acts)
	}
}

func TestAnExportIsCheckedWithoutADatabase(t *testing.T) {
	folder := served(t)
	code, key, complaint := run(t, folder, nil, "audit", "key")
	if code != 0 || complaint != "in "+place(folder)+"\n" {
		t.Fatalf("exit %d: %s%s", code, key, complaint)
	}
	s := opened(t, folder)
	file := filepath.Join(t.TempDir(), "trail.jsonl")
	var b bytes.Buffer
	w := operator.NewExportWriter(&b)
	if err := errors.Join(w.Line("x"), w.Close(ed25519.NewKeyFromSeed(s.MAC("audit export", "")), storetest.Start)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	nowhere := t.TempDir()
	args := []string{"audit", "check-export", file, "--key", strings.TrimSpace(key)}
	if code, out, complaint := run(t, nowhere, nil, args...); code != 0 || !strings.Contains(out, "lines that are as they were exported on 2026-11-22") {
		t.Errorf("exit %d: %s%s", code, out, complaint)
	}
	if err := os.WriteFile(file, bytes.Replace(b.Bytes(), []byte("x"), []byte("y"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, complaint := run(t, nowhere, nil, args...); code == 0 || !strings.Contains(complaint, "not as it was exported") {
		t.Errorf("exit %d: %s", code, complaint)
	}
	if code, _, complaint := run(t, nowhere, nil, "audit", "check-export", file, "--key", "nonsense"); code == 0 || !strings.Contains(complaint, "backend audit key") {
		t.Errorf("exit %d: %s", code, complaint)
	}
}
