// Package sentences words everything that the apps say, in Chinese and
// English: one JSON file per language, read through Fyne's lang package. It
// turns statuses, reasons, problems and causes into sentences that name the
// next step. It draws nothing.
//
// The language is one for the whole program, as Fyne's is. Use and T belong on
// the goroutine that draws.
package sentences

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"fyne.io/fyne/v2/lang"
)

//go:embed app.en.json app.zh_Hans.json
var files embed.FS

// Language is one that the apps speak.
type Language string

// The languages. Each has the file app.LANGUAGE.json.
const (
	English Language = "en"
	Chinese Language = "zh_Hans"
)

// Languages lists them in the order in which they are offered.
func Languages() []Language { return []Language{Chinese, English} }

// Data fills the placeholders of a sentence: {{.Name}}.
type Data map[string]any

// Named returns the language that a setting or a flag names: zh and en in any
// longer form. Anything else means the system's.
func Named(name string) Language {
	switch {
	case strings.HasPrefix(name, "zh"):
		return Chinese
	case strings.HasPrefix(name, "en"):
		return English
	}
	return System()
}

// System returns Chinese where the system speaks it, else English.
func System() Language {
	if strings.HasPrefix(lang.SystemLocale().String(), "zh") {
		return Chinese
	}
	return English
}

// Use switches to a language. What is drawn already has to be drawn again.
//
// Fyne picks by the system's locale and has no switch: so the sentences take
// the place of that locale's.
func Use(l Language) error {
	data, err := files.ReadFile("app." + string(l) + ".json")
	if err != nil {
		return fmt.Errorf("read sentences: %w", err)
	}
	if err := lang.AddTranslationsForLocale(data, lang.SystemLocale()); err != nil {
		return fmt.Errorf("load sentences: %w", err)
	}
	return nil
}

// T returns the sentence of a key in the language in use. An unknown key comes
// back as it is; a test sees to it that there is none.
func T(key string, data ...Data) string {
	if len(data) == 0 {
		return lang.X(key, key)
	}
	return lang.X(key, key, map[string]any(data[0]))
}

// Code is the language in use as servers are asked for it: zh or en.
func Code() string { return T("language") }

// keys are those of every language; a test sees to it that they are the same.
var keys = sync.OnceValue(func() map[string]json.RawMessage {
	var all map[string]json.RawMessage
	data, err := files.ReadFile("app." + string(English) + ".json")
	if err != nil || json.Unmarshal(data, &all) != nil {
		return nil
	}
	return all
})

// has reports whether there is a sentence for a key. Asking Fyne would log an
// error for each that there is not.
func has(key string) bool {
	_, ok := keys()[key]
	return ok
}
