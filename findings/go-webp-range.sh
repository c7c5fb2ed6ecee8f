#!/usr/bin/env bash
# Go's WebP decoder washes each lossy portrait out: black is read as 16, white as 235, skin a shade too gray
#
# Versions: golang.org/x/image v0.48.0, Debian 12's webp 1.2.4 (cwebp makes, dwebp reads), ffmpeg 5.1 and chromium, npm
#   playwright-core 1.65.1 to drive it.
# Why it matters: portraits come as WebP from phones, browsers and archives. They are compared with a live face, and
#   gates on brightness, contrast and texture have thresholds found on JPEG.
# Guess: webp.Decode gives an image.Image, and At(x, y) of it is the colour that browsers show; the package is the Go
#   project's own and is tested against libwebp.
# Seen: lossy WebP is VP8: luma from 16 to 235, as in television. Decode hands the samples on as *image.YCbCr, whose
#   colours Go reckons as JPEG's, from 0 to 255. So 0 becomes 16, 255 becomes 235, skin 225 180 150 becomes 210 170 144:
#   a seventh of the contrast is gone. dwebp, ffmpeg and Chromium are right but for rounding. A lossless WebP, which
#   small test pictures mostly are, is right in Go. The package's own tests compare the three planes, and these are
#   right. Nothing warns, and a file saved again from it stays so.
# Source: RFC 6386 section 9.2 (BT.601 of limited range), Go's image/color (YCbCrToRGB is JFIF's); Go issue 40173; run
#   here.
# What to do: take the planes of a *image.YCbCr or *image.NYCbCrA out of webp.Decode and convert from limited range
#   oneself; a lossy WebP with black, white and skin among the tests, compared with the colours that went in.
set -euo pipefail
changed() { echo "go-webp-range: changed: $*" >&2; exit 1; }
for p in webp ffmpeg chromium; do
	dpkg -s "$p" >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install "$p" >/dev/null
done
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund playwright-core@1.65.1
cat >go.mod <<'MOD'
module finding
go 1.26.0
require golang.org/x/image v0.48.0
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"
	"image/png"
	"os"
	"strings"

	"golang.org/x/image/webp"
)

func main() {
	for _, name := range os.Args[1:] {
		file, _ := os.Open(name)
		decode := webp.Decode
		if strings.HasSuffix(name, ".png") {
			decode = png.Decode
		}
		img, err := decode(file)
		if err != nil {
			panic(err)
		}
		fmt.Print(name)
		for patch := range 4 {
			r, g, b, _ := img.At(patch*32+16, 16).RGBA()
			fmt.Printf(" %d,%d,%d", r>>8, g>>8, b>>8)
		}
		fmt.Println()
	}
}
GO
cat >chromium.mjs <<'JS'
import fs from 'fs';
import {chromium} from 'playwright-core';
const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox']});
const page = await browser.newPage();
console.log('chromium ' + await page.evaluate(async url => {
  const img = new Image(); img.src = url; await img.decode();
  const pen = new OffscreenCanvas(128, 32).getContext('2d'); pen.drawImage(img, 0, 0);
  return [16, 48, 80, 112].map(x => pen.getImageData(x, 16, 1, 1).data.slice(0, 3).join()).join(' ');
}, 'data:image/webp;base64,' + fs.readFileSync('lossy.webp', 'base64')));
await browser.close();
JS
{ printf 'P6\n128 32\n255\n'; for _ in $(seq 32); do for colour in '\0\0\0' '\377\377\377' '\341\264\226' '\310\074\074'; do
	printf "$colour%.0s" $(seq 32); done; done; } >in.ppm
cwebp -quiet -q 95 in.ppm -o lossy.webp
cwebp -quiet -lossless in.ppm -o lossless.webp
dwebp -quiet lossy.webp -o dwebp.png
ffmpeg -v error -i lossy.webp -pix_fmt rgb24 ffmpeg.png
out=$(nice go run . lossy.webp lossless.webp dwebp.png ffmpeg.png; node chromium.mjs)
echo "x/image v0.48.0, $(dpkg-query -W webp ffmpeg chromium | tr '\t\n' '  ')"
echo "$out"
# near: within 3 steps of the patches given, since lossy is lossy.
near() { awk -v name="$1" -v want="$2" '$1 == name { found = 1; sub(/^[^ ]* /, ""); n = split($0, a, /[ ,]/); split(want, w, /[ ,]/)
	for (i = 1; i <= n; i++) if (a[i] - w[i] > 3 || w[i] - a[i] > 3) exit 1 } END { exit !found }' <<<"$out" ||
	changed "$1 is not $2"; }
for right in lossless.webp dwebp.png ffmpeg.png chromium; do near $right '0,0,0 255,255,255 225,180,150 200,60,60'; done
near lossy.webp '16,16,16 235,235,235 210,170,144 189,68,67'
