#!/usr/bin/env bash
# Go finds no issuer for a passport's signer when the country wrote its own name in two string types
#
# Versions: Go 1.26 (crypto/x509), Debian 12's openssl 3.0, Node 20.
# Why it matters: passive authentication of an eMRTD: the chip's document signer is verified with the country's CSCA
#   certificate from a master list. Countries renew these certificates over decades with other software, so the name
#   is a UTF8String in one and a PrintableString in the other; RFC 5280 counts both as the same name.
# Guess: path building compares names as RFC 5280 7.1 says, or finds the issuer by its key identifier, equal here.
# Seen: the signer names its issuer "C=XX, O=Specimen, CN=CSCA" in PrintableString, the CSCA's own subject has the same
#   letters in UTF8String. openssl verify says OK, Node's checkIssued true. Go says "certificate signed by unknown
#   authority": CertPool is searched by the raw bytes of the name. The same with "Specimen" against "SPECIMEN". And Go's
#   CheckSignatureFrom of the same two is nil. So a genuine passport is judged as forged, of some countries only.
# Source: RFC 5280 7.1, ICAO Doc 9303 part 12 (names of CSCA certificates); run here.
# What to do: choose candidates oneself by subjectKeyIdentifier and by folded names, and check with CheckSignatureFrom;
#   or hand the signer's chain to a verifier that folds names. A specimen with two string types among the tests.
set -euo pipefail
changed() { echo "go-x509-issuer-string-type: changed: $*" >&2; exit 1; }
command -v openssl >/dev/null || apt-get -qq -y --no-install-recommends install openssl >/dev/null
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
config() { # STRINGS ORGANISATION, as openssl writes a root's name
	cat <<CNF
[req]
prompt = no
distinguished_name = name
string_mask = $1
x509_extensions = root
[name]
C = XX
O = $2
CN = CSCA
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
CNF
}
openssl ecparam -name prime256v1 -genkey -noout -out root.key
openssl ecparam -name prime256v1 -genkey -noout -out signer.key
root() { config "$2" "$3" >root.cnf; openssl req -new -x509 -key root.key -config root.cnf -days 3650 -out "$1.pem"; }
root same pkix Specimen
root utf8 utf8only Specimen
root capitals pkix SPECIMEN
openssl req -new -key signer.key -subj /C=XX/O=Specimen/CN=Signer -out signer.csr
printf 'authorityKeyIdentifier = keyid\nkeyUsage = critical, digitalSignature\n' >signer.cnf
openssl x509 -req -in signer.csr -CA same.pem -CAkey root.key -set_serial 2 -extfile signer.cnf -days 3000 \
	-out signer.pem 2>/dev/null
cat >go.mod <<'MOD'
module finding
go 1.26.0
MOD
cat >main.go <<'GO'
package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
)

func certificate(name string) *x509.Certificate {
	content, err := os.ReadFile(name + ".pem")
	if err != nil {
		panic(err)
	}
	block, _ := pem.Decode(content)
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		panic(err)
	}
	return c
}

func main() {
	signer := certificate("signer")
	for _, name := range os.Args[1:] {
		root := certificate(name)
		roots := x509.NewCertPool()
		roots.AddCert(root)
		_, err := signer.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
		fmt.Println("go", name, err, "signature", signer.CheckSignatureFrom(root))
	}
}
GO
cat >run.js <<'JS'
const {X509Certificate} = require('crypto'), fs = require('fs');
const read = (name) => new X509Certificate(fs.readFileSync(name + '.pem'));
for (const name of process.argv.slice(2)) {
  console.log('node', name, read('signer').checkIssued(read(name)), read('signer').verify(read(name).publicKey));
}
JS
roots=(same utf8 capitals)
out=$(for name in "${roots[@]}"; do
	echo "openssl $name $(openssl verify -CAfile "$name.pem" signer.pem 2>&1 | tail -n1)"
done; node run.js "${roots[@]}"; nice go run . "${roots[@]}")
echo "$(go version), $(openssl version | cut -d' ' -f1-2), Node $(node --version)"
openssl asn1parse -in signer.pem | grep -m1 ':Specimen'
openssl asn1parse -in utf8.pem | grep -m1 ':Specimen'
echo "$out"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
for name in "${roots[@]}"; do
	has "openssl $name signer.pem: OK"
	has "node $name true true"
done
has 'go same <nil> signature <nil>'
for name in utf8 capitals; do
	has "go $name x509: certificate signed by unknown authority signature <nil>"
done
