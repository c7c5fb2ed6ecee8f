package sentences_test

import (
	"testing"
	"testing/fstest"

	"realname.example/backend/internal/sentences"
)

func TestABookSaysWhatItHas(t *testing.T) {
	book := sentences.Read(fstest.MapFS{
		"words.en.json": {Data: []byte(`{"all": "100 %", "left": "%d left"}`)},
		"words.zh.json": {Data: []byte(`{"all": "100%", "left": "剩 %d"}`)},
	}, "words.%s.json")
	for _, test := range []struct {
		language, key string
		args          []any
		want          string
	}{
		{sentences.English, "all", nil, "100 %"},
		{"zh", "left", []any{3}, "剩 3"},
		{"zh", "missing", []any{3}, "missing"},
		{"fr", "all", nil, "all"},
	} {
		if got := book.Say(test.language, test.key, test.args...); got != test.want {
			t.Errorf("%s, %s: %q, want %q", test.language, test.key, got, test.want)
		}
	}
}

func TestAFileThatCannotBeReadStopsTheProgram(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{
		"damaged": {"words.en.json": {Data: []byte(`{"all":`)}, "words.zh.json": {Data: []byte(`{}`)}},
		"missing": {"words.en.json": {Data: []byte(`{}`)}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: it went on", name)
				}
			}()
			sentences.Read(files, "words.%s.json")
		}()
	}
}
