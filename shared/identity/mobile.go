package identity

import "strings"

// ParseMobile returns the eleven digits of a mainland mobile number without
// spaces, hyphens, parentheses and the prefixes +86, 0086, 86 and 0. The errors
// are *Error with FieldMobile.
func ParseMobile(s string) (string, error) {
	refuse := func(c Cause) (string, error) {
		return "", &Error{Field: FieldMobile, Cause: c}
	}
	digits := punctuation.Replace(Narrow(s))
	if digits == "" {
		return refuse(CauseMissing)
	}
	digits, abroad := national(digits)
	switch {
	case strings.Trim(digits, "0123456789") != "":
		return refuse(CauseCharacters)
	case abroad:
		return refuse(CauseNotMainland)
	case len(digits) < 11:
		return refuse(CauseTooShort)
	case len(digits) > 11:
		return refuse(CauseTooLong)
	case digits[0] != '1' || digits[1] < '3':
		return refuse(CauseNotMainland)
	}
	return digits, nil
}

// punctuation is what people write between the groups of a number.
var punctuation = strings.NewReplacer("-", "", "‐", "", "‑", "", "–", "", "—", "", "(", "", ")", "")

// national returns a number without the prefix by which it is dialled, and
// whether that prefix is another country's.
func national(digits string) (number string, abroad bool) {
	for _, international := range []string{"+", "00"} {
		if rest, is := strings.CutPrefix(digits, international); is {
			number, mainland := strings.CutPrefix(rest, "86")
			return number, !mainland
		}
	}
	for prefix, length := range map[string]int{"86": 13, "0": 12} {
		if rest, is := strings.CutPrefix(digits, prefix); is && len(digits) == length {
			return rest, false
		}
	}
	return digits, false
}

// VirtualOperator reports whether a parsed number has a prefix that the
// ministry assigned to virtual operators (162, 165, 167, 170, 171). Their
// carriers answer less surely: a hint, never a refusal.
func VirtualOperator(mobile string) bool {
	if len(mobile) < 3 {
		return false
	}
	switch mobile[:3] {
	case "162", "165", "167", "170", "171":
		return true
	}
	return false
}
