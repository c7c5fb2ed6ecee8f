#!/usr/bin/env bash
# No pinyin library spells 吕 as a passport does, and the surnames that are read in their own way differ
#
# Versions: npm pinyin-pro 3.29.4, github.com/mozillazg/go-pinyin v0.21.0, ICU's uconv of Debian 12 (ICU 72).
# Why it matters: the Latin name of a passport's machine-readable zone is compared with the Chinese name, and a
#   difference is shown to the reviewer as a doubt.
# Guess: take the library's surname reading, drop the tones, make capitals: LYU BU.
# Seen: 吕 is "lü" or "lv" in pinyin-pro, "lv" in go-pinyin, "lu" in ICU (Han-Latin/Names; Latin-ASCII), never
#   LYU, which GB/T 28039-2011 and so passports write; older passports have LU or LV: all must be taken.
#   go-pinyin knows no surnames (单 is "dan", 查 "cha"). Of those that do, pinyin-pro reads 朴 "piao", ICU's Names
#   "pu"; 覃 is "qin" in pinyin-pro and "tan" in ICU; both are real families' own readings. ICU writes 曾巩 as one
#   word where every other name is split.
# Source: GB/T 28039-2011 for ü as YU; ICU's transform Han-Latin/Names; run here.
# What to do: compare with a set of readings per surname, ü as any of YU, U, V; a difference is a hint, never a
#   refusal; never make a person's Latin name out of the Chinese one.
set -euo pipefail
changed() { echo "pinyin-of-passports: changed: $*" >&2; exit 1; }
command -v uconv >/dev/null || apt-get -qq -y --no-install-recommends install icu-devtools >/dev/null
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
cat >go.mod <<'MOD'
module finding
go 1.26.0
require github.com/mozillazg/go-pinyin v0.21.0
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/mozillazg/go-pinyin"
)

func main() {
	for _, name := range os.Args[1:] {
		fmt.Println("go-pinyin", name, strings.Join(pinyin.LazyPinyin(name, pinyin.NewArgs()), " "))
	}
}
GO
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund pinyin-pro@3.29.4
names=(吕布 单雄信 查三 朴三 覃三 曾巩 仇英)
out=$(nice go run . "${names[@]}"
	node -e 'const {pinyin} = require("pinyin-pro"); for (const n of process.argv.slice(1)) {
		console.log("pinyin-pro", n, pinyin(n, {toneType: "none", mode: "surname"}));
		console.log("pinyin-pro-v", n, pinyin(n, {toneType: "none", mode: "surname", v: true})) }' "${names[@]}"
	for n in "${names[@]}"; do echo "icu $n $(printf %s "$n" | uconv -x 'Han-Latin/Names; Latin-ASCII')"; done)
echo "pinyin-pro 3.29.4, go-pinyin v0.21.0, $(uconv --version | head -n1)"
echo "$out"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
if grep -qi lyu <<<"$out"; then changed "one spells LYU now"; fi
has 'pinyin-pro 吕布 lü bu'
has 'pinyin-pro-v 吕布 lv bu'
has 'go-pinyin 吕布 lv bu'
has 'icu 吕布 lu bu'
has 'go-pinyin 单雄信 dan xiong xin'
has 'pinyin-pro 单雄信 shan xiong xin'
has 'pinyin-pro 朴三 piao san'
has 'icu 朴三 pu san'
has 'pinyin-pro 覃三 qin san'
has 'icu 覃三 tan san'
has 'icu 曾巩 zenggong'
