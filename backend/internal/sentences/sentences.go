// Package sentences reads what the backend says to operators, a file a language.
package sentences

import (
	"encoding/json"
	"fmt"
	"io/fs"
)

// English is the language of the commands.
const English = "en"

// languages are those that the backend speaks.
var languages = []string{English, "zh"}

// Book has sentences by language and key.
type Book map[string]map[string]string

// Read reads a file a language; pattern has %s for its name. It panics where one cannot
// be read: they are embedded, and a test that says anything finds it.
func Read(files fs.FS, pattern string) Book {
	book := Book{}
	for _, language := range languages {
		words := map[string]string{}
		body, err := fs.ReadFile(files, fmt.Sprintf(pattern, language))
		if err == nil {
			err = json.Unmarshal(body, &words)
		}
		if err != nil {
			panic(err)
		}
		book[language] = words
	}
	return book
}

// Say is the sentence of a key. Without one the key shows, which the tests find.
func (b Book) Say(language, key string, args ...any) string {
	text, ok := b[language][key]
	if !ok {
		return key
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}
