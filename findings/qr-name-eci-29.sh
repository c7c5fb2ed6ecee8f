#!/usr/bin/env bash
# A name in a QR code that says "GB18030" by ECI 29 or 32: four readers, three behaviours that are wrong
#
# Versions: Debian's zint 2.11.1 (writes) and zbar-tools 0.23.92, github.com/makiuchi-d/gozxing v0.1.1,
#   npm jsqr 1.4.0 and zxing-wasm 3.1.6 (ZXing C++) (read).
# Why it matters: papers and offices put names into QR codes in the national character set, with the mark that the
#   standard has for it. The person's name then goes into a form or a comparison.
# Guess: ECI is there so that no reader has to guess; a reader that does not know an ECI number says so.
# Seen: for 张三, ECI 29 (GB2312) is read rightly by gozxing and ZXing C++; jsQR answers success with an empty text;
#   zbar drops the mark, guesses Shift_JIS and answers 桲 and the private-use U+F847 behind it, which no font shows.
#   ECI 32 (GB18030) is right in ZXing C++ alone; gozxing refuses it, the other two do as before. ECI 26 (UTF-8) is
#   right in all four.
# Source: AIM ECI assignments; each reader's table of character sets; run here.
# What to do: where we write text into a code, ASCII only, else ECI 26; where we read, take the bytes, never the
#   reader's text, and decode them ourselves; an empty text is a failure.
set -euo pipefail
changed() { echo "qr-name-eci-29: changed: $*" >&2; exit 1; }
for p in zint zbar-tools; do
	dpkg -s "$p" >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install "$p" >/dev/null
done
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund jsqr@1.4.0 zxing-wasm@3.1.6 pngjs@7.0.0
for eci in 26 29 32; do zint --barcode=QRCODE --eci=$eci --scale=3 --data=张三 --output=$eci.png; done
cat >read.mjs <<'JS'
import fs from 'fs';
import jsQR from 'jsqr';
import {PNG} from 'pngjs';
import {prepareZXingModule, readBarcodes} from 'zxing-wasm/reader';
const wasm = fs.readFileSync('node_modules/zxing-wasm/dist/reader/zxing_reader.wasm');
prepareZXingModule({overrides: {wasmBinary: wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength)}});
for (const eci of [26, 29, 32]) {
  const {data, width, height} = PNG.sync.read(fs.readFileSync(eci + '.png'));
  const pixels = new Uint8ClampedArray(data);
  const found = (jsQR.default || jsQR)(pixels, width, height);
  console.log('jsqr', eci, found ? JSON.stringify(found.data) : 'refused');
  const [code] = await readBarcodes({data: pixels, width, height, colorSpace: 'srgb'}, {formats: ['QRCode']});
  console.log('zxing-cpp', eci, code ? JSON.stringify(code.text) : 'refused');
}
JS
cat >go.mod <<'MOD'
module finding
go 1.26.0
require github.com/makiuchi-d/gozxing v0.1.1
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"
	"image/png"
	"os"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

func main() {
	for _, eci := range []string{"26", "29", "32"} {
		file, err := os.Open(eci + ".png")
		if err != nil {
			panic(err)
		}
		img, err := png.Decode(file)
		if err != nil {
			panic(err)
		}
		bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
		if err != nil {
			panic(err)
		}
		if found, err := qrcode.NewQRCodeReader().Decode(bitmap, nil); err != nil {
			fmt.Println("gozxing", eci, "refused")
		} else {
			fmt.Printf("gozxing %s %q\n", eci, found.GetText())
		}
	}
}
GO
out=$(node read.mjs; nice go run .; for eci in 26 29 32; do
	echo "zbar $eci \"$(zbarimg --quiet --raw --nodbus $eci.png 2>/dev/null)\""; done)
echo "$(dpkg-query -W zint zbar-tools | tr '\t\n' '  '); gozxing v0.1.1, jsqr 1.4.0, zxing-wasm 3.1.6"
echo "$out"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
for reader in zbar gozxing jsqr zxing-cpp; do has "$reader 26 \"张三\""; done
has 'gozxing 29 "张三"'; has 'zxing-cpp 29 "张三"'; has 'jsqr 29 ""'; has $'zbar 29 "桲\uf847"'
has 'gozxing 32 refused'; has 'zxing-cpp 32 "张三"'; has 'jsqr 32 ""'; has $'zbar 32 "桲\uf847"'
