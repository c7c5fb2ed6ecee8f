package registry

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/xml"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// maxUnpacked bounds what a workbook may hold unpacked: a million rows of four
// columns take about half of it.
const maxUnpacked = 512 << 20

// longNumber is the number of digits that a spreadsheet's number keeps.
const longNumber = 15

// isWorkbook reports whether the file is a zip archive, as .xlsx is.
func isWorkbook(data []byte) bool { return bytes.HasPrefix(data, []byte("PK\x03\x04")) }

// isOldWorkbook reports whether the file is a compound document: .xls, or a
// workbook under a password.
func isOldWorkbook(data []byte) bool {
	return bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))
}

// parseWorkbook reads the one sheet of a workbook that holds anything, or the
// one that is named, unless it unpacks to more bytes than limit. The errors are
// *FileError, *ReportError and that of ctx.
func parseWorkbook(ctx context.Context, data []byte, sheet string, limit int64) (t *table, err error) {
	switch size, err := unpackedSize(data); {
	case err != nil:
		return nil, noWorkbook(err)
	case size > uint64(limit):
		return nil, fileError("unpacks", limit>>20)
	}
	book, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		UnzipSizeLimit: limit, UnzipXMLSizeLimit: limit, RawCellValue: true,
	})
	if err != nil {
		return nil, noWorkbook(err)
	}
	defer func() { _ = book.Close() }() // removes files of its own alone
	sheet, err = sheetOf(book, sheet)
	if err != nil {
		return nil, err
	}
	if crowded(ctx, data, limit) {
		return nil, fileError("cells")
	}
	rows, err := book.Rows(sheet)
	if err != nil {
		return nil, damagedSheet(sheet, err)
	}
	defer func() { _ = rows.Close() }()
	if t, err = sheetTable(ctx, rows, sheet); err != nil {
		return nil, err
	}
	for i := range t.rows {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := t.inspect(book, sheet, &t.rows[i]); err != nil {
			return nil, damagedSheet(sheet, err)
		}
	}
	return t, nil
}

// sheetTable reads the rows of a sheet as a stream, before excelize holds all of it:
// it returns *FileError where there are too many.
func sheetTable(ctx context.Context, rows *excelize.Rows, sheet string) (t *table, err error) {
	for line := 1; rows.Next(); line++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		cells, err := rows.Columns()
		switch {
		case err != nil:
			return nil, damagedSheet(sheet, err)
		case line > excelize.TotalRows:
			return nil, fileError("rows", MaxRows)
		case t == nil:
			t, err = newTable(cells)
		default:
			err = t.add(line, cells)
		}
		if err != nil {
			return nil, err
		}
	}
	if t == nil {
		return nil, &ReportError{Rows: []RowError{{Line: 1, Column: "header", Cause: Cause{Kind: kindHeaderMissing}}}}
	}
	return t, nil
}

// What excelize holds in memory of a sheet that it inspects: each row is filled up to its
// last cell, and each row without a number moves all others.
const (
	bytesPerCell  = 64 // with what it holds; excelize takes about three times that
	mostUnordered = 20_000
)

// crowded reports whether a workbook has rows that are filled up to more cells than a
// table of limit bytes has, or many rows without a number. A part that cannot be read
// is left to excelize.
func crowded(ctx context.Context, data []byte, limit int64) bool {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return false
	}
	g := grid{most: int(limit / bytesPerCell)}
	for _, part := range archive.File {
		r, err := part.Open()
		if err != nil {
			continue
		}
		g.read(ctx, xml.NewDecoder(io.LimitReader(r, limit)))
		_ = r.Close()
	}
	return g.full()
}

// grid counts the cells of sheets.
type grid struct {
	most, cells, width, unordered int
}

func (g *grid) full() bool { return g.cells+g.width > g.most || g.unordered > mostUnordered }

func (g *grid) read(ctx context.Context, d *xml.Decoder) {
	for !g.full() && ctx.Err() == nil {
		token, err := d.RawToken()
		if err != nil {
			return
		}
		if element, is := token.(xml.StartElement); is {
			g.add(element)
		}
	}
}

// add counts a row or a cell, which stands in the next column or where it says.
func (g *grid) add(element xml.StartElement) {
	at := ""
	for _, a := range element.Attr {
		if a.Name.Local == "r" {
			at = a.Value
		}
	}
	switch element.Name.Local {
	case "row":
		g.cells, g.width = g.cells+g.width, 0
		if at == "" || at == "0" {
			g.unordered++
		}
	case "c":
		g.width++
		if column, _, err := excelize.CellNameToCoordinates(at); err == nil {
			g.width = max(g.width, column)
		}
	}
}

// unpackedSize is what an archive says that it unpacks to.
func unpackedSize(data []byte) (size uint64, err error) {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return 0, err
	}
	for _, part := range archive.File {
		size += min(part.UncompressedSize64, math.MaxUint32) // whose sum cannot overflow
	}
	return size, nil
}

func noWorkbook(err error) error {
	return fileError("no_workbook", err)
}

func damagedSheet(sheet string, err error) error {
	return fileError("sheet_damaged", sheet, err)
}

// sheetOf returns the sheet to read.
func sheetOf(book *excelize.File, named string) (string, error) {
	sheets := book.GetSheetList()
	if named != "" {
		if slices.Contains(sheets, named) {
			return named, nil
		}
		return "", fileError("sheet_unknown", named, strings.Join(sheets, ", "))
	}
	var full []string
	for _, name := range sheets {
		rows, err := book.Rows(name)
		if err != nil {
			return "", damagedSheet(name, err)
		}
		if rows.Next() {
			full = append(full, name)
		}
		if err := rows.Close(); err != nil {
			return "", damagedSheet(name, err)
		}
	}
	switch len(full) {
	case 0:
		return "", fileError("empty")
	case 1:
		return full[0], nil
	}
	return "", fileError("sheets", strings.Join(full, ", "))
}

// inspect notes a formula in a column that is read, and an ID number that is
// stored as a number: excelize tells neither by the text of the cell.
func (t *table) inspect(book *excelize.File, sheet string, r *row) error {
	for c, i := range t.at {
		name, err := excelize.CoordinatesToCellName(i+1, r.line)
		if err != nil {
			return err
		}
		formula, err := book.GetCellFormula(sheet, name)
		if err != nil {
			return err
		}
		if formula != "" {
			r.formula = c
		}
		if c != columnNumber || len(r.cells[slices.Index(readColumns[:], c)]) <= longNumber {
			continue
		}
		kind, err := book.GetCellType(sheet, name)
		if err != nil {
			return err
		}
		r.numeric = kind == excelize.CellTypeNumber || kind == excelize.CellTypeUnset
	}
	return nil
}
