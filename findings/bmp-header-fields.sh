#!/usr/bin/env bash
# Two fields of a BMP's header: OpenCV overlooks one and makes faces blue, Jimp the other and shifts every pixel
#
# Versions: Debian 12's python3-opencv 4.6.0, imagemagick 6.9.11 and ffmpeg 5.1, npm jimp 1.6.1,
#   golang.org/x/image v0.48.0.
# Why it matters: readers of ID cards hand out the portrait as BMP, the format that "has no variants". A portrait with
#   red and blue changed is still a face, found and compared, with a lower score; nobody looks at it.
# Guess: 24 or 32 bits, blue, green, red, bottom line first; what a program does not know of the rest it refuses.
# Seen: of 225 180 150. With 32 bits and masks (BI_BITFIELDS, or a header of version 4) that say red first, OpenCV reads
#   150 180 225, without a word; with masks in the usual order it is right. With ten bytes between the header and the
#   pixels, as bfOffBits says, Jimp reads 60 0 0: it begins where the pixels would be without the gap, so that the
#   picture is shifted and its colours turn. ImageMagick and ffmpeg are right on all files. Go's x/image refuses them
#   as unsupported.
# Source: Windows' BITMAPFILEHEADER (bfOffBits) and BITMAPINFOHEADER (BI_BITFIELDS); run here.
# What to do: take 24 bits without a gap and refuse the rest with a sentence, as Go's decoder does, or bring it to that
#   by ImageMagick; one file of either kind among the tests of the reader's driver.
set -euo pipefail
changed() { echo "bmp-header-fields: changed: $*" >&2; exit 1; }
for p in python3-opencv imagemagick ffmpeg; do
	dpkg -s "$p" >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install "$p" >/dev/null
done
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund jimp@1.6.1
cat >make.py <<'PY'
from struct import pack
skin, red, green, blue = (225, 180, 150), (200, 60, 60), (60, 200, 60), (60, 60, 200)
def write(name, bits, pixels, masks=None, gap=0):
    header = 108 if masks and len(masks) == 4 else 40
    told = b''.join(pack('<I', mask) for mask in masks or ())
    told += bytes(header - 40 - len(told)) if header > 40 else b''
    offset = 54 + len(told) + gap
    with open(name + '.bmp', 'wb') as file:
        file.write(b'BM' + pack('<IHHI', offset + len(pixels), 0, 0, offset))
        file.write(pack('<IiiHHIIiiII', header, 2, 2, 1, bits, 3 if masks else 0, len(pixels), 2835, 2835, 0, 0))
        file.write(told + bytes(gap) + pixels)
def lines(pixel, end=b''):  # the lower one first
    return b''.join(pixel(a) + pixel(b) + end for a, b in ((green, blue), (skin, red)))
def bgr(colour): return bytes(colour[::-1])
def bgrx(colour): return bytes(colour[::-1]) + b'\xff'
def rgbx(colour): return bytes(colour) + b'\xff'
write('plain', 24, lines(bgr, b'\0\0'))
write('gap', 24, lines(bgr, b'\0\0'), gap=10)
write('blue first', 32, lines(bgrx), (0xff0000, 0xff00, 0xff))
write('red first', 32, lines(rgbx), (0xff, 0xff00, 0xff0000))
write('version 4', 32, lines(rgbx), (0xff, 0xff00, 0xff0000, 0xff000000))
PY
/usr/bin/python3 make.py
cat >go.mod <<'MOD'
module finding
go 1.26.0
require golang.org/x/image v0.48.0
MOD
cat >main.go <<'GO'
package main

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/image/bmp"
)

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	picture, err := bmp.Decode(file)
	switch {
	case errors.Is(err, bmp.ErrUnsupported):
		fmt.Println("refused")
	case err != nil:
		panic(err)
	default:
		r, g, b, _ := picture.At(0, 0).RGBA()
		fmt.Println(r>>8, g>>8, b>>8)
	}
}
GO
cat >jimp.mjs <<'JS'
import {Jimp} from 'jimp';
const {bitmap} = await Jimp.read(process.argv[2]);
console.log(bitmap.data[0], bitmap.data[1], bitmap.data[2]);
JS
nice go build -o go-bmp . 2>build.log || { cat build.log >&2; exit 1; }
first() { od -An -v -tu1 -N3 | xargs; }
dpkg-query -W python3-opencv imagemagick ffmpeg | tr '\t' ' '
echo "jimp 1.6.1, x/image v0.48.0; the first pixel:"
check() { # file, OpenCV, Jimp, Go
	local right='225 180 150'
	opencv=$(/usr/bin/python3 -c 'import cv2, sys; print(*cv2.imread(sys.argv[1])[0, 0][::-1])' "$1.bmp")
	magick=$(convert "$1.bmp" -depth 8 rgb:- | first)
	ffmpeg=$(ffmpeg -loglevel error -i "$1.bmp" -pix_fmt rgb24 -f rawvideo - | first)
	got="OpenCV $opencv, Jimp $(node jimp.mjs "$1.bmp"), Go $(./go-bmp "$1.bmp"), ImageMagick $magick, ffmpeg $ffmpeg"
	echo "$1: $got"
	[ "$got" = "OpenCV $2, Jimp $3, Go $4, ImageMagick $right, ffmpeg $right" ] || changed "$1"
}
right='225 180 150'
check plain "$right" "$right" "$right"
check 'blue first' "$right" "$right" refused
check 'red first' '150 180 225' "$right" refused
check gap "$right" '60 0 0' refused
check 'version 4' '150 180 225' "$right" refused
