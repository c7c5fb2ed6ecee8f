package service

import (
	"encoding/json"
	"errors"
	"slices"

	"github.com/go-jose/go-jose/v4"
)

// Errors of KeySet.
var (
	errNoKeys     = errors.New("no JWK set with a key that is known here")
	errPrivateKey = errors.New("a private key")
	errDamagedKey = errors.New("a key that cannot be read")
)

// rawKey is what a key says of itself (RFC 7517, 4.1; RFC 7518, 6.2.1; RFC 8037, 2).
type rawKey struct {
	Type  string `json:"kty"`
	Curve string `json:"crv"`
	// Private parts, of pairs (RFC 7518, 6.2.2 and 6.3.2; priv of the kind AKP) and of shared
	// keys (RFC 7518, 6.4).
	D    any `json:"d"`
	Priv any `json:"priv"`
	K    any `json:"k"`
}

func (k rawKey) private() bool { return k.D != nil || k.Priv != nil || k.K != nil }

// known reports whether keys of its kind are.
func (k rawKey) known() bool {
	switch k.Type {
	case "RSA":
		return true
	case "EC":
		return slices.Contains([]string{"P-256", "P-384", "P-521"}, k.Curve)
	case "OKP":
		return k.Curve == "Ed25519"
	default:
		return false
	}
}

// KeySet reads the public keys of a JWK set. Keys of a kind that is not known here are
// left out, as RFC 7517, section 5, has it: one more kind in a file must not take the
// others' use. One of a known kind that cannot be read is an error.
func KeySet(document []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(document, &set); err != nil {
		return nil, errNoKeys
	}
	var keys []jose.JSONWebKey
	for _, raw := range set.Keys {
		var said rawKey
		switch err := json.Unmarshal(raw, &said); {
		case said.private():
			return nil, errPrivateKey
		case err != nil || !said.known():
			continue
		}
		var key jose.JSONWebKey
		if key.UnmarshalJSON(raw) != nil || !key.Valid() || !key.IsPublic() {
			return nil, errDamagedKey
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errNoKeys
	}
	return keys, nil
}
