package registry

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"realname.example/shared/identity"
)

// column names one of the columns that are read.
type column string

// The columns. The portrait's is optional, and names a file; so are that of the
// certificate type, without which all are mainland ID cards, and that of mobile
// numbers, without which those of the registry stay.
const (
	columnName     column = "name"
	columnNumber   column = "number"
	columnMobile   column = "mobile"
	columnPortrait column = "portrait"
	columnType     column = "certificate_type"
)

// headers are the names by which offices call the columns, in lower case and
// without blanks.
var headers = map[string]column{
	"name": columnName, "fullname": columnName, "姓名": columnName, "名字": columnName, "员工姓名": columnName,
	"number": columnNumber, "idnumber": columnNumber, "id_number": columnNumber, "身份证": columnNumber,
	"身份证号": columnNumber, "身份证号码": columnNumber, "证件号码": columnNumber, "证件号": columnNumber,
	"公民身份号码": columnNumber,
	"mobile": columnMobile, "phone": columnMobile, "mobilenumber": columnMobile, "手机": columnMobile,
	"手机号": columnMobile, "手机号码": columnMobile, "移动电话": columnMobile, "联系电话": columnMobile,
	"portrait": columnPortrait, "photo": columnPortrait, "照片": columnPortrait, "相片": columnPortrait,
	"头像": columnPortrait, "照片文件": columnPortrait,
	"certificate_type": columnType, "certificatetype": columnType, "证件类型": columnType, "证件种类": columnType,
}

// types are the names by which offices call certificate types, beside the
// product's own.
var types = map[string]identity.CertificateType{
	"":    identity.CNID,
	"身份证": identity.CNID, "居民身份证": identity.CNID, "二代身份证": identity.CNID,
	"港澳台居民居住证": identity.HMTResidence, "港澳台居住证": identity.HMTResidence,
	"外国人永久居留身份证": identity.ForeignerPR, "外国人永久居留证": identity.ForeignerPR,
	"港澳居民来往内地通行证": identity.HMPermit, "港澳通行证": identity.HMPermit, "回乡证": identity.HMPermit,
	"台湾居民来往大陆通行证": identity.TWPermit, "台胞证": identity.TWPermit,
	"护照": identity.Passport,
}

// typeOf reads a certificate type as a file has it.
func typeOf(text string) (identity.CertificateType, error) {
	if t, known := types[text]; known {
		return t, nil
	}
	return identity.ParseCertificateType(strings.ToLower(text))
}

// table is the content of a file: a header and rows of equal meaning, whatever
// the file's form.
type table struct {
	width   int            // of the header
	at      map[column]int // where a column that is read stands in the file
	unknown []string       // names of columns that are not read
	rows    []row
	empty   int // rows without any text, which are skipped
}

// row is one row of a file. Line counts from 1, the header included.
type row struct {
	line    int
	cells   [len(readColumns)]string
	extra   bool // there is text beyond the header
	numeric bool // the ID number's cell holds a number of more than 15 digits
	formula column
}

// readColumns are all that a row keeps of a file.
var readColumns = [...]column{columnName, columnNumber, columnMobile, columnPortrait, columnType}

// cell returns the text of a column, without what spreadsheets put around it.
func (t *table) cell(r row, c column) string {
	text := strings.TrimSpace(r.cells[slices.Index(readColumns[:], c)])
	if c == columnNumber || c == columnMobile {
		text = strings.TrimLeft(text, "'’`")
		if inner, is := strings.CutPrefix(text, `="`); is {
			text = strings.TrimSuffix(inner, `"`)
		}
	}
	return text
}

// has reports whether the header has a column.
func (t *table) has(c column) bool {
	_, has := t.at[c]
	return has
}

// names lists the names as they stand.
func (t *table) names() []string {
	names := make([]string, len(t.rows))
	for i, r := range t.rows {
		names[i] = t.cell(r, columnName)
	}
	return names
}

// add takes a row, or counts it where it is empty. The error is a *FileError, of a row
// too many: a small file may hold more than the memory does.
func (t *table) add(line int, cells []string) error {
	if !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" }) {
		t.empty++
		return nil
	}
	if len(t.rows) == MaxRows {
		return fileError("rows", MaxRows)
	}
	r := row{line: line}
	for i, c := range readColumns {
		if at, has := t.at[c]; has && at < len(cells) {
			r.cells[i] = cells[at]
		}
	}
	r.extra = slices.ContainsFunc(cells[min(len(cells), t.width):], func(c string) bool { return c != "" })
	t.rows = append(t.rows, r)
	return nil
}

// maxFields is how many fields a row may have.
const maxFields = 10_000

// newTable reads a header. The errors are *ReportError and *FileError.
func newTable(header []string) (*table, error) {
	if len(header) > maxFields {
		return nil, fileError("fields", maxFields)
	}
	t := &table{width: len(header), at: map[column]int{}}
	var bad []RowError
	for i, name := range header {
		c, known := headers[strings.Join(strings.Fields(strings.ToLower(name)), "")]
		_, twice := t.at[c]
		switch {
		case known && twice:
			bad = append(bad, RowError{Line: 1, Column: "header", Cause: Cause{kindColumnTwice, strconv.Itoa(i + 1)}})
		case known:
			t.at[c] = i
		case strings.TrimSpace(name) != "":
			t.unknown = append(t.unknown, strings.TrimSpace(name))
		}
	}
	for _, c := range []column{columnName, columnNumber} {
		if !t.has(c) {
			bad = append(bad, RowError{Line: 1, Column: string(c), Cause: Cause{Kind: kindColumnMissing}})
		}
	}
	if len(bad) > 0 {
		return nil, &ReportError{Rows: bad}
	}
	return t, nil
}

// quotedFormula is how a number is kept from being read as one: ="110…". No
// reader of CSV takes a quote in the middle of a field.
var quotedFormula = regexp.MustCompile(`="([0-9Xx]+)"`)

// parseText reads a CSV file's text. The separator is the one that a first line
// "sep=;" names, or the one that the header has most of. The errors are
// *ReportError, *FileError and that of ctx.
func parseText(ctx context.Context, text string) (*table, error) {
	text, separator, lines := separatorOf(text)
	if tooWide(text, separator) {
		return nil, fileError("fields", maxFields)
	}
	reader := csv.NewReader(strings.NewReader(quotedFormula.ReplaceAllString(text, "$1")))
	reader.Comma, reader.FieldsPerRecord = separator, -1
	header, err := reader.Read()
	if err != nil {
		return nil, &ReportError{Rows: []RowError{{Line: 1, Column: "header", Cause: Cause{Kind: kindHeaderMissing}}}}
	}
	t, err := newTable(header)
	if err != nil {
		return nil, err
	}
	for ctx.Err() == nil {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil { // what follows a broken quote cannot be trusted
			return nil, &ReportError{Rows: []RowError{{Line: lines + parseLine(err), Column: "row", Cause: Cause{Kind: kindQuotation}}}}
		}
		line, _ := reader.FieldPos(0)
		if err := t.add(lines+line, record); err != nil {
			return nil, err
		}
	}
	return nil, ctx.Err()
}

// tooWide reports whether a row has more than maxFields fields, before a reader of CSV
// makes all of them.
func tooWide(text string, separator rune) bool {
	fields, quoted := 1, false
	for _, r := range text {
		switch {
		case r == '"':
			quoted = !quoted
		case quoted:
		case r == '\n':
			fields = 1
		case r == separator:
			if fields++; fields > maxFields {
				return true
			}
		}
	}
	return false
}

// separatorOf returns the text behind a line "sep=", the separator, and how
// many lines were taken off.
func separatorOf(text string) (rest string, separator rune, lines int) {
	first, behind, _ := strings.Cut(text, "\n")
	if named, is := strings.CutPrefix(strings.TrimSpace(first), "sep="); is && named != "" {
		return behind, []rune(named)[0], 1
	}
	if strings.TrimRight(first, "\r") == "sep=\t" {
		return behind, '\t', 1
	}
	separator = ','
	for _, other := range ";\t" {
		if strings.Count(first, string(other)) > strings.Count(first, string(separator)) {
			separator = other
		}
	}
	return text, separator, 0
}

// parseLine returns the line that a csv.Reader stumbled over.
func parseLine(err error) int {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return parse.Line
	}
	return 0
}
