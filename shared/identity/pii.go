package identity

import (
	"fmt"
	"log/slog"
	"strings"
	"unicode/utf8"
)

// PII is personal data that masks itself wherever it is printed, logged or
// marshalled. Only Reveal gives it away, so that every use can be searched for.
type PII struct{ value string }

// NewPII wraps a value.
func NewPII(value string) PII { return PII{value: value} }

// Reveal returns the value in full.
func (p PII) Reveal() string { return p.value }

// Empty reports whether there is no value.
func (p PII) Empty() bool { return p.value == "" }

// mask is what stands for every value; its length tells nothing.
const mask = "[personal data]"

// String masks.
func (p PII) String() string { return mask }

// Format masks for every verb and flag.
func (p PII) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(mask)) }

// GoString masks.
func (p PII) GoString() string { return mask }

// LogValue masks.
func (p PII) LogValue() slog.Value { return slog.StringValue(mask) }

// MarshalText masks.
func (p PII) MarshalText() ([]byte, error) { return []byte(mask), nil }

// MarshalJSON masks.
func (p PII) MarshalJSON() ([]byte, error) { return []byte(`"` + mask + `"`), nil }

// MaskName keeps the first character: 张*, 买*****. Characters are counted.
func MaskName(name string) string {
	first, size := utf8.DecodeRuneInString(name)
	if size == 0 {
		return ""
	}
	return string(first) + strings.Repeat("*", utf8.RuneCountInString(name)-1)
}

// MaskNumber keeps three characters before and four after of an 18-character
// number, one before and two after of a shorter one: 110***********0111,
// E******78.
func MaskNumber(number string) string {
	if len(number) < 18 {
		return maskMiddle(number, 1, 2)
	}
	return maskMiddle(number, 3, 4)
}

// MaskMobile keeps three digits before and four after: 138****0001.
func MaskMobile(mobile string) string { return maskMiddle(mobile, 3, 4) }

// MaskEmail keeps the first character and the domain: z***@example.org. What has no
// domain is masked whole.
func MaskEmail(address string) string {
	box, domain, found := strings.Cut(address, "@")
	if !found || box == "" {
		return "***"
	}
	first, _ := utf8.DecodeRuneInString(box)
	return string(first) + "***@" + domain
}

// MaskUsername keeps two characters before and one after: zh***u. The length
// of what is hidden is not told.
func MaskUsername(username string) string {
	r := []rune(username)
	if len(r) < 4 {
		return string(r[:min(1, len(r))]) + "***"
	}
	return string(r[:2]) + "***" + string(r[len(r)-1])
}

func maskMiddle(s string, before, after int) string {
	if len(s) <= before+after {
		return strings.Repeat("*", len(s))
	}
	return s[:before] + strings.Repeat("*", len(s)-before-after) + s[len(s)-after:]
}
