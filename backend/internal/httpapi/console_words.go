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

// toOperator is the console's sentence of a refusal. Codes that only people who verify
// themselves meet have none of their own; the general one names the code.
func (r *refusal) toOperator(language string) string {
	if r.sentence != "" {
		return consoleSentence(language, r.sentence)
	}
	key := "problem." + string(r.code)
	if _, ok := consoleWords()[language][key]; ok {
		return consoleSentence(language, key)
	}
	return consoleSentence(language, "problem.other", r.code)
}
