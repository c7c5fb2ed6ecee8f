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
