package main

import (
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// An evaluation that tries nothing would find that nothing passes.
func TestAnEvaluationTriesSomething(t *testing.T) {
	for line, want := range map[string]string{
		"attack-eval":                                 "",
		"attack-eval --tries 1 --species print":       "",
		"attack-eval --tries 0":                       "--tries",
		"attack-eval --tries=-1":                      "--tries",
		"attack-eval --species nobody":                "--species",
		"attack-eval --light phong --species genuine": "",
	} {
		parser, err := kong.New(&tools{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = parser.Parse(strings.Fields(line))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", line, err, want)
		}
	}
}
