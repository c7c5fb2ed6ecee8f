package identity

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Interpunct joins the parts of a transliterated name (U+00B7).
const Interpunct = '·'

// Length limits of a name in characters.
const (
	MinName = 2
	MaxName = 50
)

// ParseName returns a name as the registry writes it: trimmed, in NFC, with the
// one interpunct. Han characters are those of the Unicode property, so that
// rare surnames beyond U+9FA5 are accepted. The errors are *Error with
// FieldName.
func ParseName(s string) (string, error) {
	refuse := func(c Cause) (string, error) {
		return "", &Error{Field: FieldName, Cause: c}
	}
	name := strings.Map(func(r rune) rune {
		switch r {
		case '•', '・', '．', '.', '‧', '･', '∙', '⋅':
			return Interpunct
		}
		return r
	}, norm.NFC.String(strings.TrimFunc(s, unicode.IsSpace)))
	if name == "" {
		return refuse(CauseMissing)
	}
	previous := Interpunct
	for _, r := range name {
		switch {
		case r == Interpunct && previous == Interpunct:
			return refuse(CauseInterpunct)
		case r != Interpunct && !han(r):
			return refuse(CauseCharacters)
		}
		previous = r
	}
	if previous == Interpunct {
		return refuse(CauseInterpunct)
	}
	switch n := utf8.RuneCountInString(name); {
	case n < MinName:
		return refuse(CauseTooShort)
	case n > MaxName:
		return refuse(CauseTooLong)
	}
	return name, nil
}

// han reports whether r can stand in a name. 〇 is a numeral of the Han script
// that is used in names.
func han(r rune) bool {
	return unicode.Is(unicode.Han, r) && (unicode.IsLetter(r) || r == '〇')
}
