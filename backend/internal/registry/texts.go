package registry

import (
	"embed"
	"encoding/json"
	"fmt"
	"sync"
)

//go:embed texts/*.json
var textFiles embed.FS

// English is the language of the commands.
const English = "en"

// texts has the sentences about a file by language and key.
var texts = sync.OnceValue(func() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, lang := range []string{English, "zh"} {
		words := map[string]string{}
		body, err := textFiles.ReadFile("texts/" + lang + ".json")
		if err == nil {
			err = json.Unmarshal(body, &words)
		}
		if err != nil {
			panic(err) // embedded: what cannot be read stops the build's tests
		}
		all[lang] = words
	}
	return all
})

// say is the sentence of a key. Without one the key shows, which the tests find.
func say(lang, key string, args ...any) string {
	text, ok := texts()[lang][key]
	if !ok {
		return key
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}
