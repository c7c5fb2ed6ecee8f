#!/usr/bin/env bash
# 𠮷田 in a PDF: jsPDF prints 田, and gopdf prints 𠮷田 that is read as ₻田 or 田
#
# Versions: npm jspdf 4.2.1, github.com/signintech/gopdf v0.33.0, npm pdf-lib 1.17.1 with @pdf-lib/fontkit 1.1.1; read
#   by Debian 12's poppler-utils (pdftotext) and npm pdfjs-dist 4.10.38; font of Debian's fonts-babelstone-han.
# Why it matters: a receipt or report of a verification as PDF is what is filed, searched and read by a machine, and
#   thousands of people have a character beyond U+FFFF in their name.
# Guess: with a font that has the character it is printed and can be copied; without one there is a box or an error.
# Seen: the font has 𠮷 (U+20BB7) and 𬱖 (U+2CC56). jsPDF leaves both out, without a gap, a box or an error: 𠮷田 becomes
#   田, and 王𬱖 becomes 王, people of other names. gopdf prints the right glyphs, but its ToUnicode table has five hex
#   digits where UTF-16 has four or eight: pdftotext reads ₻田 and 王ⳅ, pdf.js 田 and 王,애. What one sees is right, a
#   search or a copy is not. pdf-lib is right in both readers.
# Source: PDF's ToUnicode maps are UTF-16 (ISO 32000-1, 9.10.3), its CIDs need no code point at all; run here.
# What to do: read back by machine the name of each PDF that is made, and refuse to hand it out when it differs;
#   specimen names with 𠮷 among the tests, compared as text and as picture.
set -euo pipefail
changed() { echo "pdf-rare-name: changed: $*" >&2; exit 1; }
for p in poppler-utils fonts-babelstone-han; do
	dpkg -s "$p" >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install "$p" >/dev/null
done
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
font=$(dpkg -L fonts-babelstone-han | grep -m1 'BabelStoneHan\.ttf$')
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund jspdf@4.2.1 pdf-lib@1.17.1 @pdf-lib/fontkit@1.1.1 \
	pdfjs-dist@4.10.38 2>/dev/null
cat >make.js <<'JS'
const fs = require('fs'), {jsPDF} = require('jspdf'), {PDFDocument} = require('pdf-lib');
const [path, ...names] = process.argv.slice(2), font = fs.readFileSync(path);
(async () => {
  for (const [i, name] of names.entries()) {
    const one = new jsPDF();
    one.addFileToVFS('han.ttf', font.toString('base64'));
    one.addFont('han.ttf', 'han', 'normal');
    one.setFont('han').text(name, 10, 20);
    fs.writeFileSync(`jspdf${i}.pdf`, Buffer.from(one.output('arraybuffer')));
    const two = await PDFDocument.create();
    two.registerFontkit(require('@pdf-lib/fontkit'));
    two.addPage([595, 842]).drawText(name, {x: 50, y: 780, font: await two.embedFont(font, {subset: true})});
    fs.writeFileSync(`pdflib${i}.pdf`, await two.save());
  }
})();
JS
cat >go.mod <<'MOD'
module finding
go 1.26.0
require github.com/signintech/gopdf v0.33.0
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"github.com/signintech/gopdf"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	for i, name := range os.Args[2:] {
		var pdf gopdf.GoPdf
		pdf.Start(gopdf.Config{PageSize: *gopdf.PageSizeA4})
		pdf.AddPage()
		must(pdf.AddTTFFont("han", os.Args[1]))
		must(pdf.SetFont("han", "", 24))
		pdf.SetXY(50, 60)
		must(pdf.Cell(nil, name))
		must(pdf.WritePdf(fmt.Sprintf("gopdf%d.pdf", i)))
	}
}
GO
cat >read.mjs <<'JS'
import fs from 'node:fs';
import {getDocument} from 'pdfjs-dist/legacy/build/pdf.mjs';
for (const file of process.argv.slice(2)) {
  const pdf = await getDocument({data: new Uint8Array(fs.readFileSync(file)), verbosity: 0}).promise;
  console.log('pdfjs', file, (await (await pdf.getPage(1)).getTextContent()).items.map((item) => item.str).join(''));
}
JS
names=(张三 𠮷田 王𬱖)
node make.js "$font" "${names[@]}"
nice go run . "$font" "${names[@]}" 2>go.log || { cat go.log >&2; exit 1; }
files=({jspdf,gopdf,pdflib}{0,1,2}.pdf)
out=$(for f in "${files[@]}"; do echo "poppler $f $(pdftotext "$f" - | tr -d '\n\f')"; done
node read.mjs "${files[@]}" 2>/dev/null)
echo "jspdf 4.2.1, gopdf v0.33.0, pdf-lib 1.17.1, pdfjs-dist 4.10.38, $(dpkg-query -W poppler-utils | tr '\t' ' ')"
echo "$out"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
glyphs() { pdftocairo -svg "$1" - | grep -c '<use '; } # what is drawn
for reader in poppler pdfjs; do
	for maker in jspdf gopdf pdflib; do has "$reader ${maker}0.pdf 张三"; done
	has "$reader jspdf1.pdf 田"; has "$reader jspdf2.pdf 王"
	has "$reader pdflib1.pdf 𠮷田"; has "$reader pdflib2.pdf 王𬱖"
done
has 'poppler gopdf1.pdf ₻田'; has 'poppler gopdf2.pdf 王ⳅ'
has 'pdfjs gopdf1.pdf 田'; has 'pdfjs gopdf2.pdf 王,애'
echo "glyphs drawn of 𠮷田: jspdf $(glyphs jspdf1.pdf), gopdf $(glyphs gopdf1.pdf), pdf-lib $(glyphs pdflib1.pdf)"
[ "$(glyphs jspdf1.pdf) $(glyphs gopdf1.pdf) $(glyphs pdflib1.pdf)" = '1 2 2' ] || changed "other glyphs are drawn"
