package registry

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"realname.example/shared/identity"
)

// FileError is a file that cannot be read as a whole.
type FileError struct {
	kind string
	args []any
}

// Error implements error.
func (e *FileError) Error() string { return e.Said(English) }

// Said says in a language what is wrong and what to do.
func (e *FileError) Said(lang string) string { return say(lang, "file."+e.kind, e.args...) }

// Setting is one of Options that says how a file is meant.
type Setting string

// The settings.
const (
	SetEncoding Setting = "encoding"
	SetSheet    Setting = "sheet"
	SetZeros    Setting = "zeros"
)

// settings are those that a sentence asks for.
var settings = map[string]Setting{
	"mixed": SetEncoding, "doubt": SetEncoding, "doubt_name": SetEncoding, kindBytes: SetEncoding,
	"sheets": SetSheet, "sheet_unknown": SetSheet, kindZeros: SetZeros,
}

// SettingOf is the one that an error of Read asks for, or empty.
func SettingOf(err error) Setting {
	var file *FileError
	if errors.As(err, &file) {
		return settings[file.kind]
	}
	var report *ReportError
	if errors.As(err, &report) {
		for _, r := range report.Rows {
			if s := settings[r.Cause.Kind]; s != "" {
				return s
			}
		}
	}
	return ""
}

func fileError(kind string, args ...any) *FileError { return &FileError{kind, args} }

// Cause is what is wrong with a row: a kind that has a sentence in each language, and
// what the sentence has beside. It never is the value itself.
type Cause struct{ Kind, Detail string }

// Said is the cause in a language.
func (c Cause) Said(lang string) string {
	if c.Detail == "" {
		return say(lang, "row."+c.Kind)
	}
	return say(lang, "row."+c.Kind, c.Detail)
}

// Kinds of causes, beside those of package identity.
const (
	kindColumnMissing = "column_missing"
	kindMobileNew     = "mobile_new"
	kindColumnTwice   = "column_twice"
	kindHeaderMissing = "header_missing"
	kindQuotation     = "quotation"
	kindFormula       = "formula"
	kindBytes         = "bytes"
	kindFields        = "fields"
	kindQuestions     = "questions"
	kindRepeats       = "repeats"
	kindNumeric       = "numeric"
	kindZeros         = "zeros"
	kindRounded       = "rounded"
	kindPicture       = "picture"
	kindNoFolder      = "no_folder"
	kindPrivate       = "private"
	kindNameLong      = "name_long"
	kindNameShort     = "name_short"
)

// RowError is one bad row. Line counts from 1, the header included; the value
// itself is never repeated.
type RowError struct {
	Line   int
	Column string
	Cause  Cause
	// Repeats is the line that this one repeats, 0 for none.
	Repeats int
}

// Error implements error.
func (e RowError) Error() string {
	return say(English, "line", e.Line, ColumnSaid(English, e.Column), e.Said(English))
}

// Said is the cause in a language, with the line that this one repeats.
func (e RowError) Said(lang string) string {
	if e.Repeats > 0 {
		return say(lang, "row.repeats_line", e.Repeats)
	}
	return e.Cause.Said(lang)
}

// ColumnSaid is a column as people of a language call it.
func ColumnSaid(lang, column string) string { return say(lang, "column."+column) }

// ReportError lists every bad row of a file.
type ReportError struct{ Rows []RowError }

// firstLines is how many lines of a kind of fault are named where there are
// many, and mostKinds how many kinds.
const firstLines, mostKinds = 20, 50

// Short reports whether Error names every row.
func (e *ReportError) Short() bool { return len(e.Rows) <= firstLines }

// Write writes every row as CSV: its line, the column and what is wrong, in a language.
func (e *ReportError) Write(to io.Writer, lang string) error {
	out := csv.NewWriter(to)
	_ = out.Write([]string{"line", "column", "fault"}) // Error has the first one that could not be written
	for _, r := range e.Rows {
		_ = out.Write([]string{strconv.Itoa(r.Line), ColumnSaid(lang, r.Column), r.Said(lang)})
	}
	out.Flush()
	return out.Error()
}

// Fault is a kind of fault with how often it is there and its first lines.
type Fault struct {
	Column string
	Cause  Cause
	Count  int
	Lines  []int
}

// said is the kind in a language, with its first lines; where it is there once, as a row's.
func (f Fault) said(lang string) string {
	if f.Count == 1 {
		return say(lang, "line", f.Lines[0], ColumnSaid(lang, f.Column), f.Cause.Said(lang))
	}
	first := strings.Trim(strings.Join(strings.Fields(fmt.Sprint(f.Lines)), ", "), "[]")
	if f.Count > len(f.Lines) {
		first += ", …"
	}
	return say(lang, "kind", f.Count, ColumnSaid(lang, f.Column), f.Cause.Said(lang), first)
}

// Faults are the kinds of fault, the commonest first, and how many rarer ones are left
// out.
func (e *ReportError) Faults() (faults []Fault, rarer int) {
	type kind struct {
		column string
		cause  Cause
	}
	at := map[kind]int{}
	for _, r := range e.Rows {
		k := kind{r.Column, r.Cause}
		i, known := at[k]
		if !known {
			i = len(faults)
			at[k], faults = i, append(faults, Fault{Column: r.Column, Cause: r.Cause})
		}
		f := &faults[i]
		if f.Count++; len(f.Lines) < firstLines {
			f.Lines = append(f.Lines, r.Line)
		}
	}
	slices.SortFunc(faults, func(a, b Fault) int {
		return cmp.Or(b.Count-a.Count, a.Lines[0]-b.Lines[0], strings.Compare(a.Column, b.Column))
	})
	kept := min(len(faults), mostKinds)
	return faults[:kept], len(faults) - kept
}

// Error names every row up to firstLines of them, else each kind of fault with
// its count and first lines, the commonest first.
func (e *ReportError) Error() string {
	if e.Short() {
		lines := make([]string, len(e.Rows))
		for i, r := range e.Rows {
			lines[i] = r.Error()
		}
		return strings.Join(lines, "\n")
	}
	faults, rarer := e.Faults()
	lines := make([]string, len(faults))
	for i, f := range faults {
		lines[i] = f.said(English)
	}
	if rarer > 0 {
		lines = append(lines, say(English, "rarer", rarer))
	}
	return strings.Join(lines, "\n")
}

// Report says what was read, beside the people.
type Report struct {
	// People and Portraits count those that can be imported.
	People, Portraits int
	// Encoding is that of a text file, or "xlsx".
	Encoding string
	// Unknown are the columns that were not read.
	Unknown []string
	// NoMobiles is true of a file without a column of mobile numbers.
	NoMobiles bool
	// Empty counts rows without any text.
	Empty int
	// MissingPictures are lines whose picture is not in the folder, and
	// UnusedPictures the folder's files that no row names.
	MissingPictures []int
	UnusedPictures  []string
	// PoorPictures are lines whose picture is usable, but so poor that an operator has to
	// look at who is not recognised by it (ErrPoorPicture).
	PoorPictures []int
	// LeftOut are the bad rows, where they are left out.
	LeftOut []RowError
}

// explain is the cause of a refusal of the identity package.
func explain(e *identity.Error) Cause {
	switch {
	case strings.HasPrefix(e.Detail, "U+"):
		return Cause{kindPrivate, e.Detail}
	case e.Field == identity.FieldName && e.Cause == identity.CauseTooLong:
		return Cause{kindNameLong, strconv.Itoa(identity.MaxName)}
	case e.Field == identity.FieldName && e.Cause == identity.CauseTooShort:
		return Cause{kindNameShort, strconv.Itoa(identity.MinName)}
	case e.Cause == identity.CauseOtherType:
		return Cause{string(e.Cause), e.Detail}
	}
	return Cause{Kind: string(e.Cause)}
}

// rounded reports whether a number of 18 digits is one that a program writes which
// has read it as a floating-point number, as JavaScript does: …110 for …111.
func rounded(number string) bool {
	digits := strings.TrimSpace(number)
	n, err := strconv.ParseFloat(digits, 64)
	return err == nil && len(digits) == 18 && strings.HasSuffix(digits, "0") && strconv.FormatFloat(n, 'f', -1, 64) == digits
}
