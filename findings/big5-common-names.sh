#!/usr/bin/env bash
# Go writes 婷, 瑜, 晴, 包 and 香港 into Big5 in bytes that only Go and browsers read
#
# Versions: golang.org/x/text v0.44.0; glibc's iconv, ICU's uconv, Python 3 and chromium of Debian 12, Node 20's
#   TextDecoder, npm iconv-lite 0.7.3, npm playwright-core 1.65.1 to drive chromium.
# Why it matters: registries and companies in Taiwan and Hong Kong still exchange files in Big5. These are no rare
#   characters: 婷, 瑜 and 晴 stand in very many given names, 包 is a family, and 港 is in each address of 香港.
# Guess: Big5's characters of 1984 have one code each, and all programs agree on them; differences begin with the
#   additions of Hong Kong (HKSCS).
# Seen: Go writes 婷 as FBB8, where it is B440. HKSCS once gave codes of its own to characters that Big5 had; they are
#   read, and must not be written. Go's table writes the later code of the two: for 18 characters, 瑜, 晴, 倩, 包, 卿, 渝,
#   港 among them. glibc (BIG5, CP950 and BIG5-HKSCS) and Python (all three) refuse the file, with ICU and with Node 婷
#   becomes the private-use U+E0F3 without an error, iconv-lite's cp950 reads two U+FFFD. Go itself and Chromium read it
#   well, so there and back is green, and so is a look at the file in a browser. 陳, 林 and 怡 have one code.
# Source: WHATWG Encoding Standard, index Big5 pointer (no HKSCS, the first pointer); run here.
# What to do: write UTF-8; where Big5 is asked for, encode the 18 by an own table first, or by iconv; read back by
#   another program what was written.
set -euo pipefail
changed() { echo "big5-common-names: changed: $*" >&2; exit 1; }
for p in icu-devtools chromium; do
	dpkg -s "$p" >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install "$p" >/dev/null
done
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod LC_ALL=C.UTF-8
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund iconv-lite@0.7.3 playwright-core@1.65.1
cat >go.mod <<'MOD'
module finding
go 1.26.0
require golang.org/x/text v0.44.0
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"

	"golang.org/x/text/encoding/traditionalchinese"
)

func main() {
	for r := rune(0x80); r < 0x30000; r++ {
		if code, err := traditionalchinese.Big5.NewEncoder().Bytes([]byte(string(r))); err == nil {
			back, err := traditionalchinese.Big5.NewDecoder().Bytes(code)
			fmt.Printf("%s %x %t\n", string(r), code, err == nil && string(back) == string(r))
		}
	}
}
GO
nice go build -o go-big5 . 2>build.log || { cat build.log >&2; exit 1; }
./go-big5 >go.txt
cat >compare.py <<'PY'
codes = dict(line.split()[:2] for line in open('go.txt', encoding='utf-8'))
def han(c): return '一' <= c <= '鿿'
def code(c):
    try:
        return c.encode('cp950').hex()
    except UnicodeEncodeError:
        return None
other = [(c, code(c), g) for c, g in codes.items() if han(c) and code(c) not in (None, g)]
print(len(other), *(f'{c}:{w}:{g}' for c, w, g in other))
def reads(data, charset):
    try:
        return data.decode(charset)
    except UnicodeDecodeError:
        return 'refused'
for charset in ('big5', 'cp950', 'big5hkscs'):
    print(f'Python {charset}:', reads(bytes.fromhex('fbb8'), charset), reads(bytes.fromhex('b440'), charset))
PY
cat >read.js <<'JS'
const iconv = require('iconv-lite');
const {chromium} = require('playwright-core');
const shown = (text) => text.replace(/[\ue000-\uf8ff\ufffd]/g, (c) => 'U+' + c.codePointAt(0).toString(16));
const decode = (codes) => codes.map((code) => new TextDecoder('big5').decode(Uint8Array.from(code)));
(async () => {
  const codes = [[0xfb, 0xb8], [0xb4, 0x40]];
  console.log('Node:', ...decode(codes).map(shown));
  for (const charset of ['big5', 'cp950']) {
    console.log(`iconv-lite ${charset}:`, ...codes.map((code) => shown(iconv.decode(Buffer.from(code), charset))));
  }
  const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox']});
  const page = await browser.newPage();
  console.log('Chromium:', ...(await page.evaluate(decode, codes)).map(shown));
  await browser.close();
})();
JS
tool() { # name, command
	local got=''
	for code in '\xfb\xb8' '\xb4\x40'; do
		got+=" $(printf '%b' "$code" | "${@:2}" 2>/dev/null || echo refused)"
	done
	echo "$1:${got/$'\xee\x83\xb3'/U+e0f3}"
}
out=$(/usr/bin/python3 compare.py; nice timeout 200 node read.js
	for charset in BIG5 CP950 BIG5-HKSCS; do tool "glibc $charset" iconv -f $charset -t UTF-8; done
	for charset in Big5 windows-950; do tool "ICU $charset" uconv -f $charset -t UTF-8; done)
echo "x/text v0.44.0, $(iconv --version | head -n 1), $(/usr/bin/python3 --version), Node $(node --version), iconv-lite 0.7.3"
echo "$out"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
grep -q '^18 .*包:a55d:fabd .*婷:b440:fbb8 .*晴:b4b8:fce2 .*港:b4e4:fdbb .*瑜:b7ec:fe6f' <<<"$out" || changed "Go's codes"
grep -qx '婷 fbb8 true' go.txt || changed "Go does not read its own 婷"
for charset in big5 cp950 big5hkscs; do has "Python $charset: refused 婷"; done
for charset in BIG5 CP950 BIG5-HKSCS; do has "glibc $charset: refused 婷"; done
for reader in Node 'ICU Big5' 'ICU windows-950'; do has "$reader: U+e0f3 婷"; done
for reader in 'iconv-lite big5' Chromium; do has "$reader: 婷 婷"; done
has 'iconv-lite cp950: U+fffdU+fffd 婷'
