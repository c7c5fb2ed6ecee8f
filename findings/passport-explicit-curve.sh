#!/usr/bin/env bash
# Passports have to write their curve out in full, and that is what Go, Java, pkijs and openssl verify refuse
#
# Versions: Go 1.26 (crypto/x509), Debian 12's openssl 3.0 and openjdk-17-jre-headless 17.0, Node 20, npm pkijs 4.0.0.
# Why it matters: whose chip is genuine is said by a certificate of its state. ICAO 9303 (part 12, 4.1.6.3) has each state
#   that signs by ECDSA describe the curve by all its numbers; names of curves are forbidden. A server that is tested with
#   keys of "openssl ecparam -name" reads all of them, and no passport's.
# Guess: P-256 is P-256; the certificate of a signer is read as each certificate of the web is, and openssl checks it.
# Seen: two chains of P-256, equal but for the form of the curve. With its name everybody reads and checks it. Written out,
#   Go answers "invalid ECDSA parameters" and Java "Only named ECParameters supported" to the whole certificate, so that
#   not even the name of the state can be read; pkijs reads it and cannot check it. openssl verify refuses the chain, also
#   without -x509_strict, and cms -verify does for that; cms -verify -noverify, and Node by the same OpenSSL, take the same
#   signature: who tries it with -noverify, as one does without a root at hand, finds nothing. With a name, Brainpool's
#   curve, Europe's usual one, is unsupported in Go, Java and pkijs as well.
# Source: RFC 5480 2.1.1 forbids on the web what 9303 demands; OpenSSL's issue 25461 (open); run here.
# What to do: read such certificates on your own: compare the numbers with those of known curves, never take them as given
#   (that was a hole once), and check the signature with the known curve; or Node's X509Certificate.verify, which does so.
set -euo pipefail
changed() { echo "passport-explicit-curve: changed: $*" >&2; exit 1; }
dpkg-query -W -f='${Status}' openjdk-17-jre-headless 2>/dev/null | grep -q 'ok installed' ||
	apt-get -qq -y --no-install-recommends install openjdk-17-jre-headless >/dev/null
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund pkijs@4.0.0
chain() { # chain NAME CURVE ENCODING: NAME-state.pem signs NAME-signer.pem
	local key=(-newkey ec -pkeyopt "ec_paramgen_curve:$2" -pkeyopt "ec_param_enc:$3" -nodes)
	openssl req -x509 "${key[@]}" -days 3650 -subj '/C=UT/O=State/CN=Country Signing CA' -keyout "$1.key" -out "$1-state.pem"
	openssl req "${key[@]}" -subj '/C=UT/O=State/CN=Document Signer' -keyout "$1-signer.key" -out "$1.csr"
	openssl x509 -req -in "$1.csr" -CA "$1-state.pem" -CAkey "$1.key" -CAcreateserial -days 3650 -out "$1-signer.pem"
	openssl cms -sign -binary -nodetach -outform DER -in /dev/stdin -econtent_type 2.23.136.1.1.1 -md sha256 \
		-signer "$1-signer.pem" -inkey "$1-signer.key" -out "$1.der" <<<data
} 2>/dev/null
chain named prime256v1 named_curve
chain written prime256v1 explicit
chain brainpool brainpoolP256r1 named_curve
cat >main.go <<'GO'
package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
)

func read(name string) (*x509.Certificate, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		panic(err)
	}
	block, _ := pem.Decode(data)
	return x509.ParseCertificate(block.Bytes)
}

func main() {
	for _, name := range os.Args[1:] {
		signer, err := read(name + "-signer.pem")
		if err != nil {
			fmt.Println(name, "go", err)
			continue
		}
		state, err := read(name + "-state.pem")
		if err == nil {
			err = signer.CheckSignatureFrom(state)
		}
		fmt.Println(name, "go", err)
	}
}
GO
cat >Read.java <<'JAVA'
import java.io.FileInputStream;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;

public class Read {
	static Certificate read(String name) throws Exception {
		return CertificateFactory.getInstance("X.509").generateCertificate(new FileInputStream(name));
	}

	public static void main(String[] names) {
		for (String name : names) {
			try {
				read(name + "-signer.pem").verify(read(name + "-state.pem").getPublicKey());
				System.out.println(name + " java right");
			} catch (Exception e) {
				System.out.println(name + " java " + e.getMessage());
			}
		}
	}
}
JAVA
cat >read.mjs <<'JS'
import fs from 'fs';
import {X509Certificate, webcrypto} from 'crypto';
import * as pkijs from 'pkijs';
pkijs.setEngine('node', new pkijs.CryptoEngine({name: 'node', crypto: webcrypto}));
for (const name of process.argv.slice(2)) {
  const [state, signer] = ['state', 'signer'].map(one => new X509Certificate(fs.readFileSync(`${name}-${one}.pem`)));
  console.log(name, 'node', signer.verify(state.publicKey));
  const [issuer, subject] = [state, signer].map(one => pkijs.Certificate.fromBER(new Uint8Array(one.raw)));
  await subject.verify(issuer).then(right => console.log(name, 'pkijs', right), e => console.log(name, 'pkijs', e.message));
}
JS
names=(named written brainpool)
openssl_says() {
	for name in "${names[@]}"; do
		echo "$name openssl-verify $(openssl verify -CAfile "$name-state.pem" "$name-signer.pem" 2>&1 | grep -oE '(: OK|error [0-9]+ at 0 .*)')" || :
		for how in "-CAfile $name-state.pem -purpose any" -noverify; do
			# shellcheck disable=SC2086 # options, one by one
			echo "$name openssl-cms $how $(openssl cms -verify -binary -inform DER -in "$name.der" $how -out /dev/null 2>&1 | head -n 1)"
		done
	done
}
out=$(nice go run main.go "${names[@]}"; nice java Read.java "${names[@]}" 2>/dev/null; node read.mjs "${names[@]}"; openssl_says)
echo "$(go version); $(openssl version); Node $(node --version); $(java -version 2>&1 | head -n 1); pkijs 4.0.0"
sort <<<"$out"
has() { grep -qxF -- "$1" <<<"$out" || changed "no line '$1'"; }
has 'named go <nil>'; has 'named java right'; has 'named node true'; has 'named pkijs true'; has 'named openssl-verify : OK'
has 'written go x509: invalid ECDSA parameters'; has 'written java java.io.IOException: Only named ECParameters supported'
has 'written node true'; has 'written pkijs Incorrect type for ECDSA public key parameters'
has 'written openssl-verify error 94 at 0 depth lookup: Certificate public key has explicit ECC parameters'
for name in named brainpool; do has "$name openssl-cms -CAfile $name-state.pem -purpose any CMS Verification successful"; done
has 'written openssl-cms -CAfile written-state.pem -purpose any CMS Verification failure'
has 'written openssl-cms -noverify CMS Verification successful'
has 'brainpool go x509: unsupported elliptic curve'; has 'brainpool node true'; has 'brainpool openssl-verify : OK'
has 'brainpool java Curve not supported: brainpoolP256r1 (1.3.36.3.3.2.8.1.1.7)'
has 'brainpool pkijs Unsupported algorithm identifier : 1.3.36.3.3.2.8.1.1.7'
