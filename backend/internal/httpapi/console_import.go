package httpapi

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"

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

// fileForm reads the fields of a form, of which the session's value has to be one, up
// to the file, which is the last.
func (v *visit) fileForm() (fields map[string]string, file *multipart.Part, err error) {
	parts, err := v.gin.Request.MultipartReader()
	if err != nil {
		return nil, nil, errForm
	}
	for fields = map[string]string{}; ; {
		part, err := parts.NextPart()
		switch {
		case err != nil || part.FormName() == "file" && !v.own(fields[formField]):
			return nil, nil, errForm
		case part.FormName() == "file":
			return fields, part, nil
		}
		text, err := io.ReadAll(io.LimitReader(part, maxField+1))
		if err != nil || len(text) > maxField || len(fields) > 20 {
			return nil, nil, errForm
		}
		fields[part.FormName()] = string(text)
	}
}
