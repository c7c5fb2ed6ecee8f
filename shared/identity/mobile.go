package identity

import "strings"

// ParseMobile returns the eleven digits of a mainland mobile number after
// removing spaces, hyphens and a leading +86. The errors are *Error with
// FieldMobile.
func ParseMobile(s string) (string, error) {
	refuse := func(c Cause) (string, error) {
		return "", &Error{Field: FieldMobile, Cause: c}
	}
	digits := strings.NewReplacer("-", "", "‐", "", "‑", "", "–", "").Replace(Narrow(s))
	if digits == "" {
		return refuse(CauseMissing)
	}
	international := strings.HasPrefix(digits, "+")
	digits = strings.TrimPrefix(digits, "+86")
	switch {
	case international && strings.HasPrefix(digits, "+"):
		return refuse(CauseNotMainland)
	case strings.Trim(digits, "0123456789") != "":
		return refuse(CauseCharacters)
	case len(digits) < 11:
		return refuse(CauseTooShort)
	case len(digits) > 11:
		return refuse(CauseTooLong)
	case digits[0] != '1' || digits[1] < '3':
		return refuse(CauseNotMainland)
	}
	return digits, nil
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
