#!/usr/bin/env bash
# One key of an issuer's that no token is signed with stops all sign-ins in Go, if it carries its certificate
#
# Versions: github.com/coreos/go-oidc/v3 v3.21.0 and github.com/zitadel/oidc/v3 v3.52.0, both on go-jose/v4 v4.1.9;
#   github.com/lestrrat-go/jwx/v3 v3.0.12, github.com/MicahParks/keyfunc/v3 v3.4.0, npm jose 6.2.18, Go 1.26.
# Why it matters: an issuer publishes a key for wallets beside the one for ID tokens: secp256k1 here (RFC 8812), and the
#   same holds for each curve that Go has not. From that hour nobody signs in, though no token has changed.
# Guess: RFC 7517, section 5: keys that are not understood are ignored; the Go libraries quote this in their sources.
# Seen: the set has a P-256 key, which signs the ID token, and a secp256k1 key. go-oidc and zitadel leave the second out
#   and take the token. With its certificate in x5c, an optional member, both refuse every token: go-jose parses x5c
#   before it looks at the curve, and that error is not the one which is ignored. With "alg": "ES256K" on the key too,
#   go-oidc is well again, zitadel not. go-jose's own JSONWebKeySet, and jwx, refuse the set with any of these, and
#   go-jose one with an X25519 key for encryption. keyfunc keeps the keys before the strange one and loses those behind
#   it. jose (Node) takes all sets, so a service in Node goes on.
# Source: RFC 7517, sections 4.7 and 5; go-jose's JSONWebKey.UnmarshalJSON; run here.
# What to do: take an issuer's and a client's set apart key by key, and ignore each that does not parse, whatever the
#   error; an alarm when the set of a known issuer gives no key.
set -euo pipefail
changed() { echo "jwks-certificate-of-another-curve: changed: $*" >&2; exit 1; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund jose@6.2.18
openssl ecparam -name secp256k1 -genkey -noout -out other.pem
openssl req -x509 -new -key other.pem -subj /CN=wallets -days 3650 -out other.crt
cat >sets.mjs <<'JS'
import fs from 'fs';
import {createPublicKey, X509Certificate} from 'crypto';
import {createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT} from 'jose';
const {publicKey, privateKey} = await generateKeyPair('ES256');
const good = {...await exportJWK(publicKey), kid: 'good', use: 'sig', alg: 'ES256'};
const certificate = fs.readFileSync('other.crt');
const x5c = [new X509Certificate(certificate).raw.toString('base64')];
const other = {...createPublicKey(certificate).export({format: 'jwk'}), kid: 'other', use: 'sig'};
const {publicKey: sealing} = await generateKeyPair('ECDH-ES', {crv: 'X25519'});
const sets = {
  alone: [good],
  'with a key to encrypt': [good, {...await exportJWK(sealing), kid: 'enc', use: 'enc'}],
  'with another': [good, other],
  'with another and its certificate': [good, {...other, x5c}],
  'with another, its alg and certificate': [good, {...other, alg: 'ES256K', x5c}],
  'behind another': [other, good],
};
const token = await new SignJWT({}).setProtectedHeader({alg: 'ES256', kid: 'good'})
  .setIssuer('issuer').setAudience('client').setSubject('s').setIssuedAt().setExpirationTime('1h').sign(privateKey);
fs.writeFileSync('sets.json', JSON.stringify({token, sets: Object.entries(sets).map(([name, keys]) => ({name, keys}))}));
for (const [name, keys] of Object.entries(sets)) {
  const taken = await jwtVerify(token, createLocalJWKSet({keys})).then(() => 'yes', () => 'no');
  console.log(`${name}: jose ${taken}`);
}
JS
cat >go.mod <<'MOD'
module finding
go 1.26.0
require (
	github.com/MicahParks/keyfunc/v3 v3.4.0
	github.com/coreos/go-oidc/v3 v3.21.0
	github.com/go-jose/go-jose/v4 v4.1.9
	github.com/lestrrat-go/jwx/v3 v3.0.12
	github.com/zitadel/oidc/v3 v3.52.0
)
MOD
cat >main.go <<'GO'
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/zitadel/oidc/v3/pkg/client/rp"
	zitadel "github.com/zitadel/oidc/v3/pkg/oidc"
)

func told(err error) string {
	if err != nil {
		return "no"
	}
	return "yes"
}

func main() {
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	raw, err := os.ReadFile("sets.json")
	if err != nil {
		panic(err)
	}
	var given struct {
		Token string
		Sets  []struct {
			Name string
			Keys json.RawMessage
		}
	}
	if err := json.Unmarshal(raw, &given); err != nil {
		panic(err)
	}
	ctx := context.Background()
	for _, set := range given.Sets {
		document := []byte(`{"keys":` + string(set.Keys) + `}`)
		issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(document)
		}))
		es256 := &oidc.Config{ClientID: "client", SupportedSigningAlgs: []string{"ES256"}}
		_, err := oidc.NewVerifier("issuer", oidc.NewRemoteKeySet(ctx, issuer.URL), es256).Verify(ctx, given.Token)
		fmt.Printf("%s: go-oidc %s", set.Name, told(err))
		verifier := rp.NewIDTokenVerifier("issuer", "client", rp.NewRemoteKeySet(http.DefaultClient, issuer.URL),
			rp.WithSupportedSigningAlgorithms("ES256"))
		_, err = rp.VerifyIDToken[*zitadel.IDTokenClaims](ctx, given.Token, verifier)
		fmt.Printf(", zitadel %s", told(err))
		var keys jose.JSONWebKeySet
		fmt.Printf(", go-jose %s", told(json.Unmarshal(document, &keys)))
		_, err = jwk.Parse(document)
		fmt.Printf(", jwx %s", told(err))
		remote, err := keyfunc.NewDefault([]string{issuer.URL})
		if err == nil {
			_, err = jwt.Parse(given.Token, remote.Keyfunc)
		}
		fmt.Printf(", keyfunc %s\n", told(err))
		issuer.Close()
	}
}
GO
node=$(node sets.mjs)
nice go build -o read . 2>build.log || { cat build.log >&2; exit 1; }
out=$(./read)
echo "go-oidc v3.21.0, zitadel v3.52.0, go-jose v4.1.9, jwx v3.0.12, keyfunc v3.4.0, jose 6.2.18, $(go version)"
echo "$node"
echo "$out"
[ "$(grep -c ': jose yes$' <<<"$node")" -eq 6 ] || changed "jose refuses a set"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
has 'alone: go-oidc yes, zitadel yes, go-jose yes, jwx yes, keyfunc yes'
has 'with a key to encrypt: go-oidc yes, zitadel yes, go-jose no, jwx yes, keyfunc yes'
has 'with another: go-oidc yes, zitadel yes, go-jose no, jwx no, keyfunc yes'
has 'with another and its certificate: go-oidc no, zitadel no, go-jose no, jwx no, keyfunc yes'
has 'with another, its alg and certificate: go-oidc yes, zitadel no, go-jose no, jwx no, keyfunc yes'
has 'behind another: go-oidc yes, zitadel yes, go-jose no, jwx no, keyfunc no'
