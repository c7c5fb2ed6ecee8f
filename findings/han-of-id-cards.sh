#!/usr/bin/env bash
# The 622 characters that Unicode has for real-name checks in China are no Han to Go, Python, Perl, grep and ICU 72
#
# Versions: Go 1.26 (Unicode 15.0), golang.org/x/text v0.44.0 (secure/precis), Debian 12's chromium, python3 3.11, perl
#   5.36, grep 3.8 (PCRE2) and ICU 72 (uconv); Node 20.20 (ICU 78), npm playwright-core 1.65.1 to drive chromium.
# Why it matters: CJK extension I (U+2EBF0 to U+2EE5D, 2023) came by an amendment of GB 18030 for the certification of
#   citizens' real names: people whose names could not be typed in. A rule "Han characters only" is to let in everybody
#   who has a card.
# Guess: one asks the Unicode property instead of a range and is safe; a language of 2026 has the characters of 2023.
# Seen: of the 622 Go's unicode.Han and \p{Han} have none: its tables are of 2022, also in Go 1.26. Python, Perl, grep
#   -P and uconv have none either; glibc says that they are no letters. Node and Chromium have all. So the form takes
#   the name and the server answers that it has characters which are no Chinese. Go's PRECIS refuses a password with
#   one, as unassigned, and %q and slog's text write \U0002ebf0 for the name. Extension H (4,192 of 2022) is Han in Go
#   and ICU and not in Python, Perl and grep; J (4,298 of 2025) in Node and Chromium alone. Tests with 𠮷 and 䶮 are green
#   in all.
# Source: Unicode 15.1 and 17.0 (Blocks.txt), GB 18030-2022 and its amendment; unicode.Version; run here.
# What to do: the property and one's own table of the blocks behind it, U+2EBF0 to U+2EE5D and U+323B0 to U+33479, in
#   one place for client and server; a test that compares both on the ends of each block.
set -euo pipefail
changed() { echo "han-of-id-cards: changed: $*" >&2; exit 1; }
for p in chromium perl grep icu-devtools python3; do
	dpkg -s "$p" >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install "$p" >/dev/null
done
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund playwright-core@1.65.1
cat >go.mod <<'MOD'
module finding
go 1.26.0
require golang.org/x/text v0.44.0
MOD
cat >main.go <<'GO'
package main

import (
	"bufio"
	"fmt"
	"os"
	"regexp"
	"unicode"

	"golang.org/x/text/secure/precis"
)

func main() {
	property, matched, allowed := 0, 0, 0
	pattern := regexp.MustCompile(`^\p{Han}$`)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		character := lines.Text()
		if unicode.Is(unicode.Han, []rune(character)[0]) {
			property++
		}
		if pattern.MatchString(character) {
			matched++
		}
		if _, err := precis.OpaqueString.String(character + "Secret2026"); err == nil {
			allowed++
		}
	}
	fmt.Println("Go", unicode.Version, property, matched, "precis", allowed)
}
GO
cat >browser.mjs <<'JS'
import fs from 'fs';
import {chromium} from 'playwright-core';
const characters = fs.readFileSync(process.argv[2], 'utf8').trim().split('\n');
const count = characters => characters.filter(c => /^\p{Script=Han}$/u.test(c)).length;
console.log('Node', count(characters));
const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox']});
console.log('Chromium', await (await browser.newPage()).evaluate(count, characters));
await browser.close();
JS
block() { /usr/bin/python3 -c 'import sys; [print(chr(c)) for c in range(int(sys.argv[1], 16), int(sys.argv[2], 16) + 1)]' "$@"; }
block 20000 2a6df >B; block 31350 323af >H; block 2ebf0 2ee5d >I; block 323b0 33479 >J
nice go build -o count .
out=$(for name in B H I J; do
	{ wc -l <$name; ./count <$name; node browser.mjs $name
		/usr/bin/python3 -c 'import sys; print("Python", sum(c.strip().isalpha() for c in sys.stdin))' <$name
		echo "grep $(LC_ALL=C.UTF-8 grep -cP '^\p{Han}$' $name || true)"
		echo "glibc $(LC_ALL=C.UTF-8 grep -cE '^[[:alpha:]]$' $name || true)"
		perl -CS -ne '$n++ if /^\p{Han}$/; END { print "Perl ", $n // 0, "\n" }' <$name
		echo "uconv $(uconv -f utf-8 -t utf-8 -x '[[:Han:]] > H' $name | grep -c '^H$' || true)"
	} | tr '\n' ' ' | sed "s/^/$name /"; echo
done)
echo "$(go version), Node $(node --version), $(dpkg-query -W chromium python3 perl grep icu-devtools | tr '\t\n' '  ')"
echo "$out"
known() { # block, how many each takes: in Go, by its PRECIS, Node, Chromium, Python, grep, glibc, Perl and uconv.
	local want="$1 $(wc -l <"$1") Go 15.0.0 $2 $2 precis $2 Node $3 Chromium $3 Python $4 grep $4 glibc $4 Perl $4 uconv $2 "
	grep -qxF "$want" <<<"$out" || changed "no line '$want'"
}
known B 42720 42720 42720; known H 4192 4192 0; known I 0 622 0; known J 0 4298 0
