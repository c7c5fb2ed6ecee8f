package registry

import (
	"errors"
	"strings"
	"testing"
	"unicode"

	"realname.example/shared/identity"
)

func TestEachSentenceIsThereInBothLanguages(t *testing.T) {
	for key, text := range texts()[English] {
		other := texts()["zh"][key]
		if strings.Count(text, "%") != strings.Count(other, "%") || !strings.ContainsFunc(other, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%s is %q and %q", key, text, other)
		}
	}
	if en, zh := len(texts()[English]), len(texts()["zh"]); en != zh {
		t.Errorf("%d sentences in English, %d in Chinese", en, zh)
	}
	for _, c := range identity.Causes() {
		if key := "row." + string(c); c != identity.CauseUnderage && c != identity.CauseBlocked && texts()[English][key] == "" {
			t.Errorf("no sentence for %s", key)
		}
	}
}

func TestARowSaysWhatIsWrongInTheReadersLanguage(t *testing.T) {
	_, _, err := Read(t.Context(), strings.NewReader("姓名,身份证号,手机号\n张伟,11010019900307011X,13800000001\n\"\n"), Options{})
	var report *ReportError
	if !errors.As(err, &report) {
		t.Fatal(err)
	}
	if said := report.Rows[0].Said("zh"); said != "引号没有成对" {
		t.Errorf("said %q", said)
	}
	_, _, err = Read(t.Context(), strings.NewReader("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), Options{})
	var file *FileError
	if !errors.As(err, &file) || !strings.HasPrefix(file.Said("zh"), "这是旧格式的工作簿") {
		t.Errorf("said %v", err)
	}
}
