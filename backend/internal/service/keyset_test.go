package service

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

func TestAKeySetIsReadKeyByKey(t *testing.T) {
	pair, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text := func(key any) string {
		raw, err := json.Marshal(jose.JSONWebKey{Key: key, KeyID: "signs"})
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	const (
		agrees = `{"kty":"OKP","crv":"X25519","x":"CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`
		future = `{"kty":"of-2040","q":"x"}`
		shared = `{"kty":"oct","k":"AAAA"}`
	)
	signs := text(pair.Public())
	for _, test := range []struct {
		name, document string
		keys           int
		err            error
	}{
		{"a key", `{"keys":[` + signs + `]}`, 1, nil},
		{"with kinds that are not known", `{"keys":[` + agrees + `,` + signs + `,` + future + `]}`, 1, nil},
		{"kinds that are not known alone", `{"keys":[` + agrees + `,` + future + `]}`, 0, errNoKeys},
		{"what is no key", `{"keys":[7,"x",null,` + signs + `]}`, 1, nil},
		{"a private key", `{"keys":[` + signs + `,` + text(pair) + `]}`, 0, errPrivateKey},
		{"a private key of a kind that is not known", `{"keys":[` + signs + `,{"kty":"of-2040","d":"x"}]}`, 0, errPrivateKey},
		{"a private key of the kind AKP", `{"keys":[` + signs + `,{"kty":"AKP","priv":"x"}]}`, 0, errPrivateKey},
		{"a key that is damaged", `{"keys":[` + signs + `,{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}]}`, 0, errDamagedKey},
		{"a shared key", `{"keys":[` + signs + `,` + shared + `]}`, 0, errPrivateKey},
		{"no keys", `{"keys":[]}`, 0, errNoKeys},
		{"a key without its set", signs, 0, errNoKeys},
		{"no JSON", `-----BEGIN PUBLIC KEY-----`, 0, errNoKeys},
		{"nothing", ``, 0, errNoKeys},
	} {
		keys, err := KeySet([]byte(test.document))
		if len(keys) != test.keys || !errors.Is(err, test.err) {
			t.Errorf("%s: %d keys, %v", test.name, len(keys), err)
		}
	}
}
