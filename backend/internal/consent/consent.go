// Package consent has the texts that people agree to, each with a purpose, a
// version and its languages. A text that was ever shown stays, so that an audit
// entry's version says for good what was agreed to; a change is a new version.
package consent

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"golang.org/x/text/language"

	"realname.example/backend/internal/verify"
)

// ErrUnknown is a purpose or a version without a text.
var ErrUnknown = errors.New("there is no such consent")

// Text is what a person reads before they agree.
type Text struct {
	// Version names the text in all its languages, such as face-2.
	Version string
	// Language is zh or en.
	Language string
	// Text has paragraphs with an empty line between.
	Text string
}

// Texts are those that a server asks for now, a version for each purpose.
type Texts map[verify.Purpose]string

// faces are the versions of who says to whom a picture goes, by who compares it.
var faces = map[string]string{"tencent": "face-tencent-1", "aliyun": "face-aliyun-1"}

// For returns the texts of a server whose portraits are those of a provider.
func For(portraits string) Texts {
	return Texts{
		verify.PurposeFace:   cmp.Or(faces[portraits], "face-2"),
		verify.PurposeMobile: "mobile-1",
		verify.PurposeReview: "review-1",
	}
}

// languages in which every text is there; the first is for who wants another.
var languages = []language.Tag{language.Chinese, language.English}

var matcher = language.NewMatcher(languages)

//go:embed texts/*.txt
var texts embed.FS

// Current returns the version that is asked for now, "" for an unknown
// purpose.
func (t Texts) Current(p verify.Purpose) string { return t[p] }

// Show returns the present text of a purpose in the best of the languages that
// a person wants, in the form of the header Accept-Language; or ErrUnknown.
func (t Texts) Show(p verify.Purpose, wanted string) (Text, error) {
	return Find(t[p], wanted)
}

// Find returns a text by its version, present or past, or ErrUnknown.
func Find(version, wanted string) (Text, error) {
	_, i := language.MatchStrings(matcher, wanted)
	base, _ := languages[i].Base()
	if version == "" || strings.ContainsAny(version, "/.") {
		return Text{}, ErrUnknown
	}
	text, err := fs.ReadFile(texts, fmt.Sprintf("texts/%s.%s.txt", version, base))
	if err != nil {
		return Text{}, ErrUnknown
	}
	return Text{Version: version, Language: base.String(), Text: strings.TrimSpace(string(text))}, nil
}
