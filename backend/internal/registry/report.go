package registry

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"realname.example/shared/identity"
)

// FileError is a file that cannot be read as a whole; its text says what to do.
type FileError struct{ Sentence string }

// Error implements error.
func (e *FileError) Error() string { return e.Sentence }

// RowError is one bad row. Line counts from 1, the header included; the value
// itself is never repeated.
type RowError struct {
	Line   int
	Column string
	Cause  string
	// Repeats is the line that this one repeats, 0 for none.
	Repeats int
}

// Error implements error.
func (e RowError) Error() string {
	return fmt.Sprintf("line %d, %s: %s", e.Line, e.Column, e.Said())
}

// Said is the cause, with the line that this one repeats.
func (e RowError) Said() string {
	if e.Repeats > 0 {
		return fmt.Sprintf("is the same as on line %d", e.Repeats)
	}
	return e.Cause
}

// ReportError lists every bad row of a file.
type ReportError struct{ Rows []RowError }

// firstLines is how many lines of a kind of fault are named where there are
// many, and mostKinds how many kinds.
const firstLines, mostKinds = 20, 50

// Short reports whether Error names every row.
func (e *ReportError) Short() bool { return len(e.Rows) <= firstLines }

// Write writes every row as CSV: its line, the column and what is wrong.
func (e *ReportError) Write(to io.Writer) error {
	out := csv.NewWriter(to)
	_ = out.Write([]string{"line", "column", "fault"}) // Error has the first one that could not be written
	for _, r := range e.Rows {
		_ = out.Write([]string{strconv.Itoa(r.Line), r.Column, r.Said()})
	}
	out.Flush()
	return out.Error()
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
	type kind struct{ column, cause string }
	found := map[kind][]int{}
	for _, r := range e.Rows {
		k := kind{r.Column, r.Cause}
		found[k] = append(found[k], r.Line)
	}
	kinds := make([]kind, 0, len(found))
	for k := range found {
		kinds = append(kinds, k)
	}
	slices.SortFunc(kinds, func(a, b kind) int {
		return cmp.Or(len(found[b])-len(found[a]), found[a][0]-found[b][0], strings.Compare(a.column, b.column))
	})
	rest := len(kinds) - mostKinds
	if rest > 0 {
		kinds = kinds[:mostKinds]
	}
	lines := make([]string, len(kinds))
	for i, k := range kinds {
		first := found[k][:min(len(found[k]), firstLines)]
		lines[i] = fmt.Sprintf("%d times, %s: %s; lines %s", len(found[k]), k.column, k.cause, strings.Trim(strings.Join(strings.Fields(fmt.Sprint(first)), ", "), "[]"))
	}
	if rest > 0 {
		lines = append(lines, fmt.Sprintf("and %d kinds that are rarer", rest))
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
	// Empty counts rows without any text.
	Empty int
	// MissingPictures are lines whose picture is not in the folder, and
	// UnusedPictures the folder's files that no row names.
	MissingPictures []int
	UnusedPictures  []string
	// LeftOut are the bad rows, where they are left out.
	LeftOut []RowError
}

// causes says in words what is wrong with a field.
var causes = map[identity.Cause]string{
	identity.CauseMissing:        "is empty",
	identity.CauseTooShort:       "is too short",
	identity.CauseTooLong:        "is too long",
	identity.CauseCharacters:     "holds a character that does not belong there",
	identity.CauseOldForm:        "has 15 digits: the form before 1999, or a spreadsheet has cut it; use the 18 characters of the card, and format the column as text",
	identity.CauseCheckCharacter: "its last character does not fit the others: a digit is wrong",
	identity.CauseSpreadsheet:    "a spreadsheet has cut this number: the last digits are lost; format the column as text and export again from the source",
	identity.CauseOtherType:      "is the number of another certificate type",
	identity.CauseUnsupported:    "is no certificate type that is known",
	identity.CauseBirthDate:      "characters 7 to 14 are no date",
	identity.CauseBirthFuture:    "its birth date lies in the future",
	identity.CauseInterpunct:     "the · stands once between two parts, not first or last",
	identity.CauseNotMainland:    "is no mainland mobile number",
}

// explain puts a refusal of the identity package into words.
func explain(e *identity.Error) string {
	switch {
	case e.Cause == identity.CauseOtherType:
		return "looks like a number of " + e.Detail + "; say so in the column certificate_type, or correct it"
	case strings.HasPrefix(e.Detail, "U+"):
		return "holds " + e.Detail + ", which exists in one system's font only; put the character of the standard there"
	case e.Field == identity.FieldName && e.Cause == identity.CauseTooLong:
		return fmt.Sprintf("is too long: a name has at most %d characters", identity.MaxName)
	case e.Field == identity.FieldName && e.Cause == identity.CauseTooShort:
		return fmt.Sprintf("is too short: a name has at least %d characters", identity.MinName)
	}
	return causes[e.Cause]
}

// rounded reports whether a number of 18 digits is one that a program writes which
// has read it as a floating-point number, as JavaScript does: …110 for …111.
func rounded(number string) bool {
	digits := strings.TrimSpace(number)
	n, err := strconv.ParseFloat(digits, 64)
	return err == nil && len(digits) == 18 && strings.HasSuffix(digits, "0") && strconv.FormatFloat(n, 'f', -1, 64) == digits
}

// roundedNumber is what is said of one whose check character does not fit.
const roundedNumber = "its last digit does not fit: a program has rounded the number, or a digit is wrong; format the column as text and export again from the source"
