#!/usr/bin/env bash
# opj_compress darkens a portrait "without loss" when its PNG says the gamma that every PNG has
#
# Versions: Debian 12's libopenjp2-tools 2.5.0 and netpbm.
# Why it matters: portraits of passports and authorities are JPEG 2000, so tests and operators make some from PNG; face
#   scores and brightness gates are then set on pictures that no camera made.
# Guess: the default of opj_compress is lossless: what goes in comes out, to the last bit.
# Seen: a PNG with the chunk gAMA 0.45455 (plain sRGB; ImageMagick and others write it) is made linear while it is
#   read: 199,119,80 becomes 148,48,20, and nothing in the file says so. The same pixels without the chunk, or as PNM or
#   TIFF, stay. Two files that no viewer tells apart differ by half the light afterwards.
# Source: OpenJPEG's PNG reader, png_set_gamma; run here.
# What to do: make JPEG 2000 from PNM or TIFF; a test of the import that compares pixels with the source.
set -euo pipefail
changed() { echo "jpeg2000-gamma: changed: $*" >&2; exit 1; }
for p in libopenjp2-tools netpbm; do
	dpkg -s "$p" >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install "$p" >/dev/null
done
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
ppmmake rgb:c7/77/50 102 126 >source.ppm
pnmtopng source.ppm >plain.png 2>/dev/null
pnmtopng -gamma 0.45455 source.ppm >gama.png 2>/dev/null
pixel() { tail -c 3 "$1" | od -An -tu1 | xargs; }
seen() {
	opj_compress -i "$1" -o "$1.jp2" >/dev/null
	opj_decompress -i "$1.jp2" -o "$1.out.ppm" >/dev/null
	pixel "$1.out.ppm"
}
ppm=$(seen source.ppm); plain=$(seen plain.png); gama=$(seen gama.png)
echo "$(dpkg-query -W libopenjp2-tools netpbm | tr '\t\n' '  ')"
echo "source $(pixel source.ppm); through JPEG 2000: ppm $ppm, png $plain, png with gAMA $gama"
for p in plain gama; do
	[ "$(pngtopnm $p.png 2>/dev/null | tail -c 3 | od -An -tu1 | xargs)" = "199 119 80" ] || changed "$p.png differs by itself"
done
[ "$ppm" = "199 119 80" ] && [ "$plain" = "199 119 80" ] || changed "without gAMA it is not lossless"
[ "$gama" = "148 48 20" ] || changed "with gAMA it gives $gama"
