package httpapi

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"realname.example/shared/problem"
)

// maxJSON bounds a JSON body (docs/threats.md, 14).
const maxJSON = 64 << 10

// readBody returns the whole body, or a too_large problem. A limit of zero is
// maxJSON.
func readBody(g *gin.Context, limit int64) ([]byte, error) {
	if limit == 0 {
		limit = maxJSON
	}
	if g.Request.ContentLength > limit {
		return nil, &http.MaxBytesError{Limit: limit}
	}
	// A page of another site may send a body without asking first, but not of this type.
	if kind, _, err := mime.ParseMediaType(g.GetHeader("Content-Type")); err != nil || kind != "application/json" {
		return nil, invalid("body", "type", "Send JSON, with the Content-Type application/json.")
	}
	body, err := io.ReadAll(http.MaxBytesReader(g.Writer, g.Request.Body, limit))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, err
	case err != nil:
		return nil, refuse(problem.RequestInvalid, "The body ended early; send it again.")
	}
	return body, nil
}

// The validator compares names of fields as they are, as the reader does.
func init() { huma.ValidateStrictCasing = true } //nolint:gochecknoinits // the validator has no other place for it

// decode reads one JSON value strictly: it must fit the schema, have no
// unknown field, none twice and no NUL, and have nothing behind it. Each fault is named
// with its field.
func decode(schemas huma.Registry, schema *huma.Schema, body []byte, into any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return invalid("body", "missing", "Send a JSON object.")
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return unreadable(err)
	}
	if field, found := withNUL(value); found {
		return invalid(cmp.Or(field, "body"), "characters", "A field has a NUL in it.")
	}
	var found huma.ValidateResult
	huma.Validate(schemas, schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, value, &found)
	if len(found.Errors) > 0 {
		return invalidFields(found.Errors)
	}
	if err := json.Unmarshal(body, into, json.RejectUnknownMembers(true)); err != nil {
		return invalid("body", "type", "A field has a value of the wrong type.")
	}
	return nil
}

// unreadable says why a body is no JSON value. A field that stands twice is one: of
// two, another reader before us may take the first.
func unreadable(err error) error {
	var syntax *jsontext.SyntacticError
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntax):
		return invalid(fieldOf(syntax.JSONPointer), "repeated", "A field stands there twice.")
	case errors.As(err, &syntax) && syntax.JSONPointer == "" && strings.Contains(syntax.Error(), "after top-level value"):
		return invalid("body", "trailing", "Something follows the JSON object.")
	}
	return invalid("body", "syntax", "The body is not JSON.")
}

// fieldOf is a place in a body as errors name it: identity.name.
func fieldOf(p jsontext.Pointer) string { return strings.Join(slices.Collect(p.Tokens()), ".") }

// withNUL finds the first text with a NUL, which PostgreSQL cannot keep.
func withNUL(value any) (field string, found bool) {
	switch v := value.(type) {
	case string:
		return "", strings.ContainsRune(v, 0)
	case []any:
		for _, inner := range v {
			if field, found := withNUL(inner); found {
				return field, true
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if field, found := withNUL(v[name]); found {
				return strings.Trim(name+"."+field, "."), true
			}
		}
	}
	return "", false
}

// invalidFields turns the validator's findings into field errors. Values are
// never repeated: they may be personal data.
func invalidFields(found []error) error {
	p := refuse(problem.RequestInvalid, "Some fields are not as the API document says; errors names them.")
	for _, err := range found {
		var detail *huma.ErrorDetail
		if !errors.As(err, &detail) {
			continue
		}
		field, cause := detail.Location, causeOf(detail.Message)
		if cause == "missing" {
			// The validator names the object, and the property in its text.
			if name := between(detail.Message, "required property ", " to be"); name != "" {
				field = strings.TrimPrefix(field+"."+name, ".")
			}
		}
		if field == "" {
			field = "body"
		}
		p.errors = append(p.errors, problem.FieldError{Field: field, Cause: cause, Message: detail.Message})
	}
	return p
}

// causeOf names a finding of the validator by its text.
func causeOf(message string) string {
	for _, known := range []struct{ prefix, cause string }{
		{"unexpected property", "unknown"},
		{"expected required property", "missing"},
		{"expected length >=", "too_short"},
		{"expected length <=", "too_long"},
		{"expected value to be one of", "value"},
		{"expected string to match pattern", "blank"}, // the document has one
	} {
		if strings.HasPrefix(message, known.prefix) {
			return known.cause
		}
	}
	return "type"
}

func between(s, before, after string) string {
	_, rest, ok := strings.Cut(s, before)
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, after)
	return name
}
