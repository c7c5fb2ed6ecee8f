#!/usr/bin/env bash
# One date cell of a real writer: exceljs makes everybody born in 1990 born on 12 June 1905
#
# Versions: npm xlsx 0.18.5 (writes), exceljs 4.4.0 and github.com/xuri/excelize/v2 v2.11.1 (read).
# Why it matters: a registry's column of birth dates is compared with digits 7 to 14 of the ID number.
# Guess: a date in an .xlsx is a serial number with a date format; what a library calls a date comes back as that day.
# Seen: the format also has cells of type d with an ISO date in them (ISO 29500, and "Strict Open XML" of Excel);
#   SheetJS writes them with cellDates. exceljs takes parseFloat of "1990-03-07T…", so 1990, and shows that as a
#   serial number: 1905-06-12, a valid Date, for each birthday of 1990.
#   excelize's formatted value is 03-07-90 (two digits of the year: 1930 or 2030?), only its raw value has the day,
#   and only if it is read first: asking for the formatted value turns the raw one from the ISO date into 32939.
#   No reader raises an error. With serial numbers all of them are right, so a test with such a file proves nothing.
# Source: ISO/IEC 29500-1, 18.18.11 (ST_CellType d); exceljs' cell-xform; run here.
# What to do: read raw values and handle type d by its own branch; take the birth date from the number and use the
#   column as a check only.
set -euo pipefail
changed() { echo "xlsx-iso-birth-date: changed: $*" >&2; exit 1; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund xlsx@0.18.5 exceljs@4.4.0 2>/dev/null
cat >write.js <<'JS'
const X = require('xlsx');
const rows = [['姓名', '出生日期'], ['张三', new Date(Date.UTC(1990, 2, 7))], ['李四', new Date(Date.UTC(1990, 10, 30))]];
for (const cellDates of [true, false]) {
  const book = X.utils.book_new();
  X.utils.book_append_sheet(book, X.utils.aoa_to_sheet(rows, {cellDates}), 'people');
  X.writeFile(book, cellDates ? 'iso.xlsx' : 'serial.xlsx', {cellDates});
}
JS
cat >read.js <<'JS'
const E = require('exceljs');
(async () => {
  for (const file of ['iso.xlsx', 'serial.xlsx']) {
    const book = new E.Workbook();
    await book.xlsx.readFile(file);
    const cells = [2, 3].map((r) => book.worksheets[0].getRow(r).getCell(2).value);
    console.log('exceljs', file, cells.map((v) => v instanceof Date ? v.toISOString().slice(0, 10) : v).join(' '));
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
	for _, file := range []string{"iso.xlsx", "serial.xlsx"} {
		book, err := excelize.OpenFile(file)
		if err != nil {
			panic(err)
		}
		raw, _ := book.GetCellValue("people", "B2", excelize.Options{RawCellValue: true})
		shown, _ := book.GetCellValue("people", "B2")
		again, _ := book.GetCellValue("people", "B2", excelize.Options{RawCellValue: true})
		fmt.Println("excelize", file, raw, shown, again)
	}
}
GO
out=$(node write.js && node read.js && nice go run .)
echo "xlsx 0.18.5, exceljs 4.4.0, excelize v2.11.1, Node $(node --version)"
echo "$out"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
has 'exceljs iso.xlsx 1905-06-12 1905-06-12'
has 'exceljs serial.xlsx 1990-03-07 1990-11-30'
has 'excelize iso.xlsx 1990-03-07T00:00:00.000Z 03-07-90 32939'
has 'excelize serial.xlsx 32939 03-07-90 32939'
