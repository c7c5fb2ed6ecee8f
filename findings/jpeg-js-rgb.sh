#!/usr/bin/env bash
# A JPEG whose components are red, green and blue: jpeg-js and Jimp make skin pink and red green, four readers do not
#
# Versions: npm jpeg-js 0.4.4 and jimp 1.6.1 (which uses it); beside them Go 1.26's image/jpeg, Debian 12's
#   libjpeg-turbo-progs 2.1.5 (djpeg; cjpeg makes the file), ffmpeg 5.1, and chromium with npm playwright-core 1.65.1.
# Why it matters: a portrait taken out of a PDF can be such a file (ColorTransform 0), and so can a scanner's; it is
#   scaled by Jimp before it is shown to a reviewer or compared.
# Guess: the Adobe segment says which transform there is, 0 is none, and whoever reads the segment follows it.
# Seen: of 225 180 150 the two make 255 191 255, of 200 60 60 104 255 79; gray stays gray only at 128. No error, a
#   picture of the right size. They know the segment and look at it, but take 0 as not said. The others are right, so
#   the same file looks right in the browser and wrong after the server's thumbnail.
# Source: ITU-T T.872 (APP14, transform flag 0: RGB for three components); run here.
# What to do: read with {colorTransform: false} where APP14 says 0 (the script shows that it works), or decode with
#   libjpeg; a file by cjpeg -rgb among the tests of pictures.
set -euo pipefail
changed() { echo "jpeg-js-rgb: changed: $*" >&2; exit 1; }
for p in libjpeg-turbo-progs ffmpeg chromium; do
	dpkg -s "$p" >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install "$p" >/dev/null
done
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund jpeg-js@0.4.4 jimp@1.6.1 playwright-core@1.65.1
node -e '
const patches = [[225, 180, 150], [200, 60, 60], [128, 128, 128], [16, 16, 16], [240, 240, 240]], pixels = [];
for (let y = 0; y < 64; y++) for (const patch of patches) for (let x = 0; x < 32; x++) pixels.push(...patch);
require("fs").writeFileSync("patches.ppm", Buffer.concat([Buffer.from("P6\n160 64\n255\n"), Buffer.from(pixels)]));'
cjpeg -rgb -quality 95 patches.ppm >rgb.jpg
cjpeg -quality 95 patches.ppm >ycc.jpg
cat >run.mjs <<'JS'
import fs from 'node:fs';
import jpeg from 'jpeg-js';
import {Jimp} from 'jimp';
import {chromium} from 'playwright-core';
const tell = (name, file, data, size = 4) => console.log(name, file, [0, 1, 2, 3, 4].map((i) =>
  [...data.slice((32 * 160 + 32 * i + 16) * size).slice(0, 3)].join(' ')).join(', '));
const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox']});
const page = await browser.newPage();
for (const file of ['rgb.jpg', 'ycc.jpg']) {
  const content = fs.readFileSync(file);
  tell('jpeg-js', file, jpeg.decode(content).data);
  tell('jimp', file, (await Jimp.read(file)).bitmap.data);
  if (file === 'rgb.jpg') tell('told', file, jpeg.decode(content, {colorTransform: false}).data);
  for (const reader of ['djpeg', 'ffmpeg']) { // a PPM's pixels stand at its end
    tell(reader, file, fs.readFileSync(`${file}.${reader}`).subarray(-160 * 64 * 3), 3);
  }
  tell('chromium', file, await page.evaluate(async (src) => {
    const image = Object.assign(new Image(), {src});
    await image.decode();
    const context = Object.assign(document.createElement('canvas'), {width: 160, height: 64}).getContext('2d');
    context.drawImage(image, 0, 0);
    return [...context.getImageData(0, 0, 160, 64).data];
  }, 'data:image/jpeg;base64,' + content.toString('base64')));
}
await browser.close();
JS
cat >go.mod <<'MOD'
module finding
go 1.26.0
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"
	"image/color"
	"image/jpeg"
	"os"
)

func main() {
	for _, name := range os.Args[1:] {
		file, err := os.Open(name)
		if err != nil {
			panic(err)
		}
		picture, err := jpeg.Decode(file)
		if err != nil {
			panic(err)
		}
		fmt.Print("go ", name)
		for i := range 5 {
			c := color.RGBAModel.Convert(picture.At(32*i+16, 32)).(color.RGBA)
			fmt.Print([]string{" ", ", "}[min(i, 1)], c.R, " ", c.G, " ", c.B)
		}
		fmt.Println()
	}
}
GO
for f in rgb.jpg ycc.jpg; do
	djpeg "$f" >"$f.djpeg"
	nice ffmpeg -v error -i "$f" -pix_fmt rgb24 -f rawvideo "$f.ffmpeg"
done
out=$(nice timeout 100 node run.mjs && nice go run . rgb.jpg ycc.jpg)
echo "jpeg-js 0.4.4, jimp 1.6.1, $(go version), $(dpkg-query -W libjpeg-turbo-progs ffmpeg chromium | tr '\t\n' '  ')"
echo "the file has 225 180 150, 200 60 60, 128 128 128, 16 16 16, 240 240 240"
echo "$out"
near() { # READER FILE, then the five patches expected, each value within 3
	local name="$1 $2" i d got want
	shift 2
	read -r -a want <<<"$*"
	read -r -a got <<<"$(sed -n "s/^$name //p" <<<"$out" | tr -d ,)"
	[ ${#got[@]} -eq 15 ] || changed "$name shows nothing"
	for i in "${!want[@]}"; do
		d=$((got[i] - want[i]))
		[ "${d#-}" -le 3 ] || changed "$name shows ${got[*]}"
	done
}
right='225 180 150 200 60 60 128 128 128 16 16 16 240 240 240'
for reader in djpeg ffmpeg chromium go; do near $reader rgb.jpg "$right"; done
for reader in jpeg-js jimp djpeg ffmpeg chromium go; do near $reader ycc.jpg "$right"; done
near told rgb.jpg "$right"
for reader in jpeg-js jimp; do
	near $reader rgb.jpg '255 191 255 104 255 79 128 128 128 0 134 0 255 121 255'
done
