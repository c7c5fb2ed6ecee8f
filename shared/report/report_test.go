package report_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"realname.example/shared/report"
	"realname.example/shared/verification"
)

func TestWhatIsWrittenIsReadAndOnlyChangesAre(t *testing.T) {
	lines := []report.Line{
		{Screen: "sign_in", Focus: "pc.signin.username", Turn: 3, At: [2]int{480, 300}},
		{Screen: "handoff", Dialog: "pc.people", Status: verification.FaceRequired, Turn: 9, Busy: true, Length: 4},
	}
	var file bytes.Buffer
	w := report.NewWriter(&file)
	for _, l := range []report.Line{lines[0], lines[0], lines[1], lines[1]} {
		if err := w.Write(l); err != nil {
			t.Fatal(err)
		}
	}
	r := report.NewReader(&file)
	for _, want := range lines {
		if got, err := r.Next(); err != nil || got != want {
			t.Errorf("read %+v, %v, not %+v", got, err, want)
		}
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("one line more, or %v", err)
	}
}

func TestALineThatIsBeingWrittenIsReadOnceItIsWhole(t *testing.T) {
	var file bytes.Buffer
	r := report.NewReader(&file)
	file.WriteString("a library's own words\n{\"screen\":\"ho")
	if l, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Fatalf("read %+v, %v of half a line", l, err)
	}
	file.WriteString("me\",\"turn\":2}\n")
	if l, err := r.Next(); err != nil || l.Screen != "home" || l.Turn != 2 {
		t.Errorf("read %+v, %v", l, err)
	}
}

func TestTheFlagNamesAFileThatBeginsEmpty(t *testing.T) {
	name := filepath.Join(t.TempDir(), "report")
	if err := os.WriteFile(name, []byte("of before"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := report.Create(name); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(name); err != nil || len(text) > 0 {
		t.Errorf("it holds %q, %v", text, err)
	}
	if _, err := report.Create(filepath.Join(name, "below")); err == nil {
		t.Error("a file below a file was made")
	}
	if w, err := report.Create("-"); err != nil || w != os.Stdout {
		t.Errorf("%v, %v is not standard output", w, err)
	}
}
