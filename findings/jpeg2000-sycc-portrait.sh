#!/usr/bin/env bash
# A JPEG 2000 portrait in sYCC: ffmpeg cuts its shadows and lights, OpenCV gives the face other colours
#
# Versions: Debian 12's libopenjp2-tools 2.5.0, ffmpeg 5.1, ImageMagick 6.9.11, python3-opencv 4.6.0.
# Why it matters: portraits in passports' chips are JPEG 2000 as often as JPEG; the format has two colour spaces for
#   them, sRGB (16) and sYCC (18). The portrait is compared with a live face, by colours and contrast too.
# Guess: enumerated colour space 18 is in the standard's first part; who reads the file at all reads it in its colours.
# Seen: eight patches as sYCC, 4:4:4, no loss but rounding. opj_decompress and ImageMagick give the colours back. ffmpeg
#   takes the full range as limited: 16 becomes 0, 240 becomes 255, skin 225 180 150 becomes 243 191 156. OpenCV
#   converts by another matrix (that of analogue YUV): grays are right, skin becomes 219 185 143 and red 200 60 60
#   becomes 182 71 53. Nobody warns. The same patches as sRGB, the usual space, are right in all four.
# Source: ISO/IEC 15444-1, annex I (colour 18, sYCC by IEC 61966-2-1 amendment 1, full range); run here.
# What to do: opj_decompress, or a decoder tested with both colour spaces; gray wedges alone do not find OpenCV's.
set -euo pipefail
changed() { echo "jpeg2000-sycc-portrait: changed: $*" >&2; exit 1; }
for p in libopenjp2-tools ffmpeg imagemagick python3-opencv; do
	dpkg -s "$p" >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install "$p" >/dev/null
done
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
cat >make.py <<'PY'
patches = [(200, 60, 60), (60, 200, 60), (60, 60, 200), (225, 180, 150), (128, 128, 128), (16, 16, 16), (240, 240, 240)]
rows = bytes(v for p in patches for _ in range(32) for v in p) * 64
with open("rgb.ppm", "wb") as file:
    file.write(b"P6\n224 64\n255\n" + rows)
planes = [bytearray(), bytearray(), bytearray()]
for i in range(0, len(rows), 3):
    r, g, b = rows[i : i + 3]
    y = 0.299 * r + 0.587 * g + 0.114 * b
    for plane, v in zip(planes, (y, 128 + (b - y) / 1.772, 128 + (r - y) / 1.402)):
        plane.append(round(v))
with open("ycc.raw", "wb") as file:
    file.write(b"".join(planes))
PY
/usr/bin/python3 make.py
{
	opj_compress -i rgb.ppm -o srgb.jp2 -r 1
	opj_compress -i ycc.raw -F 224,64,3,8,u -mct 0 -o sycc.jp2 -r 1
	for f in srgb sycc; do opj_decompress -i $f.jp2 -o $f-openjpeg.ppm; done
} >/dev/null
for f in srgb sycc; do
	nice ffmpeg -v error -i $f.jp2 -pix_fmt rgb24 $f-ffmpeg.ppm
	nice convert $f.jp2 -depth 8 $f-imagemagick.ppm
done
cat >read.py <<'PY'
import cv2

for f in ("srgb", "sycc"):
    with open(f + ".jp2", "rb") as file:
        content = file.read()
    print(f, "colour space", content[content.index(b"colr") + 10])
    cv2.imwrite(f + "-opencv.ppm", cv2.imread(f + ".jp2"))
    for reader in ("openjpeg", "imagemagick", "ffmpeg", "opencv"):
        picture = cv2.imread(f"{f}-{reader}.ppm")
        print(f, reader, ", ".join(" ".join(map(str, picture[32, 32 * i + 16][::-1])) for i in range(7)))
PY
out=$(/usr/bin/python3 read.py)
dpkg-query -W libopenjp2-tools ffmpeg imagemagick python3-opencv | tr '\t\n' '  '
echo "; the file has 200 60 60, 60 200 60, 60 60 200, 225 180 150, 128 128 128, 16 16 16, 240 240 240"
echo "$out"
near() { # COLOURS READER, then the seven patches expected, each value within 3
	local name="$1 $2" i d got want
	shift 2
	read -r -a want <<<"$*"
	read -r -a got <<<"$(sed -n "s/^$name //p" <<<"$out" | tr -d ,)"
	[ ${#got[@]} -eq 21 ] || changed "$name shows nothing"
	for i in "${!want[@]}"; do
		d=$((got[i] - want[i]))
		[ "${d#-}" -le 3 ] || changed "$name shows ${got[*]}"
	done
}
grep -qxF 'srgb colour space 16' <<<"$out" || changed "the first file is not sRGB"
grep -qxF 'sycc colour space 18' <<<"$out" || changed "the second file is not sYCC"
right='200 60 60 60 200 60 60 60 200 225 180 150 128 128 128 16 16 16 240 240 240'
for reader in openjpeg imagemagick ffmpeg opencv; do near srgb $reader "$right"; done
near sycc openjpeg "$right"
near sycc imagemagick "$right"
near sycc ffmpeg '212 53 52 53 213 54 52 51 211 243 191 156 130 130 130 0 0 0 255 255 255'
near sycc opencv '182 71 53 75 194 49 63 55 218 219 185 143 128 128 128 16 16 16 240 240 240'
