// Package font holds the Chinese font that both apps embed, so that a machine without any Chinese
// font shows names and sentences as they are. shared/ui's theme is its only caller; README.md says
// how the files are made. It draws nothing and knows nothing of Fyne.
package font

import (
	"slices"
	"sync"

	"golang.org/x/image/font/sfnt"
)

// Regular is the face for text, a TrueType file. On the desktop and on phones it has every Han
// character of its source, because a name may hold any of them; in the browser, where each
// kilobyte is waited for, GB2312 level 1 and the rarer family names. README.md has the counts.
// The bytes are shared: do not change them.
func Regular() []byte { return regular }

// Bold is the face for titles, a TrueType file with GB2312 level 1 and the rarer family names; in
// the browser it is the regular face again. A whole name that a person typed belongs in Regular.
// The bytes are shared: do not change them.
func Bold() []byte { return bold }

// face is Regular as it is parsed at the first question; nil where it cannot be read.
var (
	face   *sfnt.Font
	parsed sync.Once
)

// Lacks returns the characters of a text that Regular cannot draw, each once; they
// are boxes on the screen.
func Lacks(text string) []rune {
	parsed.Do(func() { face, _ = sfnt.Parse(regular) }) // a test reads it
	if face == nil {
		return nil
	}
	var lacking []rune
	for _, r := range text {
		if glyph, err := face.GlyphIndex(nil, r); (err != nil || glyph == 0) && !slices.Contains(lacking, r) {
			lacking = append(lacking, r)
		}
	}
	return lacking
}
