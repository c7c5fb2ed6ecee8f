package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"realname.example/backend/internal/keys"
)

// sealVersion stands in the associated data of every sealed value, so that a
// later form cannot be taken for this one.
const sealVersion = "1"

// doNothing keeps the row that is there.
var doNothing = clause.OnConflict{DoNothing: true}

// errSealed is a value that this key did not seal, or that stands where it was
// not sealed for.
var errSealed = errors.New("sealed value cannot be opened")

// seal encrypts with AES-256-GCM. The associated data ties the value to its
// table, column and subject (docs/threats.md, 10), so that rows cannot be swapped.
func seal(key, plain []byte, table, column, subject string) ([]byte, error) {
	gcm, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	return gcm.Seal(nil, nil, plain, associated(table, column, subject)), nil //nolint:gosec // the cipher draws a nonce itself
}

func unseal(key, sealed []byte, table, column, subject string) ([]byte, error) {
	gcm, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	plain, err := gcm.Open(nil, nil, sealed, associated(table, column, subject))
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}

func associated(table, column, subject string) []byte {
	return []byte(table + "|" + column + "|" + subject + "|" + sealVersion)
}

// newGCM writes a nonce of its own before each text.
func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("prepare cipher: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// dataKey returns the data key of a subject, and makes one where there is none.
func (s *Store) dataKey(tx *gorm.DB, subject string) ([]byte, error) {
	key, err := s.existingDataKey(tx, subject)
	if !errors.Is(err, gorm.ErrRecordNotFound) {
		return key, err
	}
	if err := s.learnNewest(tx); err != nil {
		return nil, err
	}
	// What a server of before joined numbers left at an erasure opens with no key.
	if err := forgetJoined(tx, subject); err != nil {
		return nil, err
	}
	key = make([]byte, keys.Size)
	if _, err := io.ReadFull(s.random, key); err != nil {
		return nil, fmt.Errorf("read randomness: %w", err)
	}
	row, err := s.wrap(subject, key)
	if err != nil {
		return nil, err
	}
	made := tx.Clauses(doNothing).Create(&row)
	if made.Error != nil {
		return nil, fmt.Errorf("store data key: %w", made.Error)
	}
	if made.RowsAffected == 0 { // another transaction was first
		return s.existingDataKey(tx, subject)
	}
	return key, nil
}

// existingDataKey returns gorm.ErrRecordNotFound where the subject has none,
// as after an erasure.
func (s *Store) existingDataKey(tx *gorm.DB, subject string) ([]byte, error) {
	if key, known := s.serviceKeys.Load(subject); known {
		return key.([]byte), nil //nolint:forcetypeassert // nothing else is stored there
	}
	var row dataKeyRow
	if err := tx.Where("subject = ?", subject).Take(&row).Error; err != nil {
		return nil, err
	}
	key, err := s.openDataKey(row)
	if err == nil && strings.HasPrefix(subject, serviceSubject("")) && !inTransaction(tx) {
		s.serviceKeys.Store(subject, key)
	}
	return key, err
}

// inTransaction reports whether what is read may be rolled back.
func inTransaction(tx *gorm.DB) bool {
	_, in := tx.Statement.ConnPool.(gorm.TxCommitter)
	return in
}

// keyOf opens a data key that was read along with what it seals; where there was none,
// it is existingDataKey's error.
func (s *Store) keyOf(row dataKeyRow) func(subject string) ([]byte, error) {
	return func(string) ([]byte, error) {
		if row.Subject == "" {
			return nil, gorm.ErrRecordNotFound
		}
		return s.openDataKey(row)
	}
}

func (s *Store) openDataKey(row dataKeyRow) ([]byte, error) {
	master, err := s.master(row.MasterVersion)
	if err != nil {
		return nil, err
	}
	return unseal(master, row.Wrapped, "data_keys", "wrapped", row.Subject)
}

// wrap seals a data key with the newest master key.
func (s *Store) wrap(subject string, key []byte) (dataKeyRow, error) {
	master := s.ring.Load().Current()
	wrapped, err := seal(master.Key, key, "data_keys", "wrapped", subject)
	return dataKeyRow{Subject: subject, MasterVersion: master.Version, Wrapped: wrapped}, err
}

// hash is the keyed hash by which a value is found again. The label keeps
// hashes of different columns apart.
func (s *Store) hash(label, value string) string {
	return hashWith(s.ring.Load().Index, label, value)
}

func hashWith(key []byte, label, value string) string {
	m := hmac.New(sha256.New, key)
	_, _ = io.WriteString(m, label+"|"+value)
	return hex.EncodeToString(m.Sum(nil))
}

// MAC is the keyed hash of a short secret under a label.
func (s *Store) MAC(label, value string) []byte {
	m := hmac.New(sha256.New, s.ring.Load().MAC)
	_, _ = io.WriteString(m, label+"|"+value)
	return m.Sum(nil)
}

// traceHash is the keyed hash of a trace's subject or item. It has not the
// index key, since nothing is kept from which it could be made anew.
func (s *Store) traceHash(label, value string) string {
	return hashWith(s.ring.Load().MAC, "trace|"+label, value)
}

// newID returns 128 random bits as text.
func (s *Store) newID() (string, error) {
	b := make([]byte, 16)
	if _, err := io.ReadFull(s.random, b); err != nil {
		return "", fmt.Errorf("read randomness: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}
