package folder_test

import (
	"os"
	"path/filepath"
	"testing"

	"realname.example/backend/internal/folder"
)

func TestFindLooksInOrder(t *testing.T) {
	t.Chdir(t.TempDir())
	name := filepath.Base(t.TempDir()) + "-models" // nothing of that name is beside the test's program
	here := filepath.Join("build", name)
	if path, found := folder.Find(name); found || path != here {
		t.Errorf("none is there: %s %v", path, found)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	beside := filepath.Join(filepath.Dir(program), name)
	t.Cleanup(func() { _ = os.Remove(beside) })
	for _, next := range []string{beside, here, "given"} {
		if err := os.MkdirAll(next, 0o700); err != nil {
			t.Fatal(err)
		}
		if path, found := folder.Find(name, "given"); !found || path != next {
			t.Errorf("%s is there too: got %s %v", next, path, found)
		}
	}
	if err := os.WriteFile("file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if path, _ := folder.Find(name, "file"); path != here {
		t.Errorf("a file is no folder: %s", path)
	}
}
