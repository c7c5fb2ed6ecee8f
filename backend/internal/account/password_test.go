package account

import (
	"crypto/rand"
	"strings"
	"testing"
)

func TestHashFitsItsPasswordOnly(t *testing.T) {
	h, err := newHasher(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	phc, err := h.hash("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(phc, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("the form is %s", phc)
	}
	if !h.check("correct horse", phc) {
		t.Error("the right password is refused")
	}
	for _, wrong := range []string{"", "correct hors", "Correct horse", "correct horse "} {
		if h.check(wrong, phc) {
			t.Errorf("%q fits", wrong)
		}
	}
	if h.check("", h.dummy) || h.check("correct horse", h.dummy) {
		t.Error("a password fits the hash of nobody")
	}
	if _, _, err := parse(h.dummy); err != nil {
		t.Error("the hash of nobody is not checked like others")
	}
}

func TestUsernamesAndPasswordsHaveBounds(t *testing.T) {
	for _, good := range []string{"abc", "A.b-c_9", strings.Repeat("a", 32)} {
		if err := checkUsername(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "ab", strings.Repeat("a", 33), "a b c", "张伟伟", "a/b"} {
		if checkUsername(bad) == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
	for _, bad := range []string{"", "1234567", strings.Repeat("密", 257)} {
		if checkPassword("password", "zhangwei", bad, true) == nil {
			t.Errorf("%d bytes are accepted", len(bad))
		}
	}
	if err := checkPassword("password", "zhangwei", "八个字的密码是这", true); err != nil {
		t.Errorf("eight characters: %v", err)
	}
}

func FuzzParseGivesBackWhatFormatWrote(f *testing.F) {
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA")
	f.Add(format([]byte("salt"), make([]byte, argonKeyLen)))
	f.Fuzz(func(t *testing.T, phc string) {
		salt, key, err := parse(phc)
		if err != nil {
			return
		}
		salt2, key2, err := parse(format(salt, key))
		if err != nil || string(salt) != string(salt2) || string(key) != string(key2) {
			t.Errorf("%q does not come back", phc)
		}
	})
}
