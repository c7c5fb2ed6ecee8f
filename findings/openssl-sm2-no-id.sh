#!/usr/bin/env bash
# SM2 by OpenSSL 3.0: its signatures are valid in OpenSSL and Node alone, which refuse the certificates of all others
#
# Versions: Debian 12's openssl 3.0, Node 20, github.com/tjfoc/gmsm v1.4.1, github.com/emmansun/gmsm v0.15.5,
#   npm sm-crypto 0.5.8.
# Why it matters: evidence and audit heads signed by SM2, certificates of Chinese authorities. What is signed today has
#   to be verified for years by others.
# Guess: SM2 signs with the user's id, which is 1234567812345678 unless another is agreed on (GM/T 0009), so with no
#   option given all programs agree.
# Seen: openssl dgst -sm3 -sign and openssl req -x509 sign with an empty id. openssl and Node verify both as OK, and
#   three libraries of SM2 say false or "SM2 verification failure"; sm-crypto says true once its userId is ''. The
#   other way round a certificate signed with the standard's id, as authorities sign, is "certificate signature
#   failure" in openssl verify until -vfyopt distid:1234567812345678 stands there; Node has no option for it, and its
#   verify gives false. A test within one program is green in both directions.
# Source: GM/T 0009-2012 (the default id); OpenSSL's EVP_PKEY-SM2 (empty before 4.0, the standard's since); run here.
# What to do: give distid by -sigopt, -pkeyopt and -vfyopt each time; verify what we sign by a second library; note
#   the id beside the signature, since an upgrade of OpenSSL changes the default.
set -euo pipefail
changed() { echo "openssl-sm2-no-id: changed: $*" >&2; exit 1; }
command -v openssl >/dev/null || apt-get -qq -y --no-install-recommends install openssl >/dev/null
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund sm-crypto@0.5.8
id=distid:1234567812345678
exec 3>&2 2>openssl.log # openssl tells its failures at length; the status is what counts here
for who in none standard; do
	with=(); [ $who = none ] || with=(-sigopt "$id")
	openssl ecparam -name SM2 -genkey -noout -out $who.key
	openssl ec -in $who.key -pubout -out $who.pub
	printf 'evidence' >message
	openssl dgst -sm3 -sign $who.key "${with[@]}" -out $who.sig message
	openssl ecparam -name SM2 -genkey -noout -out leaf.key
	openssl req -new -x509 -key $who.key -sm3 -subj /CN=CA -days 10 "${with[@]}" -out $who.ca
	openssl req -new -key leaf.key -sm3 -subj /CN=leaf -out leaf.csr
	openssl x509 -req -in leaf.csr -CA $who.ca -CAkey $who.key -set_serial 2 -sm3 -days 10 "${with[@]}" -out $who.leaf
done
cat >go.mod <<'MOD'
module finding
go 1.26.0
require (
	github.com/tjfoc/gmsm v1.4.1
	github.com/emmansun/gmsm v0.15.5
)
MOD
cat >main.go <<'GO'
package main

import (
	"crypto/ecdsa"
	"encoding/pem"
	"fmt"
	"os"

	emmansun "github.com/emmansun/gmsm/sm2"
	emmansunX509 "github.com/emmansun/gmsm/smx509"
	tjfocX509 "github.com/tjfoc/gmsm/x509"
)

func file(name string) []byte {
	content, err := os.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return content
}

func der(name string) []byte {
	block, _ := pem.Decode(file(name))
	return block.Bytes
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	for _, who := range []string{"none", "standard"} {
		message, signature := file("message"), file(who+".sig")
		key := must(emmansunX509.ParsePKIXPublicKey(der(who + ".pub"))).(*ecdsa.PublicKey)
		fmt.Println("emmansun", who, emmansun.VerifyASN1WithSM2(key, nil, message, signature))
		fmt.Println("tjfoc", who, must(tjfocX509.ReadPublicKeyFromPem(file(who+".pub"))).Verify(message, signature))
		ca := must(emmansunX509.ParseCertificate(der(who + ".ca")))
		leaf := must(emmansunX509.ParseCertificate(der(who + ".leaf")))
		fmt.Println("emmansun certificate", who, leaf.CheckSignatureFrom(ca) == nil)
		issuer := must(tjfocX509.ParseCertificate(der(who + ".ca")))
		issued := must(tjfocX509.ParseCertificate(der(who + ".leaf")))
		err := issuer.CheckSignature(issued.SignatureAlgorithm, issued.RawTBSCertificate, issued.Signature)
		fmt.Println("tjfoc certificate", who, err == nil)
	}
}
GO
cat >run.js <<'JS'
const crypto = require('crypto'), fs = require('fs'), {sm2} = require('sm-crypto');
for (const who of ['none', 'standard']) {
  const [key, signature, message] = [who + '.pub', who + '.sig', 'message'].map((f) => fs.readFileSync(f));
  console.log('node', who, crypto.verify('sm3', message, key, signature));
  const ca = new crypto.X509Certificate(fs.readFileSync(who + '.ca'));
  console.log('node certificate', who, new crypto.X509Certificate(fs.readFileSync(who + '.leaf')).verify(ca.publicKey));
  const point = crypto.createPublicKey(key).export({type: 'spki', format: 'der'}).subarray(-65).toString('hex');
  const check = (options) => sm2.doVerifySignature(message.toString(), signature.toString('hex'), point,
    {der: true, hash: true, ...options});
  console.log('sm-crypto', who, check({}), 'empty id', check({userId: ''}));
}
JS
status() { if "$@" >openssl.log; then echo true; else echo false; fi; }
out=$(for who in none standard; do
	echo "openssl $who $(status openssl dgst -sm3 -verify $who.pub -signature $who.sig message)"
	echo "openssl certificate $who $(status openssl verify -CAfile $who.ca $who.leaf)" \
		"with the id $(status openssl verify -vfyopt $id -CAfile $who.ca $who.leaf)"
done; node run.js; nice go run .)
exec 2>&3
echo "$(openssl version | cut -d' ' -f1-2), Node $(node --version), tjfoc/gmsm v1.4.1, emmansun/gmsm v0.15.5," \
	"sm-crypto 0.5.8"
echo "$out"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
for program in openssl node; do
	has "$program none true"
	has "$program standard false"
done
for program in emmansun tjfoc; do
	has "$program none false"
	has "$program standard true"
	has "$program certificate none false"
	has "$program certificate standard true"
done
has 'sm-crypto none false empty id true'
has 'sm-crypto standard true empty id false'
has 'openssl certificate none true with the id false'
has 'openssl certificate standard false with the id true'
has 'node certificate none true'
has 'node certificate standard false'
