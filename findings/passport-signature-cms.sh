#!/usr/bin/env bash
# Go's CMS libraries say of a passport's signed object that it has no signers, or an unknown algorithm: it is PKCS#7 to them
#
# Versions: github.com/smallstep/pkcs7 v0.2.3, go.mozilla.org/pkcs7 v0.10.0, github.com/github/smimesign v0.2.0 (ietf-cms),
#   npm node-forge 1.4.3 and pkijs 4.0.0, Debian 12's openssl 3.0.
# Why it matters: whether a chip's data are a state's is one signature in CMS (the document security object). A server in Go
#   takes one of the few libraries there are, tries it with a passport at hand, and refuses the travellers of other states.
# Guess: CMS is one format that has been the same for twenty years; the libraries differ in how one calls them.
# Seen: five objects, the same data and content type, each valid in OpenSSL and pkijs. Where the signer is named by issuer
#   and serial number and signs by ECDSA or RSA PKCS#1, Go's three read it. Where the signer is named by its key identifier,
#   as ICAO 9303 and RFC 5652 allow, two answer "Message has no signers" and the third that it finds no certificate, though
#   both are in it. RSA-PSS, which 9303 recommends, is an unsupported algorithm to two, and to the third an ASN.1
#   error "type or version". node-forge reads none of the five: their content type is not "data".
# Source: ICAO 9303 part 10 (EF.SOD) and part 12 (signature algorithms), RFC 5652 section 5.3 against RFC 2315 section 9.2
#   (PKCS#7, which has the issuer's name and number alone); node-forge issue 1064; run here.
# What to do: OpenSSL's CMS_verify or pkijs; with Go's, read SignerInfo and call crypto/x509's and rsa.VerifyPSS on your own;
#   test with both kinds of name and with PSS, and never take "no signers" for "not signed".
set -euo pipefail
changed() { echo "passport-signature-cms: changed: $*" >&2; exit 1; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund node-forge@1.4.3 pkijs@4.0.0
signer() { openssl req -x509 -nodes -days 3650 -subj '/C=UT/O=State of Utopia/CN=Document Signer' "$@" 2>/dev/null; }
signer -newkey ec -pkeyopt ec_paramgen_curve:P-256 -keyout ec.key -out ec.pem
signer -newkey rsa:3072 -keyout rsa.key -out rsa.pem
openssl rand -out data 200 # stands for the list of digests
sign() { # sign NAME KEY [option…]: 2.23.136.1.1.1 is the content type of a passport's security object
	openssl cms -sign -binary -nodetach -outform DER -econtent_type 2.23.136.1.1.1 -md sha256 -in data \
		-signer "$2.pem" -inkey "$2.key" -out "$1.der" "${@:3}"
	openssl cms -verify -binary -noverify -inform DER -in "$1.der" -out "$1.data" 2>/dev/null && cmp -s data "$1.data" ||
		changed "openssl refuses $1"
}
sign ecdsa ec; sign ecdsa-by-key-id ec -keyid
sign rsa rsa; sign rsa-by-key-id rsa -keyid; sign rsa-pss rsa -keyopt rsa_padding_mode:pss
cat >read.mjs <<'JS'
import fs from 'fs';
import {webcrypto} from 'crypto';
import forge from 'node-forge';
import * as pkijs from 'pkijs';
pkijs.setEngine('node', new pkijs.CryptoEngine({name: 'node', crypto: webcrypto}));
for (const name of process.argv.slice(2)) {
  const data = fs.readFileSync(name + '.der');
  const signed = new pkijs.SignedData({schema: pkijs.ContentInfo.fromBER(new Uint8Array(data)).content});
  console.log(name, 'pkijs', await signed.verify({signer: 0, checkChain: false}));
  try {
    forge.pkcs7.messageFromAsn1(forge.asn1.fromDer(data.toString('binary')));
    console.log(name, 'node-forge read');
  } catch (e) { console.log(name, 'node-forge', e.message); }
}
JS
cat >go.mod <<'MOD'
module finding
go 1.26.0
require (
	github.com/github/smimesign v0.2.0
	github.com/smallstep/pkcs7 v0.2.3
	go.mozilla.org/pkcs7 v0.10.0
)
MOD
cat >main.go <<'GO'
package main

import (
	"crypto/x509"
	"fmt"
	"os"

	cms "github.com/github/smimesign/ietf-cms"
	smallstep "github.com/smallstep/pkcs7"
	mozilla "go.mozilla.org/pkcs7"
)

func withIETF(data []byte) error {
	signed, err := cms.ParseSignedData(data)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	all, err := signed.GetCertificates()
	if err != nil {
		return err
	}
	for _, c := range all {
		roots.AddCert(c)
	}
	_, err = signed.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	return err
}

func main() {
	for _, name := range os.Args[1:] {
		data, err := os.ReadFile(name + ".der")
		if err != nil {
			panic(err)
		}
		one, err := smallstep.Parse(data)
		if err == nil {
			err = one.Verify()
		}
		fmt.Println(name, "smallstep", err)
		two, err := mozilla.Parse(data)
		if err == nil {
			err = two.Verify()
		}
		fmt.Println(name, "mozilla", err)
		fmt.Println(name, "ietf-cms", withIETF(data))
	}
}
GO
names=(ecdsa ecdsa-by-key-id rsa rsa-by-key-id rsa-pss)
out=$(node read.mjs "${names[@]}"; nice go run . "${names[@]}")
echo "$(openssl version); smallstep/pkcs7 v0.2.3, mozilla pkcs7 v0.10.0, smimesign v0.2.0, node-forge 1.4.3, pkijs 4.0.0"
sort <<<"$out"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
for name in "${names[@]}"; do
	has "$name pkijs true"
	has "$name node-forge Unsupported PKCS#7 message. Only wrapped ContentType Data supported."
done
for name in ecdsa rsa; do
	for library in smallstep mozilla ietf-cms; do has "$name $library <nil>"; done
	for library in smallstep mozilla; do has "$name-by-key-id $library pkcs7: Message has no signers"; done
	has "$name-by-key-id ietf-cms no certificate found"
done
for library in smallstep mozilla; do has "rsa-pss $library pkcs7: unsupported algorithm \"1.2.840.113549.1.1.10\""; done
has 'rsa-pss ietf-cms cms/protocol: ASN.1 Error — unsupported type or version'
