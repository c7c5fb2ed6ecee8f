package registry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
)

// Limits of one import.
const (
	MaxRows = 1_000_000
	MaxFile = 256 << 20 // bytes
)

// Options say how a file is read; the zero value lets the file decide.
type Options struct {
	// Now is the moment at which ages are counted.
	Now time.Time
	// Workbook says that the file's name or type is that of a workbook: it decides
	// nothing, and explains why text in it has no table.
	Workbook bool
	// Encoding is the one that the file has, or empty to find out.
	Encoding string
	// Sheet names the sheet of a workbook, or is empty for its only one.
	Sheet string
	// ZerosAreReal says that numbers which end in 000 were not cut.
	ZerosAreReal bool
	// SkipBad leaves bad rows out, and has the others.
	SkipBad bool
	// Unpacked is how many bytes a workbook may unpack to; zero for 512 MB.
	Unpacked int64
	// WithMobile returns of whom, by verify.Identity.Key, the registry has a mobile
	// number: who else is in a file without them is a fault. Nil asks nobody.
	WithMobile func(ctx context.Context, keys []string) (map[string]bool, error)
	// Portraits finds pictures; nil for none.
	Portraits *Folder
}

// Read reads people from a CSV file (UTF-8, UTF-16, GB18030; separated by
// comma, semicolon or tab) or a workbook (.xlsx). Each picture is looked at, and
// read again when its person is taken, so that one is in memory at a time. The
// error is a *FileError, or a *ReportError with every bad row, where there is one
// and none may be left out or the file as a whole cannot be believed; where ctx ends
// it is that of ctx.
func Read(ctx context.Context, r io.Reader, o Options) (iter.Seq2[Person, error], Report, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	switch {
	case err != nil:
		return nil, Report{}, fmt.Errorf("read people: %w", err)
	case len(data) > MaxFile:
		return nil, Report{}, fileError("large")
	case isOldWorkbook(data):
		return nil, Report{}, fileError("old_workbook")
	}
	t, encoding, err := tableOf(ctx, data, o)
	if err != nil {
		return nil, Report{}, misnamed(o, data, err)
	}
	p := &people{table: t, options: o, seen: map[string]int{}}
	p.report = Report{Encoding: encoding, Unknown: t.unknown, NoMobiles: !t.has(columnMobile), Empty: t.empty}
	for _, r := range t.rows {
		if err := ctx.Err(); err != nil {
			return nil, Report{}, fmt.Errorf("read people: %w", err)
		}
		p.read(r)
	}
	believed := p.checkCut()
	if believed {
		if err := p.keepMobiles(ctx); err != nil {
			return nil, Report{}, err
		}
	}
	if !believed || len(p.bad) > 0 && !o.SkipBad {
		return nil, p.report, &ReportError{Rows: p.bad}
	}
	p.leaveOut()
	if o.Portraits != nil {
		p.report.UnusedPictures = o.Portraits.unused()
	}
	p.table, p.seen = nil, nil // a large file's text would stay while it is imported
	return p.all, p.report, nil
}

// tableOf returns the rows of a file and what it was read as.
func tableOf(ctx context.Context, data []byte, o Options) (*table, string, error) {
	if isWorkbook(data) {
		t, err := parseWorkbook(ctx, data, o.Sheet, cmp.Or(o.Unpacked, maxUnpacked))
		return t, "xlsx", err
	}
	meanings, err := readings(data, o.Encoding)
	if err != nil {
		return nil, "", err
	}
	var tables []*table
	var read []string
	var lacking error
	for _, m := range meanings {
		t, err := parseText(ctx, m.text)
		switch {
		case lacksColumn(err):
			lacking = cmp.Or(lacking, err)
			continue
		case err != nil:
			return nil, "", err
		}
		tables, read = append(tables, t), append(read, m.encoding)
	}
	switch len(tables) {
	case 0:
		return nil, "", headerError(ctx, data, lacking, o.Encoding)
	case 1:
		if o.Encoding == "" && read[0] == GB18030 && !utf8.Valid(data) {
			if err := mixed(data); err != nil {
				return nil, "", err
			}
		}
		return tables[0], read[0], nil
	}
	if t := choose(tables); t == tables[1] {
		return t, read[1], nil
	} else if t != nil {
		return t, read[0], nil
	}
	return nil, "", doubt(tables, read)
}

// NamesWorkbook reports whether a file's name is that of a workbook: .xlsx, .xlsm or .xls.
func NamesWorkbook(name string) bool {
	return slices.Contains([]string{".xlsx", ".xlsm", ".xls"}, strings.ToLower(path.Ext(name)))
}

// misnamed explains why text has no table where it is called a workbook.
func misnamed(o Options, data []byte, err error) error {
	var report *ReportError
	if o.Workbook && !isWorkbook(data) && errors.As(err, &report) {
		return fileError("misnamed")
	}
	return err
}

// lacksColumn reports whether a header was read, and has not all columns.
func lacksColumn(err error) bool {
	var report *ReportError
	return errors.As(err, &report) && slices.ContainsFunc(report.Rows, func(r RowError) bool { return r.Cause.Kind == kindColumnMissing })
}

// doubt asks which of two readings is meant, by a name in both.
func doubt(tables []*table, read []string) error {
	for i := range tables[0].rows {
		a := tables[0].cell(tables[0].rows[i], columnName)
		if i < len(tables[1].rows) && a != tables[1].cell(tables[1].rows[i], columnName) {
			return fileError("doubt_name", read[0], read[1], tables[0].rows[i].line, a, tables[1].cell(tables[1].rows[i], columnName))
		}
	}
	return fileError("doubt", read[0], read[1])
}

// headerError explains a header that cannot be read: where it is right as UTF-8
// and a later line is not, the file has two encodings.
func headerError(ctx context.Context, data []byte, err error, named string) error {
	lines := strings.SplitAfter(string(data), "\n")
	if _, bad := parseText(ctx, lines[0]); named != "" || bad != nil || !utf8.ValidString(lines[0]) {
		return err
	}
	for i, line := range lines {
		if !utf8.ValidString(line) {
			return fileError("mixed_header", i+1)
		}
	}
	return err
}

// found is a person whose picture is still in its file.
type found struct {
	line     int
	identity verify.Identity
	picture  string // name of a file of the folder; empty for none
}

// people collects people and what is wrong with them.
type people struct {
	table   *table
	options Options
	report  Report
	seen    map[string]int
	found   []found
	bad     []RowError
	numbers int   // that were read
	zeros   int   // those that end in 000
	numeric []int // lines whose number is stored as a number
}

func (p *people) refuse(line int, c column, cause Cause) {
	p.bad = append(p.bad, RowError{Line: line, Column: string(c), Cause: cause})
}

func (p *people) read(r row) {
	if r.formula != "" {
		p.refuse(r.line, r.formula, Cause{Kind: kindFormula})
		return
	}
	for _, c := range []column{columnName, columnNumber, columnMobile} {
		if strings.ContainsRune(p.table.cell(r, c), utf8.RuneError) {
			p.refuse(r.line, c, Cause{kindBytes, p.report.Encoding})
			return
		}
	}
	if r.extra {
		p.refuse(r.line, "row", Cause{Kind: kindFields})
		return
	}
	before := len(p.bad)
	person := found{line: r.line, identity: p.identity(r)}
	if len(p.bad) > before {
		return
	}
	var err error
	if person.picture, err = p.picture(r, person.identity.Number.Reveal()); err != nil {
		delete(p.seen, person.identity.Key())
		p.refuse(r.line, columnPortrait, pictureCause(err))
		return
	}
	p.found = append(p.found, person)
}

// all yields what was found.
func (p *people) all(yield func(Person, error) bool) {
	for _, f := range p.found {
		person := Person{Identity: f.identity, KeepsMobile: p.report.NoMobiles}
		var err error
		if f.picture != "" {
			person.Portrait, err = p.options.Portraits.read(f.picture)
		}
		if !yield(person, err) || err != nil {
			return
		}
	}
}

// identity parses a row and notes what is wrong with it.
func (p *people) identity(r row) verify.Identity {
	before := len(p.bad)
	kind, err := typeOf(p.table.cell(r, columnType))
	p.check(r.line, columnType, err)
	text := p.table.cell(r, columnName)
	name, err := identity.ParseNameOf(kind, text)
	if text != "" && strings.Trim(text, "?？") == "" {
		p.refuse(r.line, columnName, Cause{Kind: kindQuestions})
	} else {
		p.check(r.line, columnName, err)
	}
	number, err := identity.ParseNumberOf(kind, p.table.cell(r, columnNumber))
	if err == nil {
		err = number.CheckAge(p.options.Now)
		if identity.CauseOf(err) == identity.CauseUnderage {
			err = nil // a registry may know children; the verification refuses them
		}
	}
	if identity.CauseOf(err) == identity.CauseCheckCharacter && rounded(p.table.cell(r, columnNumber)) {
		p.refuse(r.line, columnNumber, Cause{Kind: kindRounded})
	} else {
		p.check(r.line, columnNumber, err)
	}
	mobile, err := identity.ParseMobile(p.table.cell(r, columnMobile))
	if !p.report.NoMobiles && kind.Checkable() || identity.CauseOf(err) != identity.CauseMissing { // a foreign guest may have none here
		p.check(r.line, columnMobile, err)
	}
	p.note(r, identity.KeyOf(kind, number.Text()), len(p.bad) == before)
	return verify.Identity{
		CertificateType: kind, Name: identity.NewPII(name),
		Number: identity.NewPII(number.Text()), Mobile: identity.NewPII(mobile),
	}
}

// note looks at a parsed number beside those of the other rows. A row with a fault
// is repeated by none: where it is left out, a later one of the person counts.
func (p *people) note(r row, number string, good bool) {
	if strings.HasSuffix(number, ":") { // none was read
		return
	}
	if first, twice := p.seen[number]; twice {
		p.bad = append(p.bad, RowError{Line: r.line, Column: string(columnNumber), Cause: Cause{Kind: kindRepeats}, Repeats: first})
		return
	}
	if good {
		p.seen[number] = r.line
	}
	p.numbers++
	if strings.HasSuffix(number, "000") {
		p.zeros++
	}
	if r.numeric {
		p.numeric = append(p.numeric, r.line)
	}
}

func (p *people) check(line int, c column, err error) {
	var refused *identity.Error
	if errors.As(err, &refused) {
		p.refuse(line, c, explain(refused))
	}
}

// checkCut stops a file whose numbers a spreadsheet has cut, even where a cut
// number passes its check character by chance, as one in eleven does. About
// 0.08 % of real numbers end in 000; more than 2 % of a file's, and more than
// one, do not: then it reports that no row can be believed.
func (p *people) checkCut() (believed bool) {
	if p.options.ZerosAreReal {
		return true
	}
	for _, line := range p.numeric {
		p.refuse(line, columnNumber, Cause{Kind: kindNumeric})
	}
	if p.zeros > 1 && p.zeros*50 > p.numbers {
		p.refuse(1, columnNumber, Cause{kindZeros, fmt.Sprintf("%d/%d", p.zeros, p.numbers)})
		return false
	}
	return true
}

// keepMobiles refuses who has a mobile number neither in the file nor in the registry,
// and needs one.
func (p *people) keepMobiles(ctx context.Context) error {
	if !p.report.NoMobiles || p.options.WithMobile == nil {
		return nil
	}
	var keys []string
	for _, f := range p.found {
		if f.identity.CertificateType.Checkable() {
			keys = append(keys, f.identity.Key())
		}
	}
	if len(keys) == 0 {
		return nil
	}
	with, err := p.options.WithMobile(ctx, keys)
	if err != nil {
		return fmt.Errorf("look for mobile numbers: %w", err)
	}
	for _, f := range p.found {
		if f.identity.CertificateType.Checkable() && !with[f.identity.Key()] {
			p.refuse(f.line, columnMobile, Cause{Kind: kindMobileNew})
		}
	}
	slices.SortStableFunc(p.bad, func(a, b RowError) int { return a.Line - b.Line })
	return nil
}

// leaveOut keeps who stands on a row without a fault, and counts them.
func (p *people) leaveOut() {
	bad := map[int]bool{}
	for _, r := range p.bad {
		bad[r.Line] = true
	}
	p.found = slices.DeleteFunc(p.found, func(f found) bool { return bad[f.line] })
	p.report.LeftOut, p.report.People = p.bad, len(p.found)
	for _, f := range p.found {
		if f.picture != "" {
			p.report.Portraits++
		}
	}
}

// errNoFolder is a row that names a picture where there are none.
var errNoFolder = errors.New("no folder of portraits")

func pictureCause(err error) Cause {
	if errors.Is(err, errNoFolder) {
		return Cause{Kind: kindNoFolder}
	}
	return Cause{kindPicture, err.Error()}
}

// picture returns the file of a row's picture, the one that it names or that of
// its number; empty for none.
func (p *people) picture(r row, number string) (string, error) {
	named := p.table.cell(r, columnPortrait)
	folder := p.options.Portraits
	if folder == nil {
		if named != "" {
			return "", errNoFolder
		}
		return "", nil
	}
	file, err := folder.find(named, number)
	switch {
	case err != nil:
		return "", err
	case file == "" && named != "":
		p.report.MissingPictures = append(p.report.MissingPictures, r.line)
	case file != "":
		picture, err := folder.read(file)
		if err != nil {
			return file, err
		}
		poor, err := folder.look(picture)
		if poor {
			p.report.PoorPictures = append(p.report.PoorPictures, r.line)
		}
		return file, err
	}
	return file, nil
}
