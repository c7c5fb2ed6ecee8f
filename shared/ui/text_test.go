package ui_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"realname.example/shared/ui"
)

// linesOf are the lines in which a text of a width is drawn.
func linesOf(t *testing.T, text *ui.Text, width float32) []string {
	t.Helper()
	text.Resize(fyne.NewSize(width, 400))
	var lines []string
	for _, o := range test.LaidOutObjects(text) {
		if line, ok := o.(*canvas.Text); ok && line.Text != "" {
			lines = append(lines, line.Text)
		}
	}
	return lines
}

func TestNoLineOfChineseBeginsOrEndsWithTheWrongMark(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(ui.NewTheme(ui.LightScheme, ui.UsualText))
	data, err := os.ReadFile("sentences/app.zh_Hans.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]string
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	broken := 0
	for key, sentence := range all {
		for _, width := range []float32{180, 268, 358, 520} {
			lines := linesOf(t, ui.Body(sentence), width)
			for i, line := range lines {
				if first, _ := utf8.DecodeRuneInString(line); i > 0 && strings.ContainsRune("，。、；：？！）”》", first) {
					t.Errorf("%s, %v wide: a line begins %q", key, width, line)
				}
				if strings.HasSuffix(line, "（") || strings.HasSuffix(line, "“") {
					t.Errorf("%s, %v wide: a line ends %q", key, width, line)
				}
				if wide := fyne.MeasureText(line, 15, fyne.TextStyle{}).Width; wide > width {
					t.Errorf("%s, %v wide: %q has %v", key, width, line, wide)
				}
			}
			broken += len(lines) - 1
			if got, want := bare(strings.Join(lines, "")), bare(sentence); got != want {
				t.Errorf("%s, %v wide: shows %q for %q", key, width, got, want)
			}
		}
	}
	if broken < 100 {
		t.Errorf("only %d lines were broken: the test shows nothing", broken)
	}
}

// bare is text without spaces, which the end of a line takes away.
func bare(text string) string { return strings.ReplaceAll(text, " ", "") }

func TestAWordOfLatinStaysWholeWithinChinese(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(ui.NewTheme(ui.LightScheme, ui.UsualText))
	text := ui.Body("这部手机的系统太旧，需要 Android 7 或更高版本才能使用 http://127.0.0.1:8080 的摄像头。")
	for width := float32(180); width < 400; width += 7 {
		lines := strings.Join(linesOf(t, text, width), "\n")
		for _, word := range []string{"Android", "http://127.0.0.1:8080"} {
			if !strings.Contains(lines, word) {
				t.Errorf("%v wide: %q is cut in %q", width, word, lines)
			}
		}
	}
	text.Set("好")
	if lines := linesOf(t, text, 180); len(lines) != 1 || lines[0] != "好" {
		t.Errorf("shows %q", lines)
	}
	if text.String() != "好" {
		t.Errorf("is %q", text.String())
	}
}
