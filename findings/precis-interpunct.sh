#!/usr/bin/env bash
# PRECIS refuses the interpunct of Uyghur and Tibetan names, and takes its look-alikes
#
# Versions: golang.org/x/text v0.43.0 (secure/precis).
# Why it matters: a person called 买买提·艾力 uses the name in a password or a display name. Both go through
#   PRECIS (RFC 8265 OpaqueString, RFC 8266 Nickname), and the sentence shown is "not allowed".
# Guess: OpaqueString and Nickname are of the free-form class, "any character one can type", so the name passes;
#   at most the strict user names refuse it.
# Seen: all four profiles refuse U+00B7 between Han characters ("contextual rule violated"): RFC 5892 A.3 gives
#   MIDDLE DOT to Catalan alone, between two letters l, and PRECIS takes the contextual rules over into the
#   free-form class. The wrong dots pass: U+30FB everywhere (its rule asks for a Han character nearby),
#   U+2022 in passwords and nicknames. So the right spelling is refused and two wrong ones are kept as different.
# Source: RFC 8264 section 9.3, RFC 5892 appendix A.3 and A.7, run here.
# What to do: bring the interpunct to one form and take it out before PRECIS looks (or allow U+00B7 between
#   letters by an own rule); compare passwords after the same step; never answer "not allowed" to a name.
set -euo pipefail
changed() { echo "precis-interpunct: changed: $*" >&2; exit 1; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
cat >go.mod <<'MOD'
module finding
go 1.26.0
require golang.org/x/text v0.43.0
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"

	"golang.org/x/text/secure/precis"
)

func main() {
	names := []string{"买买提\u00b7艾力", "买买提\u30fb艾力", "买买提\u2022艾力", "col\u00b7laborar"}
	for _, name := range names {
		fmt.Printf("%+q", name)
		for _, p := range []*precis.Profile{
			precis.OpaqueString, precis.Nickname, precis.UsernameCasePreserved, precis.UsernameCaseMapped,
		} {
			if _, err := p.String(name); err != nil {
				fmt.Print(" refused")
				continue
			}
			fmt.Print(" taken")
		}
		fmt.Println()
	}
}
GO
out=$(nice go run .)
echo "golang.org/x/text v0.43.0; columns: OpaqueString Nickname UsernameCasePreserved UsernameCaseMapped"
echo "$out"
row() { sed -n "$1p" <<<"$out" | cut -d' ' -f2-; }
[ "$(row 1)" = "refused refused refused refused" ] || changed "U+00B7 between Han characters passes somewhere"
[ "$(row 2)" = "taken taken taken taken" ] || changed "U+30FB is refused somewhere"
[ "$(row 3)" = "taken taken refused refused" ] || changed "U+2022 is treated in another way"
[ "$(row 4)" = "taken taken taken taken" ] || changed "the Catalan dot is refused"
