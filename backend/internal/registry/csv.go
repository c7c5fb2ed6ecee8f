package registry

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
)

// MaxRows bounds one import.
const MaxRows = 1_000_000

// The columns of a CSV file; the header names them in any order. portrait is
// optional and names a file.
const (
	columnName     = "name"
	columnNumber   = "number"
	columnMobile   = "mobile"
	columnPortrait = "portrait"
)

// RowError is one bad row. Line counts from 1, the header included; the value
// itself is never repeated.
type RowError struct {
	Line   int
	Column string
	Cause  string
}

// Error implements error.
func (e RowError) Error() string { return fmt.Sprintf("line %d, %s: %s", e.Line, e.Column, e.Cause) }

// ReportError lists every bad row of a file; nothing of it was imported.
type ReportError struct{ Rows []RowError }

// Error implements error.
func (e *ReportError) Error() string {
	lines := make([]string, len(e.Rows))
	for i, r := range e.Rows {
		lines[i] = r.Error()
	}
	return strings.Join(lines, "\n")
}

// Portraits returns the picture of a file name of the CSV, or of an ID number
// where the row names none (named is false); nil where there is none. It checks
// that the picture can be used.
type Portraits func(name string, named bool) ([]byte, error)

// ReadCSV reads people from a file in UTF-8, with or without a byte order mark.
// Ages are counted at now. It returns *ReportError with every bad row.
func ReadCSV(r io.Reader, now time.Time, portraits Portraits) ([]Person, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read people: %w", err)
	}
	reader := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	reader.FieldsPerRecord = -1
	header, err := reader.Read()
	if err != nil {
		return nil, &ReportError{Rows: []RowError{{Line: 1, Column: "header", Cause: "missing"}}}
	}
	at, bad := columns(header)
	if bad != nil {
		return nil, &ReportError{Rows: bad}
	}
	p := &rows{now: now, portraits: portraits, columns: at, seen: map[string]int{}}
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			p.refuse(parseLine(err), "row", "not well-formed CSV")
			break // what follows a broken quote cannot be trusted
		}
		line, _ := reader.FieldPos(0)
		if len(p.people) >= MaxRows {
			p.refuse(line, "row", "too many rows")
			break
		}
		p.read(line, record, len(header))
	}
	if len(p.bad) > 0 {
		return nil, &ReportError{Rows: p.bad}
	}
	return p.people, nil
}

// parseLine returns the line that a csv.Reader stumbled over.
func parseLine(err error) int {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return parse.Line
	}
	return 0
}

// columns finds the columns by their names.
func columns(header []string) (map[string]int, []RowError) {
	at, known := map[string]int{}, []string{columnName, columnNumber, columnMobile, columnPortrait}
	var bad []RowError
	for i, name := range header {
		name = strings.ToLower(strings.TrimSpace(name))
		_, twice := at[name]
		if !slices.Contains(known, name) || twice {
			bad = append(bad, RowError{Line: 1, Column: "header", Cause: fmt.Sprintf("column %d is unknown or doubled", i+1)})
			continue
		}
		at[name] = i
	}
	for _, name := range known[:3] {
		if _, ok := at[name]; !ok {
			bad = append(bad, RowError{Line: 1, Column: name, Cause: "column is missing"})
		}
	}
	return at, bad
}

// rows collects people and what is wrong with them.
type rows struct {
	now       time.Time
	portraits Portraits
	columns   map[string]int
	seen      map[string]int
	people    []Person
	bad       []RowError
}

func (p *rows) refuse(line int, column, cause string) {
	p.bad = append(p.bad, RowError{Line: line, Column: column, Cause: cause})
}

func (p *rows) read(line int, record []string, width int) {
	if len(record) != width {
		p.refuse(line, "row", fmt.Sprintf("%d fields, the header has %d", len(record), width))
		return
	}
	field := func(column string) string { return record[p.columns[column]] }
	before := len(p.bad)
	name, err := identity.ParseName(field(columnName))
	p.check(line, columnName, err)
	number, err := identity.ParseNumber(field(columnNumber))
	if err == nil {
		err = number.CheckAge(p.now)
		if identity.CauseOf(err) == identity.CauseUnderage {
			err = nil // a registry may know children; the verification refuses them
		}
	}
	p.check(line, columnNumber, err)
	mobile, err := identity.ParseMobile(field(columnMobile))
	p.check(line, columnMobile, err)
	if first, twice := p.seen[number.Text()]; twice && number.Text() != "" {
		p.refuse(line, columnNumber, fmt.Sprintf("the same as on line %d", first))
	}
	p.seen[number.Text()] = line
	if len(p.bad) > before {
		return
	}
	person := Person{Identity: verify.Identity{
		CertificateType: identity.CNID, Name: identity.NewPII(name),
		Number: identity.NewPII(number.Text()), Mobile: identity.NewPII(mobile),
	}}
	if person.Portrait, err = p.portrait(record, number.Text()); err != nil {
		p.refuse(line, columnPortrait, err.Error())
		return
	}
	p.people = append(p.people, person)
}

func (p *rows) check(line int, column string, err error) {
	if err != nil {
		p.refuse(line, column, string(identity.CauseOf(err)))
	}
}

func (p *rows) portrait(record []string, number string) ([]byte, error) {
	i, has := p.columns[columnPortrait]
	named := has && strings.TrimSpace(record[i]) != ""
	switch {
	case p.portraits == nil && named:
		return nil, errors.New("names a file, but no folder of portraits was given")
	case p.portraits == nil:
		return nil, nil
	case named:
		return p.portraits(strings.TrimSpace(record[i]), true)
	}
	return p.portraits(number, false)
}
