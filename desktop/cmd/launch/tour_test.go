package main

import (
	"context"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// root is this repository, as seen from here.
var root = filepath.Join("..", "..", "..")

// programsOf builds the programs of the tour into a folder of this test.
func programsOf(t *testing.T, names ...string) (build string) {
	t.Helper()
	build = t.TempDir()
	for _, name := range names {
		path := map[string]string{"film": "mobile/cmd/film"}[name]
		if path == "" {
			path = name
		}
		out, err := exec.CommandContext(t.Context(), "go", "build", "-tags", "migrated_fynedo,nomsgpack,gles",
			"-o", filepath.Join(build, name), "realname.example/"+path).CombinedOutput()
		if err != nil {
			t.Fatalf("build %s: %v\n%s", name, err, out)
		}
	}
	return build
}

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
	build := programsOf(t, "backend", "desktop", "mobile", "film")
	for _, name := range []string{"models", "recordings"} {
		from, err := filepath.Abs(filepath.Join(root, "build", name))
		if err == nil {
			err = os.Symlink(from, filepath.Join(build, name))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := playTour(t.Context(), build, look{"en", "system"}, "", stories); err != nil {
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

// TestTheSystemsKeyringAndInputMethods plays the stories of "make check-input".
func TestTheSystemsKeyringAndInputMethods(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a display")
	}
	if err := playTour(t.Context(), programsOf(t, "backend", "desktop"), look{"zh", "system"}, "", systemStories); err != nil {
		t.Fatal(err)
	}
}

// TestAStepThatDoesNotComeSaysWhatWasThereWithItsPicture waits for a screen that the phone app
// never shows; the app has to be running still when the picture is taken.
func TestAStepThatDoesNotComeSaysWhatWasThereWithItsPicture(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a display")
	}
	build := programsOf(t, "backend", "mobile")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err := playTour(ctx, build, look{"zh", "system"}, "", []story{{"waits in vain", func(ctx context.Context, t *tour) error {
		phone, err := t.run(ctx, "mobile", phoneTitle, nil)
		if err != nil {
			return err
		}
		if err := phone.ready(ctx, "home", ""); err != nil {
			return err
		}
		cancel()
		return phone.ready(ctx, "result", "phone.back")
	}, true}})
	if err == nil {
		t.Fatal("what never came came")
	}
	for _, want := range []string{"waits in vain", `the mobile app shows result with the keyboard at "phone.back"`, `{"screen":"home"`, "failed.png"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q: %v", want, err)
		}
	}
	file, err := os.Open(filepath.Join(build, "tour", "failed.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	picture, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	colours := map[color.Color]bool{}
	for y := range picture.Bounds().Dy() {
		for x := range picture.Bounds().Dx() {
			colours[picture.At(x, y)] = true
		}
	}
	if len(colours) < 10 { // an empty display has one
		t.Errorf("the picture has %d colours: the app was gone", len(colours))
	}
}
