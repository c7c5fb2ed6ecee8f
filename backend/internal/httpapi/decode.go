package httpapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

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

// decode reads one JSON value strictly: it must fit the schema, have no
// unknown field, none twice and no NUL, and have nothing behind it. Each fault is named
// with its field.
func decode(schemas huma.Registry, schema *huma.Schema, body []byte, into any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return invalid("body", "missing", "Send a JSON object.")
	}
	var value any
	d := json.NewDecoder(bytes.NewReader(body))
	if err := d.Decode(&value); err != nil || !utf8.Valid(body) {
		return invalid("body", "syntax", "The body is not JSON.")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return invalid("body", "trailing", "Something follows the JSON object.")
	}
	if field, cause := irregular(json.NewDecoder(bytes.NewReader(body))); cause != "" {
		return invalid(cmp.Or(field, "body"), cause, "A field stands there twice, or has a NUL in it.")
	}
	var found huma.ValidateResult
	huma.Validate(schemas, schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, value, &found)
	if len(found.Errors) > 0 {
		return invalidFields(found.Errors)
	}
	if field := misspelt(schemas, schema, value); field != "" {
		return invalid(field, "unknown", "unexpected property")
	}
	d = json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return invalid("body", "type", "A field has a value of the wrong type.")
	}
	return nil
}

// irregular returns the first field that an object has twice, of which
// encoding/json would take the last and a proxy before us perhaps the first, or
// whose text has a NUL, which PostgreSQL cannot keep. The value has been read
// once and is well formed.
func irregular(d *json.Decoder) (field, cause string) {
	token, _ := d.Token()
	if text, ok := token.(string); ok && strings.ContainsRune(text, 0) {
		return "", "characters"
	}
	open, ok := token.(json.Delim)
	if !ok {
		return "", ""
	}
	seen := map[string]bool{}
	for d.More() {
		name := ""
		if open == '{' {
			key, _ := d.Token()
			name, _ = key.(string)
			if seen[name] {
				return name, "repeated"
			}
			seen[name] = true
		}
		if inner, cause := irregular(d); cause != "" {
			return strings.Trim(name+"."+inner, "."), cause
		}
	}
	_, _ = d.Token() // the closing delimiter
	return "", ""
}

// misspelt returns the first field that a schema has in other letters only: the
// validator and encoding/json overlook case.
func misspelt(schemas huma.Registry, schema *huma.Schema, value any) string {
	for schema.Ref != "" {
		schema = schemas.SchemaFromRef(schema.Ref)
	}
	fields, ok := value.(map[string]any)
	if !ok {
		return ""
	}
	for name, inner := range fields {
		property, known := schema.Properties[name]
		if !known {
			return name
		}
		if field := misspelt(schemas, property, inner); field != "" {
			return name + "." + field
		}
	}
	return ""
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
