#!/usr/bin/env bash
# One SM2 key in sixteen or so that tjfoc writes as hex cannot be read by tjfoc itself, so the server does not start
#
# Versions: github.com/tjfoc/gmsm v1.4.1, github.com/emmansun/gmsm v0.33.0, npm sm-crypto 0.5.8.
# Why it matters: keys of SM2 travel as hex: in settings, in a vault, to the browser's library, to a carrier's form. The
#   key is made once, at an installation, and written where it is read at each start.
# Guess: WritePrivateKeyToHex and ReadPrivateKeyFromHex are a pair; a key of 256 bits is 64 digits.
# Seen: the number is written without its leading zeros. A key whose first digit is 0 has 63 digits, and the pair's own
#   reader says "encoding/hex: odd length hex string"; with two zeros it has 62, which tjfoc reads and emmansun's, which
#   wants 32 bytes, refuses. Of 4,096 new keys the script counts those that do not come back, some 240. A public key is
#   filled up rightly. A server that makes its key at its installation works, and fails at its next start, with one
#   customer of sixteen or seventeen; no test with a fixed key finds it. sm-crypto takes 63 digits and signs rightly.
# Source: tjfoc's x509/utils.go (big.Int's Text(16)), GM/T 0003.5 (d has 32 bytes); run here.
# What to do: fmt.Sprintf("%064x", key.D), or PEM of PKCS #8; test what writes keys with a d that begins with zeros.
set -euo pipefail
changed() { echo "gmsm-hex-key: changed: $*" >&2; exit 1; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund sm-crypto@0.5.8
cat >go.mod <<'MOD'
module finding
go 1.26.0
require (
	github.com/emmansun/gmsm v0.33.0
	github.com/tjfoc/gmsm v1.4.1
)
MOD
cat >main.go <<'GO'
package main

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"

	emmansun "github.com/emmansun/gmsm/sm2"
	"github.com/tjfoc/gmsm/sm2"
	"github.com/tjfoc/gmsm/x509"
)

func main() {
	for _, digits := range []string{"9f", "0f", "00f"} {
		d, _ := new(big.Int).SetString(digits+strings.Repeat("1", 64-len(digits)), 16)
		key := &sm2.PrivateKey{D: d}
		key.Curve = sm2.P256Sm2()
		key.X, key.Y = key.ScalarBaseMult(d.Bytes())
		private, public := x509.WritePrivateKeyToHex(key), x509.WritePublicKeyToHex(&key.PublicKey)
		_, own := x509.ReadPrivateKeyFromHex(private)
		octets, err := hex.DecodeString(private)
		if err == nil {
			_, err = emmansun.NewPrivateKey(octets)
		}
		fmt.Printf("%s… %d digits: tjfoc %v, emmansun %v\n", digits, len(private), own, err)
		fmt.Println("pair", private, public)
	}
	lost := 0
	for range 4096 {
		key, err := sm2.GenerateKey(rand.Reader)
		if err != nil {
			panic(err)
		}
		if back, err := x509.ReadPrivateKeyFromHex(x509.WritePrivateKeyToHex(key)); err != nil || back.D.Cmp(key.D) != 0 {
			lost++
		}
	}
	fmt.Println("lost", lost, "of 4096")
}
GO
cat >sign.cjs <<'JS'
const {sm2} = require('sm-crypto');
for (const line of require('fs').readFileSync(0, 'utf8').trim().split('\n')) {
  const [, d, publicKey] = line.split(' ');
  console.log('sm-crypto', d.length, sm2.doVerifySignature('abc', sm2.doSignature('abc', d, {hash: true}), publicKey, {hash: true}));
}
JS
all=$(nice go run .)
out=$(grep -v ^pair <<<"$all"; grep ^pair <<<"$all" | node sign.cjs)
echo "tjfoc/gmsm v1.4.1, emmansun/gmsm v0.33.0, sm-crypto 0.5.8, $(go version)"
echo "$out"
lost=$(sed -n 's/^lost \([0-9]*\) of 4096$/\1/p' <<<"$out")
if [ "$lost" -lt 140 ] || [ "$lost" -gt 360 ]; then changed "$lost keys of 4096 are lost"; fi
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
has '9f… 64 digits: tjfoc <nil>, emmansun <nil>'
has '0f… 63 digits: tjfoc encoding/hex: odd length hex string, emmansun encoding/hex: odd length hex string'
has '00f… 62 digits: tjfoc <nil>, emmansun sm2: invalid private key size'
for digits in 64 63 62; do has "sm-crypto $digits true"; done
