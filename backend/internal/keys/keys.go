// Package keys holds the secrets that stay outside the database: the master
// keys that wrap each person's data key, and the keys of the index, of short
// secrets and of the audit trail. They live in a file that only its owner can
// read, made at first start, or in the environment. It encrypts nothing itself;
// the store does.
package keys

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"realname.example/shared/identity"
	"realname.example/shared/private"
)

// Size is the length of every key in bytes (AES-256, HMAC-SHA-256).
const Size = 32

// FileName is the name of the key file in the data folder.
const FileName = "keys.json"

// Keys is the content of a key file. Byte slices stand there in base 64.
type Keys struct {
	// Masters wrap data keys; the last is the one for new ones. Versions grow
	// and are never used again.
	Masters []Master `json:"masters"`
	// Index keys the hashes by which identities are found and kept unique.
	Index []byte `json:"index"`
	// NextIndex is the index key that a reindex is about to bring; empty
	// otherwise. Where the reindex committed and the file was not written
	// after it, the store takes this one.
	NextIndex []byte `json:"next_index,omitempty"`
	// OtherIndexes are index keys that backups were made with and the database was
	// not: those of before a reindex.
	OtherIndexes [][]byte `json:"other_indexes,omitempty"`
	// MAC keys the hashes of short secrets, such as SMS codes.
	MAC []byte `json:"mac"`
	// Audit keys the chain of the audit trail.
	Audit []byte `json:"audit"`
}

// Master is one version of the master key.
type Master struct {
	Version int    `json:"version"`
	Key     []byte `json:"key"`
}

// Errors of the package.
var (
	ErrReadable = errors.New("the key file can be read by others; run chmod 600 on it")
	ErrInvalid  = errors.New("the key document is not complete")
	ErrMissing  = errors.New("there is no such master key; restore the key file that this database was made with")
)

// New returns fresh keys.
func New(random io.Reader) (Keys, error) {
	k := Keys{}
	if err := k.AddMaster(random); err != nil {
		return Keys{}, err
	}
	for _, key := range []*[]byte{&k.Index, &k.MAC, &k.Audit} {
		var err error
		if *key, err = NewKey(random); err != nil {
			return Keys{}, err
		}
	}
	return k, nil
}

// NewKey draws one key.
func NewKey(random io.Reader) ([]byte, error) {
	key := make([]byte, Size)
	if _, err := io.ReadFull(random, key); err != nil {
		return nil, fmt.Errorf("read randomness: %w", err)
	}
	return key, nil
}

// AddMaster appends a master key, which new data keys are wrapped with.
func (k *Keys) AddMaster(random io.Reader) error {
	key, err := NewKey(random)
	if err != nil {
		return err
	}
	k.Masters = append(k.Masters, Master{Version: k.Current().Version + 1, Key: key})
	return nil
}

// Current returns the master key for new data keys.
func (k Keys) Current() Master {
	if len(k.Masters) == 0 {
		return Master{}
	}
	return k.Masters[len(k.Masters)-1]
}

// WithIndex returns the keys with another index key in force; the present one is kept
// among the others.
func (k Keys) WithIndex(index []byte) Keys {
	others := [][]byte{k.Index}
	for _, other := range k.OtherIndexes {
		if !bytes.Equal(other, index) {
			others = append(others, other)
		}
	}
	k.Index, k.NextIndex, k.OtherIndexes = index, nil, others
	return k
}

// Master returns the master key of a version, or ErrMissing.
func (k Keys) Master(version int) ([]byte, error) {
	for _, m := range k.Masters {
		if m.Version == version {
			return m.Key, nil
		}
	}
	return nil, ErrMissing
}

// Parse reads a key document, as a file or the environment holds it.
func Parse(document []byte) (Keys, error) {
	var k Keys
	if err := json.Unmarshal(document, &k); err != nil {
		return Keys{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	whole := len(k.Masters) > 0 && len(k.Index) == Size && len(k.MAC) == Size && len(k.Audit) == Size &&
		(len(k.NextIndex) == 0 || len(k.NextIndex) == Size)
	for _, other := range k.OtherIndexes {
		whole = whole && len(other) == Size
	}
	last := 0
	for _, m := range k.Masters {
		whole = whole && len(m.Key) == Size && m.Version > last
		last = m.Version
	}
	if !whole {
		return Keys{}, ErrInvalid
	}
	return k, nil
}

// Load reads the key file of a data folder. The error is fs.ErrNotExist where
// there is none.
func Load(folder string) (Keys, error) {
	document, err := readPrivate(filepath.Join(folder, FileName))
	if err != nil {
		return Keys{}, err
	}
	return Parse(document)
}

// Of parses a key document, or reads the key file of a data folder where the
// document is empty.
func Of(document identity.PII, folder string) (Keys, error) {
	if !document.Empty() {
		return Parse([]byte(document.Reveal()))
	}
	k, err := Load(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return Keys{}, fmt.Errorf("there is no key file in %s; name the data folder with --data: %w", folder, err)
	}
	return k, err
}

// LoadOrCreate reads the key file of a data folder, and makes folder and file
// where there are none.
func LoadOrCreate(folder string, random io.Reader) (Keys, error) {
	k, err := Load(folder)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	k, err = New(random)
	if err != nil {
		return Keys{}, err
	}
	return k, Save(folder, k)
}

// Save writes the key file whole or not at all: keys are on disk before data that
// they encrypt.
func Save(folder string, k Keys) error {
	document, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return fmt.Errorf("encode keys: %w", err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	if err := private.WriteFile(filepath.Join(folder, FileName), append(document, '\n')); err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	return nil
}

// readPrivate reads a file that nobody but its owner may read.
func readPrivate(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	if ownersAlone(info.Mode()) {
		return os.ReadFile(path)
	}
	return nil, ErrReadable
}
