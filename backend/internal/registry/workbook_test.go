package registry_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"realname.example/backend/internal/registry"
)

// workbook makes one with a sheet of the given cells; change may alter it.
func workbook(t *testing.T, cells [][]any, change func(*excelize.File)) string {
	t.Helper()
	book := excelize.NewFile()
	for i, row := range cells {
		cell, err := excelize.CoordinatesToCellName(1, i+1)
		if err == nil {
			err = book.SetSheetRow("Sheet1", cell, &row)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if change != nil {
		change(book)
	}
	var b bytes.Buffer
	if err := book.Write(&b); err != nil {
		t.Fatal(err)
	}
	if err := book.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestReadTakesWorkbooks(t *testing.T) {
	people := [][]any{
		{"姓名", "工号", "公民身份号码", "手机号码"},
		{"张伟", 7, "110100199003070111", 13800000001},
		{nil, nil, nil, nil},
		{"杨䮌", 8, "110100197902180139", "13800000005"},
	}
	for name, change := range map[string]func(*excelize.File){
		"one sheet": nil,
		"an empty sheet beside it": func(f *excelize.File) {
			_, _ = f.NewSheet("空")
		},
	} {
		found, report, err := read(workbook(t, people, change), registry.Options{})
		if err != nil || len(found) != 2 || report.Encoding != "xlsx" || report.Empty != 1 || len(report.Unknown) != 1 {
			t.Errorf("%s: %d people, %+v, %v", name, len(found), report, err)
			continue
		}
		if found[0].Identity.Mobile.Reveal() != "13800000001" || found[1].Identity.Name.Reveal() != "杨䮌" {
			t.Errorf("%s: got other people", name)
		}
	}
	two := workbook(t, people, func(f *excelize.File) {
		_, _ = f.NewSheet("离职")
		_ = f.SetCellStr("离职", "A1", "姓名")
	})
	if _, _, err := read(two, registry.Options{}); err == nil || !strings.Contains(err.Error(), "Sheet1, 离职") || registry.SettingOf(err) != registry.SetSheet {
		t.Errorf("two sheets: %v", err)
	}
	if found, _, err := read(two, registry.Options{Sheet: "Sheet1"}); err != nil || len(found) != 2 {
		t.Errorf("a sheet that is named: %d people, %v", len(found), err)
	}
	if _, _, err := read(two, registry.Options{Sheet: "Sheet9"}); err == nil || !strings.Contains(err.Error(), "no sheet") {
		t.Errorf("a sheet that is not there: %v", err)
	}
}

func TestWorkbooksThatWouldBringWrongNumbersAreRefused(t *testing.T) {
	header := []any{"name", "number", "mobile"}
	for name, test := range map[string]struct {
		cells  [][]any
		change func(*excelize.File)
		want   string
	}{
		// The last three digits were lost when it was typed; this one passes its check by chance.
		"an ID number stored as a number":   {[][]any{header, {"张伟", 110100199001010000, "13800000001"}}, nil, "line 2, number: is stored as a number"},
		"one in scientific notation":        {[][]any{header, {"张伟", 1.1010019900307e+17, "13800000001"}}, nil, "line 2, number: a spreadsheet has cut this number"},
		"one as exceljs reads it":           {[][]any{header, {"张伟", 110100199003070110, "13800000001"}}, nil, "line 2, number: its last digit does not fit: a program has rounded the number"},
		"fifteen digits in a number's cell": {[][]any{header, {"张伟", 110100900307011, "13800000001"}}, nil, "line 2, number: has 15 digits: the form before 1999, or a spreadsheet has cut it"},
		"a formula": {[][]any{header, {"张伟", "110100199003070111", "13800000001"}}, func(f *excelize.File) {
			_ = f.SetCellFormula("Sheet1", "C2", "1+1")
		}, "line 2, mobile: holds a formula"},
		"no header": {nil, nil, "The workbook is empty."},
	} {
		found, _, err := read(workbook(t, test.cells, test.change), registry.Options{})
		if err == nil || found != nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

// A workbook just beyond the limit of unpacked size is refused before it is read.
func TestAWorkbookThatUnpacksToTooMuchIsRefused(t *testing.T) {
	book := workbook(t, [][]any{{"name", "number", "mobile"}}, nil)
	if err := registry.ParseWorkbook(t.Context(), book, 1<<20); err != nil {
		t.Error(err)
	}
	err := registry.ParseWorkbook(t.Context(), book, 1<<10)
	if err == nil || err.Error() != "The workbook unpacks to more than 0 MB. Split it, or save it as CSV in UTF-8." {
		t.Errorf("got %v", err)
	}
}

func TestAWorkbookOf2GBIn2MBIsRefused(t *testing.T) {
	book := bomb(t, 2<<30)
	if len(book) > 3<<20 {
		t.Fatalf("the bomb has %d bytes", len(book))
	}
	_, _, err := read(book, registry.Options{})
	var file *registry.FileError
	if !errors.As(err, &file) || file.Error() != "The workbook unpacks to more than 512 MB. Split it, or save it as CSV in UTF-8." {
		t.Errorf("got %v", err)
	}
}

// bomb is a workbook whose sheet unpacks to so many blanks: one packed megabyte, again and again.
func bomb(t *testing.T, size int) string {
	t.Helper()
	var once bytes.Buffer
	z, err := flate.NewWriter(&once, flate.BestCompression)
	if err == nil {
		_, err = z.Write(bytes.Repeat([]byte(" "), 1<<20))
	}
	if err = errors.Join(err, z.Flush()); err != nil { // a flush ends on a whole byte, so that more may follow
		t.Fatal(err)
	}
	packed := append(bytes.Repeat(once.Bytes(), size>>20), 3, 0) // and an empty last block
	from := workbook(t, [][]any{{"name", "number", "mobile"}}, nil)
	book, err := zip.NewReader(strings.NewReader(from), int64(len(from)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	to := zip.NewWriter(&b)
	for _, part := range book.File {
		if part.Name != "xl/worksheets/sheet1.xml" {
			err = errors.Join(err, to.Copy(part))
			continue
		}
		w, rawErr := to.CreateRaw(&zip.FileHeader{
			Name: part.Name, Method: zip.Deflate, CompressedSize64: uint64(len(packed)), UncompressedSize64: uint64(size),
		})
		if rawErr == nil {
			_, rawErr = w.Write(packed)
		}
		err = errors.Join(err, rawErr)
	}
	if err = errors.Join(err, to.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Sheets of few bytes whose rows a reader fills up, or moves one by one, take its memory
// or minutes.
func TestASheetThatIsFilledUpIsRefused(t *testing.T) {
	const header = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="str"><v>name</v></c><c r="B1" t="str"><v>number</v></c></row>`
	var last strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&last, `<row r="%d"><c r="A%[1]d"><v>1</v></c><c r="XFD%[1]d"/></row>`, i+2)
	}
	for name, test := range map[string]struct{ rows, want string }{
		"the last column of each row": {last.String(), "far more cells than people"},
		"rows without a number":       {strings.Repeat(`<row><c><v>1</v></c></row>`, 30_000), "far more cells than people"},
		"a few of both":               {`<row r="2"><c r="A2"><v>1</v></c><c r="XFD2"/></row><row><c><v>1</v></c></row>`, "line 2, name"},
	} {
		_, _, err := read(withSheet(t, []byte(header+test.rows+`</sheetData></worksheet>`)), registry.Options{})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %.300v", name, err)
		}
	}
}

// FuzzReadWorkbook puts anything in the place of a workbook's sheet: the bytes of a zip that are
// changed are seldom a zip.
func FuzzReadWorkbook(f *testing.F) {
	f.Add([]byte(`<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c><c r="B1" t="inlineStr"><is><t>证件号码</t></is></c></row></sheetData></worksheet>`))
	f.Add([]byte(`<worksheet><sheetData><row r="1048576"><c r="XFD1048576"><f>A1</f><v>1.1010019900307E+17</v></c></row></sheetData></worksheet>`))
	f.Add([]byte(`<worksheet><sheetData><row r="0"><c r="" t="s"><v>-1</v></c></row><row/></sheetData><mergeCells/></worksheet>`))
	f.Fuzz(func(t *testing.T, sheet []byte) {
		book := withSheet(t, sheet)
		people, _, err := read(book, registry.Options{})
		if err != nil && (!errors.As(err, new(*registry.ReportError)) && !errors.As(err, new(*registry.FileError)) || people != nil) {
			t.Fatalf("%d people beside %v", len(people), err)
		}
	})
}

// withSheet is a workbook whose one sheet is these bytes.
func withSheet(t *testing.T, sheet []byte) string {
	t.Helper()
	from := workbook(t, [][]any{{"姓名"}}, nil)
	book, err := zip.NewReader(strings.NewReader(from), int64(len(from)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	to := zip.NewWriter(&b)
	for _, part := range book.File {
		if part.Name != "xl/worksheets/sheet1.xml" {
			if err := to.Copy(part); err != nil {
				t.Fatal(err)
			}
			continue
		}
		w, err := to.Create(part.Name)
		if err == nil {
			_, err = w.Write(sheet)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
