#!/usr/bin/env bash
# Simplified and traditional: ICU and OpenCC turn the families 范, 于, 后, 种 into others, and 張乾 into 张干
#
# Versions: ICU's uconv of Debian 12 (ICU 72), npm opencc-js 1.4.2.
# Why it matters: residents of Hong Kong, Macao and Taiwan have one script on their own papers and the other on the
#   mainland's permit. Somebody converts one of the two before comparing, or prints a name in the other script.
# Guess: characters that are surnames in both scripts stay; a converter of today knows 范 from 範; and in the
#   direction to simplified, many to one, nothing can go wrong.
# Seen: towards traditional 范 becomes 範, 于 於, 后 後, 种 種, 云 雲, 涂 塗 in both; 余 becomes 餘 and 游 遊 in OpenCC
#   alone. The first form of each pair is a family's own in Taiwan as well. Towards simplified 乾, which stays when
#   it is read qián, becomes 干, so 張乾 becomes 张干, another name; 昇 becomes 升 in ICU and stays in OpenCC. There
#   and back does not give the name: 于 and 於, 范 and 範, are one afterwards.
# Source: ICU's Hans-Hant, OpenCC's phrase tables, which know words and no names; run here.
# What to do: never convert what is kept or shown; for a comparison fold both sides towards simplified and treat the
#   result as "may be the same", for a person to decide.
set -euo pipefail
changed() { echo "converted-surnames: changed: $*" >&2; exit 1; }
command -v uconv >/dev/null || apt-get -qq -y --no-install-recommends install icu-devtools >/dev/null
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund opencc-js@1.4.2
simplified=(范三 于三 后三 种三 云三 涂三 余三 游三 沈三 姜三) traditional=(張乾 張昇 於三 範三)
icu() { printf '%s\n' "${@:2}" | uconv -f UTF-8 -t UTF-8 -x "$1" | tr '\n' ' '; }
opencc() { node -e 'const O = require("opencc-js"), [from, to, ...names] = process.argv.slice(1);
	const convert = O.Converter({from, to}); console.log(names.map((n) => convert(n)).join(" "), "")' "$@"; }
echo "$(uconv --version | head -n1), opencc-js 1.4.2"
check() { echo "$1: $2"; [ "$2" = "$3 " ] || changed "$1"; }
echo "given: ${simplified[*]}"
check "icu Hans-Hant" "$(icu Hans-Hant "${simplified[@]}")" "範三 於三 後三 種三 雲三 塗三 余三 游三 沈三 姜三"
check "opencc cn-tw" "$(opencc cn tw "${simplified[@]}")" "範三 於三 後三 種三 雲三 塗三 餘三 遊三 沈三 姜三"
echo "given: ${traditional[*]}"
check "icu Hant-Hans" "$(icu Hant-Hans "${traditional[@]}")" "张干 张升 于三 范三"
check "opencc tw-cn" "$(opencc tw cn "${traditional[@]}")" "张干 张昇 于三 范三"
