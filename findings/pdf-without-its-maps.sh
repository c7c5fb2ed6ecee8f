#!/usr/bin/env bash
# A Chinese office's PDF is a blank page without text, and poppler and pdf.js call that a success
#
# Versions: Debian 12's poppler-utils 22.12.0 without and with poppler-data 0.4.12, npm pdfjs-dist 4.10.38, Debian 12's
#   mupdf-tools 1.21.1 beside them.
# Why it matters: proofs of residence, of employment, of a company come as PDF; a server takes the text out, or a
#   picture for the reviewer. A lean image has --no-install-recommends, a bundle of the server has no folder of maps.
# Guess: a font that is not in the file costs its shapes only: another font stands in, at worst boxes. The text is made
#   of codes, which need no font.
# Seen: offices' programs write STSong-Light with the encoding GBK-EUC-H or UniGB-UCS2-H and leave the font out, as PDF
#   allows for fonts that every Chinese reader has. The encoding is the name of a table that each reader brings itself.
#   Without poppler-data, which is a recommendation of Debian's and not a dependency, pdftotext writes an empty page and
#   ends with 0, with "Missing language pack" on stderr, and pdftoppm draws white, and ends with 0; the ASCII number
#   beside the name, in the same font, is lost too. pdf.js in Node without cMapUrl gives no items, and no error. With
#   the tables all have the text, poppler with １ for 1 in GBK-EUC-H; mutool has them built in. PDFs made for tests embed
#   their fonts and are right everywhere.
# Source: ISO 32000-1, 9.7.5.2 (predefined CMaps); Debian's control file of libpoppler; run here.
# What to do: install poppler-data by name, and give pdf.js cMapUrl and cMapPacked; take no text or a page without ink
#   as "could not be read", never as an empty paper; a PDF with GBK-EUC-H among the tests, in the image that is shipped.
set -euo pipefail
changed() { echo "pdf-without-its-maps: changed: $*" >&2; exit 1; }
for p in poppler-utils poppler-data mupdf-tools; do
	dpkg -s "$p" >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install "$p" >/dev/null
done
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund --omit=optional pdfjs-dist@4.10.38
cat >make.py <<'PY'
import sys
for file, encoding, cmap in (('gbk.pdf', 'gbk', 'GBK-EUC-H'), ('ucs2.pdf', 'utf-16-be', 'UniGB-UCS2-H')):
    page = 'BT /F1 24 Tf 20 60 Td <%s> Tj ET' % '张三 110105'.encode(encoding).hex()
    objects = ['<</Type/Catalog/Pages 2 0 R>>', '<</Type/Pages/Kids[3 0 R]/Count 1>>',
        '<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 120]/Resources<</Font<</F1 4 0 R>>>>/Contents 7 0 R>>',
        '<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/%s/DescendantFonts[5 0 R]>>' % cmap,
        '<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/DW 1000/FontDescriptor 6 0 R'
        '/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>>>',
        '<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]/ItalicAngle 0'
        '/Ascent 880/Descent -120/CapHeight 880/StemV 93>>',
        '<</Length %d>>\nstream\n%s\nendstream' % (len(page), page)]
    out, offsets = b'%PDF-1.4\n', []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b'%d 0 obj\n%s\nendobj\n' % (number, body.encode())
    table = b'xref\n0 8\n0000000000 65535 f \n' + b''.join(b'%010d 00000 n \n' % at for at in offsets)
    open(file, 'wb').write(out + table + b'trailer\n<</Size 8/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n' % len(out))
PY
python3 make.py
cat >read.mjs <<'JS'
import fs from 'fs';
import {getDocument} from 'pdfjs-dist/legacy/build/pdf.mjs';
const maps = {cMapUrl: 'node_modules/pdfjs-dist/cmaps/', cMapPacked: true};
for (const file of ['gbk.pdf', 'ucs2.pdf']) for (const [name, more] of [['without', {}], ['with', maps]]) {
  const pdf = await getDocument({data: new Uint8Array(fs.readFileSync(file)), verbosity: 0, ...more}).promise;
  const {items} = await (await pdf.getPage(1)).getTextContent();
  console.log(`pdf.js ${name} maps, ${file}: "${items.map(item => item.str).join('')}"`);
}
JS
cat >poppler.sh <<'SH'
for file in gbk.pdf ucs2.pdf; do
	text=$(pdftotext $file - 2>$file.log | tr -d '\f\n'; exit "${PIPESTATUS[0]}") && status=0 || status=$?
	pdftoppm -gray -r 36 $file >page.pgm 2>/dev/null || status=$?
	ink=$(tail -c +15 page.pgm | tr -d '\377' | wc -c)
	echo "poppler $1 maps, $file: \"$text\", $([ "$ink" -gt 20 ] && echo ink || echo white), exit $status"
done
SH
# A namespace of its own, in which the folder of poppler-data is empty.
hide=(unshare -m); [ "$(id -u)" -eq 0 ] || hide=(unshare -rm)
out=$("${hide[@]}" bash -c 'mount -t tmpfs none /usr/share/poppler && bash poppler.sh without'; bash poppler.sh with
	for file in gbk.pdf ucs2.pdf; do echo "mutool, $file: \"$(mutool draw -q -F txt $file 2>/dev/null | tr -d '\n')\""; done
	node read.mjs 2>/dev/null | grep '^pdf.js')
echo "$(dpkg-query -W poppler-utils poppler-data mupdf-tools | tr '\t\n' '  '), pdfjs-dist 4.10.38"
echo "$out"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
for file in gbk.pdf ucs2.pdf; do
	has "poppler without maps, $file: \"\", white, exit 0"; has "pdf.js without maps, $file: \"\""
	has "pdf.js with maps, $file: \"张三 110105\""
	grep -q "^poppler with maps, $file: \"张三" <<<"$out" || changed "no text with poppler-data"
	grep -q "^mutool, $file: \"张三" <<<"$out" || changed "no text by mutool"
done
