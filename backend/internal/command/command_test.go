package command_test

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/command"
	"realname.example/backend/internal/face/look"
	"realname.example/backend/internal/face/raster"
	"realname.example/backend/internal/keys"
	"realname.example/backend/internal/registry"
	"realname.example/backend/internal/store"
	"realname.example/backend/internal/store/storetest"
	"realname.example/shared/verification"
)

// run carries out a command on a data folder.
func run(t *testing.T, folder string, environment map[string]string, args ...string) (code int, out, complaint string) {
	t.Helper()
	return runWith(t, folder, environment, func(image []byte) error {
		if string(image) != "image" {
			return errors.New("no face")
		}
		return nil
	}, args...)
}

// runWith carries out a command with a check of portraits.
func runWith(t *testing.T, folder string, environment map[string]string, check func([]byte) error, args ...string) (code int, out, complaint string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = command.Run(t.Context(), append(args, "--data", folder), command.Env{
		Stdout: &stdout, Stderr: &stderr, Random: rand.Reader, Now: func() time.Time { return storetest.Start },
		Getenv: func(name string) string { return environment[name] }, Environ: func() []string { return nil },
		CheckPortrait: check,
	})
	return code, stdout.String(), stderr.String()
}

// opened opens the folder's database with the folder's keys.
func opened(t *testing.T, folder string) *store.Store {
	t.Helper()
	k, err := keys.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	return storetest.Open(t, store.Config{Folder: folder, Keys: k})
}

// served is a data folder in which one account is verified and sealed.
func served(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if _, err := keys.LoadOrCreate(folder, rand.Reader); err != nil {
		t.Fatal(err)
	}
	s := opened(t, folder)
	storetest.Create(t, s, storetest.NewCase("c1", "demo", storetest.Who(1)))
	storetest.Update(t, s, "c1", storetest.Moved(verification.Verified))
	if _, err := s.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	return folder
}

func expectBound(t *testing.T, folder string) {
	t.Helper()
	s := opened(t, folder)
	account, err := s.NumberBound(t.Context(), storetest.Who(1).Number.Reveal())
	if err != nil || account != "demo" {
		t.Errorf("bound to %q, %v", account, err)
	}
	if bound, err := s.Bound(t.Context(), "demo"); err != nil || bound.Identity != storetest.Who(1) {
		t.Errorf("bound %+v, %v", bound, err)
	}
}

func TestKeysRotateAddsAMasterKey(t *testing.T) {
	folder := served(t)
	code, out, complaint := run(t, folder, nil, "keys", "rotate")
	if code != 0 || out != place(folder)+": master key 2 wraps every data key, 1 wrapped anew\n" {
		t.Fatalf("exit %d: %s%s", code, out, complaint)
	}
	expectBound(t, folder)
}

func TestKeysRotateTakesKeysFromTheEnvironment(t *testing.T) {
	folder := served(t)
	k, err := keys.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.AddMaster(rand.Reader); err != nil {
		t.Fatal(err)
	}
	document, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	code, out, complaint := run(t, folder, map[string]string{"REALNAME_KEYS": string(document)}, "keys", "rotate")
	if code != 0 || out != place(folder)+": master key 2 wraps every data key, 1 wrapped anew\n" {
		t.Fatalf("exit %d: %s%s", code, out, complaint)
	}
	if kept, err := keys.Load(folder); err != nil || len(kept.Masters) != 1 {
		t.Errorf("the key file was touched: %d masters, %v", len(kept.Masters), err)
	}
}

func TestKeysReindexChangesFileAndDatabaseTogether(t *testing.T) {
	folder := served(t)
	before, err := keys.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	code, out, complaint := run(t, folder, nil, "keys", "reindex")
	if code != 0 || out != place(folder)+": the index key was changed, rows with new hashes: 1\n" {
		t.Fatalf("exit %d: %s%s", code, out, complaint)
	}
	after, err := keys.Load(folder)
	if err != nil || bytes.Equal(before.Index, after.Index) || after.NextIndex != nil {
		t.Errorf("the key file has the old index key, %v", err)
	}
	expectBound(t, folder)
}

func TestKeysReindexWaitsForTheServerToStop(t *testing.T) {
	folder := served(t)
	serving, err := store.Hold(folder)
	if err != nil {
		t.Fatal(err)
	}
	code, _, complaint := run(t, folder, nil, "keys", "reindex")
	if code != 1 || !strings.Contains(complaint, "stop that one") {
		t.Errorf("beside a server: %d %s", code, complaint)
	}
	if err := serving.Close(); err != nil {
		t.Fatal(err)
	}
	if code, _, complaint := run(t, folder, nil, "keys", "reindex"); code != 0 {
		t.Errorf("alone: %d %s", code, complaint)
	}
}

func TestKeysReindexThatWasCutOffGoesOn(t *testing.T) {
	folder := served(t)
	k, err := keys.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	k.NextIndex = bytes.Repeat([]byte{7}, keys.Size)
	if err := keys.Save(folder, k); err != nil {
		t.Fatal(err)
	}
	if _, err := opened(t, folder).Reindex(t.Context(), k.NextIndex); err != nil {
		t.Fatal(err)
	}
	expectBound(t, folder) // with the file as it was before the cut
	if code, _, complaint := run(t, folder, nil, "keys", "reindex"); code != 0 {
		t.Fatalf("exit %d: %s", code, complaint)
	}
	expectBound(t, folder)
}

func TestAuditVerifyNamesTheRow(t *testing.T) {
	folder := served(t)
	code, out, complaint := run(t, folder, nil, "audit", "verify")
	_, seal, found := strings.Cut(strings.TrimSpace(out), ": entries that hold: 1, sealed up to ")
	if code != 0 || !found {
		t.Fatalf("exit %d: %s%s", code, out, complaint)
	}
	if code, _, complaint = run(t, folder, nil, "audit", "verify", "--seal", seal); code != 0 {
		t.Errorf("with its seal: exit %d: %s", code, complaint)
	}
	if code, _, _ = run(t, folder, nil, "audit", "verify", "--seal", "2:"+seal); code != 1 {
		t.Errorf("a seal that is missing: exit %d", code)
	}
	s := opened(t, folder)
	if _, err := s.Pool().ExecContext(t.Context(), "UPDATE audit SET event = 'declined'"); err != nil {
		t.Fatal(err)
	}
	code, _, complaint = run(t, folder, nil, "audit", "verify")
	if code != 1 || complaint != "audit row 1 of case c1 was changed or moved\n" {
		t.Errorf("exit %d: %s", code, complaint)
	}
}

func TestManyFaultsOfAFileAreCountedAndWritten(t *testing.T) {
	folder, files := t.TempDir(), t.TempDir()
	text := "姓名,身份证号,手机号\n"
	for range 30 { // the first one alone is good
		text += "张伟,110100199003070111,13800000001\n李娜,11010019930615024X,1380000000\n"
	}
	file, faults := filepath.Join(files, "people.csv"), filepath.Join(files, "faults.csv")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	const counted = "30 times, mobile: is too short; lines 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31, 33, 35, 37, 39, 41, …\n" +
		"29 times, number: is the same as on an earlier line; lines 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40, 42, …\n"
	const end = "nothing was imported; faults: 59\n"
	code, out, complaint := run(t, folder, nil, "registry", "import", file)
	if want := counted + "--faults FILE writes each of them to a file\n" + end; code != 1 || out != "" || complaint != want {
		t.Errorf("exit %d: %s%s", code, out, complaint)
	}
	code, _, complaint = run(t, folder, nil, "registry", "import", file, "--faults", faults)
	if want := counted + "each of them stands in " + faults + "\n" + end; code != 1 || complaint != want {
		t.Errorf("exit %d: %s", code, complaint)
	}
	written, err := os.ReadFile(faults)
	lines := strings.Split(string(written), "\n")
	if err != nil || len(lines) != 61 || lines[0] != "line,column,fault" || lines[1] != "3,mobile,is too short" ||
		lines[2] != "4,number,is the same as on line 2" {
		t.Errorf("%v, %q", err, lines)
	}
	link := filepath.Join(files, "link.csv")
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	for _, over := range []string{file, link} {
		if code, _, complaint = run(t, folder, nil, "registry", "import", file, "--faults", over); code != 1 || !strings.Contains(complaint, "name another one") {
			t.Errorf("over the file itself: exit %d: %s", code, complaint)
		}
	}
	if kept, err := os.ReadFile(file); err != nil || string(kept) != text {
		t.Errorf("the file has %q, %v", kept, err)
	}
}

func TestBadRowsAreLeftOutWhereThatIsAsked(t *testing.T) {
	folder, file := served(t), filepath.Join(t.TempDir(), "people.csv")
	text := "姓名,身份证号,手机号\n张伟,110100199003070111,13800000001\n李娜,11010019930615024X,1380000000\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, complaint := run(t, folder, nil, "registry", "import", file, "--skip-bad", "--replace"); code == 0 || !strings.Contains(complaint, "--skip-bad") {
		t.Errorf("those who stand on bad rows would be removed: exit %d: %s", code, complaint)
	}
	code, out, complaint := run(t, folder, nil, "registry", "import", file, "--skip-bad")
	if code != 0 || complaint != "line 3, mobile: is too short\n" ||
		!strings.Contains(out, "faults for which rows were left out: 1\nimported into "+place(folder)+": 1,") {
		t.Errorf("exit %d: %s%s", code, out, complaint)
	}
}

func TestRegistryImport(t *testing.T) {
	folder, files := t.TempDir(), t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(files, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("110100199003070111.jpg", "image")
	write("nobody.jpg", "image")
	good := write("good.csv", "姓名,身份证号,手机号,工号\n张伟,110100199003070111,13800000001,7\n,,,\n李娜,11010019930615024X,13800000003,8\n")
	bad := write("bad.csv", "name,number,mobile\n张伟,110100199003070111,13800000001\n李娜,110100199306150240,1380000000\n")
	code, out, complaint := run(t, folder, nil, "registry", "import", bad)
	const want = "line 3, number: its last digit does not fit: a program has rounded the number, or a digit is wrong; " +
		"format the column as text and export again from the source\nline 3, mobile: is too short\nnothing was imported; faults: 2\n"
	if code != 1 || out != "" || complaint != want {
		t.Errorf("exit %d: %s%s", code, out, complaint)
	}
	if _, err := os.Stat(filepath.Join(folder, store.FileName)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a database was made: %v", err)
	}
	code, out, complaint = run(t, folder, nil, "registry", "import", good, "--dry-run")
	if code != 0 || !strings.HasSuffix(out, "people who could be imported: 2, with a portrait: 0; nothing was imported\n") {
		t.Errorf("a dry run: exit %d: %s%s", code, out, complaint)
	}
	if _, err := os.Stat(filepath.Join(folder, store.FileName)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a dry run made a database: %v", err)
	}
	if code, _, complaint = run(t, folder, nil, "registry", "import", good); code != 1 || !strings.Contains(complaint, "there is no key file in") {
		t.Errorf("into nothing: exit %d: %s", code, complaint)
	}
	if code, out, complaint = run(t, folder, nil, "database", "create"); code != 0 || out != place(folder)+" is there, for sandbox\n" {
		t.Fatalf("exit %d: %s%s", code, out, complaint)
	}
	code, out, complaint = run(t, folder, nil, "registry", "import", good, "--portraits", files)
	said := "read as UTF-8\ncolumns that were not read: 工号\nempty rows that were skipped: 1\n" +
		"pictures that no row uses: 3, bad.csv, good.csv, nobody.jpg\nimported into " + place(folder) + ": 2, with a portrait: 1; removed: 0\n"
	if code != 0 || out != said {
		t.Fatalf("exit %d: %s%s", code, out, complaint)
	}
	p, err := opened(t, folder).ByNumber(t.Context(), "110100199003070111")
	if err != nil || string(p.Portrait) != "image" || p.Carrier != "" {
		t.Errorf("got %+v, %v", p, err)
	}
}

func TestAPhonesPortraitIsImportedAndTenInOneFileAreNot(t *testing.T) {
	files, folder := t.TempDir(), served(t)
	path := func(name string) string { return filepath.Join(files, name) }
	img := image.NewGray(image.Rect(0, 0, 64, 80))
	for i := range img.Pix {
		img.Pix[i] = 128
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"grey.png":   b.String(),
		"people.csv": "name,number,mobile,portrait\n张伟,110100199003070111,13800000001,\n",
	} {
		if err := os.WriteFile(path(name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	encode := func(pictures int) {
		arguments := append([]string{"-o", path("110100199003070111.heic")}, slices.Repeat([]string{path("grey.png")}, pictures)...)
		if text, err := exec.CommandContext(t.Context(), "heif-enc", arguments...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
	}
	encode(10)
	code, _, complaint := run(t, folder, nil, "registry", "import", path("people.csv"), "--portraits", files)
	if code != 1 || !strings.Contains(complaint, "line 2") || !strings.Contains(complaint, "the file holds 10 pictures") {
		t.Errorf("ten pictures: exit %d: %s", code, complaint)
	}
	encode(1)
	check := func(picture []byte) error {
		if c, err := png.DecodeConfig(bytes.NewReader(picture)); err != nil || c.Width != 64 || c.Height != 80 {
			return fmt.Errorf("not the PNG of a phone's picture: %w", err)
		}
		return nil
	}
	code, out, complaint := runWith(t, folder, nil, check, "registry", "import", path("people.csv"), "--portraits", files)
	if code != 0 || !strings.Contains(out, "imported into "+place(folder)+": 1, with a portrait: 1;") {
		t.Errorf("exit %d: %s%s", code, out, complaint)
	}
}

// A portrait in which people are hardly recognised is imported, and told by its line.
func TestAPoorPortraitIsToldAtTheImport(t *testing.T) {
	folder, files := served(t), t.TempDir()
	list := filepath.Join(files, "people.csv")
	var picture bytes.Buffer
	if err := errors.Join(jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 64, 80)), nil),
		os.WriteFile(list, []byte("name,number,mobile\n张伟,110100199003070111,13800000001\n"), 0o600),
		os.WriteFile(filepath.Join(files, "110100199003070111.jpg"), picture.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	poor := func([]byte) error { return registry.ErrPoorPicture }
	code, out, complaint := runWith(t, folder, nil, poor, "registry", "import", list, "--portraits", files)
	if code != 0 || !strings.Contains(out, "imported into "+place(folder)+": 1,") || !strings.Contains(out+complaint, "on lines 2; a larger face, or less compression") {
		t.Errorf("exit %d: %s%s", code, out, complaint)
	}
	code, out, complaint = runWith(t, folder, nil, poor, "registry", "check", "--faces")
	if code != 0 || !strings.Contains(out, "small and compressed hard") || !strings.Contains(out, "with one that cannot be used: 0") {
		t.Errorf("exit %d: %s%s", code, out, complaint)
	}
}

func TestEachPortraitThatCannotBeUsedSaysWhatWouldDo(t *testing.T) {
	huge := append([]byte("BM"), make([]byte, 60)...) // a BMP's header alone
	binary.LittleEndian.PutUint32(huge[10:], 54)
	binary.LittleEndian.PutUint32(huge[14:], 40)
	binary.LittleEndian.PutUint32(huge[18:], 20000)
	binary.LittleEndian.PutUint32(huge[22:], 20000)
	binary.LittleEndian.PutUint16(huge[26:], 1)
	binary.LittleEndian.PutUint16(huge[28:], 24)
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 64, 80))); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		picture []byte
		check   error
		want    string
	}{
		"a BMP that claims 20,000×20,000": {huge, nil, "the picture is too large: 20000×20000; save it with 50 million pixels at most"},
		"a text":                          {[]byte("no picture"), &look.InputError{Kind: look.ErrForm, Frame: -1, Cause: raster.ErrFormat}, "not a JPEG or PNG picture; save it as JPEG or PNG"},
		"one that is cut short":           {b.Bytes()[:40], &look.InputError{Kind: look.ErrImage, Hint: look.HintRetry, Frame: -1, Cause: raster.ErrDamaged}, "copy it anew from where it came"},
		"two people":                      {b.Bytes(), &look.InputError{Kind: look.ErrManyFace, Hint: look.HintOneFace, Frame: -1}, "more than one face is seen; use one of the whole face of this person alone"},
		"a blurred one":                   {b.Bytes(), &look.InputError{Kind: look.ErrQuality, Hint: look.HintHoldStill, Frame: -1}, "the picture is not good enough; use a sharp one"},
		"a small face":                    {b.Bytes(), &look.InputError{Kind: look.ErrQuality, Hint: look.HintCloser, Frame: -1, Cause: errors.New("cut it closer")}, "not good enough: cut it closer"},
	} {
		files, folder := t.TempDir(), served(t)
		people := filepath.Join(files, "people.csv")
		for file, content := range map[string][]byte{"zhang.jpg": test.picture, "people.csv": []byte("姓名,证件号码,手机号,照片\n张伟,110100199003070111,13800000001,zhang.jpg\n")} {
			if err := os.WriteFile(filepath.Join(files, file), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		code, _, complaint := runWith(t, folder, nil, func([]byte) error { return test.check }, "registry", "import", people, "--portraits", files)
		if code != 1 || !strings.Contains(complaint, "line 2, portrait: cannot be used: ") || !strings.Contains(complaint, test.want) || !strings.Contains(complaint, "nothing was imported") {
			t.Errorf("%s: exit %d: %s", name, code, complaint)
		}
	}
}

func TestADatabaseIsBackedUpAndRestored(t *testing.T) {
	folder, other := served(t), served(t)
	backup := filepath.Join(t.TempDir(), "backup.db")
	for _, step := range []struct {
		folder string
		args   []string
		code   int
		says   string
	}{
		{folder, []string{"database", "migrate", "status"}, 0, "0001_first                       20"},
		{folder, []string{"database", "migrate", "status"}, 0, "in " + place(folder) + "\n"},
		{folder, []string{"database", "check"}, 0, "audit entries that hold: 1\n"},
		{folder, []string{"database", "backup", backup}, 0, "was written to " + backup + ". To read it takes the key document with index key "},
		{folder, []string{"database", "backup", backup}, 1, "file exists"},
		{folder, []string{"database", "restore", backup}, 1, "move it away first"},
	} {
		if code, out, complaint := run(t, step.folder, nil, step.args...); code != step.code || !strings.Contains(out+complaint, step.says) {
			t.Errorf("%v: %d %s%s", step.args, code, out, complaint)
		}
	}
	gone := func(folder string) {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			if err := os.Remove(place(folder) + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
		}
	}
	gone(other)
	if code, _, complaint := run(t, other, nil, "database", "restore", backup); code != 1 || !strings.Contains(complaint, "another index key") {
		t.Errorf("with other keys: %d %s", code, complaint)
	}
	if _, err := os.Stat(place(other)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a database that nobody can read stays: %v", err)
	}
	gone(folder)
	if code, _, complaint := run(t, folder, nil, "database", "migrate", "status"); code != 1 || !strings.Contains(complaint, "there is no database here yet") {
		t.Errorf("without a database: %d %s", code, complaint)
	}
	if code, _, complaint := run(t, folder, nil, "database", "restore", backup); code != 0 {
		t.Fatalf("restore: %d %s", code, complaint)
	}
	expectBound(t, folder)
	torn := filepath.Join(t.TempDir(), "torn.db")
	whole, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(torn, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	gone(folder)
	if code, _, complaint := run(t, folder, nil, "database", "restore", torn); code != 1 || complaint == "" {
		t.Errorf("half a backup: %d %s", code, complaint)
	}
}

func TestABackupOfBeforeAReindexIsRestored(t *testing.T) {
	folder := served(t)
	backup := filepath.Join(t.TempDir(), "backup.db")
	does := func(says string, args ...string) {
		t.Helper()
		if code, out, complaint := run(t, folder, nil, args...); code != 0 || !strings.Contains(out, says) {
			t.Fatalf("%v: %d %s%s", args, code, out, complaint)
		}
	}
	before, err := keys.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	does("was written", "database", "backup", backup)
	does("rows with new hashes: 1\n", "keys", "reindex")
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(place(folder) + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	does("with the index key of then", "database", "restore", backup)
	expectBound(t, folder)
	does("master key 2", "keys", "rotate") // writes the key file anew
	expectBound(t, folder)
	does("rows with new hashes: 1\n", "keys", "reindex")
	expectBound(t, folder)
	after, err := keys.Load(folder)
	if err != nil || len(after.OtherIndexes) != 2 || !bytes.Equal(after.OtherIndexes[0], before.Index) {
		t.Errorf("%d other index keys, %v", len(after.OtherIndexes), err)
	}
}

// TestTheRegistryIsKept: what was imported is listed, shown, checked, exported,
// imported elsewhere, replaced and removed.
func TestTheRegistryIsKept(t *testing.T) {
	folder, elsewhere, files := t.TempDir(), t.TempDir(), t.TempDir()
	path := func(name string) string { return filepath.Join(files, name) }
	write := func(name, text string) {
		if err := os.WriteFile(path(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("people.csv", "name,number,mobile,portrait\n张伟,110100199003070111,13800000001,z.jpg\n李娜,11010019930615024X,13800000003,\n")
	write("z.jpg", "image")
	write("names.csv", "姓名,身份证号\n张三,110100199003070111\n")
	write("strangers.csv", "姓名,身份证号\n张三,110100199003070111\n王芳,110100198512240225\n")
	write("cut.csv", "name,number,mobile\n张伟,110100199003070111,13800000001\n李娜,\xff,13800000003\n")
	write("text.xlsx", "hello\n")
	write("fewer.csv", "name,number,mobile\n李娜,11010019930615024X,13800000003\n")
	for _, step := range []struct {
		folder string
		args   []string
		code   int
		says   string
	}{
		{folder, []string{"database", "create"}, 0, "is there"},
		{elsewhere, []string{"database", "create"}, 0, "is there"},
		{folder, []string{"registry", "import", path("people.csv"), "--portraits", files}, 0, "imported into " + place(folder) + ": 2,"},
		{folder, []string{"registry", "list"}, 0, "cn_id  110***********0111  张*  138****0001  portrait\n"},
		{folder, []string{"registry", "list"}, 0, "in " + place(folder) + "\n"},
		{folder, []string{"registry", "show", "110100199003070111"}, 0, "name      张伟\nnumber    110100199003070111\nmobile    13800000001\nportrait  5 bytes\n"},
		{folder, []string{"registry", "show", "110100198512240225"}, 1, "no such person; `backend registry list` names who is in it"},
		{folder, []string{"registry", "import", path("text.xlsx")}, 1, "it is no workbook"},
		{folder, []string{"registry", "show", "1101"}, 1, "this is no such number"},
		{folder, []string{"registry", "import", path("names.csv")}, 0, "there is no column of mobile numbers: those that the registry has stay\nimported into " + place(folder) + ": 1,"},
		{folder, []string{"registry", "show", "110100199003070111"}, 0, "name      张三\nnumber    110100199003070111\nmobile    13800000001\nportrait  5 bytes\n"},
		{folder, []string{"registry", "import", path("strangers.csv")}, 1, "line 3, mobile: is missing for a person of whom the registry has none; add the column 手机号, or mobile\nnothing was imported; faults: 1"},
		{folder, []string{"registry", "import", path("cut.csv"), "--encoding", "utf-8"}, 1, "name the right encoding\n--encoding NAME names the encoding\n"},
		{folder, []string{"registry", "import", path("strangers.csv"), "--dry-run"}, 1, "line 3, mobile: is missing"},
		{folder, []string{"registry", "import", path("strangers.csv"), "--skip-bad"}, 0, "imported into " + place(folder) + ": 1,"},
		{folder, []string{"registry", "check", "--faces"}, 0, "people who can be read: 2, with a portrait: 1, with one that cannot be used: 0\n"},
		{folder, []string{"registry", "export", path("out.csv"), "--portraits", path("pictures")}, 0, "exported from " + place(folder) + ": 2\n"},
		{folder, []string{"registry", "export", path("out.csv")}, 1, "file exists"},
		{elsewhere, []string{"registry", "import", path("out.csv"), "--portraits", path("pictures")}, 0, "imported into " + place(elsewhere) + ": 2,"},
		{elsewhere, []string{"registry", "show", "110100199003070111"}, 0, "portrait  5 bytes\n"},
		{elsewhere, []string{"registry", "import", path("fewer.csv"), "--confirm", "1"}, 2, "--confirm is of use with --replace alone"},
		{elsewhere, []string{"registry", "import", path("fewer.csv"), "--replace"}, 1, place(elsewhere) + ": people who are not in the file and would be removed: 1; nothing was changed. Call again with --confirm 1"},
		{elsewhere, []string{"registry", "import", path("fewer.csv"), "--replace", "--confirm", "1"}, 0, "removed: 1\n"},
		{elsewhere, []string{"registry", "show", "110100199003070111"}, 1, "no such person"},
		{elsewhere, []string{"registry", "remove", "11010019930615024x"}, 0, "removed from"},
		{elsewhere, []string{"registry", "remove", "11010019930615024x"}, 1, place(elsewhere) + ": "},
		{elsewhere, []string{"registry", "check"}, 0, "people who can be read: 0,"},
	} {
		code, out, complaint := run(t, step.folder, nil, step.args...)
		if code != step.code || !strings.Contains(out+complaint, step.says) {
			t.Errorf("%v: %d %s%s", step.args, code, out, complaint)
		}
	}
	write("z.jpg", "not a face")
	if code, _, complaint := run(t, folder, nil, "registry", "import", path("people.csv"), "--portraits", files); code != 1 || !strings.Contains(complaint, "no face") {
		t.Errorf("a portrait without a face: %d %s", code, complaint)
	}
}

// What holds nothing says so beside the list, which stays empty.
func TestAnEmptyDatabaseIsSaidToBe(t *testing.T) {
	folder := t.TempDir()
	if code, _, complaint := run(t, folder, nil, "database", "create"); code != 0 {
		t.Fatal(complaint)
	}
	for list, says := range map[string]string{
		"operator": "there is no operator; `backend operator add` makes one\n",
		"registry": "nobody is in the registry; `backend registry import` brings people\n",
		"review":   "nobody waits for a review\n",
		"service":  "there is no service; `backend service add` makes one\n",
	} {
		if code, out, complaint := run(t, folder, nil, list, "list"); code != 0 || out != "" || !strings.HasSuffix(complaint, says) {
			t.Errorf("%s: exit %d: %q, %q", list, code, out, complaint)
		}
	}
	if code, out, _ := run(t, folder, nil, "audit", "verify"); code != 0 || out != place(folder)+": entries that hold: 0, nothing is sealed yet\n" {
		t.Errorf("audit: exit %d: %q", code, out)
	}
}

func TestCommandsRefuseWhatTheyDoNotUnderstand(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		code int
		want string
	}{
		"no such command": {[]string{"keys", "break"}, 2, "unexpected argument break"},
		"no file":         {[]string{"registry", "import"}, 2, "<file>"},
		"a bad seal":      {[]string{"audit", "verify", "--seal", "x"}, 2, "a seal is a number"},
		"an empty folder": {[]string{"keys", "rotate"}, 1, "there is no key file in"},
	} {
		code, _, complaint := run(t, t.TempDir(), nil, test.args...)
		if code != test.code || !strings.Contains(complaint, test.want) {
			t.Errorf("%s: exit %d: %s", name, code, complaint)
		}
	}
}

// place is how commands name the database of a folder.
func place(folder string) string { return filepath.Join(folder, store.FileName) }

func TestAFolderOfPortraitsThatIsNotThereIsNamed(t *testing.T) {
	list := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(list, []byte("name,number,mobile\n张伟,110100199003070111,13800000001\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	away := filepath.Join(t.TempDir(), "portraits")
	if code, out, complaint := runWith(t, served(t), nil, nil, "registry", "import", list, "--portraits", away); code != 1 || !strings.Contains(complaint, away) {
		t.Errorf("exit %d: %s%s", code, out, complaint)
	}
}
