package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// root is this repository, as seen from here.
var root = filepath.Join("..", "..", "..")

// TestTheTourPlays plays every story with the real programs: the windows of the desktop app and of
// the phone app, the phone's camera before a screenshot of the desktop's code and before a recorded
// person, and the face engine, which nothing tells what to say.
func TestTheTourPlays(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes")
	}
	if !hasRecordings(filepath.Join(root, "build")) {
		t.Skip("needs the recordings of set-up: make setup")
	}
	build := t.TempDir()
	for _, name := range []string{"models", "recordings"} {
		from, err := filepath.Abs(filepath.Join(root, "build", name))
		if err == nil {
			err = os.Symlink(from, filepath.Join(build, name))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, program := range map[string]string{
		"backend": "backend", "desktop": "desktop", "mobile": "mobile", "film": "mobile/internal/film",
	} {
		out, err := exec.CommandContext(t.Context(), "go", "build", "-tags", "migrated_fynedo",
			"-o", filepath.Join(build, name), "realname.example/"+program).CombinedOutput()
		if err != nil {
			t.Fatalf("build %s: %v\n%s", name, err, out)
		}
	}
	if err := playTour(t.Context(), build, "en", stories); err != nil {
		for _, log := range []string{"backend.log", "desktop.log", "mobile.log"} {
			text, _ := os.ReadFile(filepath.Join(build, log)) // what there is of it helps
			t.Logf("%s:\n%s", log, text)
		}
		if kept := filepath.Join(root, "build", "tour-failed"); os.RemoveAll(kept) == nil {
			_ = os.CopyFS(kept, os.DirFS(filepath.Join(build, "tour")))
		}
		t.Fatal(err)
	}
}
