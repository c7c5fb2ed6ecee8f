#!/usr/bin/env bash
# The same portrait in CBOR by cbor-x: plain from a Buffer, tagged from a Uint8Array, and a Map is tagged as well
#
# Versions: npm cbor-x 1.6.8 and cborg 6.1.5, github.com/fxamacker/cbor/v2 v2.9.0, github.com/veraison/go-cose v1.3.0.
# Why it matters: mobile documents (ISO/IEC 18013-5) are CBOR signed by COSE; portrait, digests, signature are byte
#   strings, headers are maps with numbers as keys. cbor-x is under much of what Node has for it.
# Guess: a Buffer is a Uint8Array, so both give one byte string; a Map is how one gets number keys, so it gives a map.
#   CBOR is a standard, and what a library writes the next one reads.
# Seen: three bytes as Buffer are 43 01 02 03, as Uint8Array, which libraries of browsers give, D8 40 43 01 02 03, with
#   tag 64 in front. An empty Map is D9 0103 A0, tag 259. go-cose answers "CBOR tag isn't allowed" to a COSE_Sign1 with
#   either, and takes the one of Buffer and {}. fxamacker's reads a tagged portrait into []byte without a word and into
#   any as a cbor.Tag; cborg refuses it. cbor-x itself reads all of them back as they were, so its own tests are green,
#   and so are those with Node's crypto, whose sign() gives a Buffer. An object's map has two bytes for its count (B9
#   0001), so the digest over an item that is written anew differs from the issuer's.
# Source: RFC 8746 (tag 64), the registry of CBOR tags (259: a Map of JavaScript), RFC 9052 (untagged bstr); run here.
# What to do: new Encoder({tagUint8Array: false, mapsAsObjects: false, useTag259ForMaps: false, variableMapSize: true,
#   useRecords: false}), as the script shows; keep the issuer's bytes and hash these; check with another library.
set -euo pipefail
changed() { echo "cbor-x-tagged-bytes: changed: $*" >&2; exit 1; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund --omit=optional cbor-x@1.6.8 cborg@6.1.5
cat >write.mjs <<'JS'
import {Encoder, decode, encode} from 'cbor-x';
import {decode as strict} from 'cborg';
const strictly = new Encoder({tagUint8Array: false, mapsAsObjects: false, useTag259ForMaps: false, variableMapSize: true,
  useRecords: false});
const buffer = Buffer.from([1, 2, 3]), array = new Uint8Array(buffer);
const tell = (name, data) => {
  let other = 'read';
  try { strict(new Uint8Array(data), {useMaps: true}); } catch { other = 'refused'; }
  console.log(name, Buffer.from(data).toString('hex'), other);
};
tell('buffer', encode(buffer));
tell('array', encode(array));
tell('map', encode(new Map()));
tell('object', encode({portrait: buffer}));
// COSE_Sign1: protected header {1: -7}, unprotected header, payload, signature.
const head = Buffer.from('a10126', 'hex');
tell('signed', encode([head, {}, buffer, buffer]));
tell('signed-array', encode([head, {}, buffer, array]));
tell('signed-map', encode([head, new Map(), buffer, buffer]));
tell('signed-strictly', strictly.encode([head, new Map(), array, array]));
tell('object-strictly', strictly.encode(new Map([['portrait', array]])));
console.log('back', Buffer.compare(decode(encode(array)), array) === 0 && decode(encode(new Map([[1, -7]]))).get(1) === -7);
JS
cat >go.mod <<'MOD'
module finding
go 1.26.0
require (
	github.com/fxamacker/cbor/v2 v2.9.0
	github.com/veraison/go-cose v1.3.0
)
MOD
cat >main.go <<'GO'
package main

import (
	"encoding/hex"
	"fmt"

	"github.com/fxamacker/cbor/v2"
	"github.com/veraison/go-cose"
)

func main() {
	for {
		var name, digits, other string
		if n, _ := fmt.Scan(&name, &digits, &other); n < 3 {
			return
		}
		data, err := hex.DecodeString(digits)
		if err != nil {
			panic(err)
		}
		if data[0] == 0x84 {
			var message cose.UntaggedSign1Message
			fmt.Println("go-cose", name, message.UnmarshalCBOR(data))
			continue
		}
		var octets []byte
		var value any
		fmt.Printf("fxamacker %s %v, %v as %T\n", name, cbor.Unmarshal(data, &octets) == nil, cbor.Unmarshal(data, &value), value)
	}
}
GO
node=$(node write.mjs)
out=$(grep -E '^(buffer|array|signed)' <<<"$node" | nice go run .)
echo "cbor-x 1.6.8, cborg 6.1.5, fxamacker/cbor v2.9.0, go-cose v1.3.0, Node $(node --version)"
echo "$node"
echo "$out"
says() { grep -qxF "$1" <<<"$node" || changed "no line '$1'"; }
says 'buffer 43010203 read'; says 'array d84043010203 refused'; says 'map d90103a0 refused'; says 'back true'
says 'object b9000168706f72747261697443010203 read'; says 'object-strictly a168706f72747261697443010203 read'
says 'signed-strictly 8443a10126a04301020343010203 read'
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
for name in signed signed-strictly; do has "go-cose $name <nil>"; done
for name in signed-array signed-map; do has "go-cose $name cbor: CBOR tag isn't allowed"; done
has 'fxamacker buffer true, <nil> as []uint8'; has 'fxamacker array true, <nil> as cbor.Tag'
