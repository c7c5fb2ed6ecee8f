package facecmd

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestPicturesAreComparedAsPortraitsOfAForm(t *testing.T) {
	dir := t.TempDir()
	for person, recording := range map[string]string{"franck": "franck", "cap": "cap"} {
		for i, picture := range frames(t, recording, 2, 100) {
			put(t, filepath.Join(dir, person, string(rune('a'+i))+".jpg"), picture)
		}
	}
	done, out, said := run(t, "eval", "--portrait", "21:50", dir)
	for _, want := range []string{"genuine pairs 4, impostor pairs 8", "\n0.49 ", "in force"} { // each pair from both sides
		if !done || !strings.Contains(out, want) {
			t.Errorf("%v, no %q in %s%s", done, want, out, said)
		}
	}
	for _, form := range []string{"", "21", "21:", "small:50", "5:50", "21:0", "21:101"} {
		if done, out, said := run(t, "eval", "--portrait", form, dir); done || !strings.Contains(said, "21:50") {
			t.Errorf("%q is taken: %s%s", form, out, said)
		}
	}
}
