package registry

import (
	"embed"
	"sync"

	"realname.example/backend/internal/sentences"
)

//go:embed texts/*.json
var textFiles embed.FS

// English is the language of the commands.
const English = sentences.English

// texts has the sentences about a file.
var texts = sync.OnceValue(func() sentences.Book { return sentences.Read(textFiles, "texts/%s.json") })

// say is the sentence of a key.
func say(lang, key string, args ...any) string { return texts().Say(lang, key, args...) }
