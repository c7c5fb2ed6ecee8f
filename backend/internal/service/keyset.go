package service

import (
	"encoding/json"
	"errors"

	"github.com/go-jose/go-jose/v4"
)

// Errors of KeySet.
var (
	errNoKeys     = errors.New("no JWK set with a key that is known here")
	errPrivateKey = errors.New("a private key")
)

// KeySet reads the public keys of a JWK set. Keys of a kind that is not known here are
// left out, as RFC 7517, section 5, has it: one more kind in a file must not take the
// others' use.
func KeySet(document []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(document, &set); err != nil {
		return nil, errNoKeys
	}
	var keys []jose.JSONWebKey
	for _, raw := range set.Keys {
		var private struct {
			D any `json:"d"` // of pairs (RFC 7518, 6.2.2 and 6.3.2; RFC 8037, 2)
			K any `json:"k"` // of shared keys (RFC 7518, 6.4)
		}
		if json.Unmarshal(raw, &private) == nil && (private.D != nil || private.K != nil) {
			return nil, errPrivateKey
		}
		var key jose.JSONWebKey
		if key.UnmarshalJSON(raw) == nil && key.Valid() && key.IsPublic() {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, errNoKeys
	}
	return keys, nil
}
