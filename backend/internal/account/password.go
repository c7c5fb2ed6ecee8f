package account

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Parameters of argon2id: 19 MiB, two passes, one lane, as OWASP's password
// storage page recommends as its first choice for little memory.
const (
	argonMemory  = 19 * 1024 // KiB
	argonPasses  = 2
	argonLanes   = 1
	argonSaltLen = 16
	argonKeyLen  = 32
)

// parallelHashes bounds memory and processors that sign-ins can take.
const parallelHashes = 2

// hasher makes and checks password hashes in PHC form, two at a time.
type hasher struct {
	places *queue
	random io.Reader
	// dummy is checked where there is no such user, so that the time of an
	// answer does not tell.
	dummy string
}

func newHasher(random io.Reader) (*hasher, error) {
	h := &hasher{places: newQueue(parallelHashes), random: random}
	salt, err := h.salt()
	if err != nil {
		return nil, err
	}
	// The key is random, so no password fits it; computing one is not needed.
	key := make([]byte, argonKeyLen)
	if _, err := io.ReadFull(rand.Reader, key); err != nil {
		return nil, fmt.Errorf("draw dummy hash: %w", err)
	}
	h.dummy = format(salt, key)
	return h, nil
}

// hash returns the PHC form of a password. The caller holds a place.
func (h *hasher) hash(password string) (string, error) {
	salt, err := h.salt()
	if err != nil {
		return "", err
	}
	return format(salt, derive(password, salt)), nil
}

func (h *hasher) salt() ([]byte, error) {
	salt := make([]byte, argonSaltLen)
	if _, err := io.ReadFull(h.random, salt); err != nil {
		return nil, fmt.Errorf("draw salt: %w", err)
	}
	return salt, nil
}

// fits is check of a password in its one form, or as it came: before there was
// one form, that was what was hashed.
func (h *hasher) fits(typed, phc string) bool {
	form, _ := enforce(typed)
	return h.check(form, phc) || form != typed && h.check(typed, phc)
}

// check reports whether a password fits a PHC form. The caller holds a place.
func (h *hasher) check(password, phc string) bool {
	salt, key, err := parse(phc)
	if err != nil {
		return false
	}
	return subtle.ConstantTimeCompare(derive(password, salt), key) == 1
}

func derive(password string, salt []byte) []byte {
	return argon2.IDKey([]byte(password), salt, argonPasses, argonMemory, argonLanes, argonKeyLen)
}

func format(salt, key []byte) string {
	b := base64.RawStdEncoding
	return prefix() + b.EncodeToString(salt) + "$" + b.EncodeToString(key)
}

func prefix() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, argonMemory, argonPasses, argonLanes)
}

var errHash = errors.New("password hash is not of this form")

// parse reads a PHC form that format wrote.
func parse(phc string) (salt, key []byte, err error) {
	rest, ok := strings.CutPrefix(phc, prefix())
	saltText, keyText, found := strings.Cut(rest, "$")
	if !ok || !found {
		return nil, nil, errHash
	}
	if salt, err = base64.RawStdEncoding.DecodeString(saltText); err != nil {
		return nil, nil, errHash
	}
	if key, err = base64.RawStdEncoding.DecodeString(keyText); err != nil || len(key) != argonKeyLen {
		return nil, nil, errHash
	}
	return salt, key, nil
}
