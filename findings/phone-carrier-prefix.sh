#!/usr/bin/env bash
# A "mobile number" of 16 digits is valid to libphonenumber, and an ID number becomes a phone number
#
# Versions: npm libphonenumber-js 1.13.16 (full metadata), github.com/nyaruka/phonenumbers v1.7.0.
# Why it matters: the number typed is the one that gets the code and is checked with the carrier; a column of a
#   registry may hold an ID number where the mobile should be.
# Guess: China has 11 digits; longer ones are refused; stripping is done for +86, 0086 and blanks only.
# Seen: the metadata of China strips carrier-selection codes of the age of cheap trunk calls: 1795113800138000 and
#   12593 138 0013 8000 are valid mobiles, E.164 +8613800138000, the code gone without a word. The rule is "11x, 12x
#   or 179 and two digits more", and so it bites into 110105194912310021, an ID number of Beijing: 11010 is taken
#   for a carrier, the rest is parsed as +865194912310021, not valid, but a number all the same where only parsing
#   is looked at. Both libraries agree, since both have Google's metadata.
# Source: libphonenumber's nationalPrefixForParsing of CN; run here.
# What to do: ^1[3-9]\d{9}$ after an own list of prefixes; say "this looks like an ID number" for 18 digits; use
#   such a library for display only.
set -euo pipefail
changed() { echo "phone-carrier-prefix: changed: $*" >&2; exit 1; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund libphonenumber-js@1.13.16
cat >go.mod <<'MOD'
module finding
go 1.26.0
require github.com/nyaruka/phonenumbers v1.7.0
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"github.com/nyaruka/phonenumbers"
)

func main() {
	for _, typed := range os.Args[1:] {
		n, err := phonenumbers.Parse(typed, "CN")
		if err != nil {
			fmt.Println("go", typed, "refused")
			continue
		}
		fmt.Println("go", typed, phonenumbers.Format(n, phonenumbers.E164), phonenumbers.IsValidNumber(n))
	}
}
GO
typed=(13800138000 1795113800138000 '12593 138 0013 8000' 110105194912310021)
out=$(node -e 'const {default: parse} = require("libphonenumber-js/max"); for (const t of process.argv.slice(1)) {
	const n = parse(t, "CN"); console.log("js", t, n ? n.number + " " + n.isValid() : "refused") }' "${typed[@]}"
	nice go run . "${typed[@]}")
echo "libphonenumber-js 1.13.16, phonenumbers v1.7.0"
echo "$out"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
for l in js go; do
	has "$l 13800138000 +8613800138000 true"
	has "$l 1795113800138000 +8613800138000 true"
	has "$l 12593 138 0013 8000 +8613800138000 true"
	has "$l 110105194912310021 +865194912310021 false"
done
