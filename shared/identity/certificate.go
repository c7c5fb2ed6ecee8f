package identity

import (
	"slices"
	"strconv"
	"strings"
)

// CertificateType names a kind of document. More are to come, so it is a value
// and not an assumption.
type CertificateType string

// The certificate types.
const (
	CNID         CertificateType = "cn_id"         // resident identity card of the mainland
	HMTResidence CertificateType = "hmt_residence" // residence permit of Hong Kong, Macao and Taiwan residents
	ForeignerPR  CertificateType = "foreigner_pr"  // foreigner's permanent residence card of 2023
	HMPermit     CertificateType = "hm_permit"     // travel permit of Hong Kong and Macao residents
	TWPermit     CertificateType = "tw_permit"     // travel permit of Taiwan residents
	Passport     CertificateType = "passport"
)

// NameScript is the script in which a certificate's names are written.
type NameScript string

// The scripts.
const (
	Han   NameScript = "han"
	Latin NameScript = "latin" // Han is taken too: some passports have both
)

// certificate is what the rules say of a type.
type certificate struct {
	name  NameScript
	parse func(text string) (Number, Cause)
	// checkable is true where carriers and face providers know the numbers.
	checkable bool
	// form names the type in the errors of a number that has not the 18
	// characters which the others share; else empty.
	form string
}

// certificates is the one table of types, in the order in which they are
// offered.
var certificates = []struct {
	CertificateType
	certificate
}{
	{CNID, certificate{Han, parseCitizen, true, ""}},
	{HMTResidence, certificate{Han, parseResident, true, ""}},
	{ForeignerPR, certificate{Latin, parseForeigner, false, ""}},
	{HMPermit, certificate{Han, parseHMPermit, false, string(HMPermit)}},
	{TWPermit, certificate{Han, parseTWPermit, false, string(TWPermit)}},
	{Passport, certificate{Latin, parsePassport, false, string(Passport)}},
}

// CertificateTypes lists the types in the order in which they are offered.
func CertificateTypes() []CertificateType {
	types := make([]CertificateType, len(certificates))
	for i, c := range certificates {
		types[i] = c.CertificateType
	}
	return types
}

// ParseCertificateType returns the accepted type of its wire form, or an error
// with CauseUnsupported.
func ParseCertificateType(s string) (CertificateType, error) {
	if t := CertificateType(s); slices.Contains(CertificateTypes(), t) {
		return t, nil
	}
	return "", &Error{Field: FieldCertificateType, Cause: CauseUnsupported}
}

// rules returns those of a type; an unknown one has those of CNID.
func (t CertificateType) rules() certificate {
	for _, c := range certificates {
		if c.CertificateType == t {
			return c.certificate
		}
	}
	return certificates[0].certificate
}

// Script is the script of the names on it.
func (t CertificateType) Script() NameScript { return t.rules().name }

// Checkable reports whether carriers and face providers can answer for its
// numbers. Where they cannot, a person reviews.
func (t CertificateType) Checkable() bool { return t.rules().checkable }

// ParseNumberOf reads a certificate's number as people type, paste and import
// it: lower case and what looks like an X, full-width characters, spaces and
// invisible characters are accepted. The errors are *Error with FieldNumber; a
// number that is none of this type but of another is CauseOtherType, with that
// one as Detail. An unknown region is no error, since lists of regions lag
// reality; see RegionKnown.
func ParseNumberOf(t CertificateType, s string) (Number, error) {
	text := crosses.Replace(strings.ToUpper(Narrow(s)))
	if text == "" {
		return Number{}, &Error{Field: FieldNumber, Cause: CauseMissing}
	}
	number, cause := t.rules().parse(text)
	if cause == "" {
		return number, nil
	}
	for _, other := range certificates {
		if _, not := other.parse(text); other.CertificateType != t && not == "" && other.CertificateType != Passport {
			return Number{}, &Error{Field: FieldNumber, Cause: CauseOtherType, Detail: string(other.CertificateType)}
		}
	}
	return Number{}, &Error{Field: FieldNumber, Cause: cause, Detail: t.rules().form}
}

// parseCitizen reads a number by GB 11643. One of a residence permit, which has
// the same form, is taken too: whoever checks numbers takes both.
func parseCitizen(text string) (Number, Cause) {
	if _, not := parseForeigner(text); not == "" {
		return Number{}, CauseCheckCharacter
	}
	return parse18(text)
}

// parseResident reads a number that begins with 810000 (Hong Kong), 820000
// (Macao) or 830000 (Taiwan).
func parseResident(text string) (Number, Cause) {
	n, cause := parse18(text)
	if cause == "" && !slices.Contains([]string{"810000", "820000", "830000"}, text[:6]) {
		return Number{}, CauseCheckCharacter
	}
	return n, cause
}

// parseForeigner reads 9, the province, the nationality in three digits, birth
// date, sequence and check character.
func parseForeigner(text string) (Number, Cause) {
	n, cause := parse18(text)
	if cause != "" {
		return n, cause
	}
	if _, province := provinces[text[1:3]]; text[0] != '9' || !province {
		return Number{}, CauseCheckCharacter
	}
	return n, ""
}

// parseHMPermit reads H or M and eight digits. Older cards had two more, for
// the card and not the person: they are left off.
func parseHMPermit(text string) (Number, Cause) {
	switch {
	case len(text) < 9:
		return Number{}, CauseTooShort
	case len(text) > 11 || len(text) == 10:
		return Number{}, CauseTooLong
	case text[0] != 'H' && text[0] != 'M' || strings.Trim(text[1:], "0123456789") != "":
		return Number{}, CauseCharacters
	}
	return Number{text: text[:9]}, ""
}

// parseTWPermit reads eight digits.
func parseTWPermit(text string) (Number, Cause) {
	switch {
	case strings.Trim(text, "0123456789") != "":
		return Number{}, CauseCharacters
	case len(text) < 8:
		return Number{}, CauseTooShort
	case len(text) > 8:
		return Number{}, CauseTooLong
	}
	return Number{text: text}, ""
}

// parsePassport reads 5 to 17 letters and digits, as authorities write them.
func parsePassport(text string) (Number, Cause) {
	switch {
	case strings.Trim(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "":
		return Number{}, CauseCharacters
	case len(text) < 5:
		return Number{}, CauseTooShort
	case len(text) > 17:
		return Number{}, CauseTooLong
	}
	return Number{text: text}, ""
}

// zoneNumber is how many characters a passport's machine-readable zone has for its
// number (ICAO 9303, part 4: line 2, positions 1 to 9).
const zoneNumber = 9

// MachineReadable returns how line 2 of a passport's machine-readable zone begins: its
// number, filled up with <, and the check digit of it (ICAO 9303, part 3, 4.9). It is
// empty for a number that has no place there.
func MachineReadable(number string) string {
	if number == "" || len(number) > zoneNumber {
		return ""
	}
	field := number + strings.Repeat("<", zoneNumber-len(number))
	sum := 0
	for i := range len(field) {
		sum += zoneValue(field[i]) * [3]int{7, 3, 1}[i%3]
	}
	return field + strconv.Itoa(sum%10)
}

// zoneValue is what a character counts: a digit itself, A to Z 10 to 35, < nothing.
func zoneValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'Z':
		return int(c-'A') + 10
	}
	return 0
}

// KeyOf is what is unique of a parsed number: the 18 characters of those that
// share one form, else the number with its type, since a passport of one country
// may read as a permit.
func KeyOf(t CertificateType, number string) string {
	if len(number) == 18 {
		return number
	}
	return string(t) + ":" + number
}
