package httpapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"mime"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/registry"
	"realname.example/shared/api"
	"realname.example/shared/problem"
)

// Forms of a file of people.
const (
	csvType = "text/csv"
	xlsType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// maxUnpacked is how many bytes a workbook may unpack to in a server's memory.
const maxUnpacked = 128 << 20

// importMode is what is done with a file of people.
type importMode string

// The modes.
const (
	importCheck   importMode = "check"
	importAll     importMode = "import"
	importSkipBad importMode = "skip_bad"
	importReplace importMode = "replace"
	importFaults  importMode = "faults" // looked at, and answered by a file of each fault
)

// importModes are in the order of the form.
var importModes = []importMode{importCheck, importAll, importSkipBad, importReplace, importFaults}

// importOrder is what was asked for with a file.
type importOrder struct {
	mode      importMode
	confirm   int64  // how many importReplace may remove
	reason    string // why importReplace removes them
	encoding  string
	sheet     string
	realZeros bool
	workbook  bool // what the file is called
}

// orderOf reads an order from a query or a form.
func orderOf(value func(name string) string) (o importOrder, err error) {
	o = importOrder{
		mode: importMode(cmp.Or(value("mode"), string(importCheck))), reason: strings.TrimSpace(value("reason")),
		encoding: value("encoding"), sheet: value("sheet"), realZeros: value("zeros") == "real",
	}
	if !slices.Contains(importModes, o.mode) {
		return o, invalid("mode", "value", "mode is check, import, skip_bad, replace or faults.")
	}
	if text := value("confirm"); text != "" {
		if o.confirm, err = strconv.ParseInt(text, 10, 64); err != nil || o.confirm < 0 {
			return o, invalid("confirm", "value", "confirm is how many people replace may remove.").saying("refused.import_confirm")
		}
	}
	return o, nil
}

// importOutcome is what became of a file.
type importOutcome struct {
	registry.Report
	imported             bool
	removed, wouldRemove int64
	faults               registry.ReportError
}

func (s *Server) declareImport() {
	r := route{
		method: http.MethodPost, path: api.PathAdminImport, who: whoOperator, right: operator.People, status: http.StatusOK, tag: "operator",
		summary: "Import people from CSV or .xlsx of up to 15 MB, without portraits, all or none; or look what would be imported",
		query:   []string{"mode", "confirm", "reason", "encoding", "sheet", "zeros"},
		codes:   []problem.Code{problem.RequestInvalid, problem.TooLarge, problem.Busy, problem.Conflict}, asks: true, fresh: true,
	}
	op := s.operation(r, nil, s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[api.AdminImport](), true, ""))
	op.Responses["200"].Content[csvType] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Description: "Each fault, where mode is faults."}}
	file := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{csvType: file, xlsType: file}}
	s.mount(r, op, func(ctx context.Context, c *call) error {
		kind, _, err := mime.ParseMediaType(c.gin.GetHeader("Content-Type"))
		if err != nil || kind != csvType && kind != xlsType {
			return invalid("body", "type", "Send the file itself, with the Content-Type text/csv, or that of .xlsx.")
		}
		o, err := orderOf(c.gin.Query)
		if err == nil && o.mode == importReplace && (o.reason == "" || len([]rune(o.reason)) > maxReason) {
			err = invalid("reason", "value", "reason is why replace removes people, in up to 1,000 characters.")
		}
		if err != nil {
			return err
		}
		o.workbook = kind == xlsType
		body := http.MaxBytesReader(c.gin.Writer, c.gin.Request.Body, api.MaxImport)
		out, err := s.importPeople(ctx, c, body, o)
		var file *registry.FileError
		if errors.As(err, &file) {
			return invalid("body", "file", file.Error())
		}
		if err != nil {
			return err
		}
		if o.mode == importFaults {
			return writeFaults(c, out.faults, registry.English)
		}
		text, err := encode(adminImport(out))
		if err == nil {
			answer(c.gin, http.StatusOK, text)
		}
		return err
	})
}

// writeFaults answers with a file of each fault. Its mark lets a spreadsheet read it as
// UTF-8.
func writeFaults(c *call, faults registry.ReportError, lang string) error {
	c.gin.Header("Content-Type", csvType+"; charset=utf-8")
	c.gin.Header("Content-Disposition", `attachment; filename="faults.csv"`)
	if _, err := c.gin.Writer.WriteString("\ufeff"); err != nil {
		return err
	}
	return faults.Write(c.gin.Writer, lang)
}

func adminImport(o importOutcome) api.AdminImport {
	out := api.AdminImport{
		Imported: o.imported, People: int64(o.People), Removed: o.removed, WouldRemove: o.wouldRemove, Encoding: o.Encoding,
		Unread: append([]string{}, o.Unknown...), NoMobiles: o.NoMobiles, Empty: int64(o.Empty), Faults: int64(len(o.faults.Rows)), Kinds: []api.AdminFault{},
	}
	kinds, rarer := o.faults.Faults()
	for _, k := range kinds {
		out.Kinds = append(out.Kinds, api.AdminFault{
			Column: registry.ColumnSaid(registry.English, k.Column), Fault: k.Cause.Said(registry.English), Count: int64(k.Count), Lines: k.Lines,
		})
	}
	out.Rarer = int64(rarer)
	return out
}

// importPeople reads a file of people into memory and does with it what was ordered.
// One runs at a time. Faults of rows are no error; a *registry.FileError is one that
// cannot be read at all.
func (s *Server) importPeople(ctx context.Context, c *call, file io.Reader, o importOrder) (out importOutcome, err error) {
	if !s.importing.TryLock() {
		return out, uploadBusy("Another file of people is being imported; Work shows how far it is. Nothing was changed.").saying("refused.importing")
	}
	defer s.importing.Unlock()
	up, err := s.uploads.enter(c.caller.scope())
	if err != nil {
		return out, err
	}
	defer up.leave()
	rows, report, err := registry.Read(ctx, up.of(file), registry.Options{
		Now: s.Now(), Encoding: o.encoding, Sheet: o.sheet, ZerosAreReal: o.realZeros, SkipBad: o.mode == importSkipBad, Unpacked: maxUnpacked,
		Workbook: o.workbook, WithMobile: s.Registry.WithMobile,
	})
	out.Report, out.faults.Rows = report, report.LeftOut
	var bad *registry.ReportError
	switch {
	case errors.As(err, &bad):
		out.faults = *bad
		return out, nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return out, uploadLate()
	case errors.Is(err, io.ErrUnexpectedEOF):
		return out, uploadCut()
	case err != nil || o.mode == importCheck || o.mode == importFaults:
		return out, err
	}
	// Whoever asked may leave: what they began goes on.
	return s.bringPeople(context.WithoutCancel(ctx), c, rows, o, out)
}

// importRefusal is what the registry says of an import that it does not take, or the error
// itself.
func importRefusal(err error) error {
	var mobiles *registry.NoMobileError
	switch {
	case errors.As(err, &mobiles):
		return refuse(problem.Conflict, "People of the file lost their mobile numbers in the registry meanwhile; nothing was imported. Send the file again.").
			saying("refused.import_changed")
	case errors.Is(err, registry.ErrOvertaken):
		return refuse(problem.Conflict, "The registry or its keys changed while the file was imported; nothing was imported. Send the file again.").
			saying("refused.import_overtaken")
	case errors.Is(err, registry.ErrRowsMissing):
		return refuse(problem.Conflict, "The database lost rows of the last import before they had moved; nothing was imported and nobody was removed. "+
			"Stop every server, and restore the backup of before that import.").saying("refused.rows_missing")
	}
	return err
}

// bringPeople imports what was read, and tells how far it is.
func (s *Server) bringPeople(ctx context.Context, c *call, rows iter.Seq2[registry.Person, error], o importOrder, out importOutcome) (importOutcome, error) {
	work, err := operator.Begin(ctx, s.Works, s.Now, operator.Ticking, operator.WorkImport, c.caller.operator.Name, int64(out.People))
	if err != nil {
		return out, err
	}
	rows = operator.Counted(ctx, work, rows)
	act := s.Operators.EntryOf(c.caller.operator, operator.ActImported, "", fmt.Sprintf("imported %d, removed 0", out.People))
	if o.mode == importReplace {
		act.Detail = fmt.Sprintf("imported %d, removed %d: %s", out.People, o.confirm, o.reason)
		err = s.Registry.ReplaceNoted(ctx, rows, o.confirm, act)
	} else {
		err = s.Registry.ImportNoted(ctx, rows, act)
	}
	err = work.End(ctx, err)
	var unconfirmed *registry.UnconfirmedError
	switch {
	case errors.As(err, &unconfirmed):
		out.wouldRemove = unconfirmed.Count
		return out, nil
	case err != nil:
		return out, importRefusal(err)
	}
	if out.imported = true; o.mode == importReplace {
		out.removed = o.confirm
	}
	return out, nil
}
