package httpapi

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"os"

	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/registry"
	"realname.example/shared/api"
)

// consoleImportPath is where people are imported.
const consoleImportPath = consoleRoot + "/people/import"

func (s *Server) declareConsoleImport() {
	s.console(http.MethodGet, consoleImportPath, operator.People, func(_ context.Context, v *visit) error {
		return s.show(v, "import", importPage{Modes: importModes, Encodings: registry.Encodings()})
	})
	s.consoleVisit(http.MethodPost, consoleImportPath, operator.People, s.consoleImport)
}

// importPage is the form of an import.
type importPage struct {
	Modes     []importMode
	Encodings []string
}

// importedPage is what became of a file, in the page's language.
type importedPage struct {
	importOutcome
	Mode  importMode
	Kinds []faultLine
	Rarer int
	// Refused is why the file cannot be read at all; empty where it can.
	Refused string
}

// faultLine is a kind of fault as the page says it.
type faultLine struct {
	Column, Fault string
	Count         int
	Lines         []int
}

// Imported, Removed and WouldRemove are the outcome's.
func (p importedPage) Imported() bool     { return p.imported }
func (p importedPage) Removed() int64     { return p.removed }
func (p importedPage) WouldRemove() int64 { return p.wouldRemove }

// Faults is how many there are.
func (p importedPage) Faults() int { return len(p.faults.Rows) }

// consoleImport reads a form with a file, and shows what became of it.
func (s *Server) consoleImport(ctx context.Context, v *visit) error {
	defer func() { // a browser shows no answer before it has sent all
		_, _ = io.CopyN(io.Discard, v.gin.Request.Body, registry.MaxFile)
	}()
	fields, file, err := v.fileForm()
	if err != nil {
		return err
	}
	order, err := orderOf(func(name string) string { return fields[name] })
	if err == nil && order.mode == importReplace {
		order.reason, err = reasonOf(order.reason)
	}
	if err != nil {
		return err
	}
	order.workbook = registry.NamesWorkbook(file.FileName())
	p := importedPage{Mode: order.mode}
	p.importOutcome, err = s.importPeople(ctx, v.call, http.MaxBytesReader(nil, file, api.MaxImport), order)
	var unreadable *registry.FileError
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &unreadable):
		p.Refused = unreadable.Said(v.lang)
	case errors.As(err, &large):
		return &sentence{http.StatusRequestEntityTooLarge, "refused.file_large"}
	case err != nil:
		return err
	}
	if order.mode == importFaults && p.Refused == "" {
		return writeFaults(v.call, p.faults, v.lang)
	}
	kinds, rarer := p.faults.Faults()
	p.Rarer = rarer
	for _, k := range kinds {
		p.Kinds = append(p.Kinds, faultLine{registry.ColumnSaid(v.lang, k.Column), k.Cause.Said(v.lang), k.Count, k.Lines})
	}
	return s.show(v, "imported", p)
}

// maxField is how many bytes a field of a form with a file has at most: those of a
// reason.
const maxField = 4 * maxReason

// maxFormFields is how many fields such a form has at most, the file among them.
const maxFormFields = 20

// errNoFile is such a form without a file.
var errNoFile = &sentence{http.StatusUnprocessableEntity, "refused.file_none"}

// fileForm reads the fields of a form, of which the session's value has to be one, up
// to the file, which is the last.
func (v *visit) fileForm() (fields map[string]string, file *multipart.Part, err error) {
	parts, err := v.gin.Request.MultipartReader()
	if err != nil {
		return nil, nil, errForm
	}
	fields = map[string]string{}
	for range maxFormFields {
		part, err := parts.NextPart()
		if err != nil {
			return nil, nil, v.formEnded(err, fields)
		}
		if part.FormName() == "file" {
			return fields, part, v.formWhole(fields, part)
		}
		text, err := io.ReadAll(io.LimitReader(part, maxField+1))
		if err != nil {
			return nil, nil, v.formEnded(err, fields)
		}
		if len(text) > maxField {
			break
		}
		fields[part.FormName()] = string(text)
	}
	return nil, nil, invalid("body", "fields", "The form has a field that is too long, or too many of them.")
}

// formWhole refuses the fields before a file that are not of the session, and a file that nobody chose.
func (v *visit) formWhole(fields map[string]string, file *multipart.Part) error {
	switch {
	case !v.own(fields[formField]):
		return errForm
	case file.FileName() == "":
		return errNoFile
	}
	return nil
}

// formEnded is why a form ended before its file.
func (v *visit) formEnded(err error, fields map[string]string) error {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return uploadLate()
	case errors.Is(err, io.ErrUnexpectedEOF):
		return uploadCut()
	case errors.Is(err, io.EOF) && v.own(fields[formField]):
		return errNoFile
	}
	return errForm
}
