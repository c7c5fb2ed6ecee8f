package httpapi

import (
	"sync"

	"realname.example/backend/internal/sentences"
)

// consoleWords has the console's sentences. They are the operator's, and not those that
// people read in the apps.
var consoleWords = sync.OnceValue(func() sentences.Book {
	return sentences.Read(consoleFiles, "console/sentences.%s.json")
})

// consoleSentence is the sentence of a key.
func consoleSentence(language, key string, args ...any) string {
	return consoleWords().Say(language, key, args...)
}
