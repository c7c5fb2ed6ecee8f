package facecmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"realname.example/backend/internal/face"
	"realname.example/backend/internal/face/raster"
)

// built is a folder that `make setup-test` fills.
func built(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "build", name)
	if _, err := os.Stat(dir); err != nil {
		t.Fatalf("%v: run `make setup-test` first", err)
	}
	return dir
}

// frames returns single pictures of a test recording.
func frames(t *testing.T, recording string, numbers ...int) [][]byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(built(t, "recordings"), recording+".mjpeg"))
	if err != nil {
		t.Fatal(err)
	}
	start := []byte("\xff\xd8\xff")
	all := bytes.Split(data, start)[1:]
	var out [][]byte
	for _, n := range numbers {
		out = append(out, slices.Concat(start, all[n]))
	}
	return out
}

func put(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, to, path string) {
	t.Helper()
	if err := os.Symlink(to, path); err != nil {
		t.Fatal(err)
	}
}

func blank(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 320, 240)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// run carries out a command and returns whether it did, and what it printed.
func run(t *testing.T, args ...string) (done bool, out, said string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	parser, err := kong.New(&Tools{}, kong.Exit(func(int) {}))
	if err != nil {
		t.Fatal(err)
	}
	call, err := parser.Parse(append(args, "--models", built(t, "models")))
	if err != nil {
		return false, "", err.Error()
	}
	call.BindTo(t.Context(), (*context.Context)(nil))
	if err := call.Run(Output{&stdout, &stderr}); err != nil {
		fmt.Fprintln(&stderr, err)
		return false, stdout.String(), stderr.String()
	}
	return true, stdout.String(), stderr.String()
}

// people is a folder per person with everything that can be in one: two people
// in five pictures with a face, and one that is called another person.
func people(t *testing.T) string {
	t.Helper()
	root, elsewhere := t.TempDir(), t.TempDir()
	first, second := frames(t, "franck", 10, 150), frames(t, "cap", 10, 70, 130, 200)
	put(t, filepath.Join(root, "first", "a.jpg"), first[0])
	put(t, filepath.Join(root, "first", "no name that says so"), first[1])
	put(t, filepath.Join(root, "first", "notes.txt"), []byte("not a picture"))
	put(t, filepath.Join(root, "first", ".hidden.jpg"), first[0])
	put(t, filepath.Join(root, "first", "cut.jpg"), first[0][:len(first[0])/3])
	put(t, filepath.Join(root, "first", "text.jpg"), []byte("text"))
	put(t, filepath.Join(root, "first", "nobody.jpg"), blank(t))

	put(t, filepath.Join(elsewhere, "second", "a.jpeg"), second[0])
	put(t, filepath.Join(elsewhere, "more", "b.JPG"), second[1])
	put(t, filepath.Join(elsewhere, "more", "deeper", "c.jpg"), second[2])
	link(t, filepath.Join(elsewhere, "second"), filepath.Join(root, "second"))
	link(t, filepath.Join(elsewhere, "more"), filepath.Join(elsewhere, "second", "more"))
	link(t, filepath.Join(elsewhere, "second"), filepath.Join(elsewhere, "more", "circle"))
	link(t, filepath.Join(elsewhere, "gone.jpg"), filepath.Join(elsewhere, "more", "gone.jpg"))

	put(t, filepath.Join(root, "single", "d.jpg"), second[3])
	put(t, filepath.Join(root, "beside.jpg"), first[0])
	if err := os.Mkdir(filepath.Join(root, "empty"), 0o750); err != nil {
		t.Fatal(err)
	}
	link(t, filepath.Join(elsewhere, "nowhere"), filepath.Join(root, "nowhere"))
	return root
}

func TestEvalCountsEveryPairOfAFolderPerPerson(t *testing.T) {
	root := people(t)
	done, out, said := run(t, "eval", "--json", root)
	if !done {
		t.Fatalf("done: %v: %s", done, said)
	}
	var got map[string]float64
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("standard output is not one object: %v\n%s", err, out)
	}
	eer, tar := got["eer"], got["tar_at_fmr_0_001"]
	delete(got, "eer")
	delete(got, "tar_at_fmr_0_001")
	// 2 and 3 pictures give 1 and 3 pairs; 2·3 and (2+3)·1 are of two people.
	// Failed: cut, text, nobody, gone.
	want := map[string]float64{"genuine_pairs": 4, "impostor_pairs": 11, "failed_to_detect": 4}
	if len(got) != len(want) || eer < 0 || eer > 1 || tar < 0 || tar > 1 {
		t.Errorf("got %s", out)
	}
	for k, v := range want {
		if got[k] != v {
			t.Errorf("%s is %v, want %v\n%s", k, got[k], v, said)
		}
	}
	for _, sentence := range []string{
		"first/cut.jpg: ", "first/nobody.jpg: no face is seen", "first/text.jpg: ", "second/more/gone.jpg: ",
		"beside.jpg: left out", "nowhere: ", "empty: holds no picture",
	} {
		if !strings.Contains(said, sentence) {
			t.Errorf("%q is not told: %s", sentence, said)
		}
	}
	if strings.Contains(said, "notes.txt") || strings.Contains(said, "hidden") {
		t.Errorf("told of what is no picture: %s", said)
	}
}

func TestEvalPrintsTheTableAndDrawsTheCurve(t *testing.T) {
	file := filepath.Join(t.TempDir(), "curve.png")
	done, out, said := run(t, "eval", "--plot", file, people(t))
	if !done {
		t.Fatalf("done: %v: %s", done, said)
	}
	for _, part := range []string{"genuine pairs 4, impostor pairs 11", "failed to detect 4", "EER", "TAR at FMR 1 %", "TAR at FMR 0.1 %", "95 %", "in force", "decode", "landmarks", "identity"} {
		if !strings.Contains(out, part) {
			t.Errorf("%q is missing in\n%s", part, out)
		}
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := png.Decode(f); err != nil {
		t.Error(err)
	}
}

func TestEvalSaysWhatIsMissing(t *testing.T) {
	lonely := t.TempDir()
	put(t, filepath.Join(lonely, "first", "a.jpg"), frames(t, "franck", 10)[0])
	for name, c := range map[string]struct{ dir, says string }{
		"no such folder":   {filepath.Join(lonely, "none"), "no such file"},
		"an empty folder":  {t.TempDir(), "two people or more"},
		"a single picture": {lonely, "1 people, 1 faces"},
	} {
		done, out, said := run(t, "eval", "--json", c.dir)
		if done || out != "" || !strings.Contains(said, c.says) {
			t.Errorf("%s: done: %v, %q, %q", name, done, out, said)
		}
	}
	if done, _, said := run(t, "eval"); done || !strings.Contains(said, "<dir>") {
		t.Errorf("without a folder: done: %v, %q", done, said)
	}
}

func TestCompareTellsTwoPeopleApart(t *testing.T) {
	dir := t.TempDir()
	for name, data := range map[string][]byte{
		"a.jpg": frames(t, "franck", 10)[0], "b.jpg": frames(t, "franck", 200)[0], "c.jpg": frames(t, "cap", 10)[0], "nobody.jpg": blank(t),
	} {
		put(t, filepath.Join(dir, name), data)
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	if done, out, said := run(t, "compare", at("a.jpg"), at("b.jpg")); !done || !strings.Contains(out, "the same person") {
		t.Errorf("one person: done: %v, %s%s", done, out, said)
	}
	if done, out, said := run(t, "compare", at("a.jpg"), at("c.jpg")); !done || !strings.Contains(out, "different people") {
		t.Errorf("two people: done: %v, %s%s", done, out, said)
	}
	if done, out, said := run(t, "compare", at("a.jpg"), at("nobody.jpg")); done || out != "" || !strings.Contains(said, "nobody.jpg: no face is seen") {
		t.Errorf("nobody: done: %v, %s%s", done, out, said)
	}
	if done, _, said := run(t, "compare", at("a.jpg"), at("none.jpg")); done || !strings.Contains(said, "none.jpg") {
		t.Errorf("no file: done: %v, %s", done, said)
	}
}

func TestCompareNeverCallsWhoLiesOnTheirSideSomebodyElse(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "a.jpg"), frames(t, "franck", 10)[0])
	for _, orientation := range []int{3, 6, 8} {
		var r raster.Raster
		if err := r.Decode(t.Context(), frames(t, "franck", 200)[0], raster.Own); err != nil {
			t.Fatal(err)
		}
		r.Turn(orientation)
		lying, err := r.JPEG(4000)
		if err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(dir, "b.jpg"), lying)
		if done, out, said := run(t, "compare", filepath.Join(dir, "a.jpg"), filepath.Join(dir, "b.jpg")); !done || !strings.Contains(out, "the same person") {
			t.Errorf("turned by %d: done: %v, %s%s", orientation, done, out, said)
		}
	}
}

func TestOfAFaceThatIsSeenBadlyNobodySaysThatItIsAnotherOne(t *testing.T) {
	for want, of := range map[string][2]face.Template{
		"different people": {},
		"cannot be told":   {{}, {Unsure: true}},
	} {
		if said := opinion(0.1, 0.55, of); !strings.HasPrefix(said, want) {
			t.Errorf("%+v: %s", of, said)
		}
	}
}

func TestALinkInACircleEnds(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "a.jpg"), []byte("\xff\xd8\xff\xe0\x00\x10JFIF"))
	link(t, dir, filepath.Join(dir, "again"))
	n := 0
	err := eachPicture(dir, nil, func(string, []byte, error) error { n++; return nil })
	if err != nil || n != 1 {
		t.Errorf("%d pictures, %v", n, err)
	}
	stop := errors.New("stop")
	if err := eachPicture(dir, nil, func(string, []byte, error) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error is lost: %v", err)
	}
}
