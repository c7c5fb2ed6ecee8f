package private_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"realname.example/shared/private"
)

func TestAFileIsReplacedWholeAndStaysPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.json")
	if err := os.WriteFile(path, []byte("what was there before, and is longer"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := private.WriteFile(path, []byte("new")); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != "new" {
		t.Errorf("the file holds %q, %v", got, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v", info.Mode())
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("the folder holds %v, %v", left, err)
	}
}

func TestWhatCannotBeWrittenChangesNothing(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "tokens.json")
	if err := os.MkdirAll(filepath.Join(path, "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := private.WriteFile(path, []byte("new")); err == nil {
		t.Error("a folder was replaced")
	}
	if err := private.WriteFile(filepath.Join(folder, "nowhere", "tokens.json"), []byte("new")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}
