package models

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"realname.example/backend/internal/face/convert"
)

var converters = Converters{Prune: convert.Prune, Mesh: convert.Mesh, Identity: convert.Identity, Descriptor: convert.Descriptor}

// installed is where npm puts the packages.
func installed(t *testing.T) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "..", ".setup", "node_modules")
	if _, err := os.Stat(dir); err != nil {
		t.Fatalf("%v: run `make setup-test` first", err)
	}
	return dir
}

func mustFail(t *testing.T, err, kind error, says string) {
	t.Helper()
	if !errors.Is(err, kind) || !strings.Contains(err.Error(), says) {
		t.Errorf("got %v, want %v that says %q", err, kind, says)
	}
}

func TestEverySystemsLibraryIsInThePackage(t *testing.T) {
	for _, system := range []string{"linux/amd64", "linux/arm64", "windows/amd64", "windows/arm64", "darwin/arm64"} {
		lib, ok := libraries[system]
		if !ok {
			t.Errorf("%s has no library", system)
			continue
		}
		sum, err := sumFile(filepath.Join(installed(t), "onnxruntime-node", "bin", "napi-v6", filepath.FromSlash(lib.from)))
		if err != nil || sum != lib.sum {
			t.Errorf("%s: %s, %v", system, sum, err)
		}
	}
}

func TestSetupMakesTheSetAndMendsIt(t *testing.T) {
	to := t.TempDir()
	if err := Setup(installed(t), to, "linux/arm64", converters); err != nil {
		t.Fatal(err)
	}
	set := At(to)
	for _, name := range Networks {
		if _, err := set.Read(name); err != nil {
			t.Error(err)
		}
		if len(name.Signature().Outputs) == 0 {
			t.Errorf("%s has no signature", name)
		}
	}
	path := filepath.Join(to, string(Detect))
	if err := os.WriteFile(path, []byte("changed"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := set.Read(Detect)
	mustFail(t, err, ErrChanged, "run `make setup` again")
	if err := os.Remove(filepath.Join(to, string(Pose))); err != nil {
		t.Fatal(err)
	}
	_, err = set.Read(Pose)
	mustFail(t, err, ErrMissing, "Run `make setup`")

	mustFail(t, Setup(installed(t), to, "plan9/amd64", converters), ErrUnsupported, "plan9/amd64")
	for _, name := range []Name{Detect, Pose} {
		if _, err := set.Read(name); err != nil {
			t.Errorf("not mended: %v", err)
		}
	}
}

func TestSetupWithoutPackagesSaysWhatToRun(t *testing.T) {
	mustFail(t, Setup(filepath.Join(t.TempDir(), "none"), t.TempDir(), "linux/amd64", converters), ErrNotInstalled, "`make setup`")
	mustFail(t, Setup(t.TempDir(), t.TempDir(), "linux/amd64", converters), ErrNotInstalled, "`make setup`")
}

func TestAMissingSetOrLibrarySaysWhatToRun(t *testing.T) {
	t.Chdir(t.TempDir())
	if _, err := Find(""); embedded == nil {
		mustFail(t, err, ErrMissing, "Run `make setup`")
	}
	lib, ok := libraries[runtime.GOOS+"/"+runtime.GOARCH]
	if !ok {
		t.Skip("this system has no runtime library")
	}
	dir := t.TempDir()
	set, err := Find(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = set.Library()
	mustFail(t, err, ErrMissing, "Run `make setup`")
	if err := os.WriteFile(filepath.Join(dir, lib.file), []byte("not a library"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = set.Library()
	mustFail(t, err, ErrChanged, "run `make setup` again")
}

// TestAReleaseHoldsTheModels compiles this package as a release does, with the
// files of build/models in the place of the embedded ones, and runs the test
// that has the tag of a release.
func TestAReleaseHoldsTheModels(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no Go to compile with")
	}
	here, err := filepath.Abs("embedded")
	if err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	if err := Setup(installed(t), to, runtime.GOOS+"/"+runtime.GOARCH, converters); errors.Is(err, ErrUnsupported) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(to)
	if err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{}
	for _, f := range files {
		replace[filepath.Join(here, f.Name())] = filepath.Join(to, f.Name())
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-tags=embedmodels", "-overlay="+list, "-run=^TestTheProgramHoldsTheSet$", "-v", ".").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestTheProgramHoldsTheSet") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestTheSetInsideTheProgramWritesItsLibraryOut(t *testing.T) {
	lib, ok := libraries[runtime.GOOS+"/"+runtime.GOARCH]
	if !ok {
		t.Skip("this system has no runtime library")
	}
	to, cache := t.TempDir(), t.TempDir()
	for _, name := range []string{"XDG_CACHE_HOME", "HOME", "LocalAppData"} {
		t.Setenv(name, cache)
	}
	if err := setupLibrary(installed(t), to, runtime.GOOS+"/"+runtime.GOARCH); err != nil {
		t.Fatal(err)
	}
	set := Set{files: os.DirFS(to), embedded: true}
	for _, spoil := range []bool{false, true, false} {
		path, err := set.Library()
		if err != nil {
			t.Fatal(err)
		}
		if sum, err := sumFile(path); err != nil || sum != lib.sum || !strings.HasPrefix(path, cache) {
			t.Errorf("%s: %s, %v", path, sum, err)
		}
		if spoil {
			if err := os.WriteFile(path, []byte("spoilt"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	empty := Set{files: os.DirFS(t.TempDir()), embedded: true}
	_, err := empty.Read(Detect)
	mustFail(t, err, ErrMissing, "the program")
}
