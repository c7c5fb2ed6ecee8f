package registry

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"
)

// Write writes people, in clear, as CSV that Read reads again, and returns how many.
// picture names the file of somebody's portrait; nil for none.
func Write(to io.Writer, rows iter.Seq2[Listed, error], picture func(Listed) (string, error)) (n int, err error) {
	table := csv.NewWriter(to)
	_ = table.Write([]string{string(columnType), string(columnName), string(columnNumber), string(columnMobile), string(columnPortrait)}) // Error has the first one that could not be written
	for p, err := range rows {
		if err != nil {
			return n, err
		}
		file := ""
		if picture != nil {
			if file, err = picture(p); err != nil {
				return n, err
			}
		}
		who := p.Identity
		if err := table.Write([]string{string(who.CertificateType), who.Name.Reveal(), who.Number.Reveal(), who.Mobile.Reveal(), file}); err != nil {
			return n, fmt.Errorf("write people: %w", err)
		}
		n++
	}
	table.Flush()
	return n, table.Error()
}
