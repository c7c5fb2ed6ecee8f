package httpapi

import (
	"encoding/json"
	"fmt"
	"sync"
)

// consoleWords has the console's sentences by language and key. They are the
// operator's, and not those that people read in the apps.
var consoleWords = sync.OnceValue(func() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, language := range []string{"en", "zh"} {
		body, err := consoleFiles.ReadFile("console/sentences." + language + ".json")
		words := map[string]string{}
		if err == nil {
			err = json.Unmarshal(body, &words)
		}
		if err != nil {
			panic(err) // embedded: what cannot be read stops the build's tests
		}
		all[language] = words
	}
	return all
})

// consoleSentence is the sentence of a key. Without one the key shows, which the
// tests find.
func consoleSentence(language, key string, args ...any) string {
	text, ok := consoleWords()[language][key]
	if !ok {
		return key
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}
