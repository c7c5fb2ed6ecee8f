#!/usr/bin/env bash
# A key file (.p12) with the password 密码: node-forge opens the old kind, not today's, and writes one for itself alone
#
# Versions: npm node-forge 1.4.3, software.sslmate.com/src/go-pkcs12 v0.5.0, Debian 12's openssl 3.0, Node 20.
# Why it matters: authorities and offices hand out keys as .p12 or .pfx, with a password that a person made up. It is
#   imported, or changed to PEM, in a browser or in Node, where node-forge is what one takes.
# Guess: the form of a password in PKCS #12 is settled (BMPString), so Chinese is right or wrong in the whole file;
#   today's AES is at least as safe a choice as the 3DES of old.
# Seen: a file needs the password twice: for its check, always as BMPString, and for the key, as BMPString with the 3DES
#   of old, and as bytes of UTF-8 with PBES2 and AES, what OpenSSL 3 writes. node-forge does not make UTF-8 of it. So of
#   openssl's files it opens that of openssl pkcs12 -legacy, and of today's it finds the password right and then says
#   "Failed to decrypt". What it writes itself with aes256 it reads back, and nobody else does: openssl and Go find the
#   password right and the key broken. Zoë is enough; with ASCII all is right.
# Source: RFC 7292 appendix B.1, RFC 8018 section 3 (octets, UTF-8 recommended); run here.
# What to do: make the passwords of key files of ASCII, or leave such files to openssl; read back by another program
#   what was written, before the PEM is thrown away.
set -euo pipefail
changed() { echo "pkcs12-chinese-password: changed: $*" >&2; exit 1; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund node-forge@1.4.3
cat >go.mod <<'MOD'
module finding
go 1.26.0
require software.sslmate.com/src/go-pkcs12 v0.5.0
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"software.sslmate.com/src/go-pkcs12"
)

func main() {
	file, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	if _, _, _, err := pkcs12.DecodeChain(file, os.Args[2]); err != nil {
		fmt.Print("Go no")
		return
	}
	fmt.Print("Go yes")
}
GO
cat >write.js <<'JS'
const fs = require('fs');
const forge = require('node-forge');
const [password, algorithm, to] = process.argv.slice(2);
const key = forge.pki.privateKeyFromPem(fs.readFileSync('key.pem', 'utf8'));
const certificate = forge.pki.certificateFromPem(fs.readFileSync('certificate.pem', 'utf8'));
const file = forge.pkcs12.toPkcs12Asn1(key, [certificate], password, {algorithm});
fs.writeFileSync(to, Buffer.from(forge.asn1.toDer(file).getBytes(), 'binary'));
JS
cat >read.js <<'JS'
const fs = require('fs');
const forge = require('node-forge');
const [file, password] = process.argv.slice(2);
const oid = forge.pki.oids.pkcs8ShroudedKeyBag;
try {
  const read = forge.pkcs12.pkcs12FromAsn1(forge.asn1.fromDer(fs.readFileSync(file, 'binary')), password);
  process.stdout.write(read.getBags({bagType: oid})[oid][0].key ? 'forge yes' : 'forge no');
} catch (e) {
  process.stdout.write(/MAC|password/i.test(e.message) ? 'forge wrong password' : 'forge no');
}
JS
nice go build -o read . 2>build.log || { cat build.log >&2; exit 1; }
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -subj /CN=office -days 30 2>/dev/null
make() { # by, password, to
	case $1 in
	openssl) openssl pkcs12 -export -inkey key.pem -in certificate.pem -passout "pass:$2" -out "$3" ;;
	'openssl -legacy') openssl pkcs12 -export -legacy -inkey key.pem -in certificate.pem -passout "pass:$2" -out "$3" ;;
	forge*) node write.js "$2" "${1#forge }" "$3" ;;
	esac
}
echo "$(openssl version), node-forge 1.4.3, go-pkcs12 v0.5.0, Node $(node --version)"
check() { # by, password, want
	make "$1" "$2" file.p12
	local key=no
	openssl pkcs12 -legacy -in file.p12 -passin "pass:$2" -nodes -nocerts -out out.pem 2>/dev/null || true
	if grep -q 'PRIVATE KEY' out.pem; then key=yes; fi
	got="openssl $key, $(./read file.p12 "$2"), $(node read.js file.p12 "$2")"
	echo "made by $1, $2: $got"
	[ "$got" = "$3" ] || changed "made by $1, $2"
}
all='openssl yes, Go yes, forge yes'
for maker in openssl 'openssl -legacy' 'forge 3des' 'forge aes256'; do check "$maker" password "$all"; done
for password in 密码 Zoë; do
	check 'openssl -legacy' $password "$all"
	check 'forge 3des' $password "$all"
	check openssl $password 'openssl yes, Go yes, forge no'
	check 'forge aes256' $password 'openssl no, Go no, forge yes'
done
