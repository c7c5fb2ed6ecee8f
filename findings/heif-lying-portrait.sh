#!/usr/bin/env bash
# A phone's upright JPEG made into HEIC or AVIF by heif-enc lies on its side in all readers but libheif's own
#
# Versions: Debian 12's libheif-examples 1.15.1 (heif-enc, heif-convert) and chromium,
#   github.com/gen2brain/heic v0.4.5 with wazero v1.12.0.
# Why it matters: portraits are kept small as AVIF or come as HEIC; a face on its side gives "no face" or a low score.
# Guess: the encoder turns the Exif orientation into the format's own rotation (irot) and sets the tag to 1, as
#   phones do; or readers honour the tag.
# Seen: heif-enc stores the pixels as they lie, writes no irot and copies the Exif tag 6. HEIF says that Exif orientation
#   is not to be applied, so Chromium shows 320x240 for the AVIF and 240x320 for the JPEG, and the Go decoder gives
#   320x240. heif-convert back to JPEG brings the tag along, so the way there and back looks right, and a test made
#   of the two tools proves nothing.
# Source: ISO/IEC 23008-12 (transformative properties; Exif orientation is information only); run here.
# What to do: turn the pixels before encoding (exiftran, or our own importer); in an importer of HEIC apply irot only;
#   where no face is found, try the tag's turn and say that the file contradicts itself.
set -euo pipefail
changed() { echo "heif-lying-portrait: changed: $*" >&2; exit 1; }
for p in libheif-examples libimage-exiftool-perl netpbm chromium; do
	dpkg -s "$p" >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install "$p" >/dev/null
done
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
ppmmake gray 320 240 | pnmtojpeg >phone.jpg 2>/dev/null
exiftool -q -n -overwrite_original -Orientation=6 phone.jpg
heif-enc -q 60 phone.jpg -o phone.heic >/dev/null
heif-enc -A -q 60 phone.jpg -o phone.avif >/dev/null
heif-convert phone.heic back.jpg >/dev/null
cat >page.html <<'HTML'
<!doctype html><img id=a src=phone.jpg><img id=b src=phone.avif><img id=c src=back.jpg><script>
onload = () => document.body.append([a, b, c].map((i) => 'seen ' + i.naturalWidth + 'x' + i.naturalHeight).join(' '))</script>
HTML
cat >go.mod <<'MOD'
module finding
go 1.26.0
require (
	github.com/gen2brain/heic v0.4.5
	github.com/tetratelabs/wazero v1.12.0
)
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"github.com/gen2brain/heic"
)

func main() {
	file, err := os.Open("phone.heic")
	if err != nil {
		panic(err)
	}
	img, err := heic.Decode(file)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%dx%d\n", img.Bounds().Dx(), img.Bounds().Dy())
}
GO
page=$(nice chromium --headless --no-sandbox --disable-gpu --allow-file-access-from-files --user-data-dir="$dir/profile" \
	--dump-dom "file://$dir/page.html" 2>/dev/null)
read -r _ jpeg _ avif _ back <<<"$(grep -oE 'seen [0-9]+x[0-9]+ seen [0-9]+x[0-9]+ seen [0-9]+x[0-9]+' <<<"$page")"
go=$(nice go run .)
tags=$(for f in phone.heic phone.avif back.jpg; do exiftool -n -s3 -Orientation $f; done | xargs)
echo "$(dpkg-query -W libheif-examples chromium | tr '\t\n' '  '); heic v0.4.5"
echo "Exif orientation in heic, avif, jpeg again: $tags; irot boxes: $(grep -ac irot phone.heic || true) $(grep -ac irot phone.avif || true)"
echo "Chromium: jpeg $jpeg, avif $avif, jpeg again $back; Go: heic $go"
[ "$tags" = "6 6 6" ] || changed "the tag is not copied"
if grep -aq irot phone.heic phone.avif; then changed "heif-enc writes irot"; fi
[ "$jpeg" = 240x320 ] && [ "$back" = 240x320 ] || changed "Chromium does not turn the JPEG"
[ "$avif" = 320x240 ] || changed "Chromium turns the AVIF"
[ "$go" = 320x240 ] || changed "the Go decoder turns the HEIC"
