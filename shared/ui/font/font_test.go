package font_test

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"realname.example/shared/ui/font"
)

// sandboxNames are the people of the sandbox registry and what the PC and the phone show of them.
var sandboxNames = []string{
	"张伟", "王芳", "李娜", "陈静", "杨䮌", "买买提·艾力", "赵磊", "孙小宝", "周杰", "吴敏", "郑强", "何丽", "林峰", "张*",
}

func TestFontsHaveTheSandboxNames(t *testing.T) {
	regular := runes(t, font.Regular())
	for _, name := range sandboxNames {
		wantRunes(t, "regular", regular, name)
	}
}

// The web file is not embedded here, so it is read from the folder.
func TestWebFontHasTheFamilyNamesOfTheSandbox(t *testing.T) {
	web, err := os.ReadFile("regular_web.ttf")
	if err != nil {
		t.Fatal(err)
	}
	has := runes(t, web)
	for _, name := range sandboxNames {
		wantRunes(t, "web", has, string([]rune(name)[:1])+"*·")
	}
}

func TestFontsHaveRareCharactersOfNames(t *testing.T) {
	// One of each block that carries names: extension A, the main block's end, extension B and C.
	wantRunes(t, "regular", runes(t, font.Regular()), "䮌䶮㛃㬎龢喆玥祎翀赟")
}

func TestWhatTheFontLacksIsNamedOnce(t *testing.T) {
	for text, want := range map[string]string{
		"张伟": "", "䶮㛃龴": "", "𬱖": "", "买买提·艾力": "", "ANNA MÜLLER": "", "": "",
		"𠮷野𠮷": "𠮷", "张\U0002ebf0\U000323b0": "\U0002ebf0\U000323b0",
	} {
		if got := string(font.Lacks(text)); got != want {
			t.Errorf("%s: lacks %q, not %q", text, got, want)
		}
	}
}

func TestFontsHaveEverySentence(t *testing.T) {
	web, err := os.ReadFile("regular_web.ttf")
	if err != nil {
		t.Fatal(err)
	}
	faces := map[string]map[rune]bool{
		"regular": runes(t, font.Regular()),
		"bold":    runes(t, font.Bold()),
		"web":     runes(t, web),
	}
	files := sentenceFiles(t, filepath.Join("..", "..", ".."))
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var sentences map[string]any
		if err := json.Unmarshal(raw, &sentences); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for name, has := range faces {
			for _, text := range leaves(sentences) {
				wantRunes(t, name+" for "+filepath.Base(file), has, text)
			}
		}
	}
}

// The pages before the app draws in a browser take the web font where the system has no Chinese one.
func TestWebFontHasEveryWordOfThePages(t *testing.T) {
	web, err := os.ReadFile("regular_web.ttf")
	if err != nil {
		t.Fatal(err)
	}
	has, root := runes(t, web), filepath.Join("..", "..", "..")
	read := 0
	for _, pattern := range []string{
		filepath.Join(root, ".package", "web", "start.js"), filepath.Join(root, ".package", "web", "index.html"),
		filepath.Join(root, "backend", "internal", "httpapi", "pages", "*.html"),
	} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			wantRunes(t, "web for "+filepath.Base(file), has, string(text))
			read++
		}
	}
	if read < 4 {
		t.Errorf("%d pages were read", read)
	}
}

// sentenceFiles finds the translations (app.zh_Hans.json, app.en.json) of the apps beside us.
func sentenceFiles(t *testing.T, root string) []string {
	t.Helper()
	var found []string
	for _, module := range []string{"shared", "desktop", "mobile"} {
		err := filepath.WalkDir(filepath.Join(root, module), func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // another author's temporary file
			}
			name := filepath.Base(path)
			if err == nil && (strings.HasSuffix(name, "zh_Hans.json") || strings.HasSuffix(name, ".en.json")) {
				found = append(found, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(found) < 2 {
		t.Fatalf("found %d sentence files, want Chinese and English", len(found))
	}
	return found
}

// leaves are all texts of a JSON document.
func leaves(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case map[string]any:
		var all []string
		for _, child := range v {
			all = append(all, leaves(child)...)
		}
		return all
	}
	return nil
}

func wantRunes(t *testing.T, face string, has map[rune]bool, text string) {
	t.Helper()
	for _, r := range text {
		if r >= ' ' && !has[r] {
			t.Errorf("%s has no %q (%U) of %q", face, r, r, text)
		}
	}
}

// runes reads the characters of a TrueType file from its format 12 table, which hb-subset writes
// for any file with characters above U+FFFF; format 4 files are read too.
func runes(t *testing.T, file []byte) map[rune]bool {
	t.Helper()
	cmap := table(t, file, "cmap")
	has := map[rune]bool{}
	for i := range int(binary.BigEndian.Uint16(cmap[2:])) {
		sub := cmap[binary.BigEndian.Uint32(cmap[4+8*i+4:]):]
		switch binary.BigEndian.Uint16(sub) {
		case 4:
			addFormat4(has, sub)
		case 12:
			for g := range int(binary.BigEndian.Uint32(sub[12:])) {
				group := sub[16+12*g:]
				for c := binary.BigEndian.Uint32(group); c <= binary.BigEndian.Uint32(group[4:]); c++ {
					has[rune(c)] = true
				}
			}
		}
	}
	return has
}

// addFormat4 adds the segments of a format 4 table; hb-subset makes none that maps to no glyph
// but the last, 0xFFFF.
func addFormat4(has map[rune]bool, sub []byte) {
	size := int(binary.BigEndian.Uint16(sub[6:]))
	for s := 0; s < size; s += 2 {
		last := rune(binary.BigEndian.Uint16(sub[14+s:]))
		for c := rune(binary.BigEndian.Uint16(sub[16+size+s:])); c <= last && c != 0xffff; c++ {
			has[c] = true
		}
	}
}

func table(t *testing.T, file []byte, tag string) []byte {
	t.Helper()
	for i := range int(binary.BigEndian.Uint16(file[4:])) {
		entry := file[12+16*i:]
		if string(entry[:4]) == tag {
			return file[binary.BigEndian.Uint32(entry[8:]):]
		}
	}
	t.Fatalf("no table %s", tag)
	return nil
}
