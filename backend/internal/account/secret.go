package account

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/trustelem/zxcvbn/frequency"
	"golang.org/x/text/secure/precis"
)

// Limits of passwords in characters.
const minPassword, maxPassword = 8, 256

// common has the 30,000 commonest passwords, in lower case.
var common = sync.OnceValue(func() map[string]bool {
	list := frequency.FrequencyLists["passwords"]
	set := make(map[string]bool, len(list))
	for _, p := range list {
		set[p] = true
	}
	return set
})

// enforce returns the one form of a password, however a keyboard composes its
// characters (RFC 8265, OpaqueString). ok is false for one with characters that
// no password has, which is returned as it came.
func enforce(password string) (form string, ok bool) {
	form, err := precis.OpaqueString.String(password)
	if err != nil {
		return password, false
	}
	return form, true
}

// checkPassword refuses a new password, in its one form, that is too short or
// that others try first: the name of its user and the commonest ones.
func checkPassword(field, username, p string, ok bool) error {
	cause := ""
	switch n := utf8.RuneCountInString(p); {
	case n > 0 && strings.TrimSpace(p) == "":
		cause = "blank"
	case n < minPassword:
		cause = "too_short"
	case n > maxPassword:
		cause = "too_long"
	case !ok:
		cause = "characters"
	case strings.EqualFold(strings.TrimSpace(p), username):
		cause = "username"
	case common()[strings.ToLower(strings.TrimSpace(p))]:
		cause = "common"
	}
	if cause == "" {
		return nil
	}
	return &InvalidError{Field: field, Cause: cause}
}
