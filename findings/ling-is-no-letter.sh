#!/usr/bin/env bash
# 〇 (U+3007), a character of real names, is no letter, no unified ideograph, and one program's two databases differ
#
# Versions: Go 1.26 (unicode, Unicode 15.0), Node 20, Python 3.11, Debian's PostgreSQL 15 with libc and ICU collations.
# Why it matters: 〇 is written in given names. Rules as "letters only", \p{L}, [[:alpha:]] refuse these people.
# Guess: 〇 is a Han character as 零 is; a rule that takes every ideograph as a letter takes it.
# Seen: its category is Nl (a number). Go's IsLetter, Python's isalpha and JavaScript's \p{L} and
#   \p{Unified_Ideograph} say no; Go's Han table, \p{Script=Han}, \p{Alphabetic}, \p{Ideographic} and Python's
#   isidentifier say yes. PostgreSQL's [[:alpha:]] says yes under C.utf8 of glibc, no under zh-x-icu, and under C
#   no to 张 as well: a CHECK that holds in one cluster refuses people in the next one.
#   The iteration mark 々, also in names, is the other way about: a letter, Han, not Ideographic in Unicode 15.
# Source: UnicodeData.txt (general category of U+3007 and U+3005), run here.
# What to do: a name's character is one of script Han (with 〇 and 々 kept), never "a letter"; no [[:alpha:]] in SQL.
set -euo pipefail
changed() { echo "ling-is-no-letter: changed: $*" >&2; exit 1; }
bin=/usr/lib/postgresql/15/bin
[ -d $bin ] || apt-get -qq -y --no-install-recommends install postgresql-15 >/dev/null
dir=$(mktemp -d); chmod 755 "$dir"
as=(); [ "$(id -u)" -ne 0 ] || as=(runuser -u postgres --)
stop() { "${as[@]}" "$bin/pg_ctl" -D "$dir/pg/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$dir"; }
trap stop EXIT
mkdir "$dir/pg" "$dir/go"
[ "$(id -u)" -ne 0 ] || chown postgres "$dir/pg"
cd "$dir/pg"
"${as[@]}" "$bin/initdb" -D "$dir/pg/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
"${as[@]}" "$bin/pg_ctl" -D "$dir/pg/data" -l "$dir/pg/log" -w \
	-o "-c listen_addresses= -c unix_socket_directories=$dir/pg -c fsync=off" start >/dev/null
cd "$dir/go"
cat >main.go <<'GO'
package main

import (
	"fmt"
	"unicode"
)

func main() {
	for _, r := range "零〇々" {
		fmt.Printf("go %c letter=%t han=%t unified=%t\n",
			r, unicode.IsLetter(r), unicode.Is(unicode.Han, r), unicode.Is(unicode.Unified_Ideograph, r))
	}
}
GO
out=$(GOWORK=off nice go run main.go
	node -e 'for (const c of "零〇々") console.log("node", c, "L=" + /^\p{L}$/u.test(c),
		"han=" + /^\p{Script=Han}$/u.test(c), "unified=" + /^\p{Unified_Ideograph}$/u.test(c),
		"alphabetic=" + /^\p{Alphabetic}$/u.test(c))'
	python3 -c 'for c in "零〇々": print("python", c, "alpha=%s identifier=%s" % (c.isalpha(), c.isidentifier()))'
	for c in C C.utf8 zh-x-icu; do
		"$bin/psql" -h "$dir/pg" -U postgres -XAt -F ' ' \
			-c "select 'postgresql $c', v, v ~ '^[[:alpha:]]$' collate \"$c\" from unnest(array['零','〇','々']) v"
	done)
echo "$(go version), Node $(node --version), $(python3 --version), $("$bin/postgres" --version)"
echo "$out"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
has 'go 〇 letter=false han=true unified=false'
has 'go 零 letter=true han=true unified=true'
has 'node 〇 L=false han=true unified=false alphabetic=true'
has 'python 〇 alpha=False identifier=True'
has 'postgresql C 零 f'
has 'postgresql C 〇 f'
has 'postgresql C.utf8 〇 t'
has 'postgresql zh-x-icu 〇 f'
has 'postgresql zh-x-icu 零 t'
has 'go 々 letter=true han=true unified=false'
