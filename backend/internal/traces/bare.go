package traces

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// told are the attributes that leave. Each has few values, none of which a person
// states: those of a library's newer version stay here until they are looked at.
var told = map[attribute.Key]bool{
	"http.request.method": true, "http.route": true, "http.response.status_code": true, "url.scheme": true,
	"network.protocol.version": true, "error.type": true,
	"db.system.name": true, "db.operation.name": true, "pgx.operation.type": true, "pgx.rows_affected": true, "pgx.sql_state": true,
}

// bare is an exporter of spans without anything of a person.
type bare struct{ sdktrace.SpanExporter }

// ExportSpans implements sdktrace.SpanExporter.
func (b bare) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	stripped := make([]sdktrace.ReadOnlySpan, len(spans))
	for i, span := range spans {
		stripped[i] = strip(span)
	}
	return b.SpanExporter.ExportSpans(ctx, stripped)
}

// span is one with its own attributes and name.
type span struct {
	sdktrace.ReadOnlySpan
	attributes []attribute.KeyValue
	name       string
}

func strip(from sdktrace.ReadOnlySpan) span {
	out := span{ReadOnlySpan: from, name: "database"}
	named := map[attribute.Key]string{}
	for _, a := range from.Attributes() {
		if told[a.Key] {
			out.attributes = append(out.attributes, a)
			named[a.Key] = a.Value.String()
		}
	}
	switch {
	case named["http.request.method"] != "":
		out.name = named["http.request.method"] + " " + named["http.route"]
	case named["db.operation.name"] != "":
		out.name = named["db.operation.name"]
	}
	return out
}

// Name implements sdktrace.ReadOnlySpan: a library's may hold what a stranger typed.
func (s span) Name() string { return s.name }

// Attributes implements sdktrace.ReadOnlySpan.
func (s span) Attributes() []attribute.KeyValue { return s.attributes }

// Events implements sdktrace.ReadOnlySpan: those of errors repeat what was asked.
func (span) Events() []sdktrace.Event { return nil }

// Links implements sdktrace.ReadOnlySpan.
func (span) Links() []sdktrace.Link { return nil }

// Status implements sdktrace.ReadOnlySpan, without an error's words.
func (s span) Status() sdktrace.Status {
	return sdktrace.Status{Code: s.ReadOnlySpan.Status().Code}
}
