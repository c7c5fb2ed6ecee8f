//go:build ignore

// Subset makes the three font files of this package from the Noto Sans SC files of set-up, by
// HarfBuzz's hb-subset. Its only caller is "make font"; README.md has the recipe in words.
package main

import (
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
)

//go:embed surnames.txt
var surnames string

// span is a range of code points, both ends included.
type span struct{ first, last rune }

// marks is everything that a sentence of the apps may hold besides Han characters.
var marks = []span{
	{0x20, 0x7e},
	{0xa0, 0x17f}, // Latin
	{0x2010, 0x203b},
	{0x20ac, 0x20ac}, // dashes, quotes, ellipsis, euro
	{0x2103, 0x2103},
	{0x2116, 0x2116},
	{0x2190, 0x2199}, // degree, numero, arrows
	{0x2248, 0x2248},
	{0x2264, 0x2265},
	{0x221e, 0x221e},
	{0x2460, 0x2473}, // circled numbers
	{0x25a0, 0x25a1},
	{0x25b2, 0x25cf},
	{0x2605, 0x2606},
	{0x2713, 0x2717}, // shapes, ticks
	{0x3000, 0x301f}, // Chinese punctuation and the zero 〇
	{0x6d4f, 0x6d4f}, // 浏, of the browser, outside level 1
	{0xff00, 0xffef}, // full-width forms
}

// han is every block of Han characters up to Unicode 15.
var han = []span{{0x3400, 0x4dbf}, {0x4e00, 0x9fff}, {0xf900, 0xfaff}, {0x20000, 0x323af}}

// font is one file to make.
type font struct {
	file, source string
	text         string
}

func main() {
	from := flag.String("from", "", "folder of the package @expo-google-fonts/noto-sans-sc")
	to := flag.String("to", ".", "folder to write to")
	flag.Parse()
	if err := run(*from, *to); err != nil {
		fmt.Fprintln(os.Stderr, "make the font:", err)
		os.Exit(1)
	}
}

func run(from, to string) error {
	common, err := commonHan()
	if err != nil {
		return err
	}
	regular := filepath.Join(from, "400Regular", "NotoSansSC_400Regular.ttf")
	bold := filepath.Join(from, "700Bold", "NotoSansSC_700Bold.ttf")
	for _, f := range []font{
		{"regular.ttf", regular, expand(marks) + expand(han)},
		{"regular_web.ttf", regular, expand(marks) + common},
		{"bold.ttf", bold, expand(marks) + common},
	} {
		if err := f.make(to); err != nil {
			return fmt.Errorf("%s: %w", f.file, err)
		}
	}
	licence, err := os.ReadFile(filepath.Join(from, "LICENSE_FONT"))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, "OFL.txt"), licence, 0o644)
}

// make calls hb-subset for one file. Fyne does not hint, so hints are left out.
func (f font) make(to string) error {
	chars, err := os.CreateTemp("", "chars-*.txt")
	if err != nil {
		return err
	}
	defer os.Remove(chars.Name())
	if _, err := chars.WriteString(f.text); err != nil {
		return errors.Join(err, chars.Close())
	}
	if err := chars.Close(); err != nil {
		return err
	}
	cmd := exec.Command("hb-subset", "--no-hinting", "--layout-features=kern,mark,ccmp,locl",
		"--text-file="+chars.Name(), "--output-file="+filepath.Join(to, f.file), f.source)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}

// commonHan is GB2312 level 1 (rows 16 to 55) and the family names outside it.
func commonHan() (string, error) {
	var b strings.Builder
	decode := simplifiedchinese.GBK.NewDecoder()
	for row := 0xb0; row <= 0xd7; row++ {
		for cell := 0xa1; cell <= 0xfe; cell++ {
			if row == 0xd7 && cell > 0xf9 { // the last five cells of level 1 are empty
				continue
			}
			s, err := decode.Bytes([]byte{byte(row), byte(cell)})
			if err != nil {
				return "", err
			}
			b.Write(s)
		}
	}
	for line := range strings.Lines(surnames) {
		if !strings.HasPrefix(line, "#") {
			b.WriteString(strings.Join(strings.Fields(line), ""))
		}
	}
	return b.String(), nil
}

func expand(spans []span) string {
	var b strings.Builder
	for _, s := range spans {
		for r := s.first; r <= s.last; r++ {
			b.WriteRune(r)
		}
	}
	return b.String()
}
