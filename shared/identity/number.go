package identity

import (
	"regexp"
	"strings"
	"time"
	"unicode"
)

// weights and checks are those of GB 11643-1999: the weighted sum of the first
// 17 digits, modulo 11, indexes the check character.
var weights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

const checks = "10X98765432"

// AdultAge is the age from which a person consents alone (PIPL article 31:
// under 14 a guardian has to).
const AdultAge = 14

// Number is a parsed number of a certificate, in upper case. Its birth date is
// zero where the number does not hold it.
type Number struct {
	text  string
	birth time.Time
}

// parse18 reads the 18 characters of GB 11643, which three types share.
func parse18(text string) (Number, Cause) {
	switch {
	case scientific.MatchString(text):
		return Number{}, CauseSpreadsheet
	case strings.Trim(text, "0123456789X") != "" || strings.ContainsRune(text[:len(text)-1], 'X'):
		return Number{}, CauseCharacters
	case len(text) == 15:
		return Number{}, CauseOldForm
	case len(text) < 18:
		return Number{}, CauseTooShort
	case len(text) > 18:
		return Number{}, CauseTooLong
	case CheckCharacter(text[:17]) != text[17] && strings.HasSuffix(text, "000"):
		return Number{}, CauseSpreadsheet
	case CheckCharacter(text[:17]) != text[17]:
		return Number{}, CauseCheckCharacter
	}
	birth, err := time.Parse("20060102", text[6:14])
	if err != nil || birth.Year() < 1800 {
		return Number{}, CauseBirthDate
	}
	return Number{text: text, birth: birth}, ""
}

// crosses turns what looks like an X, in upper case, to X: the Roman numeral,
// the Cyrillic and the Greek letter, and the sign of multiplication.
var crosses = strings.NewReplacer("Ⅹ", "X", "Х", "X", "Χ", "X", "×", "X")

// scientific matches what a spreadsheet makes of a long number, such as
// 1.10100199003E+17 (LibreOffice writes three digits of exponent).
var scientific = regexp.MustCompile(`^[0-9]\.?[0-9]*E\+0?1[0-9]$`)

// CheckCharacter returns the check character of 17 digits. Other input gives a
// character without meaning.
func CheckCharacter(digits string) byte {
	sum := 0
	for i := range min(len(digits), len(weights)) {
		sum += int(digits[i]-'0') * weights[i]
	}
	return checks[((sum%11)+11)%11]
}

// CheckAge refuses a birth date after today (CauseBirthFuture) and a person
// under AdultAge (CauseUnderage). Now is the moment of asking; days are counted
// in China's time zone.
func (n Number) CheckAge(now time.Time) error {
	today := now.In(time.FixedZone("CST", 8*3600))
	day := time.Date(today.Year(), today.Month(), today.Day(), 0, 0, 0, 0, time.UTC)
	switch {
	case n.birth.IsZero():
		return nil // the reviewer sees it on the document
	case n.birth.After(day):
		return &Error{Field: FieldNumber, Cause: CauseBirthFuture}
	case n.birth.AddDate(AdultAge, 0, 0).After(day):
		return &Error{Field: FieldNumber, Cause: CauseUnderage}
	}
	return nil
}

// Text returns the number in full. It is personal data.
func (n Number) Text() string { return n.text }

// RegionKnown reports whether the first two digits are those of a
// province-level division (GB/T 2260) or of a residence permit for Hong Kong,
// Macao and Taiwan residents. False is a hint to look again, never a refusal.
func (n Number) RegionKnown() bool {
	if len(n.text) < 2 {
		return false
	}
	_, known := provinces[n.text[:2]]
	return known
}

// provinces are the province-level codes of GB/T 2260; 81 to 83 stand for the
// residence permits of Hong Kong, Macao and Taiwan residents.
var provinces = map[string]struct{}{
	"11": {}, "12": {}, "13": {}, "14": {}, "15": {},
	"21": {}, "22": {}, "23": {},
	"31": {}, "32": {}, "33": {}, "34": {}, "35": {}, "36": {}, "37": {},
	"41": {}, "42": {}, "43": {}, "44": {}, "45": {}, "46": {},
	"50": {}, "51": {}, "52": {}, "53": {}, "54": {},
	"61": {}, "62": {}, "63": {}, "64": {}, "65": {},
	"71": {}, "81": {}, "82": {}, "83": {},
}

// Narrow turns full-width forms to ASCII and drops white space and invisible
// characters, as digits are typed and pasted.
func Narrow(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0xFF01 && r <= 0xFF5E:
			return r - 0xFF01 + '!'
		case unicode.IsSpace(r), unicode.Is(invisible, r):
			return -1
		}
		return r
	}, s)
}
