#!/usr/bin/env bash
# The first file of each passport's chip is no ASN.1 to Go, node-forge and asn1crypto: its first tag is 5F01
#
# Versions: Go 1.26 (encoding/asn1), golang.org/x/crypto v0.48.0 (cryptobyte), npm node-forge 1.4.3 and asn1js 3.0.6,
#   Debian 12's openssl 3.0 and python3-asn1crypto 1.5.1.
# Why it matters: EF.COM says which files a passport has; DG11 has the full name in the holder's own script, DG12 the
#   authority. All are tag, length, value, and the chip's security object, beside them, is ASN.1 to the last byte.
# Guess: Doc 9303 writes its files in BER-TLV, so the language's own ASN.1 reader takes them apart; what it does not
#   know it gives as a raw value.
# Seen: ICAO's tags have two bytes where one would do: 5F01 (version), 5F0E (name), 5F10 (personal number), 5F19
#   (authority). X.690 keeps the second byte for tags from 31 on. Go says "non-minimal tag", asn1crypto the same, and
#   Go's cryptobyte and node-forge know no tags of two bytes at all (node-forge: "Too few bytes", of a whole file).
#   openssl, and asn1js, which only reads, give all fields. In Go the tags from 5F1F on go well, and so do 61, 75 and
#   7F61 around a portrait: the first tests, with a face, are green, and the name in Chinese characters is an error.
# Source: ICAO Doc 9303 part 10 (EF.COM, DG11, DG12), ITU-T X.690 8.1.2 (tags below 31 have one byte); run here.
# What to do: a reader of tag, length and value of one's own for the files (thirty lines, lengths checked), an ASN.1
#   library for the security object alone; EF.COM and a DG11 with 5F0E among the specimens.
set -euo pipefail
changed() { echo "passport-tags-no-asn1: changed: $*" >&2; exit 1; }
for p in openssl python3-asn1crypto; do
	dpkg -s "$p" >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install "$p" >/dev/null
done
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund node-forge@1.4.3 asn1js@3.0.6
# EF.COM of a passport with DG1, DG2 and the security object; DG11 with a name; the head of DG2 with a portrait of 4 bytes.
printf '60165F0104303130375F36063034303030305C0461757767' | xxd -r -p >com.bin
{ printf '6B125C025F0E5F0E0B'; printf '张<<三丰' | xxd -p; } | tr -d '\n' | xxd -r -p >dg11.bin
printf '75157F61120201017F600CA1038101025F2E04FFD8FFD9' | xxd -r -p >dg2.bin
cat >go.mod <<'MOD'
module finding
go 1.26.0
require golang.org/x/crypto v0.48.0
MOD
cat >main.go <<'GO'
package main

import (
	"encoding/asn1"
	"fmt"
	"os"

	"golang.org/x/crypto/cryptobyte"
	casn1 "golang.org/x/crypto/cryptobyte/asn1"
)

func main() {
	for _, name := range []string{"com", "dg11", "dg2"} {
		data, err := os.ReadFile(name + ".bin")
		if err != nil {
			panic(err)
		}
		var outer, inner asn1.RawValue
		_, err = asn1.Unmarshal(data, &outer)
		for rest := outer.Bytes; err == nil && len(rest) > 0; {
			rest, err = asn1.Unmarshal(rest, &inner)
		}
		fmt.Println("go", name, err)
		file := cryptobyte.String(data)
		var body, field cryptobyte.String
		var tag casn1.Tag
		ok := file.ReadAnyASN1(&body, &tag)
		for ok && !body.Empty() {
			ok = body.ReadAnyASN1(&field, &tag)
		}
		fmt.Println("cryptobyte", name, ok)
	}
}
GO
cat >read.mjs <<'JS'
import fs from 'fs';
import forge from 'node-forge';
import {fromBER} from 'asn1js';
for (const name of ['com', 'dg11', 'dg2']) {
  const data = fs.readFileSync(name + '.bin');
  let told = 'read';
  try { forge.asn1.fromDer(data.toString('binary')); } catch (error) { told = error.message; }
  console.log('forge', name, told);
  console.log('asn1js', name, fromBER(new Uint8Array(data)).offset === data.length);
}
JS
cat >read.py <<'PY'
from asn1crypto import parser
for name in ('com', 'dg11', 'dg2'):
    try:
        rest = parser.parse(open(name + '.bin', 'rb').read())[4]
        while rest:
            rest = rest[sum(map(len, parser.parse(rest)[3:])):]
        print('asn1crypto', name, 'read')
    except ValueError as error:
        print('asn1crypto', name, error)
PY
out=$(nice go run .; node read.mjs; /usr/bin/python3 read.py; for name in com dg11 dg2; do
	openssl asn1parse -inform DER -in $name.bin >$name.txt && echo "openssl $name read"; done)
echo "$(go version), x/crypto v0.48.0, node-forge 1.4.3, asn1js 3.0.6, $(openssl version | cut -d' ' -f1-2)"
echo "$out"
has() { grep -qF "$1" <<<"$out" || changed "no line '$1'"; }
for name in com dg11; do
	has "go $name asn1: syntax error: non-minimal tag"; has "cryptobyte $name false"; has "forge $name Too few bytes"
	has "asn1crypto $name Non-minimal tag encoding"; has "openssl $name read"; has "asn1js $name true"
done
has 'go dg2 <nil>'; has 'asn1crypto dg2 read'
