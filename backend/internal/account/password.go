package account

import (
	"crypto/rand"
	"fmt"
	"sync"

	"github.com/alexedwards/argon2id"
)

// hashing is argon2id with 19 MiB, two passes and one lane, as OWASP's password
// storage page recommends as its first choice for little memory.
var hashing = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// parallelHashes bounds memory and processors that sign-ins can take.
const parallelHashes = 2

// hasher makes and checks password hashes in PHC form, two at a time.
type hasher struct {
	places *queue
	// dummy is checked where there is no such user, so that the time of an
	// answer does not tell.
	dummy string
}

func newHasher() (*hasher, error) {
	dummy, err := ofNobody()
	return &hasher{places: newQueue(parallelHashes), dummy: dummy}, err
}

// ofNobody is the hash of a password that nobody has, one for all hashers of the process.
var ofNobody = sync.OnceValues(func() (string, error) { return hash(rand.Text()) })

// hash returns the PHC form of a password. The caller holds a place.
func hash(password string) (string, error) {
	phc, err := argon2id.CreateHash(password, hashing)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return phc, nil
}

// fits reports whether a password, in its one form or as it came, has a hash: before
// there was one form, what came was hashed. The caller holds a place.
func fits(typed, phc string) bool {
	form, _ := enforce(typed)
	return check(form, phc) || form != typed && check(typed, phc)
}

// check looks only at hashes with these parameters: others are not ours, and may cost
// without end.
func check(password, phc string) bool {
	if params, _, _, err := argon2id.DecodeHash(phc); err != nil || *params != *hashing {
		return false
	}
	match, err := argon2id.ComparePasswordAndHash(password, phc)
	return err == nil && match
}
