package identity

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// Interpunct joins the parts of a transliterated name (U+00B7).
const Interpunct = '·'

// Length limits of a name in characters.
const (
	MinName = 2
	MaxName = 50
)

// ParseNameOf reads a name as it stands on a certificate of a type: in Han
// characters, as ParseName does, or where the type has them in Latin letters.
func ParseNameOf(t CertificateType, s string) (string, error) {
	if t.Script() == Latin && !strings.ContainsFunc(s, func(r rune) bool { return han(standard(r)) }) {
		return parseLatin(s)
	}
	return ParseName(s)
}

// latinMarks are what joins the parts of a Latin name, by how it is written in
// its normal form.
var latinMarks = map[rune]rune{'-': '-', '‐': '-', '‑': '-', '–': '-', '\'': '\'', '’': '\'', '‘': '\'', 'ʼ': '\'', '`': '\''}

// parseLatin returns a name in upper case, with one blank between its parts:
// letters of the Latin script with their marks, hyphens and apostrophes.
func parseLatin(s string) (string, error) {
	refuse := func(c Cause) (string, error) {
		return "", &Error{Field: FieldName, Cause: c}
	}
	visible := strings.Map(func(r rune) rune {
		if r = standard(r); r < 0 {
			return r
		}
		if mark, is := latinMarks[r]; is {
			return mark
		}
		return r
	}, width.Narrow.String(s))
	name := strings.Join(strings.Fields(strings.ToUpper(norm.NFC.String(visible))), " ")
	letters := 0
	for _, r := range name {
		switch {
		case unicode.Is(unicode.Latin, r):
			letters++
		case r != ' ' && r != '-' && r != '\'':
			return "", &Error{Field: FieldName, Cause: CauseCharacters, Detail: codePoint(r)}
		}
	}
	switch {
	case name == "":
		return refuse(CauseMissing)
	case letters < MinName:
		return refuse(CauseTooShort)
	case utf8.RuneCountInString(name) > MaxName:
		return refuse(CauseTooLong)
	}
	return name, nil
}

// ParseName returns the form of a name that is compared and kept: what was
// typed, pasted or imported without invisible characters, private codes and
// radicals as the characters that they stand for, in NFC, with the one
// interpunct. Han characters are those of the Unicode property and of the
// extensions that Go's tables lack, so that rare surnames are accepted. The
// errors are *Error with FieldName.
func ParseName(s string) (string, error) {
	refuse := func(c Cause) (string, error) {
		return "", &Error{Field: FieldName, Cause: c}
	}
	name := normalName(s)
	if len(name) == 0 {
		return refuse(CauseMissing)
	}
	previous := Interpunct
	for _, r := range name {
		switch {
		case r == Interpunct && previous == Interpunct:
			return refuse(CauseInterpunct)
		case r != Interpunct && !han(r):
			return "", &Error{Field: FieldName, Cause: CauseCharacters, Detail: codePoint(r)}
		}
		previous = r
	}
	switch {
	case previous == Interpunct:
		return refuse(CauseInterpunct)
	case len(name) < MinName:
		return refuse(CauseTooShort)
	case len(name) > MaxName:
		return refuse(CauseTooLong)
	}
	return string(name), nil
}

// normalName brings a name into its normal form, which may still be no name.
func normalName(s string) []rune {
	parts := strings.FieldsFunc(norm.NFC.String(strings.Map(standard, s)), unicode.IsSpace)
	// A name of two characters is often written 张　一, to fill a column.
	if letters := strings.Join(parts, ""); utf8.RuneCountInString(letters) == MinName && !strings.ContainsFunc(letters, interpunct) {
		return []rune(letters)
	}
	name := strings.Map(func(r rune) rune {
		if interpunct(r) {
			return Interpunct
		}
		return r
	}, strings.Join(parts, " "))
	name = strings.ReplaceAll(strings.ReplaceAll(name, " ·", "·"), "· ", "·")
	return []rune(name)
}

func interpunct(r rune) bool { return strings.ContainsRune(interpuncts, r) }

// standard returns the character that r stands for in a name; negative where
// it is none.
func standard(r rune) rune {
	if unicode.Is(invisible, r) {
		return -1
	}
	r = agreed(r)
	if i := r - firstRadical; i >= 0 && int(i) < len(radicals) && radicals[i] != 0 {
		return radicals[i]
	}
	if unicode.Is(kangxi, r) {
		return []rune(norm.NFKC.String(string(r)))[0]
	}
	return r
}

// OlderSpelling returns a name in normal form with the private codes that some
// systems still have for its rare characters, and whether that differs. It is for
// asking such systems, and never kept.
func OlderSpelling(name string) (older string, differs bool) {
	older = strings.Map(func(r rune) rune {
		if i := slices.Index(private[:], r); i >= 0 {
			return firstPrivate + rune(i)
		}
		return r
	}, name)
	return older, older != name
}

// agreed returns the character that the standards agree on for a private code; any
// other r as it is.
func agreed(r rune) rune {
	if i := r - firstPrivate; i >= 0 && int(i) < len(private) {
		return private[i]
	}
	if i := r - firstVertical; i >= 0 && int(i) < len(vertical) {
		return vertical[i]
	}
	if r == privateM {
		return smallM
	}
	return r
}

// han reports whether r can stand in a name. 〇 is a numeral of the Han script
// that is used in names.
func han(r rune) bool {
	return unicode.Is(unicode.Han, r) && (unicode.IsLetter(r) || r == '〇') || unicode.Is(newHan, r)
}

// codePoint names a private character, which nobody can see what was meant by;
// any other one is seen, and has no need of it.
func codePoint(r rune) string {
	if !unicode.Is(unicode.Co, r) {
		return ""
	}
	return fmt.Sprintf("%U", r)
}
