package account

import (
	"errors"
	"strings"
	"testing"

	"github.com/trustelem/zxcvbn/frequency"
)

func causeOf(t *testing.T, username, typed string) string {
	t.Helper()
	form, ok := enforce(typed)
	err := checkPassword("password", username, form, ok)
	var invalid *InvalidError
	if err != nil && !errors.As(err, &invalid) {
		t.Fatal(err)
	}
	if invalid == nil {
		return ""
	}
	return invalid.Cause
}

func TestPasswordsThatOthersTryFirstAreRefused(t *testing.T) {
	for typed, want := range map[string]string{
		"password1": "common", "PassWord1": "common", "1234567890": "common", "qwertyuiop": "common", " password1 ": "common",
		"zhang.wei-1": "username", "ZHANG.WEI-1": "username", "zhang.wei-1 ": "username",
		"        ": "blank", "\u3000\u3000\u3000\u3000\u3000\u3000\u3000\u3000": "blank", " ": "blank",
		"": "too_short", "1234567": "too_short", strings.Repeat("密", 257): "too_long",
		"tab\tand\x00nul":       "characters",
		"correct-horse-battery": "", "八个字的密码是这": "", "zhang.wei-1 and more": "", "a b c d e": "",
	} {
		if got := causeOf(t, "zhang.wei-1", typed); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}

func TestTheTenThousandCommonestPasswordsAreRefused(t *testing.T) {
	list := frequency.FrequencyLists["passwords"]
	if len(list) < 10_000 {
		t.Fatalf("the list has %d", len(list))
	}
	for _, p := range list[:10_000] {
		if causeOf(t, "somebody", p) == "" {
			t.Errorf("%q is taken", p)
		}
	}
}

func TestAPasswordFitsHoweverItIsComposed(t *testing.T) {
	const composed, decomposed, wide = "caf\u00e9 au lait", "cafe\u0301 au lait", "caf\u00e9\u3000au lait"
	form, ok := enforce(composed)
	if !ok {
		t.Fatal("it is refused")
	}
	phc, err := hash(form)
	if err != nil {
		t.Fatal(err)
	}
	for _, typed := range []string{composed, decomposed, wide} {
		if !fits(typed, phc) {
			t.Errorf("%+q does not fit", typed)
		}
	}
	if fits("cafe au lait", phc) || fits("CAF\u00c9 au lait", phc) {
		t.Error("another one fits")
	}
	// What was hashed before there was one form fits as it was typed.
	old, err := hash(decomposed)
	if err != nil {
		t.Fatal(err)
	}
	if !fits(decomposed, old) {
		t.Error("a password of before does not fit")
	}
}
