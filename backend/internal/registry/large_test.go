//go:build !race

package registry_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"realname.example/backend/internal/registry"
	"realname.example/shared/identity"
)

// The largest file that is taken, with a fault in every other row: its report can be read,
// and each fault can be written.
func TestAMillionRowsWithFaultsInHalfAreReported(t *testing.T) {
	var file strings.Builder
	file.WriteString("name,number,mobile\n")
	for i := range registry.MaxRows {
		digits := fmt.Sprintf("110101%d%02d%02d%03d", 1960+i/336_000, 1+i/28_000%12, 1+i/1000%28, i%1000)
		mobile := fmt.Sprintf("139%08d", i)
		fmt.Fprintf(&file, "王芳,%s%c,%s\n", digits, identity.CheckCharacter(digits), mobile[:11-i%2])
	}
	_, _, err := read(file.String(), registry.Options{})
	var report *registry.ReportError
	if !errors.As(err, &report) || len(report.Rows) != registry.MaxRows/2 {
		t.Fatalf("got %.300v", err)
	}
	const said = "500000 times, mobile: is too short; lines 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31, 33, 35, 37, 39, 41, …"
	if report.Error() != said {
		t.Errorf("the report is %.1000s", report.Error())
	}
	var rest bytes.Buffer
	if err := report.Write(&rest, registry.English); err != nil || bytes.Count(rest.Bytes(), []byte("\n")) != registry.MaxRows/2+1 {
		t.Errorf("the rest has %d lines, %v", bytes.Count(rest.Bytes(), []byte("\n")), err)
	}
}

// Small files may hold what takes the memory: they are refused while they are read.
func TestAFileOfTooManyRowsOrFieldsIsLeftAtOnce(t *testing.T) {
	const header = "name,number,mobile\n"
	many := strings.Repeat("a\n", registry.MaxRows+1)
	for name, test := range map[string]struct{ file, want string }{
		"rows, and a broken quote behind them": {header + many + `"`, "more than 1000000 rows"},
		"fields of a row":                      {header + strings.Repeat(",", 10_000) + "\n\"", "A row has more than 10000 fields"},
		"fields of the header":                 {strings.Repeat("a,", 10_000) + "\n", "A row has more than 10000 fields"},
		"separators that a quote holds":        {header + `a,"` + strings.Repeat(",", 20_000) + "\"\n", "line 2, number"},
		"rows of few fields":                   {header + strings.Repeat("a,b\n", 20_000) + "\"", "line 20002, row: a quotation mark"},
	} {
		var file *registry.FileError
		_, _, err := read(test.file, registry.Options{})
		if err == nil || !strings.Contains(err.Error(), test.want) || errors.As(err, &file) != strings.Contains(test.want, "more than") {
			t.Errorf("%s: %.300v", name, err)
		}
	}
}

// A sheet of more rows than are taken is left before all of it is held in memory, which
// would find the cell that is none.
func TestAWorkbookOfTooManyRowsIsLeftAtOnce(t *testing.T) {
	const header = `<worksheet><sheetData><row><c t="str"><v>name</v></c><c t="str"><v>number</v></c></row>`
	var rows strings.Builder
	for i := range registry.MaxRows + 1 {
		fmt.Fprintf(&rows, `<row r="%d"><c><v>1</v></c></row>`, i+2)
	}
	_, _, err := read(withSheet(t, []byte(header+rows.String()+`<row><c r="?"/></row></sheetData></worksheet>`)), registry.Options{})
	if err == nil || !strings.Contains(err.Error(), "more than 1000000 rows") {
		t.Errorf("%.300v", err)
	}
}
