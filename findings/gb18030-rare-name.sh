#!/usr/bin/env bash
# 龴 in GB18030: each writer's file is lost, changed or refused by another reader, and Go loses it without an error
#
# Versions: golang.org/x/text v0.44.0, npm iconv-lite 0.7.3, Node's TextDecoder, Python 3, glibc's iconv and ICU's
#   uconv of Debian 12.
# Why it matters: 龴 (U+9FB4) and seven more characters of names moved from private use into Unicode; registries hold
#   them as the two bytes FE59 or, newer, as four bytes. A name that becomes U+FFFD in all files is one name for many.
# Guess: GB18030 maps to all of Unicode, one to one; programs differ at most in the version, and say so by an error.
# Seen: FE59 is U+FFFD with err == nil in Go (so are all 2067 two-byte codes that it has no character for), U+9FB4 in
#   Node and glibc, U+E81E in Python, ICU and iconv-lite. Go, Python, ICU and iconv-lite write U+9FB4 as 82359037, which
#   glibc refuses to read; glibc writes FE59, which Go loses. So from Go to a program that uses iconv the file breaks,
#   from that program to Go the person does, and through iconv-lite and Python the name comes back in another code point.
# Source: GB 18030-2005 against 2022, the WHATWG's index; run here.
# What to do: an own table of the 24 codes in front of the library, one code point kept; refuse rows with U+FFFD by line;
#   write UTF-8 only.
set -euo pipefail
changed() { echo "gb18030-rare-name: changed: $*" >&2; exit 1; }
command -v uconv >/dev/null || apt-get -qq -y --no-install-recommends install icu-devtools >/dev/null
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund iconv-lite@0.7.3
cat >go.mod <<'MOD'
module finding
go 1.26.0
require golang.org/x/text v0.44.0
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"

	"golang.org/x/text/encoding/simplifiedchinese"
)

func main() {
	code := simplifiedchinese.GB18030
	for _, in := range []string{"\xfe\x59", "\x82\x35\x90\x37"} {
		out, err := code.NewDecoder().String(in)
		fmt.Printf("%x %x %t\n", in, []rune(out), err == nil)
	}
	out, err := code.NewEncoder().String("\u9fb4")
	fmt.Printf("write %x %t\n", out, err == nil)
	lost := 0
	for a := 0x81; a <= 0xfe; a++ {
		for b := 0x40; b <= 0xfe; b++ {
			if s, err := code.NewDecoder().String(string([]byte{byte(a), byte(b)})); s == "\ufffd" && err == nil {
				lost++
			}
		}
	}
	fmt.Println("lost", lost)
}
GO
nice go run . | sed 's/^/go /' >seen
node -e 'const lite = require("iconv-lite"), hex = (s) => [...s].map((c) => c.codePointAt(0).toString(16)).join(" ");
	for (const h of ["fe59", "82359037"]) { const b = Buffer.from(h, "hex");
		console.log("node", h, hex(new TextDecoder("gb18030").decode(b))); console.log("iconv-lite", h, hex(lite.decode(b, "gb18030"))) }
	console.log("iconv-lite write", lite.encode("\u9fb4", "gb18030").toString("hex"))' >>seen
python3 -c 'for h in ("fe59", "82359037"): print("python", h, "%x" % ord(bytes.fromhex(h).decode("gb18030")))
print("python write", "\u9fb4".encode("gb18030").hex())' >>seen
for tool in iconv uconv; do
	for h in fe59 82359037; do
		bytes=$(sed 's/../\\x&/g' <<<"$h")
		if got=$(printf "$bytes" | $tool -f GB18030 -t UTF-16BE 2>/dev/null | od -An -tx1 | tr -d ' \n'); then :; fi
		echo "$tool $h ${got:-refused}" >>seen
	done
	echo "$tool write $(printf '\xe9\xbe\xb4' | $tool -f UTF-8 -t GB18030 | od -An -tx1 | tr -d ' \n')" >>seen
done
echo "x/text v0.44.0, iconv-lite 0.7.3, Node $(node --version), $(python3 --version), $(iconv --version | head -n1), $(uconv --version | head -n1)"
cat seen
has() { grep -qxF "$1" seen || changed "no line '$1'"; }
has 'go fe59 [fffd] true'; has 'go 82359037 [9fb4] true'; has 'go write 82359037 true'
has 'node fe59 9fb4'; has 'iconv-lite fe59 e81e'; has 'python fe59 e81e'; has 'uconv fe59 e81e'; has 'iconv fe59 9fb4'
has 'iconv 82359037 refused'; has 'node 82359037 9fb4'; has 'iconv write fe59'
has 'python write 82359037'; has 'iconv-lite write 82359037'; has 'uconv write 82359037'
lost=$(sed -n 's/^go lost //p' seen)
[ "$lost" -gt 1800 ] || changed "Go loses $lost codes only"
