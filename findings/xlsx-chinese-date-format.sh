#!/usr/bin/env bash
# Chinese Excel's own date format has no format code in the file: 7 March 1990 is read as 32939
#
# Versions: npm xlsx 0.18.5 (makes the file, reads), exceljs 4.4.0, github.com/xuri/excelize/v2 v2.11.1 (read).
# Why it matters: a birth date that a Chinese Excel shows as 1990年3月7日 has the number format 31, built in and
#   defined by the language of the program. The registry's writer sees a date, our reader sees 32939, and a check of
#   the column against the ID number fails for everybody, or, worse, 32939 is kept.
# Guess: built-in formats are known to every library, as 14 is; a serial number with one of them is a date.
# Seen: exceljs gives the number 32939, and undefined as the format; excelize gives "32939" unless it is opened
#   with CultureInfo zh-CN, then 1990年3月7日; with format 30 even so 3/7/90, and with 28 3月7日, without a year.
#   SheetJS knows a date. Files of an English Excel have 14 or a written code, so tests made abroad are green.
# Source: ISO/IEC 29500-1, 18.8.30 (formats 27 to 36 and 50 to 58 for zh-cn); run here.
# What to do: take 27-36 and 50-58 as dates by number, from the raw value; open with CultureInfo zh-CN where text is
#   wanted; a file with format 31 among the import's tests.
set -euo pipefail
changed() { echo "xlsx-chinese-date-format: changed: $*" >&2; exit 1; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund xlsx@0.18.5 exceljs@4.4.0 jszip@3.10.1 2>/dev/null
cat >run.js <<'JS'
const X = require('xlsx'), E = require('exceljs'), Zip = require('jszip'), fs = require('fs');
(async () => {
  for (const id of [14, 28, 30, 31]) {
    const sheet = X.utils.aoa_to_sheet([['姓名', '出生日期'], ['张三', 32939]]);
    sheet.B2.z = 'yyyy-mm-dd';
    const book = X.utils.book_new();
    X.utils.book_append_sheet(book, sheet, 'people');
    const zip = await Zip.loadAsync(X.write(book, {type: 'buffer', bookType: 'xlsx'}));
    const styles = await zip.file('xl/styles.xml').async('string');
    const builtIn = styles.replace(/<numFmts[^]*<\/numFmts>/, '').replace(/(<cellXfs[^]*numFmtId=")[1-9]\d*"/, `$1${id}"`);
    if (!builtIn.includes(`numFmtId="${id}"`)) throw new Error('the style was not found');
    zip.file('xl/styles.xml', builtIn);
    const file = id + '.xlsx';
    fs.writeFileSync(file, await zip.generateAsync({type: 'nodebuffer'}));
    const show = (v) => v instanceof Date ? v.toISOString().slice(0, 10) : v;
    console.log('sheetjs', id, show(X.readFile(file, {cellDates: true}).Sheets.people.B2.v));
    const read = new E.Workbook();
    await read.xlsx.readFile(file);
    console.log('exceljs', id, show(read.worksheets[0].getCell('B2').value));
  }
})();
JS
cat >go.mod <<'MOD'
module finding
go 1.26.0
require github.com/xuri/excelize/v2 v2.11.1
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"

	"github.com/xuri/excelize/v2"
)

func main() {
	for _, id := range []string{"14", "28", "30", "31"} {
		for name, culture := range map[string]excelize.CultureName{
			"none": excelize.CultureNameUnknown, "zh-CN": excelize.CultureNameZhCN,
		} {
			book, err := excelize.OpenFile(id+".xlsx", excelize.Options{CultureInfo: culture})
			if err != nil {
				panic(err)
			}
			shown, err := book.GetCellValue("people", "B2")
			if err != nil {
				panic(err)
			}
			fmt.Println("excelize", name, id, shown)
		}
	}
}
GO
out=$(node run.js && nice go run . | sort)
echo "xlsx 0.18.5, exceljs 4.4.0, excelize v2.11.1, Node $(node --version)"
echo "$out"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
for id in 14 28 30 31; do has "sheetjs $id 1990-03-07"; done
has 'exceljs 14 1990-03-07'
for id in 28 30 31; do has "exceljs $id 32939"; has "excelize none $id 32939"; done
has 'excelize zh-CN 31 1990年3月7日'
has 'excelize zh-CN 30 3/7/90'
has 'excelize zh-CN 28 3月7日'
