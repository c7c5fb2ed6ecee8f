package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestTermsAreThoseOfWhatIsShipped(t *testing.T) {
	folder := t.TempDir()
	for path, text := range map[string]string{
		"LICENSE":              "first\r\nline",
		"COPYING.txt":          "second",
		"deep/NOTICE":          "third",
		"deep/again/LICENSE-2": "second", // the same text a second time
		"testdata/LICENSE":     "of a test",
		".git/LICENSE":         "hidden",
		"license.go":           "package license",
		"large/LICENSE":        strings.Repeat("x", maxText+1),
	} {
		path = filepath.Join(folder, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for deep, want := range map[bool][]string{true: {"second", "first\nline", "third"}, false: {"second", "first\nline"}} {
		if got, err := terms(folder, deep); err != nil || !slices.Equal(got, want) {
			t.Errorf("deep %v: %q, %v", deep, got, err)
		}
	}
	if _, err := terms(filepath.Join(folder, "none"), true); err == nil {
		t.Error("a folder that is not there has terms")
	}
}

// The test's own program is one that the linker noted its modules in.
func TestABillOfMaterialsNamesWhatIsLinked(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "1795338000")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	parts, err := inside([]string{program}, t.TempDir(), t.TempDir())
	if err != nil || !slices.ContainsFunc(parts, func(p part) bool { return p.name == "std" }) {
		t.Fatalf("%v, %v", parts, err)
	}
	var first, second bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &second} {
		if err := writeSPDX(out, "1", parts); err != nil || !json.Valid(out.Bytes()) {
			t.Fatalf("%v: %s", err, out)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two bills of one program differ")
	}
	for _, args := range [][]string{nil, {"more"}, {"spdx", filepath.Join(t.TempDir(), "none")}} {
		if err := run(args); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
}
