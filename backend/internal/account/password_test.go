package account

import (
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"
)

func TestHashFitsItsPasswordOnly(t *testing.T) {
	h, err := newHasher()
	if err != nil {
		t.Fatal(err)
	}
	phc, err := hash("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(phc, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("the form is %s", phc)
	}
	if !check("correct horse", phc) {
		t.Error("the right password is refused")
	}
	for _, wrong := range []string{"", "correct hors", "Correct horse", "correct horse "} {
		if check(wrong, phc) {
			t.Errorf("%q fits", wrong)
		}
	}
	if check("", h.dummy) || check("correct horse", h.dummy) {
		t.Error("a password fits the hash of nobody")
	}
	if _, params, err := argon2id.CheckHash("", h.dummy); err != nil || *params != *hashing {
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

func FuzzAnyTextMayStandWhereAHashIsKept(f *testing.F) {
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA")
	f.Add("$argon2id$v=19$m=4294967295,t=4294967295,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("")
	f.Fuzz(func(t *testing.T, phc string) {
		if check("a password", phc) {
			t.Errorf("%q fits", phc)
		}
	})
}
