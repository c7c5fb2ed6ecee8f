#!/usr/bin/env bash
# A webcam's MJPEG frame without Huffman tables is a picture to ffmpeg, OpenCV and Chromium, and an error to Go and Jimp
#
# Versions: Go 1.26 (image/jpeg), npm jpeg-js 0.4.4 and jimp 1.6.1; Debian 12's libjpeg-turbo-progs 2.1.5 (cjpeg makes
#   the picture), ffmpeg 5.1, python3-opencv 4.6.0 and chromium, npm playwright-core 1.65.1 to drive it.
# Why it matters: V4L2 hands a camera's MJPEG frames over as they are, and saving a frame as .jpg is what each example
#   does. Portraits and recordings taken in that way are kept, and read by other programs later.
# Guess: MJPEG is one JPEG behind the other; a camera whose frames open in every viewer has frames that are JPEGs.
# Seen: a camera may leave the tables out and mean those of the standard's appendix, which saves 420 bytes a frame. The
#   frame, from cjpeg with standard tables and then cut, has the same colours as before in ffmpeg, OpenCV and Chromium,
#   without a warning. Go: "uninitialized Huffman table"; jpeg-js, and so Jimp: a TypeError about undefined. Go's
#   DecodeConfig gives the size, so a check of the size alone is passed. The fault comes with a customer's camera and
#   with every frame of it, while the developer's own camera writes the tables.
# Source: ITU-T T.81 annex K.3; USB Device Class for Video, MJPEG payload; libjpeg-turbo 2.0 (tables by default); run
#   here.
# What to do: put the tables of K.3 before the scan where there is no DHT (ffmpeg -c copy -bsf:v mjpeg2jpeg does it too,
#   as the script shows), as soon as the frame comes; a frame without tables among the tests of the camera's driver.
set -euo pipefail
changed() { echo "webcam-frame-without-tables: changed: $*" >&2; exit 1; }
for p in libjpeg-turbo-progs ffmpeg python3-opencv chromium; do
	dpkg -s "$p" >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install "$p" >/dev/null
done
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund jpeg-js@0.4.4 jimp@1.6.1 playwright-core@1.65.1
{ printf 'P6\n64 64\n255\n'; printf '\341\264\226%.0s' $(seq 2048); printf '\074\132\310%.0s' $(seq 2048); } >in.ppm
cjpeg -quality 95 in.ppm >whole.jpg
cat >cut.mjs <<'JS'
import fs from 'fs';
const data = fs.readFileSync('whole.jpg'), kept = [data.subarray(0, 2)];
let at = 2;
for (; data[at + 1] !== 0xda; at += 2 + data.readUInt16BE(at + 2))
  if (data[at + 1] !== 0xc4) kept.push(data.subarray(at, at + 2 + data.readUInt16BE(at + 2)));
fs.writeFileSync('frame.jpg', Buffer.concat([...kept, data.subarray(at)]));
JS
node cut.mjs
ffmpeg -v error -f mjpeg -i frame.jpg -c copy -bsf:v mjpeg2jpeg -f image2 mended.jpg 2>/dev/null
printf 'module finding\ngo 1.26.0\n' >go.mod
cat >main.go <<'GO'
package main

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"os"
)

func main() {
	for _, name := range os.Args[1:] {
		data, err := os.ReadFile(name)
		if err != nil {
			panic(err)
		}
		size, sizeErr := jpeg.DecodeConfig(bytes.NewReader(data))
		fmt.Println("go", name, "size", size.Width, size.Height, sizeErr)
		img, err := jpeg.Decode(bytes.NewReader(data))
		if err != nil {
			fmt.Println("go", name, err)
			continue
		}
		r, g, b, _ := img.At(32, 16).RGBA()
		fmt.Printf("go %s %d,%d,%d\n", name, r>>8, g>>8, b>>8)
	}
}
GO
cat >read.mjs <<'JS'
import fs from 'fs';
import jpeg from 'jpeg-js';
import {Jimp} from 'jimp';
import {chromium} from 'playwright-core';
const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox']});
const page = await browser.newPage();
for (const name of process.argv.slice(2)) {
  const data = fs.readFileSync(name), at = (16 * 64 + 32) * 4;
  const tell = async (who, read) => console.log(who, name, await read().then(p => [...p].slice(0, 3).join(), e => e.name));
  await tell('jpeg-js', async () => jpeg.decode(data).data.subarray(at));
  await tell('jimp', async () => (await Jimp.fromBuffer(data)).bitmap.data.subarray(at));
  await tell('chromium', () => page.evaluate(async url => {
    const img = new Image(); img.src = url; await img.decode();
    const pen = new OffscreenCanvas(64, 64).getContext('2d'); pen.drawImage(img, 0, 0);
    return [...pen.getImageData(32, 16, 1, 1).data];
  }, 'data:image/jpeg;base64,' + data.toString('base64')));
}
await browser.close();
JS
out=$(for name in whole.jpg frame.jpg; do
	echo "ffmpeg $name $(ffmpeg -v error -i $name -f rawvideo -pix_fmt rgb24 - | od -An -tu1 -j3168 -N3 | awk '{ print $1 "," $2 "," $3 }')"
	/usr/bin/python3 -c 'import cv2, sys; n = sys.argv[1]; print("opencv", n, "%d,%d,%d" % tuple(cv2.imread(n)[16, 32][::-1]))' $name
done; nice go run . whole.jpg frame.jpg mended.jpg; nice node read.mjs whole.jpg frame.jpg mended.jpg)
echo "$(dpkg-query -W ffmpeg python3-opencv chromium | tr '\t\n' '  '), $(go version), jpeg-js 0.4.4, jimp 1.6.1"
echo "$out"
has() { grep -qE "^$1$" <<<"$out" || changed "no line like '$1'"; }
for who in ffmpeg opencv chromium; do for name in whole frame; do has "$who $name.jpg 22[3-7],1(79|8[01]),1(49|5[01])"; done; done
for who in go jpeg-js jimp; do for name in whole mended; do has "$who $name.jpg 225,180,149"; done; done
has 'go frame.jpg size 64 64 <nil>'; has 'go frame.jpg invalid JPEG format: uninitialized Huffman table'
has 'jpeg-js frame.jpg TypeError'; has 'jimp frame.jpg TypeError'
